#include "ops/distance.h"

#include <cmath>

#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"

namespace dlx::ops {
namespace {

// f(x), and 0 with a gradient of 0 where x is 0: a root has none there.
template <class F> Tensor away_from_zero(const Tensor& x, const F& f) {
  const Tensor is_zero = eq(x, number(0));
  return where(is_zero, number(0), f(where(is_zero, number(1), x)));
}

Tensor p_norm(const Tensor& x, double p, int64_t dim, bool keepdim) {
  const Dims dims{dim};
  if (p == 2) return away_from_zero(sum(mul(x, x), dims, keepdim, {}), [](const Tensor& s) { return sqrt(s); });
  const Tensor size = abs(x);
  if (p == 1) return sum(size, dims, keepdim, {});
  if (p == 0) return add(to(sum(ne(x, number(0)), dims, keepdim, {}), {}, x.dtype()), mul(sum(size, dims, keepdim, {}), number(0)));
  if (std::isinf(p)) return p > 0 ? amax(size, dims, keepdim) : amin(size, dims, keepdim);
  const Tensor total = sum(away_from_zero(size, [p](const Tensor& s) { return pow(s, number(p)); }), dims, keepdim, {});
  return away_from_zero(total, [p](const Tensor& s) { return pow(s, number(1 / p)); });
}

void check_floating_pair(const char* op, const Tensor& x1, const Tensor& x2) {
  const DType dtype = result_type(x1, x2);
  check<DtypeError>(is_floating(dtype), "{}: x1 or x2 must be floating point. Got {} and {}; convert one with .to(dlx.float32).", op, x1.dtype(), x2.dtype());
}

}  // namespace

Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, int64_t dim, double eps) {
  check_floating_pair("cosine_similarity", x1, x2);
  const DType dtype = result_type(x1, x2);
  const Dims shape = broadcast_shape("cosine_similarity", x1.shape(), x2.shape());
  const int64_t d = normalized_dim("cosine_similarity", dim, static_cast<int64_t>(shape.size()));
  const Tensor a = to(x1, {}, sum_dtype(dtype)), b = to(x2, {}, sum_dtype(dtype));  // in a half eps would be 0
  // A norm needs no broadcast copy: its own dimension is found from the end.
  const auto length = [&](const Tensor& x) {
    const int64_t own = d - static_cast<int64_t>(shape.size()) + x.dim();
    if (own >= 0 && x.size(own) == shape[d]) return maximum(p_norm(x, 2, own, true), number(eps));
    const Tensor square = mul(mul(x, x), number(static_cast<double>(shape[d])));  // repeated along the dimension
    return maximum(away_from_zero(square, [](const Tensor& s) { return sqrt(s); }), number(eps));
  };
  const Tensor cosine = div(div(sum(mul(a, b), Dims{d}, true, {}), length(a)), length(b));
  return to(sum(cosine, Dims{d}, false, {}), {}, dtype);  // of size 1: drops the dimension
}

Tensor pairwise_distance(const Tensor& x1, const Tensor& x2, double p, double eps, bool keepdim) {
  check_floating_pair("pairwise_distance", x1, x2);
  const DType dtype = result_type(x1, x2);
  const Tensor d = add(sub(to(x1, {}, sum_dtype(dtype)), to(x2, {}, sum_dtype(dtype))), number(eps));
  return to(d.dim() == 0 ? abs(d) : p_norm(d, p, -1, keepdim), {}, dtype);
}

Tensor normalize(const Tensor& input, double p, int64_t dim, double eps, const OptTensor& out) {
  check_floating("normalize", "input", input);
  const int64_t d = normalized_dim("normalize", dim, input.dim());
  const Tensor x = to(input, {}, sum_dtype(input.dtype()));
  const Tensor length = maximum(x.dim() == 0 ? abs(x) : p_norm(x, p, d, true), number(eps));
  return out.defined() ? div(x, length, out) : to(div(x, length), {}, input.dtype());
}

}  // namespace dlx::ops
