// Reading and adding at indices along one dimension.
#pragma once
#include "core/tensor.h"

namespace dlx::ops {

Tensor index_select(const Tensor& input, int64_t dim, const Tensor& index, const OptTensor& out = {});
// input + alpha * source at the rows of `index`; with out = input in place.
Tensor index_add(const Tensor& input, int64_t dim, const Tensor& index, const Tensor& source, Scalar alpha = 1, const OptTensor& out = {});
Tensor gather(const Tensor& input, int64_t dim, const Tensor& index, const OptTensor& out = {});
Tensor scatter_add(const Tensor& input, int64_t dim, const Tensor& index, const Tensor& source, const OptTensor& out = {});

}  // namespace dlx::ops
