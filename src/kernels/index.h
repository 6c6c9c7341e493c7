// Reading and adding at indices. Indices are int64 and may be negative down to -n; out of range is reported as
// DataError::index_out_of_range with the index, the op's `dim` and n, and nothing outside the tensor is touched.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

// out[o, k, i] = x[o, index[k], i]. Contiguous: x (outer, n, inner), out (outer, count, inner) of x's dtype, index (count).
inline constinit Kernel<void(Out out, const Tensor& x, const Tensor& index, int64_t dim)> index_select{"index_select"};
// out[o, index[k], i] += alpha * source[o, k, i], in the order of k for each element (halves: each addition rounds).
// Contiguous: out (outer, n, inner), source (outer, count, inner) of out's dtype, index (count).
inline constinit Kernel<void(InOut out, const Tensor& index, const Tensor& source, Scalar alpha, int64_t dim)> index_add{"index_add"};
// out[o, k, i] = x[o, index[o, k, i], i]. Contiguous: x (outer, n, inner), index and out (outer, count, inner).
inline constinit Kernel<void(Out out, const Tensor& x, const Tensor& index, int64_t dim)> gather{"gather"};
// out[o, index[o, k, i], i] += source[o, k, i], in the order of k. Layout as gather's, out in the place of x.
inline constinit Kernel<void(InOut out, const Tensor& index, const Tensor& source, int64_t dim)> scatter_add{"scatter_add"};

}  // namespace dlx::kernels
