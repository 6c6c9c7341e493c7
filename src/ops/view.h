// Views: other shapes on the same memory. Each has a gradient and knows its root (ops/in_place.h).
#pragma once
#include <optional>
#include <vector>

#include "core/tensor.h"

namespace dlx::ops {

// One size may be -1: it is worked out.
Tensor reshape(const Tensor& input, const Dims& shape);    // a view where the strides allow, else a copy
Tensor view(const Tensor& input, const Dims& shape);       // ShapeError where only a copy would do
Tensor permute(const Tensor& input, const Dims& dims);
Tensor transpose(const Tensor& input, int64_t dim0, int64_t dim1);
Tensor t(const Tensor& input);                             // at most 2 dimensions
Tensor expand(const Tensor& input, const Dims& sizes);     // -1 keeps a size
Tensor squeeze(const Tensor& input, const std::optional<Dims>& dims);
Tensor unsqueeze(const Tensor& input, int64_t dim);
Tensor flatten(const Tensor& input, int64_t start_dim, int64_t end_dim);
Tensor narrow(const Tensor& input, int64_t dim, int64_t start, int64_t length);
Tensor select(const Tensor& input, int64_t dim, int64_t index);
// Elements start, start + step, ... before end, with Python's clamping; step > 0.
Tensor slice(const Tensor& input, int64_t dim, int64_t start, int64_t end, int64_t step);
Tensor as_strided(const Tensor& input, const Dims& size, const Dims& stride, std::optional<int64_t> storage_offset);
Tensor detach(const Tensor& input);                        // shares memory and version counter, no history
std::vector<Tensor> split(const Tensor& input, const Dims& sizes, int64_t dim);
std::vector<Tensor> split_size(const Tensor& input, int64_t size, int64_t dim);
std::vector<Tensor> unbind(const Tensor& input, int64_t dim);

Tensor unflatten(const Tensor& input, int64_t dim, const Dims& sizes);
Tensor movedim(const Tensor& input, const Dims& source, const Dims& destination);
Tensor diagonal(const Tensor& input, int64_t offset, int64_t dim1, int64_t dim2);
// Stretches of `size` elements, `step` apart, along a dimension; they become the last dimension.
Tensor unfold_dim(const Tensor& input, int64_t dimension, int64_t size, int64_t step);
// The same bytes as elements of another dtype; no gradient flows through.
Tensor view_dtype(const Tensor& input, DType dtype);

// In place: the tensor itself gets another shape on its memory.
Tensor squeeze_(const Tensor& self, const std::optional<Dims>& dims);
Tensor unsqueeze_(const Tensor& self, int64_t dim);
Tensor transpose_(const Tensor& self, int64_t dim0, int64_t dim1);
Tensor t_(const Tensor& self);
Tensor detach_(const Tensor& self);

// Not views: new tensors.
Tensor flip(const Tensor& input, const Dims& dims);
Tensor roll(const Tensor& input, const Dims& shifts, const Dims& dims);  // no dims: as if flat
Tensor rot90(const Tensor& input, int64_t k, const Dims& dims);
Tensor repeat(const Tensor& input, const Dims& sizes);
Tensor tile(const Tensor& input, const Dims& dims);
Tensor repeat_interleave(const Tensor& input, int64_t repeats, std::optional<int64_t> dim);
// Position i comes repeats[i] times: the index for index_select. The host reads repeats.
Tensor repeated_positions(const Tensor& repeats, std::optional<int64_t> output_size);
Tensor diag(const Tensor& input, int64_t diagonal, const OptTensor& out);
Tensor diag_embed(const Tensor& input, int64_t offset, int64_t dim1, int64_t dim2);
Tensor block_diag(const std::vector<Tensor>& tensors);
Tensor cat(const std::vector<Tensor>& tensors, int64_t dim, const OptTensor& out);
Tensor stack(const std::vector<Tensor>& tensors, int64_t dim, const OptTensor& out);

}  // namespace dlx::ops
