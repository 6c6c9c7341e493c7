// kernels/pool.h: pooling by the largest element. Averages are linear maps: kernels/taps.h. x, gx: (n, c, h, w); out, indices, gy: (n, c, oh, ow), of any strides (of the written ones: dense), so
// NCHW and NHWC both are meant. No size is 0. Any dtype but bool; gradients are floating.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

struct Pool2d {
  int64_t kernel[2], stride[2], padding[2], dilation[2];  // of h and of w
  bool operator==(const Pool2d&) const = default;
};
struct WindowDilation {
  int64_t d, h, w;
  bool operator==(const WindowDilation&) const = default;
};

// out = the largest element of each window, indices = its place i * w + j within its plane of x: int64, of out's strides. Padding
// never wins; of equal elements the first in the order of the plane does; a NaN beats all, of several the last. Each window holds at least one
// element of x (the op checks it; with ceil_mode it drops windows that start beyond x).
inline constinit Kernel<void(Out out, Out indices, const Tensor& x, Pool2d pool)> max_pool2d{"max_pool2d"};

// gx = 0, then gx[n, c, indices[n,c,y,x]] += gy[n,c,y,x] in the order of (y, x); halves are summed in float32.
inline constinit Kernel<void(Out gx, const Tensor& gy, const Tensor& indices)> max_pool2d_backward{"max_pool2d_backward"};

// Windows of any place and size. x: (planes, d, h, w), out, indices: (planes, od, oh, ow), contiguous. windows: int64, contiguous: of each window
// along d, then along h, then along w, its first element and how many it has, all inside x. indices = the place (z * h + y) * w + x.
inline constinit Kernel<void(Out out, Out indices, const Tensor& x, const Tensor& windows, WindowDilation dilation)> max_windows{"max_windows"};

// out = 0, then out[p, indices[p, k]] = x[p, k] in the order of k. x, indices: (planes, count), out: (planes, size), contiguous. An index
// outside [0, size) is reported with the size; nothing is written there.
inline constinit Kernel<void(Out out, const Tensor& x, const Tensor& indices)> max_unpool{"max_unpool"};

}  // namespace dlx::kernels
