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

// Not views: new tensors.
Tensor cat(const std::vector<Tensor>& tensors, int64_t dim, const OptTensor& out);
Tensor stack(const std::vector<Tensor>& tensors, int64_t dim, const OptTensor& out);

}  // namespace dlx::ops
