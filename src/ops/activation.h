// Activations. `out`: undefined for a new tensor, or the input itself (in place).
#pragma once
#include "core/tensor.h"

namespace dlx::ops {

Tensor gelu(const Tensor& input, bool tanh);
Tensor silu(const Tensor& input, const OptTensor& out = {});
Tensor mish(const Tensor& input, const OptTensor& out = {});
Tensor softplus(const Tensor& input, double beta = 1, double threshold = 20);
Tensor logsigmoid(const Tensor& input);
Tensor elu(const Tensor& input, double alpha, const OptTensor& out);
Tensor celu(const Tensor& input, double alpha, const OptTensor& out);
Tensor selu(const Tensor& input, const OptTensor& out);
Tensor leaky_relu(const Tensor& input, double negative_slope, const OptTensor& out = {});
Tensor prelu(const Tensor& input, const Tensor& weight);  // weight: one element, or one for each channel (dimension 1)
// Slopes drawn from [lower, upper] for each element while training, their mean else.
Tensor rrelu(const Tensor& input, double lower, double upper, bool training, const OptTensor& out);
Tensor hardtanh(const Tensor& input, double min_val, double max_val, const OptTensor& out);
Tensor relu6(const Tensor& input, const OptTensor& out);
Tensor hardsigmoid(const Tensor& input, const OptTensor& out);
Tensor hardswish(const Tensor& input, const OptTensor& out);
Tensor hardshrink(const Tensor& input, double lambd, const OptTensor& out = {});
Tensor softshrink(const Tensor& input, double lambd);
Tensor threshold(const Tensor& input, double threshold, double value, const OptTensor& out);

Tensor glu(const Tensor& input, int64_t dim);
Tensor softsign(const Tensor& input);
Tensor tanhshrink(const Tensor& input);
Tensor gumbel_softmax(const Tensor& logits, double tau, bool hard, int64_t dim);

}  // namespace dlx::ops
