// Cumulative sums and their like, over the middle of (outer, n, inner). x and the results are contiguous of that shape. Each element
// follows from the one before it, so the order is that of the indices (reverse: from the last to the first). Sums and products of floats
// along memory (inner = 1) add up within fours and within chunks of 16,384 first: an order that the place in the row fixes.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

// out: x's dtype, not bool. Floats are kept in float64 on the way, integers in int64.
inline constinit Kernel<void(Out out, const Tensor& x, bool reverse)> cumsum{"cumsum"};
inline constinit Kernel<void(Out out, const Tensor& x)> cumprod{"cumprod"};
// The extreme value so far and the last index at which it stood; a NaN stays. values: x's dtype; indices: int64.
inline constinit Kernel<void(Out values, Out indices, const Tensor& x)> cummax{"cummax"};
inline constinit Kernel<void(Out values, Out indices, const Tensor& x)> cummin{"cummin"};
// log(sum exp) so far, in float64; x is floating.
inline constinit Kernel<void(Out out, const Tensor& x)> logcumsumexp{"logcumsumexp"};
// out[k] = x[k] + a[k] out[k - 1] (reverse: out[k + 1]), from 0, in float64; a: like x, floating.
inline constinit Kernel<void(Out out, const Tensor& x, const Tensor& a, bool reverse)> recurrence{"recurrence"};

}  // namespace dlx::kernels
