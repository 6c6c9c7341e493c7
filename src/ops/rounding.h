// Rounding to whole numbers, rounded quotients and remainders. `out`: undefined for a new tensor, a destination, or an input itself.
#pragma once
#include "core/tensor.h"

namespace dlx::ops {

// Quotients rounded down or towards 0, and what they leave. Integers stay integers; RuntimeError for an integer divided by 0.
Tensor floor_divide(const Operand& input, const Operand& other, const OptTensor& out = {});  // without a gradient
Tensor div_floor(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor div_trunc(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor remainder(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor fmod(const Tensor& input, const Operand& other, const OptTensor& out = {});

Tensor ceil(const Tensor& input, const OptTensor& out = {});
Tensor floor(const Tensor& input, const OptTensor& out = {});
Tensor trunc(const Tensor& input, const OptTensor& out = {});
Tensor round(const Tensor& input, int64_t decimals = 0, const OptTensor& out = {});
Tensor frac(const Tensor& input, const OptTensor& out = {});

}  // namespace dlx::ops
