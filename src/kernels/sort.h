// Sorting, selecting and counting along rows. The order is rising, with NaN largest and -0 equal to 0; equal values stay in the order
// of their indices. x: contiguous (rows, n), any dtype. values: x's dtype; indices: int64. Either may be undefined where it is said.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

// values, indices: (rows, n); each may be undefined. descending: falling, NaN first, equal values still in order.
inline constinit Kernel<void(Out values, Out indices, const Tensor& x, bool descending)> sort{"sort"};
// The first k of that order; values, indices: (rows, k), 1 <= k <= n.
inline constinit Kernel<void(Out values, Out indices, const Tensor& x, bool largest)> topk{"topk"};
// The element at place k (from 0) of the rising order; values, indices: (rows).
inline constinit Kernel<void(Out values, Out indices, const Tensor& x, int64_t k)> kthvalue{"kthvalue"};
// The element at place (n - 1) / 2, or the first NaN if there is one; ignore_nan: among those that are no NaN. n >= 1.
inline constinit Kernel<void(Out values, Out indices, const Tensor& x, bool ignore_nan)> median{"median"};
// The smallest of the most frequent values, and the last index at which it stands; NaNs count as equal. n >= 1.
inline constinit Kernel<void(Out values, Out indices, const Tensor& x)> mode{"mode"};
// Groups of equal rows (sorted: of all, in the rows' order as of words; else of neighbours). NaN equals nothing. For n rows of x:
// inverse (n): the group of each; first (n), counts (n): for each group its first row and its size; total (): how many groups. int64.
inline constinit Kernel<void(Out inverse, Out first, Out counts, Out total, const Tensor& x, bool sorted)> unique{"unique"};
// out[r, j]: how many elements of row r of `sorted` are below values[r, j] (right: or equal). sorted: (rows, n) or (1, n), of one dtype with
// values (rows, m). sorter: undefined, or int64 of sorted's shape: element i of the order is sorted[sorter[i]]. out: int64 or int32.
inline constinit Kernel<void(Out out, const Tensor& sorted, const Tensor& values, const OptTensor& sorter, bool right)> searchsorted{"searchsorted"};

}  // namespace dlx::kernels
