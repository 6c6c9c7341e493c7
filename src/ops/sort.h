// Sorting, selecting, places in sorted rows, and what depends on equal values. Pairs are {values, indices}.
#pragma once
#include <optional>
#include <utility>
#include <vector>

#include "core/tensor.h"

namespace dlx::ops {

// Always stable; NaN is the largest value.
std::pair<Tensor, Tensor> sort(const Tensor& input, int64_t dim, bool descending, const OptTensor& values = {}, const OptTensor& indices = {});
Tensor argsort(const Tensor& input, int64_t dim, bool descending, const OptTensor& out = {});
std::pair<Tensor, Tensor> topk(const Tensor& input, int64_t k, int64_t dim, bool largest, const OptTensor& values = {}, const OptTensor& indices = {});
std::pair<Tensor, Tensor> kthvalue(const Tensor& input, int64_t k, int64_t dim, bool keepdim, const OptTensor& values = {}, const OptTensor& indices = {});
// The lower of two medians. ignore_nan: among what is not NaN.
std::pair<Tensor, Tensor> median_dim(const Tensor& input, int64_t dim, bool keepdim, bool ignore_nan, const OptTensor& values = {}, const OptTensor& indices = {});
Tensor median(const Tensor& input, bool ignore_nan);
std::pair<Tensor, Tensor> mode(const Tensor& input, int64_t dim, bool keepdim, const OptTensor& values = {}, const OptTensor& indices = {});
// Of all elements, or of slices along dim: {values, inverse, counts}. consecutive: equal neighbours only.
std::vector<Tensor> unique(const Tensor& input, std::optional<int64_t> dim, bool consecutive);
Tensor searchsorted(const Tensor& sorted_sequence, const Operand& input, bool out_int32, bool right, const OptTensor& sorter, const OptTensor& out = {});
Tensor bucketize(const Operand& input, const Tensor& boundaries, bool out_int32, bool right, const OptTensor& out = {});
Tensor bincount(const Tensor& input, const OptTensor& weights, int64_t minlength);
// q: floating, 0-d or 1-D; its dimension comes first in the result. interpolation: linear lower higher midpoint nearest.
Tensor quantile(const Tensor& input, const Tensor& q, std::optional<int64_t> dim, bool keepdim, int64_t interpolation, bool ignore_nan, const OptTensor& out = {});

}  // namespace dlx::ops
