// Matrix products.
#pragma once
#include <optional>
#include <vector>

#include "core/tensor.h"

namespace dlx::ops {

// 1-D and 2-D operands as in mathematics; more dimensions are batches and broadcast.
Tensor matmul(const Tensor& input, const Tensor& other, const OptTensor& out = {});
// input (*, k) with weight (n, k) transposed, plus bias (n): (*, n).
Tensor linear(const Tensor& input, const Tensor& weight, const OptTensor& bias);

// beta * input + alpha * (product); where beta is 0 the values of input do not matter. input broadcasts to the product.
Tensor addmm(const Tensor& input, const Tensor& mat1, const Tensor& mat2, Scalar beta, Scalar alpha, const OptTensor& out = {});
Tensor addmv(const Tensor& input, const Tensor& mat, const Tensor& vec, Scalar beta, Scalar alpha, const OptTensor& out = {});
Tensor baddbmm(const Tensor& input, const Tensor& batch1, const Tensor& batch2, Scalar beta, Scalar alpha, const OptTensor& out = {});
Tensor dot(const Tensor& input, const Tensor& tensor, const OptTensor& out = {});
Tensor mv(const Tensor& input, const Tensor& vec, const OptTensor& out = {});
Tensor outer(const Tensor& input, const Tensor& vec2, const OptTensor& out = {});
Tensor inner(const Tensor& input, const Tensor& other, const OptTensor& out = {});
// Sums over the pairs (dims_self[i], dims_other[i]).
Tensor tensordot(const Tensor& input, const Tensor& other, const Dims& dims_self, const Dims& dims_other, const OptTensor& out = {});
Tensor kron(const Tensor& input, const Tensor& other, const OptTensor& out = {});
// dim: none for the first dimension of size 3.
Tensor cross(const Tensor& input, const Tensor& other, std::optional<int64_t> dim, const OptTensor& out = {});
Tensor trace(const Tensor& input);
// The product of all, in the order of multiplications that takes the fewest.
Tensor multi_dot(const std::vector<Tensor>& tensors, const OptTensor& out = {});

}  // namespace dlx::ops
