// Reductions over the middle of (outer, n, inner). x is contiguous of that shape, results are contiguous (outer, inner).
// inner = 1: along memory, else across it. Sums are kept in sum_dtype(x.dtype()), in an order that n alone decides.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

// out: any dtype; x of n = 0 gives 0. Bool and integers sum in int64.
inline constinit Kernel<void(Out out, const Tensor& x)> sum{"sum"};
// out = sum / n, divided in the sum's dtype; x is floating. n = 0 gives NaN.
inline constinit Kernel<void(Out out, const Tensor& x)> mean{"mean"};
// As sum, of floating x's squares.
inline constinit Kernel<void(Out out, const Tensor& x)> sum_of_squares{"sum_of_squares"};
// out = sum of (x - mean)^2 / divisor, of which the root if asked; mean = sum / n, or undefined: not wanted. Both floating; x is
// floating, n >= 1. A large offset of all elements cancels before anything is squared.
inline constinit Kernel<void(Out out, Out mean, const Tensor& x, double divisor, bool root)> variance{"var"};
// out = log(sum of exp(x)), relative to the largest; x is floating, n >= 1. Of infinities and NaN as in exact arithmetic.
inline constinit Kernel<void(Out out, const Tensor& x)> logsumexp{"logsumexp"};
// As sum, with products; n = 0 gives 1.
inline constinit Kernel<void(Out out, const Tensor& x)> prod{"prod"};
// out: x's dtype; n >= 1. NaN wins.
inline constinit Kernel<void(Out out, const Tensor& x)> amax{"amax"};
inline constinit Kernel<void(Out out, const Tensor& x)> amin{"amin"};
// The gradient of both: of the elements of x that equal the result y each gets an equal share of g, the others 0; NaN where y is. All of
// x's dtype, which is floating; gx as x; g, y: (outer, inner); n >= 1.
inline constinit Kernel<void(Out gx, const Tensor& g, const Tensor& x, const Tensor& y)> extreme_backward{"extreme_backward"};
// The first index of the extreme value (a NaN is the extreme); indices: int64. values: x's dtype, or undefined. n >= 1.
inline constinit Kernel<void(Out values, Out indices, const Tensor& x)> max_index{"max"};
inline constinit Kernel<void(Out values, Out indices, const Tensor& x)> min_index{"min"};
// out: bool. n = 0 gives true for all, false for any.
inline constinit Kernel<void(Out out, const Tensor& x)> all{"all"};
inline constinit Kernel<void(Out out, const Tensor& x)> any{"any"};

}  // namespace dlx::kernels
