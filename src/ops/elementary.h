// Elementary functions; integers are computed in the default floating dtype. `out`: undefined for a new tensor, a destination, or
// the input itself.
#pragma once
#include "core/tensor.h"

namespace dlx::ops {

Tensor exp(const Tensor& input, const OptTensor& out = {});
Tensor exp2(const Tensor& input, const OptTensor& out = {});
Tensor expm1(const Tensor& input, const OptTensor& out = {});
Tensor log(const Tensor& input, const OptTensor& out = {});
Tensor log2(const Tensor& input, const OptTensor& out = {});
Tensor log10(const Tensor& input, const OptTensor& out = {});
Tensor log1p(const Tensor& input, const OptTensor& out = {});
Tensor sqrt(const Tensor& input, const OptTensor& out = {});
Tensor rsqrt(const Tensor& input, const OptTensor& out = {});
Tensor sin(const Tensor& input, const OptTensor& out = {});
Tensor cos(const Tensor& input, const OptTensor& out = {});
Tensor tan(const Tensor& input, const OptTensor& out = {});
Tensor asin(const Tensor& input, const OptTensor& out = {});
Tensor acos(const Tensor& input, const OptTensor& out = {});
Tensor atan(const Tensor& input, const OptTensor& out = {});
Tensor sinh(const Tensor& input, const OptTensor& out = {});
Tensor cosh(const Tensor& input, const OptTensor& out = {});
Tensor tanh(const Tensor& input, const OptTensor& out = {});
Tensor asinh(const Tensor& input, const OptTensor& out = {});
Tensor acosh(const Tensor& input, const OptTensor& out = {});
Tensor atanh(const Tensor& input, const OptTensor& out = {});
Tensor atan2(const Tensor& input, const Tensor& other, const OptTensor& out = {});
Tensor hypot(const Tensor& input, const Tensor& other, const OptTensor& out = {});

}  // namespace dlx::ops
