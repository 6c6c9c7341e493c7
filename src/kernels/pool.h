// kernels/pool.h: 2-d pooling. x, gx: (n, c, h, w); out, indices, gy: (n, c, oh, ow), of any strides (of the written ones: dense), so
// NCHW and NHWC both are meant. No size is 0. Any dtype but bool; gradients are floating.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

struct Pool2d {
  int64_t kernel[2], stride[2], padding[2], dilation[2];  // of h and of w
  bool operator==(const Pool2d&) const = default;
};

// out = the largest element of each window, indices = its place i * w + j within its plane of x: int64, of out's strides. Padding
// never wins; of equal elements the first in the order of the plane does; a NaN beats all, of several the last. Each window holds at least one
// element of x (padding <= kernel / 2; with ceil_mode the op drops windows that start beyond x).
inline constinit Kernel<void(Out out, Out indices, const Tensor& x, Pool2d pool)> max_pool2d{"max_pool2d"};

// gx = 0, then gx[n, c, indices[n,c,y,x]] += gy[n,c,y,x] in the order of (y, x); halves are summed in float32.
inline constinit Kernel<void(Out gx, const Tensor& gy, const Tensor& indices)> max_pool2d_backward{"max_pool2d_backward"};

}  // namespace dlx::kernels
