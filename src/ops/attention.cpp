#include "ops/attention.h"

#include <cmath>
#include <limits>

#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/random.h"
#include "ops/reduce.h"
#include "ops/softmax.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

const char* const kName = "scaled_dot_product_attention";
constexpr double kNever = -std::numeric_limits<double>::infinity();

// Each head of x in dimension -3 stands for `times` neighbouring ones.
Tensor repeated_heads(const Tensor& x, int64_t times) {
  if (times == 1) return x;
  Dims sizes, joined = x.shape();
  for (int64_t d = 0; d < x.dim(); ++d) {
    sizes.push_back(x.size(d));
    if (d == x.dim() - 3) sizes.push_back(times);
  }
  joined[x.dim() - 3] *= times;
  return reshape(expand(unsqueeze(x, x.dim() - 2), sizes), joined);
}

Tensor with_heads(const char* name, const Tensor& x, int64_t heads, bool enable_gqa) {
  if (!enable_gqa) return x;
  check<ShapeError>(x.dim() >= 3 && x.size(x.dim() - 3) > 0 && heads % x.size(x.dim() - 3) == 0,
                    "{}: with enable_gqa the heads of {} (dimension -3) must divide query's {}. Got {} of shape {}.", kName, name, heads, name, x.shape());
  return repeated_heads(x, heads / x.size(x.dim() - 3));
}

// (l, s): query i and key j <= i.
Tensor causal_mask(int64_t l, int64_t s, Device device) {
  const auto count = [&](int64_t n) { return arange(Scalar(int64_t{0}), Scalar(n), Scalar(int64_t{1}), DType::int64, device); };
  return ge(unsqueeze(count(l), 1), count(s));
}

Tensor zero_like(const Tensor& x) { return zeros({}, x.dtype(), x.device()); }

}  // namespace

Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value, const OptTensor& attn_mask, double dropout_p,
                                    bool is_causal, std::optional<double> scale, bool enable_gqa) {
  check_floating(kName, "query", query);
  check_same_dtype(kName, "key", key, "query", query);
  check_same_dtype(kName, "value", value, "query", query);
  check<ShapeError>(query.dim() >= 2 && key.dim() >= 2 && value.dim() >= 2,
                    "{}: query, key and value must have at least 2 dimensions. Got shapes {}, {} and {}.", kName, query.shape(), key.shape(), value.shape());
  const int64_t l = query.size(query.dim() - 2), e = query.shape().back(), s = key.size(key.dim() - 2);
  check<ShapeError>(key.shape().back() == e, "{}: the last dimension of query ({}) must equal that of key ({}). Got shapes {} and {}.", kName, e,
                    key.shape().back(), query.shape(), key.shape());
  check<ShapeError>(value.size(value.dim() - 2) == s, "{}: key has {} positions (dimension -2) but value {}. Got shapes {} and {}.", kName, s,
                    value.size(value.dim() - 2), key.shape(), value.shape());
  if (attn_mask.defined())
    check<DtypeError>(attn_mask.dtype() == DType::boolean || attn_mask.dtype() == query.dtype(),
                      "{}: attn_mask must be bool or of query's dtype, {}. Got {}.", kName, query.dtype(), attn_mask.dtype());
  check<ValueError>(dropout_p >= 0 && dropout_p <= 1, "{}: dropout_p must be in [0, 1]. Got {}.", kName, dropout_p);
  const Device device = common_device(kName, {query, key, value, attn_mask});

  // Halves compute in float32.
  const DType dtype = compute_dtype(query.dtype());
  const auto wide = [&](const Tensor& x) { return to(x, {}, dtype); };
  const int64_t heads = query.dim() >= 3 ? query.size(query.dim() - 3) : 1;
  const Tensor q = mul(wide(query), number(scale.value_or(1 / std::sqrt(static_cast<double>(e)))));
  const Tensor k = wide(with_heads("key", key, heads, enable_gqa)), v = wide(with_heads("value", value, heads, enable_gqa));

  Tensor scores = matmul(q, transpose(k, k.dim() - 2, k.dim() - 1), {});
  if (is_causal) scores = where(causal_mask(l, s, device), scores, number(kNever));
  Tensor dead;  // rows in which every key is masked: their result is zero
  if (attn_mask.defined()) {
    const Dims shape = broadcast_shape(kName, scores.shape(), attn_mask.shape());
    check<ShapeError>(shape.size() >= 2 && shape[shape.size() - 2] == l && shape.back() == s,
                      "{}: attn_mask must broadcast to (..., {}, {}). Got shape {}.", kName, l, s, attn_mask.shape());
    scores = attn_mask.dtype() == DType::boolean ? where(attn_mask, scores, number(kNever)) : add(scores, wide(attn_mask));
    if (s > 0) dead = eq(amax(detach(scores), Dims{-1}, true), number(kNever));
  }
  // Before softmax too: the gradient of a row of nan is nan, also where nothing comes in.
  if (dead.defined()) scores = where(dead, zero_like(scores), scores);
  Tensor weights = softmax(scores, -1, {});
  if (dead.defined()) weights = where(dead, zero_like(weights), weights);
  if (dropout_p > 0) weights = dropout(weights, dropout_p, true, {});
  return to(matmul(weights, v, {}), {}, query.dtype());
}

}  // namespace dlx::ops
