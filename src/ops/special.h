// Special functions; integers are computed in the default floating dtype. `out`: undefined for a new tensor, a destination, or an
// input itself.
#pragma once
#include <optional>

#include "core/tensor.h"

namespace dlx::ops {

Tensor erf(const Tensor& input, const OptTensor& out = {});
Tensor erfc(const Tensor& input, const OptTensor& out = {});
Tensor erfinv(const Tensor& input, const OptTensor& out = {});
Tensor lgamma(const Tensor& input, const OptTensor& out = {});
Tensor digamma(const Tensor& input, const OptTensor& out = {});
Tensor sinc(const Tensor& input, const OptTensor& out = {});
Tensor logit(const Tensor& input, std::optional<double> eps, const OptTensor& out = {});
Tensor logaddexp(const Tensor& input, const Tensor& other, const OptTensor& out = {});
Tensor logaddexp2(const Tensor& input, const Tensor& other, const OptTensor& out = {});
Tensor xlogy(const Operand& input, const Operand& other, const OptTensor& out = {});

}  // namespace dlx::ops
