// Integers and bools as bits, and the divisors of integers. `out`: undefined for a new tensor, a destination, or an input itself.
#pragma once
#include "core/tensor.h"

namespace dlx::ops {

Tensor bitwise_and(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor bitwise_or(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor bitwise_xor(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor bitwise_not(const Tensor& input, const OptTensor& out = {});
Tensor bitwise_left_shift(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor bitwise_right_shift(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor gcd(const Tensor& input, const Tensor& other, const OptTensor& out = {});
Tensor lcm(const Tensor& input, const Tensor& other, const OptTensor& out = {});

}  // namespace dlx::ops
