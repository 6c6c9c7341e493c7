// kernels/taps.h: linear maps along one dimension whose results each see a few elements. Pooling by averages, interpolation, padding by
// copies, patches of images and the gradients of all these are such maps: a gradient is the transposed one, cut by destination.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

// out[o, j, i] = sum of weight[k] * x[o, index[k], i] over k from first[j] to first[j + 1], in that order; 0 where there is no k.
// x: (outer, n, inner), out: (outer, m, inner), of one dtype, contiguous; no size is 0. first: (m + 1) and index: (first[m]), int64,
// contiguous, each index in [0, n). weight: (first[m]), of the dtype of sums, or undefined for ones. Halves are summed in float32.
// Integers and bool: no weights, and at most one k for each j.
inline constinit Kernel<void(Out out, const Tensor& x, const Tensor& first, const Tensor& index, const OptTensor& weight)> sum_taps{"sum_taps"};

}  // namespace dlx::kernels
