// Normalisation.
#pragma once
#include <optional>

#include "core/tensor.h"

namespace dlx::ops {

// input (n, c, *). In training the batch's statistics are used and the running ones, if given, updated in place.
Tensor batch_norm(const Tensor& input, const OptTensor& running_mean, const OptTensor& running_var, const OptTensor& weight,
                  const OptTensor& bias, bool training, double momentum, double eps);

// Over the last dimensions, which must be normalized_shape. Halves are summed in float32; weight and bias may be float32 then.
Tensor layer_norm(const Tensor& input, const Dims& normalized_shape, const OptTensor& weight, const OptTensor& bias, double eps);
Tensor rms_norm(const Tensor& input, const Dims& normalized_shape, const OptTensor& weight, std::optional<double> eps);
// input (n, c, *): over the elements of each of num_groups groups of channels; weight and bias (c).
Tensor group_norm(const Tensor& input, int64_t num_groups, const OptTensor& weight, const OptTensor& bias, double eps);
// input (n, c, *): over the elements of each channel of each instance, or by the running statistics.
Tensor instance_norm(const Tensor& input, const OptTensor& running_mean, const OptTensor& running_var, const OptTensor& weight,
                     const OptTensor& bias, bool use_input_stats, double momentum, double eps);
// input / (k + alpha * mean of the squares of `size` neighbouring channels)^beta.
Tensor local_response_norm(const Tensor& input, int64_t size, double alpha, double beta, double k);

}  // namespace dlx::ops
