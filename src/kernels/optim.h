// Optimizer steps and the clipping of gradients over all parameters in one call, one pass over memory. Parameter i, its gradient
// and its state are of one floating dtype (halves compute in float32) and shape, without gaps, and lie alike in memory.
// lr: float64, 0-d, read at the call.
// Each step is written as PyTorch's documentation of the optimizer gives it.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

// g = grad (negated if maximize) + weight_decay p; buffer = momentum buffer + (1 - dampening) g;
// p -= lr (nesterov ? g + momentum buffer : buffer). buffers is empty if momentum = 0: p -= lr g.
inline constinit Kernel<void(InOutList params, TensorList grads, InOutList buffers, const Tensor& lr, double momentum,
                             double dampening, double weight_decay, bool nesterov, bool maximize)>
    sgd_step{"sgd_step"};
// steps: float64 0-d each; t = ++step. g as above (decoupled: p *= 1 - lr weight_decay instead);
// m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; vm = amsgrad ? max(vm, v) : v;
// p -= lr / (1 - beta1^t) m / (sqrt(vm) / sqrt(1 - beta2^t) + eps). max_squares is empty without amsgrad.
// Source: Kingma and Ba 2015, arXiv:1412.6980; Loshchilov and Hutter 2019, arXiv:1711.05101 (decoupled).
inline constinit Kernel<void(InOutList params, TensorList grads, InOutList averages, InOutList squares, InOutList max_squares,
                             InOutList steps, const Tensor& lr, double beta1, double beta2, double eps, double weight_decay,
                             bool decoupled, bool amsgrad, bool maximize)>
    adam_step{"adam_step"};
// steps as above, counted only. g as above; v = alpha v + (1 - alpha) g^2; m = alpha m + (1 - alpha) g, d = sqrt(v - m^2) if
// averages is not empty (centered), else d = sqrt(v); u = g / (d + eps); buffer = momentum buffer + u;
// p -= lr buffer. buffers is empty if momentum = 0: p -= lr u. Source: Hinton 2012, lecture 6; centered: Graves 2013,
// arXiv:1308.0850.
inline constinit Kernel<void(InOutList params, TensorList grads, InOutList squares, InOutList averages, InOutList buffers,
                             InOutList steps, const Tensor& lr, double alpha, double eps, double weight_decay, double momentum,
                             bool maximize)>
    rmsprop_step{"rmsprop_step"};
// t = ++step; g as above; s += g^2; p -= lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps). Source: Duchi et al. 2011, JMLR 12.
inline constinit Kernel<void(InOutList params, TensorList grads, InOutList sums, InOutList steps, const Tensor& lr, double lr_decay,
                             double eps, double weight_decay, bool maximize)>
    adagrad_step{"adagrad_step"};

// out[] = (sum |x|^p)^(1/p) over all elements of all tensors, p > 0; p = inf: the largest |x|, 0 of none; p = -inf: the smallest.
// out: a floating dtype, 0-d.
inline constinit Kernel<void(Out out, TensorList tensors, double p)> total_norm{"total_norm"};
// x *= max_norm / (norm + 1e-6) where that is below 1 (or NaN). norm: a floating dtype, 0-d.
inline constinit Kernel<void(InOutList tensors, const Tensor& norm, double max_norm)> clip_to_norm{"clip_to_norm"};
// x = min(max(x, -limit), limit); NaN stays.
inline constinit Kernel<void(InOutList tensors, double limit)> clip_to_value{"clip_to_value"};

}  // namespace dlx::kernels
