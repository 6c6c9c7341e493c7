// Optimizer steps and clipping, all parameters in one call (kernels/optim.h has the formulas).
#pragma once
#include <vector>

#include "core/tensor.h"

namespace dlx::ops {

void sgd_step(const std::vector<Tensor>& params, const std::vector<Tensor>& grads, const std::vector<Tensor>& momentum_buffers, const Tensor& lr,
              double momentum, double dampening, double weight_decay, bool nesterov, bool maximize);
void adam_step(const std::vector<Tensor>& params, const std::vector<Tensor>& grads, const std::vector<Tensor>& averages,
               const std::vector<Tensor>& squares, const std::vector<Tensor>& max_squares, const std::vector<Tensor>& steps, const Tensor& lr,
               double beta1, double beta2, double eps, double weight_decay, bool decoupled, bool amsgrad, bool maximize);
// averages are empty if not centered, buffers if momentum is 0.
void rmsprop_step(const std::vector<Tensor>& params, const std::vector<Tensor>& grads, const std::vector<Tensor>& squares,
                  const std::vector<Tensor>& averages, const std::vector<Tensor>& buffers, const std::vector<Tensor>& steps, const Tensor& lr,
                  double alpha, double eps, double weight_decay, double momentum, bool maximize);
void adagrad_step(const std::vector<Tensor>& params, const std::vector<Tensor>& grads, const std::vector<Tensor>& sums,
                  const std::vector<Tensor>& steps, const Tensor& lr, double lr_decay, double eps, double weight_decay, bool maximize);

// The norm of all elements, in the dtype of the first tensor; there is one at least.
Tensor total_norm(const std::vector<Tensor>& tensors, double p);
void clip_to_norm(const std::vector<Tensor>& grads, const Tensor& norm, double max_norm);
void clip_to_value(const std::vector<Tensor>& grads, double limit);

}  // namespace dlx::ops
