#include "ops/special.h"

#include <limits>

#include "kernels/special.h"
#include "ops/elementwise.h"
#include "ops/elementwise_common.h"

namespace dlx::ops {
namespace {

constexpr double kPi = 3.141592653589793, kTwoOverSqrtPi = 1.1283791670955126, kHalfSqrtPi = 0.886226925452758;

Tensor tetragamma(const Tensor& x) {
  return floating_unary(kernels::tetragamma, x, OptTensor(), [](const Tensor&, const Tensor&) -> Tensor {
    fail_no_gradient("lgamma", "at most its first three derivatives");
  });
}
Tensor trigamma(const Tensor& x) {
  return floating_unary(kernels::trigamma, x, OptTensor(), [](const Tensor& g, const Tensor& x) { return mul(g, tetragamma(x)); });
}

}  // namespace

Tensor erf(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::erf, x, out, [](const Tensor& g, const Tensor& x) { return mul(g, mul(exp(neg(mul(x, x))), number(kTwoOverSqrtPi))); });
}
Tensor erfc(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::erfc, x, out, [](const Tensor& g, const Tensor& x) { return mul(g, mul(exp(neg(mul(x, x))), number(-kTwoOverSqrtPi))); });
}
Tensor erfinv(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::erfinv, x, out).with_gradient([](const Tensor& g, const Tensor& y) { return mul(g, mul(exp(mul(y, y)), number(kHalfSqrtPi))); });
}
Tensor lgamma(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::lgamma, x, out, [](const Tensor& g, const Tensor& x) { return mul(g, digamma(x)); });
}
Tensor digamma(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::digamma, x, out, [](const Tensor& g, const Tensor& x) { return mul(g, trigamma(x)); });
}
Tensor sinc(const Tensor& x, const OptTensor& out) {
  const DType dtype = as_floating(x.dtype());
  const Result r = elementwise_result("sinc", out, {x}, dtype);
  const Saved sx = r.save(x);
  if (x.numel() > 0) run(kernels::sinc, r, x, compute_dtype(dtype));
  return r.with_gradient([sx](const Tensor& g, const Tensor& y) {
    const Tensor x = sx.get();
    return where(eq(x, number(0)), number(0), mul(g, div(sub(cos(mul(x, number(kPi))), y), x)));
  });
}

Tensor logit(const Tensor& x, std::optional<double> eps, const OptTensor& out) {
  const DType dtype = as_floating(x.dtype());
  const Result r = elementwise_result("logit", out, {x}, dtype);
  const Saved sx = r.save(x);
  if (x.numel() > 0) {
    const GradMode untracked(false);
    run(kernels::logit, r, eps ? clamp(x, number(*eps), number(1 - *eps)) : x, compute_dtype(dtype));
  }
  return r.with_gradient([sx, eps](const Tensor& g) {
    const Tensor x = sx.get();
    const double low = eps.value_or(0), outside = eps ? 0 : std::numeric_limits<double>::quiet_NaN();
    return where(logical_or(lt(x, number(low)), gt(x, number(1 - low))), number(outside), div(g, mul(x, sub(number(1), x))));
  });
}

Tensor logaddexp(const Tensor& a, const Tensor& b, const OptTensor& out) {
  if (devices_differ(a, b)) [[unlikely]] return logaddexp(beside(a, b), beside(b, a), out);
  const DType dtype = result_type(a, b);
  check_floating_result("logaddexp", dtype);
  return binary(kernels::logaddexp, a, b, out, dtype, [](const Tensor& g, const Tensor& x, const Tensor& y, Needs) -> Gradients {
    return {mul(g, sigmoid(sub(x, y))), mul(g, sigmoid(sub(y, x)))};
  });
}
Tensor logaddexp2(const Tensor& a, const Tensor& b, const OptTensor& out) {
  if (devices_differ(a, b)) [[unlikely]] return logaddexp2(beside(a, b), beside(b, a), out);
  const DType dtype = result_type(a, b);
  check_floating_result("logaddexp2", dtype);
  return binary(kernels::logaddexp2, a, b, out, dtype, [](const Tensor& g, const Tensor& x, const Tensor& y, Needs) -> Gradients {
    const Tensor share = reciprocal(add(exp2(sub(y, x)), number(1)));
    return {mul(g, share), mul(g, sub(number(1), share))};
  });
}
Tensor xlogy(const Operand& a, const Operand& b, const OptTensor& out) {
  if (devices_differ(a, b)) [[unlikely]] return xlogy(beside(a, b), beside(b, a), out);
  return binary(kernels::xlogy, a, b, out, as_floating(result_type(a, b)), [](const Tensor& g, const Tensor& x, const Tensor& y, Needs needs) -> Gradients {
    const Tensor flat = logical_and(eq(x, number(0)), le(y, number(0)));
    return {needs[0] ? where(flat, number(0), mul(g, log(y))) : Tensor(), needs[1] ? mul(g, div(x, y)) : Tensor()};
  });
}

}  // namespace dlx::ops
