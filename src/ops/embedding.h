// Rows of a table by number, one by one or summed up in bags.
#pragma once
#include <optional>

#include "core/tensor.h"

namespace dlx::ops {

// The row padding_idx gets no gradient. scale_grad_by_freq divides a row's gradient by how often the row is taken.
Tensor embedding(const Tensor& input, const Tensor& weight, std::optional<int64_t> padding_idx, bool scale_grad_by_freq);
// In place, untracked: the rows of weight that are about to be taken, scaled down to a norm of at most max_norm.
void embedding_renorm_(const Tensor& weight, const Tensor& input, double max_norm, double norm_type);

enum class BagMode : uint8_t { sum, mean, max };
// Bag b takes the entries [offsets[b], offsets[b + 1]) of a one-dimensional input, or row b of a two-dimensional one.
Tensor embedding_bag(const Tensor& input, const Tensor& weight, const OptTensor& offsets, bool scale_grad_by_freq, BagMode mode,
                     const OptTensor& per_sample_weights, bool include_last_offset, std::optional<int64_t> padding_idx);

}  // namespace dlx::ops
