// Linear algebra on batches of matrices, float32 and float64. Values are LAPACK's, gradients are formulas of other ops.
#pragma once
#include <optional>
#include <utility>
#include <vector>

#include "core/tensor.h"

namespace dlx::ops {

Tensor inv(const Tensor& input, const OptTensor& out = {});
// X of input X = other; left = false: of X input = other. other: (*, n, k), or (*, n) with the leading dimensions of input.
Tensor solve(const Tensor& input, const Tensor& other, bool left, const OptTensor& out = {});
Tensor det(const Tensor& input, const OptTensor& out = {});
std::pair<Tensor, Tensor> slogdet(const Tensor& input);           // sign, log of the absolute value
Tensor cholesky(const Tensor& input, bool upper, const OptTensor& out = {});
std::pair<Tensor, Tensor> qr(const Tensor& input, bool complete);
std::vector<Tensor> svd(const Tensor& input, bool full_matrices);  // u, s, vh
std::pair<Tensor, Tensor> eigh(const Tensor& input, bool upper);  // eigenvalues, eigenvectors
Tensor pinv(const Tensor& input, double rtol, const OptTensor& out = {});

}  // namespace dlx::ops
