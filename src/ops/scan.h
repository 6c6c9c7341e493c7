// Cumulative functions along one dimension.
#pragma once
#include <optional>
#include <utility>

#include "core/tensor.h"

namespace dlx::ops {

// dtype: of the result; integers and bool give int64 if it is not given. out = input: in place.
Tensor cumsum(const Tensor& input, int64_t dim, std::optional<DType> dtype, const OptTensor& out = {});
Tensor cumprod(const Tensor& input, int64_t dim, std::optional<DType> dtype, const OptTensor& out = {});
std::pair<Tensor, Tensor> cummax(const Tensor& input, int64_t dim, const OptTensor& values = {}, const OptTensor& indices = {});
std::pair<Tensor, Tensor> cummin(const Tensor& input, int64_t dim, const OptTensor& values = {}, const OptTensor& indices = {});
Tensor logcumsumexp(const Tensor& input, int64_t dim, const OptTensor& out = {});
Tensor diff(const Tensor& input, int64_t n, int64_t dim, const OptTensor& prepend, const OptTensor& append, const OptTensor& out = {});

}  // namespace dlx::ops
