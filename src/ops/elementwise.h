// Element-wise arithmetic and choices. `out`: undefined for a new tensor, a destination, or an input itself (in place).
// Its sisters come with it: gradients are written with all of them.
#pragma once
#include <optional>

#include "core/tensor.h"
#include "ops/comparison.h"
#include "ops/elementary.h"
#include "ops/rounding.h"

namespace dlx::ops {

Tensor add(const Operand& input, const Operand& other, Scalar alpha = 1, const OptTensor& out = {});
Tensor sub(const Operand& input, const Operand& other, Scalar alpha = 1, const OptTensor& out = {});
Tensor mul(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor div(const Operand& input, const Operand& other, const OptTensor& out = {});
Tensor pow(const Operand& input, const Operand& exponent, const OptTensor& out = {});
Tensor maximum(const Tensor& input, const Tensor& other, const OptTensor& out = {});
Tensor minimum(const Tensor& input, const Tensor& other, const OptTensor& out = {});
Tensor fmax(const Tensor& input, const Tensor& other, const OptTensor& out = {});
Tensor fmin(const Tensor& input, const Tensor& other, const OptTensor& out = {});

Tensor copysign(const Tensor& input, const Operand& other, const OptTensor& out = {});
Tensor nextafter(const Tensor& input, const Tensor& other, const OptTensor& out = {});
Tensor heaviside(const Tensor& input, const Tensor& values, const OptTensor& out = {});
Tensor ldexp(const Tensor& input, const Operand& other, const OptTensor& out = {});
Tensor rsub(const Tensor& input, const Operand& other, Scalar alpha = 1);

Tensor clamp(const Tensor& input, const Operand& min, const Operand& max, const OptTensor& out = {});
Tensor clamp_min(const Tensor& input, const Operand& min, const OptTensor& out = {});
Tensor clamp_max(const Tensor& input, const Operand& max, const OptTensor& out = {});

Tensor addcmul(const Tensor& input, const Tensor& tensor1, const Tensor& tensor2, Scalar value = 1, const OptTensor& out = {});
Tensor addcdiv(const Tensor& input, const Tensor& tensor1, const Tensor& tensor2, Scalar value = 1, const OptTensor& out = {});
Tensor lerp(const Tensor& input, const Tensor& end, const Operand& weight, const OptTensor& out = {});

Tensor where(const Tensor& condition, const Operand& input, const Operand& other);
Tensor masked_fill(const Tensor& input, const Tensor& mask, const Operand& value, const OptTensor& out = {});

Tensor neg(const Tensor& input, const OptTensor& out = {});
Tensor abs(const Tensor& input, const OptTensor& out = {});
Tensor sign(const Tensor& input, const OptTensor& out = {});
Tensor square(const Tensor& input, const OptTensor& out = {});
Tensor reciprocal(const Tensor& input, const OptTensor& out = {});
Tensor deg2rad(const Tensor& input, const OptTensor& out = {});
Tensor rad2deg(const Tensor& input, const OptTensor& out = {});
Tensor angle(const Tensor& input, const OptTensor& out = {});
// Undefined values: 0 for NaN, the dtype's largest and smallest number for the infinities.
Tensor nan_to_num(const Tensor& input, std::optional<double> nan, std::optional<double> posinf, std::optional<double> neginf, const OptTensor& out = {});
Tensor relu(const Tensor& input, const OptTensor& out = {});
Tensor sigmoid(const Tensor& input, const OptTensor& out = {});

}  // namespace dlx::ops
