// Matrix products.
#pragma once
#include "core/tensor.h"

namespace dlx::ops {

// 1-D and 2-D operands as in mathematics; more dimensions are batches and broadcast.
Tensor matmul(const Tensor& input, const Tensor& other, const OptTensor& out = {});
// input (*, k) with weight (n, k) transposed, plus bias (n): (*, n).
Tensor linear(const Tensor& input, const Tensor& weight, const OptTensor& bias);

}  // namespace dlx::ops
