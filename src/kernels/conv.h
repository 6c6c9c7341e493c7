// kernels/conv.h: 2-d convolution and its gradients. Floating dtypes, one for all tensors of a call; halves are summed in float32
// and rounded once. oh = (h + 2 * padding - dilation * (kh - 1) - 1) / stride + 1, ow likewise.
//
// x, gx: (n, c, h, w); out, gy: (n, oc, oh, ow); these have any strides (of the written ones: dense), so NCHW and NHWC both
// are meant. weight, gw: (oc, c / groups, kh, kw), contiguous. bias, gb: (oc), contiguous.
// No size is 0 but n, and n only in the gradients of weight and bias (which are then 0). Nothing shares memory with what is written.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

struct Conv2d {
  int64_t stride[2], padding[2], dilation[2];  // of h and of w
  int64_t groups;
  bool operator==(const Conv2d&) const = default;
};

// out[n,o,y,x] = sum_{c,r,s} x[n, c, y*stride + r*dilation - padding, ...] * weight[o,c,r,s] + bias[o]; outside x is 0.
// bias: undefined for none; it is added to the finished sum. The sum runs in the order (c, r, s).
inline constinit Kernel<void(Out out, const Tensor& x, const Tensor& weight, const OptTensor& bias, Conv2d conv)> conv2d{"conv2d"};

// gx[n,c,i,j] = sum over (o, r, s) of gy * weight, wherever out[n,o,...] reads x[n,c,i,j] through weight[o,c,r,s].
inline constinit Kernel<void(Out gx, const Tensor& gy, const Tensor& weight, Conv2d conv)> conv2d_input_grad{"conv2d_input_grad"};

// gw[o,c,r,s] = sum over (n, y, x) of gy[n,o,y,x] * x[n, c, y*stride + r*dilation - padding, ...].
inline constinit Kernel<void(Out gw, const Tensor& gy, const Tensor& x, Conv2d conv)> conv2d_weight_grad{"conv2d_weight_grad"};

// gb[o] = sum over (n, y, x) of gy[n,o,y,x].
inline constinit Kernel<void(Out gb, const Tensor& gy)> conv2d_bias_grad{"conv2d_bias_grad"};

}  // namespace dlx::kernels
