// Pooling over windows of 1, 2 or 3 dimensions.
#pragma once
#include <optional>
#include <utility>

#include "ops/conv.h"

namespace dlx::ops {

// The largest element of each window and its place in the plane: out, indices (int64). input (n, c, h, w) or (c, h, w).
std::pair<Tensor, Tensor> max_pool2d(const Tensor& input, Pair kernel, Pair stride, Pair padding, Pair dilation, bool ceil_mode);

// The same over (n, c, l) or (c, l); over (n, c, d, h, w) or (c, d, h, w). Sizes have one value for each dimension or one for all.
std::pair<Tensor, Tensor> max_pool1d(const Tensor& input, const Dims& kernel, const Dims& stride, const Dims& padding, const Dims& dilation, bool ceil_mode);
std::pair<Tensor, Tensor> max_pool3d(const Tensor& input, const Dims& kernel, const Dims& stride, const Dims& padding, const Dims& dilation, bool ceil_mode);
// The last output_size.size() dimensions are cut into as many windows as output_size says; -1 keeps a size.
std::pair<Tensor, Tensor> adaptive_max_pool1d(const Tensor& input, const Dims& output_size);
std::pair<Tensor, Tensor> adaptive_max_pool2d(const Tensor& input, const Dims& output_size);
std::pair<Tensor, Tensor> adaptive_max_pool3d(const Tensor& input, const Dims& output_size);
// The mean of each window: its sum divided by its size, padding included or not, or by `divisor`.
Tensor avg_pool1d(const Tensor& input, const Dims& kernel, const Dims& stride, const Dims& padding, bool ceil_mode, bool count_include_pad);
Tensor avg_pool2d(const Tensor& input, const Dims& kernel, const Dims& stride, const Dims& padding, bool ceil_mode, bool count_include_pad,
                  std::optional<int64_t> divisor);
Tensor avg_pool3d(const Tensor& input, const Dims& kernel, const Dims& stride, const Dims& padding, bool ceil_mode, bool count_include_pad,
                  std::optional<int64_t> divisor);
Tensor adaptive_avg_pool1d(const Tensor& input, const Dims& output_size);
Tensor adaptive_avg_pool2d(const Tensor& input, const Dims& output_size);
Tensor adaptive_avg_pool3d(const Tensor& input, const Dims& output_size);
// Zeros with input's elements at `indices` of the planes of output_size, which are as max pooling gives them.
Tensor max_unpool(const Tensor& input, const Tensor& indices, const Dims& output_size);

}  // namespace dlx::ops
