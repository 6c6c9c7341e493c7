// Products that are linear in two inputs.
#pragma once
#include "core/tensor.h"

namespace dlx::ops {

// input1 (..., i), input2 (..., j), weight (k, i, j), bias (k) or undefined: (..., k).
Tensor bilinear(const Tensor& input1, const Tensor& input2, const Tensor& weight, const OptTensor& bias);

}  // namespace dlx::ops
