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
// out[o, r, i] = combine(out[o, r, i], source[o, k, i]), r = index[o, k, i], in the order of k. Layout as scatter_add's; a source of
// one element serves all. set: the last entry wins. Booleans: multiply and minimum are "and", maximum is "or". NaN wins an extreme.
// floor_divide is for integers, source above 0.
enum class Combine : uint8_t { set, multiply, maximum, minimum, floor_divide };
inline constinit Kernel<void(InOut out, const Tensor& index, const Tensor& source, Combine how, int64_t dim)> scatter{"scatter"};

// Several index tensors name rows: the index tuple (a, b, ...) of sizes (n, m, ...) is row (a * m + b) ...
// rows[p] = rows[p] * n + index[p], negative ones counted from the end; `first`: rows hold nothing yet. Contiguous int64 of one shape.
inline constinit Kernel<void(InOut rows, const Tensor& index, int64_t n, bool first, int64_t dim)> index_rows{"index"};
// x has any strides; its dimensions are `before`, then `indexed` ones that the rows name, then the rest. A bad row is reported with dim `before`.
// out[o, p, i] = x[o, rows[p], i]. out is contiguous (outer, count, inner).
inline constinit Kernel<void(Out out, const Tensor& x, const Tensor& rows, int64_t before, int64_t indexed)> take_rows{"take_rows"};
// x[o, rows[p], i] = source[o, p, i], the last of equal rows winning; or += in the order of p. source is contiguous, of x's dtype.
inline constinit Kernel<void(InOut x, const Tensor& rows, const Tensor& source, bool accumulate, int64_t before, int64_t indexed)> put_rows{"put_rows"};

// Where a mask is true, in the order of its elements. mask is contiguous bool; starts[c] counts the true ones before chunk c.
inline constexpr int64_t kMaskChunk = 16384;
inline constinit Kernel<void(Out counts, const Tensor& mask)> count_true{"count_true"};  // counts[c] of chunk c, int64
// Positions counted through the mask.
inline constinit Kernel<void(Out out, const Tensor& mask, const Tensor& starts)> find_true{"find_true"};
// out[d, k]: coordinate d of element number flat[k] of a tensor of like's shape. out: int64 (like.dim(), count), contiguous; flat: int64 (count).
inline constinit Kernel<void(Out out, const Tensor& flat, const Tensor& like)> coordinates{"coordinates"};

}  // namespace dlx::kernels
