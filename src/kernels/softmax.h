// Softmax over the middle of (outer, n, inner), n >= 1. All tensors are contiguous, of one floating dtype; halves compute
// in float32. inner = 1: along memory.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

// out_i = exp(x_i - max) / sum_j exp(x_j - max). A row of -inf gives NaN.
inline constinit Kernel<void(Out out, const Tensor& x)> softmax{"softmax"};
// out_i = x_i - max - log(sum_j exp(x_j - max)).
inline constinit Kernel<void(Out out, const Tensor& x)> log_softmax{"log_softmax"};
// out = y * (g - sum_j g_j y_j).
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& y)> softmax_backward{"softmax_backward"};
// out = g - exp(y) * sum_j g_j.
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& y)> log_softmax_backward{"log_softmax_backward"};

}  // namespace dlx::kernels
