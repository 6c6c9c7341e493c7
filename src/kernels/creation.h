// Numbers in a row, and triangles of matrices.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

// out[i] = start + i * step in the first half, end - (n - 1 - i) * step in the second, step = (end - start) / (n - 1): both ends are
// exact. One dimension, contiguous, n > 0. Computed in double as fma, rounded once; integers lose the fraction.
inline constinit Kernel<void(Out out, double start, double end)> linspace{"linspace"};
// out[b, i, j] = x[b, i, j] where j - i <= diagonal (lower) or j - i >= diagonal (upper), else 0. Contiguous (batch, rows, columns).
inline constinit Kernel<void(Out out, const Tensor& x, int64_t diagonal, bool upper)> triangle{"triangle"};

}  // namespace dlx::kernels
