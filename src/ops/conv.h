// 2-d convolution.
#pragma once
#include <array>

#include "core/tensor.h"

namespace dlx::ops {

using Pair = std::array<int64_t, 2>;  // of height and width

// input (n, c, h, w) or (c, h, w), weight (oc, c / groups, kh, kw), bias (oc): cross-correlation, as PyTorch has it.
Tensor conv2d(const Tensor& input, const Tensor& weight, const OptTensor& bias, Pair stride, Pair padding, Pair dilation, int64_t groups);

}  // namespace dlx::ops
