// Lengths of vectors, and what is between two of them, along one dimension.
#pragma once
#include "core/tensor.h"

namespace dlx::ops {

Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, int64_t dim, double eps);
// The p-norm of x1 - x2 + eps over the last dimension.
Tensor pairwise_distance(const Tensor& x1, const Tensor& x2, double p, double eps, bool keepdim);
// input / max(its p-norm along dim, eps).
Tensor normalize(const Tensor& input, double p, int64_t dim, double eps, const OptTensor& out);

}  // namespace dlx::ops
