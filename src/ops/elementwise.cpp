#include "ops/elementwise.h"

#include "kernels/elementwise.h"
#include "ops/common.h"
#include "ops/copy.h"

namespace dlx::ops {
namespace {

using BinaryKernel = Kernel<void(Out, const Tensor&, const Tensor&, DType)>;
using UnaryKernel = Kernel<void(Out, const Tensor&, DType)>;

// A 0-d tensor in host memory may stand beside tensors of a device, as in PyTorch: it is taken there.
bool is_visitor(const Tensor& x, const Tensor& other) {
  return x.device() != other.device() && x.device() == kCpu && x.dim() == 0 && !x.is_number();
}
bool devices_differ(const Tensor& a, const Tensor& b) { return is_visitor(a, b) || is_visitor(b, a); }
Operand beside(const Tensor& x, const Tensor& other) { return is_visitor(x, other) ? to(x, other.device(), {}) : x; }

Tensor compare(const BinaryKernel& kernel, const Tensor& a, const Tensor& b, const OptTensor& out) {
  if (devices_differ(a, b)) [[unlikely]] return compare(kernel, beside(a, b), beside(b, a), out);
  const Result r = elementwise_result(kernel.name(), out, {a, b}, DType::boolean);
  if (r.tensor().numel() > 0) run(kernel, r, a, b, compute_dtype(result_type(a, b)));
  return r.with_gradient([](const Tensor&) { return Gradients(); });  // in place on a float tensor: the gradient ends here
}

// A function of one argument with a floating result.
Result floating_unary(const UnaryKernel& kernel, const Tensor& x, const OptTensor& out) {
  const DType dtype = as_floating(x.dtype());
  Result r = elementwise_result(kernel.name(), out, {x}, dtype);
  if (x.numel() > 0) run(kernel, r, x, compute_dtype(dtype));
  return r;
}

void check_not_bool(const char* op, DType dtype, const char* instead) {
  check<DtypeError>(dtype != DType::boolean, "{}: booleans have no {}. Use {}, or convert with .to(dlx.int64).", op, op, instead);
}

// g where the mask holds, half of it where a tie is shared, as PyTorch splits it.
Tensor share_of_extreme(const Tensor& g, const Tensor& wins, const Tensor& ties) {
  return where(ties, mul(g, number(0.5)), where(wins, g, number(0)));
}

Tensor scaled(const Tensor& g, Scalar alpha) { return alpha.is(1) ? g : mul(g, Operand(alpha)); }

Tensor add_scaled(const char* op, const Tensor& a, const Tensor& b, Scalar alpha, const OptTensor& out) {
  if (devices_differ(a, b)) [[unlikely]] return add_scaled(op, beside(a, b), beside(b, a), alpha, out);
  const DType dtype = result_type(a, b);
  check<DtypeError>(alpha.kind != Kind::floating || is_floating(dtype), "{}: alpha must be a whole number for tensors of dtype {}.", op, dtype);
  const Result r = elementwise_result(op, out, {a, b}, dtype);
  if (r.tensor().numel() > 0) run(kernels::add, r, a, b, alpha, compute_dtype(dtype));
  return r.with_gradient([alpha](const Tensor& g, Needs needs) -> Gradients {
    return {g, needs[1] ? scaled(g, alpha) : Tensor()};
  });
}

Scalar negated(Scalar x) { return x.kind == Kind::floating ? Scalar(-x.floating) : Scalar(-x.integer); }

}  // namespace

Tensor add(const Operand& a, const Operand& b, Scalar alpha, const OptTensor& out) { return add_scaled("add", a, b, alpha, out); }

Tensor sub(const Operand& a, const Operand& b, Scalar alpha, const OptTensor& out) {
  check_not_bool("sub", result_type(a, b), "logical_xor or !=");
  return add_scaled("sub", a, b, negated(alpha), out);
}

Tensor mul(const Operand& a, const Operand& b, const OptTensor& out) {
  if (devices_differ(a, b)) [[unlikely]] return mul(beside(a, b), beside(b, a), out);
  const DType dtype = result_type(a, b);
  const Result r = elementwise_result("mul", out, {a, b}, dtype);
  const Saved sa = r.save(a, r.needs(1)), sb = r.save(b, r.needs(0));
  if (r.tensor().numel() > 0) run(kernels::mul, r, a, b, compute_dtype(dtype));
  return r.with_gradient([sa, sb](const Tensor& g, Needs needs) -> Gradients {
    return {needs[0] ? mul(g, sb.get()) : Tensor(), needs[1] ? mul(g, sa.get()) : Tensor()};
  });
}

Tensor div(const Operand& a, const Operand& b, const OptTensor& out) {
  if (devices_differ(a, b)) [[unlikely]] return div(beside(a, b), beside(b, a), out);
  const DType dtype = as_floating(result_type(a, b));
  const Result r = elementwise_result("div", out, {a, b}, dtype);
  const Saved sa = r.save(a, r.needs(1)), sb = r.save(b);
  if (r.tensor().numel() > 0) run(kernels::div, r, a, b, compute_dtype(dtype));
  return r.with_gradient([sa, sb](const Tensor& g, Needs needs) -> Gradients {
    const Tensor b = sb.get(), ga = div(g, b);
    return {ga, needs[1] ? neg(mul(ga, div(sa.get(), b))) : Tensor()};
  });
}

Tensor pow(const Operand& a, const Operand& b, const OptTensor& out) {
  if (devices_differ(a, b)) [[unlikely]] return pow(beside(a, b), beside(b, a), out);
  const DType dtype = result_type(a, b);
  check_not_bool("pow", dtype, "logical_and");
  if (kind_of(dtype) == Kind::integer && b.is_number())
    check<ValueError>(*b.data<int64_t>() >= 0 || b.dtype() == DType::boolean,
                      "pow: integers to a negative power are not integers. Convert the base with .to(dlx.float32).");
  const Result r = elementwise_result("pow", out, {a, b}, dtype);
  const Saved sa = r.save(a), sb = r.save(b);
  if (r.tensor().numel() > 0) run(kernels::pow, r, a, b, compute_dtype(dtype));
  return r.with_gradient([sa, sb](const Tensor& g, const Tensor& y, Needs needs) -> Gradients {
    const Tensor x = sa.get(), p = sb.get();
    Gradients out;
    // x^0 = 1 everywhere, at 0 and inf too, where p x^(p-1) would be NaN.
    if (needs[0]) out[0] = mul(g, where(eq(p, number(0)), number(0), mul(p, pow(x, sub(p, number(1))))));
    // 0^p = 0 for p >= 0, where y log x would be NaN.
    if (needs[1]) {
      const Tensor flat = mul(eq(x, number(0)), ge(p, number(0)));
      out[1] = mul(g, where(flat, number(0), mul(y, log(x))));
    }
    return out;
  });
}

Tensor maximum(const Operand& a, const Operand& b, const OptTensor& out) {
  if (devices_differ(a, b)) [[unlikely]] return maximum(beside(a, b), beside(b, a), out);
  const DType dtype = result_type(a, b);
  const Result r = elementwise_result("maximum", out, {a, b}, dtype);
  const Saved sa = r.save(a), sb = r.save(b);
  if (r.tensor().numel() > 0) run(kernels::maximum, r, a, b, compute_dtype(dtype));
  return r.with_gradient([sa, sb](const Tensor& g) -> Gradients {
    const Tensor x = sa.get(), y = sb.get(), ties = eq(x, y);
    return {share_of_extreme(g, gt(x, y), ties), share_of_extreme(g, lt(x, y), ties)};
  });
}

Tensor minimum(const Operand& a, const Operand& b, const OptTensor& out) {
  if (devices_differ(a, b)) [[unlikely]] return minimum(beside(a, b), beside(b, a), out);
  const DType dtype = result_type(a, b);
  const Result r = elementwise_result("minimum", out, {a, b}, dtype);
  const Saved sa = r.save(a), sb = r.save(b);
  if (r.tensor().numel() > 0) run(kernels::minimum, r, a, b, compute_dtype(dtype));
  return r.with_gradient([sa, sb](const Tensor& g) -> Gradients {
    const Tensor x = sa.get(), y = sb.get(), ties = eq(x, y);
    return {share_of_extreme(g, lt(x, y), ties), share_of_extreme(g, gt(x, y), ties)};
  });
}

Tensor eq(const Operand& a, const Operand& b, const OptTensor& out) { return compare(kernels::eq, a, b, out); }
Tensor ne(const Operand& a, const Operand& b, const OptTensor& out) { return compare(kernels::ne, a, b, out); }
Tensor lt(const Operand& a, const Operand& b, const OptTensor& out) { return compare(kernels::lt, a, b, out); }
Tensor le(const Operand& a, const Operand& b, const OptTensor& out) { return compare(kernels::le, a, b, out); }
Tensor gt(const Operand& a, const Operand& b, const OptTensor& out) { return compare(kernels::gt, a, b, out); }
Tensor ge(const Operand& a, const Operand& b, const OptTensor& out) { return compare(kernels::ge, a, b, out); }

Tensor where(const Tensor& condition, const Operand& a, const Operand& b) {
  check_dtype("where", "condition", condition, DType::boolean);
  const DType dtype = result_type(a, b);
  const Result r = elementwise_result("where", {}, {condition, a, b}, dtype);
  const Saved sc = r.save(condition);
  if (r.tensor().numel() > 0) run(kernels::where, r, condition, a, b, dtype);
  return r.with_gradient([sc](const Tensor& g, Needs needs) -> Gradients {
    const Tensor c = sc.get();
    return {Tensor(), needs[1] ? where(c, g, number(0)) : Tensor(), needs[2] ? where(c, number(0), g) : Tensor()};
  });
}

Tensor neg(const Tensor& x, const OptTensor& out) {
  check_not_bool("neg", x.dtype(), "logical_not");
  const Result r = elementwise_result("neg", out, {x}, x.dtype());
  if (x.numel() > 0) run(kernels::neg, r, x, compute_dtype(x.dtype()));
  return r.with_gradient([](const Tensor& g) { return neg(g); });
}

Tensor abs(const Tensor& x, const OptTensor& out) {
  check_not_bool("abs", x.dtype(), "the tensor itself");
  const Result r = elementwise_result("abs", out, {x}, x.dtype());
  const Saved sx = r.save(x);
  if (x.numel() > 0) run(kernels::abs, r, x, compute_dtype(x.dtype()));
  return r.with_gradient([sx](const Tensor& g) {
    const Tensor x = sx.get();
    return where(gt(x, number(0)), g, where(lt(x, number(0)), neg(g), number(0)));
  });
}

Tensor relu(const Tensor& x, const OptTensor& out) {
  check_not_bool("relu", x.dtype(), "the tensor itself");
  const Result r = elementwise_result("relu", out, {x}, x.dtype());
  if (x.numel() > 0) run(kernels::relu, r, x, compute_dtype(x.dtype()));
  return r.with_gradient([](const Tensor& g, const Tensor& y) {
    if (thread_state.grad_enabled) return where(gt(y, number(0)), g, number(0));
    const Result gx = elementwise_result("relu", {}, {g, y}, y.dtype());
    if (y.numel() > 0) run(kernels::relu_backward, gx, g, y, compute_dtype(y.dtype()));
    return gx.tensor();
  });
}

Tensor exp(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::exp, x, out).with_gradient([](const Tensor& g, const Tensor& y) { return mul(g, y); });
}

Tensor log(const Tensor& x, const OptTensor& out) {
  const DType dtype = as_floating(x.dtype());
  const Result r = elementwise_result("log", out, {x}, dtype);
  const Saved sx = r.save(x);
  if (x.numel() > 0) run(kernels::log, r, x, compute_dtype(dtype));
  return r.with_gradient([sx](const Tensor& g) { return div(g, sx.get()); });
}

Tensor sqrt(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::sqrt, x, out).with_gradient([](const Tensor& g, const Tensor& y) { return div(g, mul(y, number(2))); });
}

Tensor rsqrt(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::rsqrt, x, out).with_gradient([](const Tensor& g, const Tensor& y) {
    return mul(mul(g, number(-0.5)), mul(y, mul(y, y)));
  });
}

Tensor tanh(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::tanh, x, out).with_gradient([](const Tensor& g, const Tensor& y) {
    if (thread_state.grad_enabled) return mul(g, sub(number(1), mul(y, y)));
    const Result gx = elementwise_result("tanh", {}, {g, y}, y.dtype());
    if (y.numel() > 0) run(kernels::tanh_backward, gx, g, y, compute_dtype(y.dtype()));
    return gx.tensor();
  });
}

Tensor sigmoid(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::sigmoid, x, out).with_gradient([](const Tensor& g, const Tensor& y) {
    if (thread_state.grad_enabled) return mul(g, mul(y, sub(number(1), y)));
    const Result gx = elementwise_result("sigmoid", {}, {g, y}, y.dtype());
    if (y.numel() > 0) run(kernels::sigmoid_backward, gx, g, y, compute_dtype(y.dtype()));
    return gx.tensor();
  });
}

}  // namespace dlx::ops
