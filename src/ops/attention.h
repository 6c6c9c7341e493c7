// Attention of queries to keys and values.
#pragma once
#include <optional>

#include "core/tensor.h"

namespace dlx::ops {

// query (..., l, e), key (..., s, e), value (..., s, ev). attn_mask, undefined or broadcastable to (..., l, s): bool (true takes
// part) or query's dtype (added to the scores). is_causal: query i sees keys up to i. scale: 1 / sqrt(e) if not given.
// enable_gqa: dimension -3 of key and value may be a divisor of query's.
Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value, const OptTensor& attn_mask, double dropout_p,
                                    bool is_causal, std::optional<double> scale, bool enable_gqa);

}  // namespace dlx::ops
