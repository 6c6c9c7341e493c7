// Normalisation.
#pragma once
#include "core/tensor.h"

namespace dlx::ops {

// input (n, c, *). In training the batch's statistics are used and the running ones, if given, updated in place.
Tensor batch_norm(const Tensor& input, const OptTensor& running_mean, const OptTensor& running_var, const OptTensor& weight,
                  const OptTensor& bias, bool training, double momentum, double eps);

}  // namespace dlx::ops
