// Reading, writing and adding at indices.
#pragma once
#include <optional>
#include <vector>

#include "core/tensor.h"

namespace dlx::ops {

// Along one dimension.
Tensor index_select(const Tensor& input, int64_t dim, const Tensor& index, const OptTensor& out = {});
// input + alpha * source at the rows of `index`; with out = input in place.
Tensor index_add(const Tensor& input, int64_t dim, const Tensor& index, const Tensor& source, Scalar alpha = 1, const OptTensor& out = {});
Tensor index_copy(const Tensor& input, int64_t dim, const Tensor& index, const Tensor& source, const OptTensor& out = {});
Tensor index_fill(const Tensor& input, int64_t dim, const Tensor& index, const Operand& value, const OptTensor& out = {});
Tensor gather(const Tensor& input, int64_t dim, const Tensor& index, const OptTensor& out = {});
// How an entry meets what is there: it replaces it, or both make one value. mean: of the entries, and of what is there.
enum class Combination : uint8_t { set, sum, product, mean, maximum, minimum };
// out[index[i, j], j] = source[i, j] for two dimensions and dim 0; of entries with one destination the last wins.
Tensor scatter(const Tensor& input, int64_t dim, const Tensor& index, const Operand& source, const OptTensor& out = {});
// include_self: what is there counts as one more entry.
Tensor scatter_reduce(const Tensor& input, int64_t dim, const Tensor& index, const Operand& source, Combination how, bool include_self,
                      const OptTensor& out = {});
Tensor scatter_add(const Tensor& input, int64_t dim, const Tensor& index, const Tensor& source, const OptTensor& out = {});
// source added at index to zeros of `shape`, which become the result: the gradient of gather. To scatter_add they would be copied first.
Tensor scatter_sum(const Dims& shape, int64_t dim, const Tensor& index, const Tensor& source);

Tensor take_along_dim(const Tensor& input, const Tensor& indices, std::optional<int64_t> dim, const OptTensor& out = {});
Tensor fill_diagonal_(const Tensor& input, Scalar value, bool wrap);

// By tensors of indices, one for each dimension from the first on; undefined leaves a dimension as it is. A mask stands for
// as many dimensions as it has. They broadcast; their dimensions come in their place where they are neighbours, else first.
Tensor index(const Tensor& input, const std::vector<OptTensor>& indices, const OptTensor& out = {});
// Of equal indices the last wins, or all are added in their order.
Tensor index_put(const Tensor& input, const std::vector<OptTensor>& indices, const Tensor& values, bool accumulate, const OptTensor& out = {});
// By positions counted through the tensor.
Tensor take(const Tensor& input, const Tensor& index, const OptTensor& out = {});
Tensor put_(const Tensor& input, const Tensor& index, const Tensor& source, bool accumulate);

// By masks.
Tensor nonzero(const Tensor& input, const OptTensor& out = {});  // (n, ndim) int64: where it is not zero, in the order of elements
Tensor masked_select(const Tensor& input, const Tensor& mask, const OptTensor& out = {});
Tensor masked_scatter(const Tensor& input, const Tensor& mask, const Tensor& source, const OptTensor& out = {});

}  // namespace dlx::ops
