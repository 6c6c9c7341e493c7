#include "ops/elementary.h"

#include "kernels/elementary.h"
#include "ops/elementwise.h"
#include "ops/elementwise_common.h"

namespace dlx::ops {
namespace {

constexpr double kLn2 = 0.6931471805599453, kLn10 = 2.302585092994046;

Tensor one_minus_square(const Tensor& x) { return sub(number(1), mul(x, x)); }

}  // namespace

Tensor exp(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::exp, x, out).with_gradient([](const Tensor& g, const Tensor& y) { return mul(g, y); });
}
Tensor exp2(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::exp2, x, out).with_gradient([](const Tensor& g, const Tensor& y) { return mul(g, mul(y, number(kLn2))); });
}
Tensor expm1(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::expm1, x, out).with_gradient([](const Tensor& g, const Tensor& y) { return mul(g, add(y, number(1))); });
}
Tensor log(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::log, x, out, [](const Tensor& g, const Tensor& x) { return div(g, x); });
}
Tensor log2(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::log2, x, out, [](const Tensor& g, const Tensor& x) { return div(g, mul(x, number(kLn2))); });
}
Tensor log10(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::log10, x, out, [](const Tensor& g, const Tensor& x) { return div(g, mul(x, number(kLn10))); });
}
Tensor log1p(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::log1p, x, out, [](const Tensor& g, const Tensor& x) { return div(g, add(x, number(1))); });
}
Tensor sqrt(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::sqrt, x, out).with_gradient([](const Tensor& g, const Tensor& y) { return div(g, mul(y, number(2))); });
}
Tensor rsqrt(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::rsqrt, x, out).with_gradient([](const Tensor& g, const Tensor& y) { return mul(mul(g, number(-0.5)), mul(y, mul(y, y))); });
}

Tensor sin(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::sin, x, out, [](const Tensor& g, const Tensor& x) { return mul(g, cos(x)); });
}
Tensor cos(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::cos, x, out, [](const Tensor& g, const Tensor& x) { return neg(mul(g, sin(x))); });
}
Tensor tan(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::tan, x, out).with_gradient([](const Tensor& g, const Tensor& y) { return mul(g, add(mul(y, y), number(1))); });
}
Tensor asin(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::asin, x, out, [](const Tensor& g, const Tensor& x) { return mul(g, rsqrt(one_minus_square(x))); });
}
Tensor acos(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::acos, x, out, [](const Tensor& g, const Tensor& x) { return neg(mul(g, rsqrt(one_minus_square(x)))); });
}
Tensor atan(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::atan, x, out, [](const Tensor& g, const Tensor& x) { return div(g, add(mul(x, x), number(1))); });
}

Tensor sinh(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::sinh, x, out, [](const Tensor& g, const Tensor& x) { return mul(g, cosh(x)); });
}
Tensor cosh(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::cosh, x, out, [](const Tensor& g, const Tensor& x) { return mul(g, sinh(x)); });
}
Tensor tanh(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::tanh, x, out).with_gradient([](const Tensor& g, const Tensor& y) {
    if (thread_state.grad_enabled) return mul(g, sub(number(1), mul(y, y)));
    const Result gx = elementwise_result("tanh", {}, {g, y}, y.dtype());
    if (y.numel() > 0) run(kernels::tanh_backward, gx, g, y, compute_dtype(y.dtype()));
    return gx.tensor();
  });
}
Tensor asinh(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::asinh, x, out, [](const Tensor& g, const Tensor& x) { return mul(g, rsqrt(add(mul(x, x), number(1)))); });
}
Tensor acosh(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::acosh, x, out, [](const Tensor& g, const Tensor& x) { return mul(g, rsqrt(sub(mul(x, x), number(1)))); });
}
Tensor atanh(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::atanh, x, out, [](const Tensor& g, const Tensor& x) { return div(g, one_minus_square(x)); });
}

Tensor atan2(const Tensor& a, const Tensor& b, const OptTensor& out) {
  if (devices_differ(a, b)) [[unlikely]] return atan2(beside(a, b), beside(b, a), out);
  return binary(kernels::atan2, a, b, out, as_floating(result_type(a, b)), [](const Tensor& g, const Tensor& y, const Tensor& x, Needs) -> Gradients {
    const Tensor square = add(mul(x, x), mul(y, y)), scaled = where(eq(square, number(0)), number(0), div(g, square));
    return {mul(scaled, x), neg(mul(scaled, y))};
  });
}
Tensor hypot(const Tensor& a, const Tensor& b, const OptTensor& out) {
  if (devices_differ(a, b)) [[unlikely]] return hypot(beside(a, b), beside(b, a), out);
  const DType dtype = result_type(a, b);
  check_floating_result("hypot", dtype);
  const Result r = elementwise_result("hypot", out, {a, b}, dtype);
  const Saved sa = r.save(a), sb = r.save(b);
  if (r.tensor().numel() > 0) run(kernels::hypot, r, a, b, compute_dtype(dtype));
  return r.with_gradient([sa, sb](const Tensor& g, const Tensor& y, Needs) -> Gradients {
    return {mul(g, div(sa.get(), y)), mul(g, div(sb.get(), y))};
  });
}

}  // namespace dlx::ops
