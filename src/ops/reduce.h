// Reductions. `dims` empty (nullopt): over all. The kept shape has size 1 where dimensions were reduced.
#pragma once
#include <optional>
#include <utility>

#include "core/tensor.h"

namespace dlx::ops {

Tensor sum(const Tensor& input, const std::optional<Dims>& dims, bool keepdim, std::optional<DType> dtype, const OptTensor& out = {});
Tensor mean(const Tensor& input, const std::optional<Dims>& dims, bool keepdim, std::optional<DType> dtype, const OptTensor& out = {});
Tensor amax(const Tensor& input, const std::optional<Dims>& dims, bool keepdim, const OptTensor& out = {});
Tensor amin(const Tensor& input, const std::optional<Dims>& dims, bool keepdim, const OptTensor& out = {});
// values, indices
std::pair<Tensor, Tensor> max_dim(const Tensor& input, int64_t dim, bool keepdim, const OptTensor& values = {}, const OptTensor& indices = {});
std::pair<Tensor, Tensor> min_dim(const Tensor& input, int64_t dim, bool keepdim, const OptTensor& values = {}, const OptTensor& indices = {});
Tensor argmax(const Tensor& input, std::optional<int64_t> dim, bool keepdim, const OptTensor& out = {});
Tensor argmin(const Tensor& input, std::optional<int64_t> dim, bool keepdim, const OptTensor& out = {});
Tensor all(const Tensor& input, const std::optional<Dims>& dims, bool keepdim, const OptTensor& out = {});  // uint8 for uint8, else bool
Tensor any(const Tensor& input, const std::optional<Dims>& dims, bool keepdim, const OptTensor& out = {});

Tensor prod(const Tensor& input, std::optional<int64_t> dim, bool keepdim, std::optional<DType> dtype, const OptTensor& out = {});
// Divided by n - correction, or by 0 where that is negative.
Tensor var(const Tensor& input, const std::optional<Dims>& dims, double correction, bool keepdim, const OptTensor& out = {});
Tensor standard_deviation(const Tensor& input, const std::optional<Dims>& dims, double correction, bool keepdim, const OptTensor& out = {});
Tensor logsumexp(const Tensor& input, const std::optional<Dims>& dims, bool keepdim, const OptTensor& out = {});
// (sum |x|^ord)^(1 / ord); inf and -inf: the largest and smallest |x|; 0: how many are not zero.
Tensor vector_norm(const Tensor& input, double ord, const std::optional<Dims>& dims, bool keepdim, std::optional<DType> dtype, const OptTensor& out = {});
Tensor count_nonzero(const Tensor& input, const std::optional<Dims>& dims);
Tensor nansum(const Tensor& input, const std::optional<Dims>& dims, bool keepdim, std::optional<DType> dtype, const OptTensor& out = {});
Tensor nanmean(const Tensor& input, const std::optional<Dims>& dims, bool keepdim, std::optional<DType> dtype, const OptTensor& out = {});

}  // namespace dlx::ops
