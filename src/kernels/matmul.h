// kernels/matmul.h: matrix products.
// The dtypes of a call are one, any but bool. Halves are summed in float32 and rounded once; integers wrap around.
// k may be 0: the sum is 0. `out` shares no memory with the inputs.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {
// out[b,i,j] = sum_p x[b,i,p] * y[b,p,j]. out: (batch, m, n), contiguous. x: (batch, m, k), y: (batch, k, n), any strides, 0
// included: what broadcasts over the batch has stride 0 there and is packed once.
inline constinit Kernel<void(Out out, const Tensor& x, const Tensor& y)> matmul{"matmul"};

// out[b,i,j] = beta * input[b,i,j] + alpha * sum_p x[b,i,p] * y[b,p,j], each operation rounded in the type of the sum. As matmul; input:
// (batch, m, n) of out's dtype, any strides (0 where it broadcasts), or undefined for zeros.
inline constinit Kernel<void(Out out, const OptTensor& input, const Tensor& x, const Tensor& y, Scalar beta, Scalar alpha)> addmm{"addmm"};

// out[i,j] = sum_p x[i,p] * weight[j,p] + bias[j]. out: (m, n), contiguous. x: (m, k), weight: (n, k), any strides.
// bias: (n), contiguous, or undefined; it is added to the finished sum.
inline constinit Kernel<void(Out out, const Tensor& x, const Tensor& weight, const OptTensor& bias)> linear{"linear"};

}  // namespace dlx::kernels
