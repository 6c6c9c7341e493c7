// 2-d pooling.
#pragma once
#include <utility>

#include "ops/conv.h"

namespace dlx::ops {

// The largest element of each window and its place in the plane: out, indices (int64). input (n, c, h, w) or (c, h, w).
std::pair<Tensor, Tensor> max_pool2d(const Tensor& input, Pair kernel, Pair stride, Pair padding, Pair dilation, bool ceil_mode);

}  // namespace dlx::ops
