// New tensors with values that follow a rule, and triangles of matrices.
#pragma once
#include <optional>

#include "core/tensor.h"

namespace dlx::ops {

Tensor eye(int64_t n, std::optional<int64_t> m, std::optional<DType> dtype, Device device, const OptTensor& out);
Tensor linspace(Scalar start, Scalar end, int64_t steps, std::optional<DType> dtype, Device device, const OptTensor& out);
Tensor logspace(Scalar start, Scalar end, int64_t steps, double base, std::optional<DType> dtype, Device device, const OptTensor& out);
Tensor tril(const Tensor& input, int64_t diagonal, const OptTensor& out);
Tensor triu(const Tensor& input, int64_t diagonal, const OptTensor& out);
// (2, count): rows and columns of a triangle's elements, row by row.
Tensor triangle_indices(int64_t row, int64_t col, int64_t offset, bool upper, DType dtype, Device device);

}  // namespace dlx::ops
