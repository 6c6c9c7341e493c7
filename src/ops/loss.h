// Losses.
#pragma once
#include "core/tensor.h"

namespace dlx::ops {

enum class Reduction : uint8_t { none, mean, sum };

// input (n, c, *) or (c): logits; target (n, *) or (): class indices, or probabilities of input's shape.
Tensor cross_entropy(const Tensor& input, const Tensor& target, const OptTensor& weight, int64_t ignore_index, Reduction reduction, double label_smoothing);
// input: log-probabilities.
Tensor nll_loss(const Tensor& input, const Tensor& target, const OptTensor& weight, int64_t ignore_index, Reduction reduction);
Tensor mse_loss(const Tensor& input, const Tensor& target, Reduction reduction);

}  // namespace dlx::ops
