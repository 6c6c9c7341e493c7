// Convolution over 1, 2 and 3 dimensions, and its transposed.
#pragma once
#include <array>

#include "core/tensor.h"

namespace dlx::ops {

using Pair = std::array<int64_t, 2>;  // of height and width

// input (n, c, h, w) or (c, h, w), weight (oc, c / groups, kh, kw), bias (oc): cross-correlation, as PyTorch has it.
Tensor conv2d(const Tensor& input, const Tensor& weight, const OptTensor& bias, Pair stride, Pair padding, Pair dilation, int64_t groups);

// The same over length, (n, c, l) with weight (oc, c / groups, k), and over depth too, (n, c, d, h, w). stride, padding and dilation have
// one value for each dimension or one for all.
Tensor conv1d(const Tensor& input, const Tensor& weight, const OptTensor& bias, const Dims& stride, const Dims& padding, const Dims& dilation,
              int64_t groups);
Tensor conv3d(const Tensor& input, const Tensor& weight, const OptTensor& bias, const Dims& stride, const Dims& padding, const Dims& dilation,
              int64_t groups);

// The map that takes a convolution's output to its input: weight (c, oc / groups, *kernel), each input element spreads the filter over the
// output. The size is (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1.
Tensor conv_transpose1d(const Tensor& input, const Tensor& weight, const OptTensor& bias, const Dims& stride, const Dims& padding,
                        const Dims& output_padding, int64_t groups, const Dims& dilation);
Tensor conv_transpose2d(const Tensor& input, const Tensor& weight, const OptTensor& bias, const Dims& stride, const Dims& padding,
                        const Dims& output_padding, int64_t groups, const Dims& dilation);
Tensor conv_transpose3d(const Tensor& input, const Tensor& weight, const OptTensor& bias, const Dims& stride, const Dims& padding,
                        const Dims& output_padding, int64_t groups, const Dims& dilation);

}  // namespace dlx::ops
