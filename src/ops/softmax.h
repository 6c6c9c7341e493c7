// Softmax and its logarithm along one dimension.
#pragma once
#include <optional>

#include "core/tensor.h"

namespace dlx::ops {

Tensor softmax(const Tensor& input, int64_t dim, std::optional<DType> dtype, const OptTensor& out = {});
Tensor log_softmax(const Tensor& input, int64_t dim, std::optional<DType> dtype, const OptTensor& out = {});

}  // namespace dlx::ops
