#include "ops/distance.h"

#include <cmath>

#include "kernels/norm.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"

namespace dlx::ops {
namespace {

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
    if (own >= 0 && x.size(own) == shape[d]) return maximum(vector_norm(x, 2, Dims{own}, true, {}), number(eps));
    return maximum(mul(abs(x), number(std::sqrt(static_cast<double>(shape[d])))), number(eps));  // repeated along the dimension
  };
  const Tensor cosine = div(div(sum(mul(a, b), Dims{d}, true, {}), length(a)), length(b));
  return to(sum(cosine, Dims{d}, false, {}), {}, dtype);  // of size 1: drops the dimension
}

Tensor pairwise_distance(const Tensor& x1, const Tensor& x2, double p, double eps, bool keepdim) {
  check_floating_pair("pairwise_distance", x1, x2);
  const DType dtype = result_type(x1, x2);
  const Tensor d = add(sub(to(x1, {}, sum_dtype(dtype)), to(x2, {}, sum_dtype(dtype))), number(eps));
  return to(d.dim() == 0 ? abs(d) : vector_norm(d, p, Dims{-1}, keepdim, {}), {}, dtype);
}

Tensor normalize(const Tensor& input, double p, int64_t dim, double eps, const OptTensor& out) {
  check_floating("normalize", "input", input);
  const int64_t d = normalized_dim("normalize", dim, input.dim());
  if (p == 2 && !out.defined() && !recording({input}) && input.dim() > 0 && d == input.dim() - 1 && input.is_contiguous() && input.numel() > 0) {
    const Tensor made = empty(input.shape(), input.dtype(), input.device());
    const Dims rows{input.numel() / input.size(d), input.size(d)};
    run(kernels::normalize, reshaped(made, rows), reshaped(input, rows), eps);
    return made;
  }
  const Tensor x = to(input, {}, sum_dtype(input.dtype()));
  const Tensor length = maximum(x.dim() == 0 ? abs(x) : vector_norm(x, p, Dims{d}, true, {}), number(eps));
  return out.defined() ? div(x, length, out) : to(div(x, length), {}, input.dtype());
}

}  // namespace dlx::ops
