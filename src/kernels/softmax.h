// Softmax along dimension `dim`, in [0, ndim) (0 for a 0-d tensor, which is one element). All tensors are contiguous, of one
// floating dtype and shape, and not empty; halves compute in float32.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

// out_i = exp(x_i - max) / sum_j exp(x_j - max). A row of -inf gives NaN.
inline constinit Kernel<void(Out out, const Tensor& x, int64_t dim)> softmax{"softmax"};
// out_i = x_i - max - log(sum_j exp(x_j - max)).
inline constinit Kernel<void(Out out, const Tensor& x, int64_t dim)> log_softmax{"log_softmax"};
// out = y * (g - sum_j g_j y_j).
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& y, int64_t dim)> softmax_backward{"softmax_backward"};
// out = g - exp(y) * sum_j g_j.
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& y, int64_t dim)> log_softmax_backward{"log_softmax_backward"};

}  // namespace dlx::kernels
