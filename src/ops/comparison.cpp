#include "ops/comparison.h"

#include <limits>

#include "kernels/comparison.h"
#include "kernels/copy.h"
#include "ops/elementwise_common.h"
#include "ops/reduce.h"

namespace dlx::ops {
namespace {

// In place on a float tensor the gradient ends here.
const auto no_gradient = [](const Tensor&) { return Gradients(); };

Tensor compare(const kernels::Binary& kernel, const Tensor& a, const Tensor& b, const OptTensor& out) {
  if (devices_differ(a, b)) [[unlikely]] return compare(kernel, beside(a, b), beside(b, a), out);
  const Result r = elementwise_result(kernel.name(), out, {a, b}, DType::boolean);
  if (r.tensor().numel() > 0) run(kernel, r, a, b, compute_dtype(result_type(a, b)));
  return r.with_gradient(no_gradient);
}

using Logical = Kernel<void(Out, const Tensor&, const Tensor&)>;
Tensor logical(const Logical& kernel, const Tensor& a, const Tensor& b, const OptTensor& out) {
  if (devices_differ(a, b)) [[unlikely]] return logical(kernel, beside(a, b), beside(b, a), out);
  const Result r = elementwise_result(kernel.name(), out, {a, b}, DType::boolean);
  if (r.tensor().numel() > 0) run(kernel, r, a, b);
  return r.with_gradient(no_gradient);
}

// Integers and bools have one answer.
Tensor question(const kernels::Unary& kernel, const Tensor& x, bool of_integers, const OptTensor& out = {}) {
  const Result r = elementwise_result(kernel.name(), out, {x}, DType::boolean);
  if (x.numel() > 0) {
    if (is_floating(x.dtype())) run(kernel, r, x, compute_dtype(x.dtype()));
    else run(kernels::fill, r, Scalar(of_integers));
  }
  return r.with_gradient(no_gradient);
}

bool all_true(const Tensor& x, const char* op) {
  const GradMode untracked(false);
  return host_scalar(all(x, {}, false), op).integer != 0;
}

}  // namespace

Tensor eq(const Operand& a, const Operand& b, const OptTensor& out) { return compare(kernels::eq, a, b, out); }
Tensor ne(const Operand& a, const Operand& b, const OptTensor& out) { return compare(kernels::ne, a, b, out); }
Tensor lt(const Operand& a, const Operand& b, const OptTensor& out) { return compare(kernels::lt, a, b, out); }
Tensor le(const Operand& a, const Operand& b, const OptTensor& out) { return compare(kernels::le, a, b, out); }
Tensor gt(const Operand& a, const Operand& b, const OptTensor& out) { return compare(kernels::gt, a, b, out); }
Tensor ge(const Operand& a, const Operand& b, const OptTensor& out) { return compare(kernels::ge, a, b, out); }

Tensor logical_and(const Tensor& a, const Tensor& b, const OptTensor& out) { return logical(kernels::logical_and, a, b, out); }
Tensor logical_or(const Tensor& a, const Tensor& b, const OptTensor& out) { return logical(kernels::logical_or, a, b, out); }
Tensor logical_xor(const Tensor& a, const Tensor& b, const OptTensor& out) { return logical(kernels::logical_xor, a, b, out); }
Tensor logical_not(const Tensor& x, const OptTensor& out) {
  const Result r = elementwise_result("logical_not", out, {x}, DType::boolean);
  if (x.numel() > 0) run(kernels::logical_not, r, x);
  return r.with_gradient(no_gradient);
}

Tensor isnan(const Tensor& x) { return question(kernels::isnan, x, false); }
Tensor isinf(const Tensor& x) { return question(kernels::isinf, x, false); }
Tensor isfinite(const Tensor& x) { return question(kernels::isfinite, x, true); }
Tensor isposinf(const Tensor& x, const OptTensor& out) { return eq(x, number(std::numeric_limits<double>::infinity()), out); }
Tensor isneginf(const Tensor& x, const OptTensor& out) { return eq(x, number(-std::numeric_limits<double>::infinity()), out); }
Tensor isreal(const Tensor& x) {
  const Result r = elementwise_result("isreal", {}, {x}, DType::boolean);
  if (x.numel() > 0) run(kernels::fill, r, Scalar(true));
  return r.tensor();
}
Tensor signbit(const Tensor& x, const OptTensor& out) { return is_floating(x.dtype()) ? question(kernels::signbit, x, false, out) : lt(x, Operand(Scalar(0)), out); }

Tensor isclose(const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan) {
  check_same_dtype("isclose", "input", a, "other", b);
  check<ValueError>(rtol >= 0, "isclose: rtol must not be negative. Got {}.", rtol);
  check<ValueError>(atol >= 0, "isclose: atol must not be negative. Got {}.", atol);
  const Result r = elementwise_result("isclose", {}, {a, b}, DType::boolean);
  if (r.tensor().numel() > 0) run(kernels::isclose, r, a, b, rtol, atol, equal_nan, compute_dtype(a.dtype()));
  return r.tensor();
}
bool allclose(const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan) {
  return all_true(isclose(a, b, rtol, atol, equal_nan), "allclose");
}
bool equal(const Tensor& a, const Tensor& b) {
  common_device("equal", {a, b});
  if (a.shape() != b.shape()) return false;
  return a.numel() == 0 || all_true(eq(a, b), "equal");
}

}  // namespace dlx::ops
