// kernels/norm.h: normalisation of channels over the batch, and of rows.
// Of channels: x, out, gy, gx: (n, c, s), one floating dtype, each with strides (c*s, s, 1) or, for channels last, (c*s, 1, c). No size is 0.
// weight, bias: (c), contiguous, of x's dtype or of the sums', or undefined for ones and zeros.
// mean, var, gw, gb: (c), contiguous, of the sums' dtype: float64 for float64, else float32. var is the biased variance.
// Sums run in an order that depends on the layout and on n, c, s alone.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {
// mean[c] = mean over (n, s) of x, var[c] = mean over (n, s) of (x - mean[c])^2.
inline constinit Kernel<void(Out mean, Out var, const Tensor& x)> batch_norm_stats{"batch_norm_stats"};

// running = (1 - momentum) * running + momentum * value, where value is mean, and var * count / (count - 1). The running ones: (c),
// contiguous, any floating dtype. count: how many elements each mean was taken over, at least 2.
inline constinit Kernel<void(InOut running_mean, InOut running_var, const Tensor& mean, const Tensor& var, double momentum, int64_t count)>
    batch_norm_update{"batch_norm_update"};

// out = (x - mean) / sqrt(var + eps) * weight + bias, computed as x * scale + shift with scale = weight / sqrt(var + eps) and
// shift = bias - mean * scale. Training passes the batch's mean and var, evaluation the running ones (any floating dtype).
inline constinit Kernel<void(Out out, const Tensor& x, const Tensor& mean, const Tensor& var, const OptTensor& weight,
                             const OptTensor& bias, double eps)> batch_norm{"batch_norm"};

// With d = (x - mean) * rstd, rstd = 1 / sqrt(var + eps): gb = sum over (n, s) of gy, gw = sum of gy * d, and
// gx = weight * rstd * (gy - gb / (n*s) - d * gw / (n*s)) in training, weight * rstd * gy otherwise (mean and var are then
// constants of any floating dtype). gx may be undefined: not wanted.
inline constinit Kernel<void(Out gx, Out gw, Out gb, const Tensor& gy, const Tensor& x, const Tensor& mean, const Tensor& var,
                             const OptTensor& weight, double eps, bool training)> batch_norm_backward{"batch_norm_backward"};

// out = x / max(sqrt(sum of x^2), eps) for each row; (rows, n), contiguous, of one floating dtype, not empty.
inline constinit Kernel<void(Out out, const Tensor& x, double eps)> normalize{"normalize"};

// Of rows: layers, groups, instances. x, out, gy, gx: (rows, c, s), contiguous, of one floating dtype; no size is 0. A row's statistics are
// over its c * s elements, and its channel k takes weight[r % sets, k] and bias[r % sets, k]: (sets, c), contiguous, any floating dtype, or
// undefined for ones and zeros. mean, rstd: (rows), float64; mean undefined: nothing is subtracted (root mean square).
//
// out = (x - mean) * rstd * weight + bias, rstd = 1 / sqrt(mean over the row of (x - mean)^2 + eps).
inline constinit Kernel<void(Out out, Out mean, Out rstd, const Tensor& x, const OptTensor& weight, const OptTensor& bias, int64_t sets,
                             double eps)> row_norm{"row_norm"};

// With d = (x - mean) * rstd, h = gy * weight and means over the row: gx = rstd * (h - mean(h) - d * mean(h * d)), without mean(h) where
// mean is undefined. gw[k] = sum of gy * d, gb[k] = sum of gy, over the set's rows and s: (sets, c), of the sums' dtype. gx undefined: not
// wanted; gw undefined: neither gw nor gb.
inline constinit Kernel<void(Out gx, Out gw, Out gb, const Tensor& gy, const Tensor& x, const OptTensor& mean, const Tensor& rstd,
                             const OptTensor& weight, int64_t sets)> row_norm_backward{"row_norm_backward"};

}  // namespace dlx::kernels
