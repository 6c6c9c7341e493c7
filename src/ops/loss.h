// Losses: of class indices (loss.cpp), of pairs (loss_pairs.cpp), of margins (loss_margin.cpp), of alignments (loss_ctc.cpp).
#pragma once
#include "core/tensor.h"

namespace dlx::ops {

enum class Reduction : uint8_t { none, mean, sum };
// A loss of each element as it was asked for.
Tensor reduced(const Tensor& loss, Reduction reduction);

// input (n, c, *) or (c): logits; target (n, *) or (): class indices, or probabilities of input's shape.
Tensor cross_entropy(const Tensor& input, const Tensor& target, const OptTensor& weight, int64_t ignore_index, Reduction reduction, double label_smoothing);
// input: log-probabilities.
Tensor nll_loss(const Tensor& input, const Tensor& target, const OptTensor& weight, int64_t ignore_index, Reduction reduction);
// int64 (*, num_classes): 1 at each index, 0 elsewhere. num_classes = -1: one more than the largest index.
Tensor one_hot(const Tensor& tensor, int64_t num_classes);

// Pairs broadcast. weight: of input's shape.
Tensor mse_loss(const Tensor& input, const Tensor& target, Reduction reduction, const OptTensor& weight = {});
Tensor l1_loss(const Tensor& input, const Tensor& target, Reduction reduction, const OptTensor& weight = {});
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, Reduction reduction, double beta);
Tensor huber_loss(const Tensor& input, const Tensor& target, Reduction reduction, double delta, const OptTensor& weight);
// target has input's shape; weight and pos_weight broadcast to it.
Tensor binary_cross_entropy(const Tensor& input, const Tensor& target, const OptTensor& weight, Reduction reduction);
Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target, const OptTensor& weight, Reduction reduction,
                                        const OptTensor& pos_weight);
// batchmean: the sum divided by input's first size, whatever `reduction` says.
Tensor kl_div(const Tensor& input, const Tensor& target, Reduction reduction, bool log_target, bool batchmean);
Tensor poisson_nll_loss(const Tensor& input, const Tensor& target, bool log_input, bool full, double eps, Reduction reduction);
Tensor gaussian_nll_loss(const Tensor& input, const Tensor& target, const Operand& var, bool full, double eps, Reduction reduction);

Tensor soft_margin_loss(const Tensor& input, const Tensor& target, Reduction reduction);
Tensor multilabel_soft_margin_loss(const Tensor& input, const Tensor& target, const OptTensor& weight, Reduction reduction);
Tensor multi_margin_loss(const Tensor& input, const Tensor& target, int64_t p, double margin, const OptTensor& weight, Reduction reduction);
Tensor hinge_embedding_loss(const Tensor& input, const Tensor& target, double margin, Reduction reduction);
Tensor margin_ranking_loss(const Tensor& input1, const Tensor& input2, const Tensor& target, double margin, Reduction reduction);
Tensor cosine_embedding_loss(const Tensor& input1, const Tensor& input2, const Tensor& target, double margin, Reduction reduction);
Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative, double margin, double p, double eps, bool swap,
                           Reduction reduction);

// log_probs (t, n, c) or (t, c); targets (n, s) or all in one row; lengths: one for each sequence.
Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths, const Tensor& target_lengths, int64_t blank,
                Reduction reduction, bool zero_infinity);

}  // namespace dlx::ops
