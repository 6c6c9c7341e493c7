// Comparisons, questions and truth values: bool results. `out`: undefined for a new tensor, a destination, or an input itself.
#pragma once
#include "core/tensor.h"

namespace dlx::ops {

Tensor eq(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor ne(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor lt(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor le(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor gt(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor ge(const Operand& input, const Operand& other, const OptTensor& out = {});

Tensor logical_and(const Tensor& input, const Tensor& other, const OptTensor& out = {});
Tensor logical_or(const Tensor& input, const Tensor& other, const OptTensor& out = {});
Tensor logical_xor(const Tensor& input, const Tensor& other, const OptTensor& out = {});
Tensor logical_not(const Tensor& input, const OptTensor& out = {});

Tensor isnan(const Tensor& input);
Tensor isinf(const Tensor& input);
Tensor isfinite(const Tensor& input);
Tensor isposinf(const Tensor& input, const OptTensor& out = {});
Tensor isneginf(const Tensor& input, const OptTensor& out = {});
Tensor isreal(const Tensor& input);
Tensor signbit(const Tensor& input, const OptTensor& out = {});

Tensor isclose(const Tensor& input, const Tensor& other, double rtol, double atol, bool equal_nan);
bool allclose(const Tensor& input, const Tensor& other, double rtol, double atol, bool equal_nan);
// One shape and the same elements; the dtypes may differ.
bool equal(const Tensor& input, const Tensor& other);

}  // namespace dlx::ops
