// Losses. Of class indices first. Rows: logits (n, classes), contiguous, floating; target (n) int64, contiguous. A target equal to
// ignore_index has weight 0; another outside [0, classes) is reported as DataError::class_out_of_range.
// weight: (classes) of the logits' dtype, or undefined for ones. Halves compute in float32. Sums over classes as in reduce.h.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

// With lp = log_softmax(logits[r]), y = target[r], s = label_smoothing:
// loss[r] = -(1 - s) w[y] lp[y] - s / classes * sum_c w[c] lp[c];  row_weight[r] = w[y].  Both 0 for an ignored row.
// peaks: (n, 2); peaks[r] = {m, log sum_c exp(logits[r, c] - m)}, m = max_c logits[r, c]: apart, so that large logits lose nothing.
// peaks, loss and row_weight: sum_dtype.
inline constinit Kernel<void(Out loss, Out row_weight, Out peaks, const Tensor& logits, const Tensor& target,
                             const OptTensor& weight, int64_t ignore_index, double label_smoothing)>
    cross_entropy{"cross_entropy"};
// out[r, c] = g[r] * (exp(lp[r, c]) * sum_k d[r, k] - d[r, c]) with target_distribution's d. g: (n), sum_dtype.
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& logits, const Tensor& target, const Tensor& peaks,
                             const OptTensor& weight, int64_t ignore_index, double label_smoothing)>
    cross_entropy_backward{"cross_entropy_backward"};
// d[r, c] = (1 - s) w[y] [c = y] + s / classes * w[c]; 0 for an ignored row: loss[r] = -sum_c d[r, c] lp[c].
inline constinit Kernel<void(Out d, const Tensor& target, const OptTensor& weight, int64_t ignore_index, double label_smoothing)>
    target_distribution{"target_distribution"};
// loss[r] = -w[y] log_probs[r, y]; row_weight[r] = w[y].  loss and row_weight: sum_dtype.
inline constinit Kernel<void(Out loss, Out row_weight, const Tensor& log_probs, const Tensor& target, const OptTensor& weight,
                             int64_t ignore_index)>
    nll_loss{"nll_loss"};
// out[r, c] = -g[r] w[y] where c = y, else 0; out: (n, classes), of the log-probabilities' dtype. g: (n), sum_dtype.
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& target, const OptTensor& weight, int64_t ignore_index)> nll_loss_backward{"nll_loss_backward"};

// Losses of pairs, element by element, like the kernels of elementwise.h: x and t broadcast to out, which has any strides; compute is
// floating. The formulas are in kernels/math_loss.h. A <name>_backward writes g times the derivative in x, in out's dtype. A <name>_sum
// writes the sum of all losses / divisor: out () of any floating dtype; x and t contiguous, of one shape, float32 or float64, not empty.
#define DLX_PAIR_LOSS(name) \
  inline constinit Kernel<void(Out out, const Tensor& x, const Tensor& t, DType compute)> name{#name}; \
  inline constinit Kernel<void(Out out, const Tensor& x, const Tensor& t, double divisor)> name##_sum{#name "_sum"}; \
  inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& x, const Tensor& t, DType compute)> name##_backward{#name "_backward"}
DLX_PAIR_LOSS(squared_error);   // (x - t)^2
DLX_PAIR_LOSS(absolute_error);  // |x - t|
// -(t log x + (1 - t) log(1 - x)), logarithms at least -100. x or t outside [0, 1] is reported as DataError::invalid_probability.
DLX_PAIR_LOSS(binary_cross_entropy);
// The same of sigmoid(x).
DLX_PAIR_LOSS(binary_cross_entropy_with_logits);
#undef DLX_PAIR_LOSS
// d = |x - t|: inner d^2 / 2 where d < beta, outer (d - beta / 2) elsewhere.
inline constinit Kernel<void(Out out, const Tensor& x, const Tensor& t, double beta, double inner, double outer, DType compute)> smooth_error{"smooth_error"};
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& x, const Tensor& t, double beta, double inner, double outer, DType compute)>
    smooth_error_backward{"smooth_error_backward"};
inline constinit Kernel<void(Out out, const Tensor& x, const Tensor& t, double beta, double inner, double outer, double divisor)>
    smooth_error_sum{"smooth_error_sum"};

// Connectionist temporal classification. log_probs: (t, n, c), contiguous, floating. Row r has targets[offsets[r] ...], as many as
// target_lengths[r], and the times below input_lengths[r]; all int64, contiguous, lengths and offsets checked by the op. Its states are
// L = 2 target_lengths[r] + 1 labels: blanks, with the targets between. A target outside [0, c) is reported as class_out_of_range.
// loss: (n); log_alpha: (n, t, 2 + longest L), state s at 2 + s after two of -inf; both sum_dtype.
inline constinit Kernel<void(Out loss, Out log_alpha, const Tensor& log_probs, const Tensor& targets, const Tensor& offsets, const Tensor& input_lengths,
                             const Tensor& target_lengths, int64_t blank)>
    ctc_loss{"ctc_loss"};
// out[t, r, c] = -g[r] sum over states s of label c of exp(log_alpha[r, t, s] + log_beta[r, t, s] + loss[r]); 0 where g[r] is 0.
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& loss, const Tensor& log_alpha, const Tensor& log_probs, const Tensor& targets,
                             const Tensor& offsets, const Tensor& input_lengths, const Tensor& target_lengths, int64_t blank)>
    ctc_loss_backward{"ctc_loss_backward"};

}  // namespace dlx::kernels
