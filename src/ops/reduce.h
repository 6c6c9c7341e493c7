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
std::pair<Tensor, Tensor> max_dim(const Tensor& input, int64_t dim, bool keepdim);  // values, indices
std::pair<Tensor, Tensor> min_dim(const Tensor& input, int64_t dim, bool keepdim);
Tensor argmax(const Tensor& input, std::optional<int64_t> dim, bool keepdim);
Tensor argmin(const Tensor& input, std::optional<int64_t> dim, bool keepdim);
Tensor all(const Tensor& input, const std::optional<Dims>& dims, bool keepdim);
Tensor any(const Tensor& input, const std::optional<Dims>& dims, bool keepdim);

}  // namespace dlx::ops
