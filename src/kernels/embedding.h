// Rows of a table by number.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

// out[k, i] = weight[index[k], i]. Contiguous: weight (n, width), index (count) int64, out (count, width) of weight's dtype.
// An index outside of [0, n) is reported as DataError::embedding_out_of_range.
inline constinit Kernel<void(Out out, const Tensor& weight, const Tensor& index)> embedding{"embedding"};

}  // namespace dlx::kernels
