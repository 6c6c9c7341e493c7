// Element-wise functions. `out`: undefined for a new tensor, a destination, or an input itself (in place).
#pragma once
#include "core/tensor.h"

namespace dlx::ops {

Tensor add(const Operand& input, const Operand& other, Scalar alpha = 1, const OptTensor& out = {});
Tensor sub(const Operand& input, const Operand& other, Scalar alpha = 1, const OptTensor& out = {});
Tensor mul(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor div(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor pow(const Operand& input, const Operand& exponent, const OptTensor& out = {});
Tensor maximum(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor minimum(const Operand& input, const Operand& other, const OptTensor& out = {});

Tensor eq(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor ne(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor lt(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor le(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor gt(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor ge(const Operand& input, const Operand& other, const OptTensor& out = {});

Tensor where(const Tensor& condition, const Operand& input, const Operand& other);

Tensor neg(const Tensor& input, const OptTensor& out = {});
Tensor abs(const Tensor& input, const OptTensor& out = {});
Tensor relu(const Tensor& input, const OptTensor& out = {});
Tensor exp(const Tensor& input, const OptTensor& out = {});
Tensor log(const Tensor& input, const OptTensor& out = {});
Tensor sqrt(const Tensor& input, const OptTensor& out = {});
Tensor rsqrt(const Tensor& input, const OptTensor& out = {});
Tensor tanh(const Tensor& input, const OptTensor& out = {});
Tensor sigmoid(const Tensor& input, const OptTensor& out = {});

}  // namespace dlx::ops
