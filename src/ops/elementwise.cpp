#include "ops/elementwise.h"

#include <cmath>
#include <limits>

#include "ops/copy.h"
#include "ops/elementwise_common.h"

namespace dlx::ops {
namespace {

// g where the mask holds, half of it where a tie is shared, as PyTorch splits it.
Tensor share_of_extreme(const Tensor& g, const Tensor& wins, const Tensor& ties) {
  return where(ties, mul(g, number(0.5)), where(wins, g, number(0)));
}

// maximum and minimum. `larger`: whose gradient it is where they differ.
Tensor extreme(const kernels::Binary& kernel, const Tensor& a, const Tensor& b, const OptTensor& out, bool larger) {
  if (devices_differ(a, b)) [[unlikely]] return extreme(kernel, beside(a, b), beside(b, a), out, larger);
  return binary(kernel, a, b, out, result_type(a, b), [larger](const Tensor& g, const Tensor& x, const Tensor& y, Needs) -> Gradients {
    const Tensor ties = eq(x, y), above = gt(x, y), below = lt(x, y);
    return {share_of_extreme(g, larger ? above : below, ties), share_of_extreme(g, larger ? below : above, ties)};
  });
}
// fmax and fmin: where `wins` holds, or b is NaN, the gradient is a's.
template <class F> Tensor extreme_number(const kernels::Binary& kernel, const Tensor& a, const Tensor& b, const OptTensor& out, F wins) {
  if (devices_differ(a, b)) [[unlikely]] return extreme_number(kernel, beside(a, b), beside(b, a), out, wins);
  return binary(kernel, a, b, out, result_type(a, b), [wins](const Tensor& g, const Tensor& x, const Tensor& y, Needs) -> Gradients {
    const Tensor first = logical_or(wins(x, y), isnan(y));
    return {where(first, g, number(0)), where(first, number(0), g)};
  });
}
void check_fits(const char* op, Scalar value, DType dtype) {
  const int bits = static_cast<int>(8 * itemsize(dtype)) - (dtype == DType::uint8 ? 0 : 1);
  const double limit = std::ldexp(1.0, bits), low = dtype == DType::uint8 ? -256 : -limit, number = value.as_double();
  const bool fits = value.kind == Kind::floating ? number >= low && number < limit
                                                 : bits == 63 || (value.integer >= static_cast<int64_t>(low) && value.integer < (int64_t{1} << bits));
  check<ValueError>(fits, "{}: value {} does not fit in {}.", op, number, dtype);
}

double largest_finite(DType dtype) {
  switch (dtype) {
    case DType::float16: return 65504;
    case DType::bfloat16: return 0x1.fep127;
    case DType::float32: return std::numeric_limits<float>::max();
    default: return std::numeric_limits<double>::max();
  }
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
  check_not_bool("sub", a.dtype(), "logical_xor or !=");
  check_not_bool("sub", b.dtype(), "logical_xor or !=");
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
  if (dtype == DType::boolean && b.is_number()) {  // to the power of True or False, as PyTorch has it
    const Result r = elementwise_result("pow", out, {a, b}, dtype);
    if (a.numel() > 0) run(kernels::where, r, a, Operand(Scalar(true)), logical_not(b), dtype);
    return r.tensor();
  }
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
    if (p.is_number()) {
      const Scalar exponent = host_scalar(p, "pow");
      if (exponent.is(0)) return {zeros_as(g)};
      if (exponent.is(2)) return {mul(g, mul(x, number(2)))};
      const Scalar less = exponent.kind == Kind::floating ? Scalar(exponent.floating - 1) : Scalar(exponent.integer - 1);
      return {mul(g, mul(pow(x, Operand(less)), p))};
    }
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

Tensor maximum(const Tensor& a, const Tensor& b, const OptTensor& out) { return extreme(kernels::maximum, a, b, out, true); }
Tensor minimum(const Tensor& a, const Tensor& b, const OptTensor& out) { return extreme(kernels::minimum, a, b, out, false); }

Tensor fmax(const Tensor& a, const Tensor& b, const OptTensor& out) {
  return extreme_number(kernels::fmax, a, b, out, [](const Tensor& x, const Tensor& y) { return ge(x, y); });
}
Tensor fmin(const Tensor& a, const Tensor& b, const OptTensor& out) {
  return extreme_number(kernels::fmin, a, b, out, [](const Tensor& x, const Tensor& y) { return le(x, y); });
}

Tensor copysign(const Tensor& a, const Operand& b, const OptTensor& out) {
  if (devices_differ(a, b)) [[unlikely]] return copysign(beside(a, b), beside(b, a), out);
  return binary(kernels::copysign, a, b, out, as_floating(result_type(a, b)), [](const Tensor& g, const Tensor& x, const Tensor& y, Needs needs) -> Gradients {
    const Tensor turned = ne(signbit(x), signbit(y));
    return {where(eq(x, number(0)), number(0), where(turned, neg(g), g)), needs[1] ? zeros_as(g) : Tensor()};
  });
}
Tensor nextafter(const Tensor& a, const Tensor& b, const OptTensor& out) {
  if (devices_differ(a, b)) [[unlikely]] return nextafter(beside(a, b), beside(b, a), out);
  const DType dtype = result_type(a, b);
  check<DtypeError>(dtype == DType::float32 || dtype == DType::float64, "nextafter: the inputs must be float32 or float64. Got {} and {}.", a.dtype(), b.dtype());
  return binary(kernels::nextafter, a, b, out, dtype, [](const Tensor& g, const Tensor& x, const Tensor& y, Needs) -> Gradients {
    const Tensor equal = eq(x, y);
    return {where(equal, number(0), g), where(equal, g, number(0))};
  });
}
Tensor heaviside(const Tensor& x, const Tensor& values, const OptTensor& out) {
  check_same_dtype("heaviside", "input", x, "values", values);
  const Result r = elementwise_result("heaviside", out, {x, values}, x.dtype());
  if (r.tensor().numel() > 0) {
    const GradMode untracked(false);
    run(kernels::where, r, eq(x, number(0)), values, gt(x, number(0)), x.dtype());
  }
  return r.with_gradient([](const Tensor&) -> Gradients { fail_no_gradient("heaviside", "where, or sigmoid of a steep argument"); });
}
Tensor ldexp(const Tensor& x, const Operand& other, const OptTensor& out) { return mul(x, pow(number(2), other), out); }
Tensor rsub(const Tensor& x, const Operand& other, Scalar alpha) { return sub(other, x, alpha); }

Tensor clamp(const Tensor& x, const Operand& low, const Operand& high, const OptTensor& out) {
  if (devices_differ(x, low) || devices_differ(x, high)) [[unlikely]] return clamp(x, beside(low, x), beside(high, x), out);
  const DType dtype = result_type({x, low, high});
  if (low.is_number() && high.is_number()) check_not_bool("clamp", dtype, "logical_and, logical_or");
  const Result r = elementwise_result("clamp", out, {x, low, high}, dtype);
  const Saved sx = r.save(x), sl = r.save(low), sh = r.save(high);
  if (r.tensor().numel() > 0) run(kernels::clamp, r, x, low, high, compute_dtype(dtype));
  return r.with_gradient([sx, sl, sh](const Tensor& g, Needs needs) -> Gradients {
    const Tensor x = sx.get(), low = sl.get(), high = sh.get();
    Gradients out;
    if (needs[0]) out[0] = where(logical_and(ge(x, low), le(x, high)), g, number(0));
    if (needs[1]) out[1] = where(logical_and(lt(x, low), lt(low, high)), g, number(0));
    if (needs[2]) out[2] = where(logical_or(gt(x, high), lt(high, low)), g, number(0));
    return out;
  });
}
Tensor clamp_min(const Tensor& x, const Operand& low, const OptTensor& out) {
  if (devices_differ(x, low)) [[unlikely]] return clamp_min(beside(x, low), beside(low, x), out);
  const DType dtype = result_type(x, low);
  if (low.is_number()) check_not_bool("clamp_min", dtype, "logical_or");
  const Result r = elementwise_result("clamp_min", out, {x, low}, dtype);
  const Saved sx = r.save(x), sl = r.save(low);
  if (r.tensor().numel() > 0) run(kernels::maximum, r, x, low, compute_dtype(dtype));
  return r.with_gradient([sx, sl](const Tensor& g, Needs needs) -> Gradients {
    const Tensor x = sx.get(), low = sl.get();
    return {where(ge(x, low), g, number(0)), needs[1] ? where(lt(x, low), g, number(0)) : Tensor()};
  });
}
Tensor clamp_max(const Tensor& x, const Operand& high, const OptTensor& out) {
  if (devices_differ(x, high)) [[unlikely]] return clamp_max(beside(x, high), beside(high, x), out);
  const DType dtype = result_type(x, high);
  if (high.is_number()) check_not_bool("clamp_max", dtype, "logical_and");
  const Result r = elementwise_result("clamp_max", out, {x, high}, dtype);
  const Saved sx = r.save(x), sh = r.save(high);
  if (r.tensor().numel() > 0) run(kernels::minimum, r, x, high, compute_dtype(dtype));
  return r.with_gradient([sx, sh](const Tensor& g, Needs needs) -> Gradients {
    const Tensor x = sx.get(), high = sh.get();
    return {where(le(x, high), g, number(0)), needs[1] ? where(gt(x, high), g, number(0)) : Tensor()};
  });
}

Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, Scalar value, const OptTensor& out) {
  const DType dtype = result_type({x, a, b});
  check_not_bool("addcmul", dtype, "logical_or and logical_and");
  const Result r = elementwise_result("addcmul", out, {x, a, b}, dtype);
  const Saved sa = r.save(a, r.needs(2)), sb = r.save(b, r.needs(1));
  if (r.tensor().numel() > 0) run(kernels::addcmul, r, x, a, b, value, compute_dtype(dtype));
  return r.with_gradient([sa, sb, value](const Tensor& g, Needs needs) -> Gradients {
    return {g, needs[1] ? mul(scaled(g, value), sb.get()) : Tensor(), needs[2] ? mul(scaled(g, value), sa.get()) : Tensor()};
  });
}
Tensor addcdiv(const Tensor& x, const Tensor& a, const Tensor& b, Scalar value, const OptTensor& out) {
  check<DtypeError>(is_floating(a.dtype()) || is_floating(b.dtype()),
                    "addcdiv: tensor1 or tensor2 must be floating point. Got {} and {}; for integers use input + value * dlx.div(tensor1, tensor2).",
                    a.dtype(), b.dtype());
  const DType dtype = result_type({x, a, b});
  const Result r = elementwise_result("addcdiv", out, {x, a, b}, dtype);
  const Saved sa = r.save(a, r.needs(2)), sb = r.save(b);
  if (r.tensor().numel() > 0) run(kernels::addcdiv, r, x, a, b, value, compute_dtype(dtype));
  return r.with_gradient([sa, sb, value](const Tensor& g, Needs needs) -> Gradients {
    if (!needs[1] && !needs[2]) return {g};
    const Tensor b = sb.get(), ga = div(scaled(g, value), b);
    return {g, ga, needs[2] ? neg(mul(ga, div(sa.get(), b))) : Tensor()};
  });
}
Tensor lerp(const Tensor& x, const Tensor& end, const Operand& weight, const OptTensor& out) {
  check_floating("lerp", "input", x);
  check_same_dtype("lerp", "end", end, "input", x);
  if (!weight.is_number() && weight.dim() > 0) check_same_dtype("lerp", "weight", weight, "input", x);
  if (devices_differ(x, weight)) [[unlikely]] return lerp(x, end, beside(weight, x), out);
  const Result r = elementwise_result("lerp", out, {x, end, weight}, x.dtype());
  const Saved sx = r.save(x, r.needs(2)), se = r.save(end, r.needs(2)), sw = r.save(weight);
  if (r.tensor().numel() > 0) run(kernels::lerp, r, x, end, weight, compute_dtype(x.dtype()));
  return r.with_gradient([sx, se, sw](const Tensor& g, Needs needs) -> Gradients {
    const Tensor w = sw.get();
    return {needs[0] ? mul(g, sub(number(1), w)) : Tensor(), needs[1] ? mul(g, w) : Tensor(),
            needs[2] ? mul(g, sub(se.get(), sx.get())) : Tensor()};
  });
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, const Operand& value, const OptTensor& out) {
  check_dtype("masked_fill", "mask", mask, DType::boolean);
  check<ShapeError>(value.dim() == 0, "masked_fill: value must be a number or a 0-d tensor. Got shape {}.", value.shape());
  if (value.is_number() && kind_of(x.dtype()) == Kind::integer) check_fits("masked_fill", host_scalar(value, "masked_fill"), x.dtype());
  if (devices_differ(x, value)) [[unlikely]] return masked_fill(x, mask, beside(value, x), out);
  const Result r = elementwise_result("masked_fill", out, {x, mask, value}, x.dtype());
  const Saved sm = r.save(mask);
  if (r.tensor().numel() > 0) run(kernels::where, r, mask, value, x, x.dtype());
  return r.with_gradient([sm](const Tensor& g, Needs needs) -> Gradients {
    const Tensor mask = sm.get();
    return {needs[0] ? where(mask, number(0), g) : Tensor(), Tensor(), needs[2] ? where(mask, g, number(0)) : Tensor()};
  });
}

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

Tensor sign(const Tensor& x, const OptTensor& out) {
  const Result r = elementwise_result("sign", out, {x}, x.dtype());
  if (x.numel() > 0) run(kernels::sign, r, x, compute_dtype(x.dtype()));
  return r.with_gradient(zeros_as);
}
Tensor square(const Tensor& x, const OptTensor& out) { return pow(x, Operand(Scalar(2)), out); }
Tensor reciprocal(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::reciprocal, x, out).with_gradient([](const Tensor& g, const Tensor& y) { return neg(mul(g, mul(y, y))); });
}
Tensor deg2rad(const Tensor& x, const OptTensor& out) { return mul(x, number(0.017453292519943295), out); }
Tensor rad2deg(const Tensor& x, const OptTensor& out) { return mul(x, number(57.29577951308232), out); }
Tensor angle(const Tensor& x, const OptTensor& out) {
  const Result r = elementwise_result("angle", out, {x}, as_floating(x.dtype()));
  if (x.numel() > 0) {
    const GradMode untracked(false);
    const Tensor is_nan = isnan(x), negative = lt(x, number(0));
    run(kernels::where, r, negative, number(3.141592653589793), number(0), as_floating(x.dtype()));
    run(kernels::where, r, is_nan, number(std::numeric_limits<double>::quiet_NaN()), r.tensor(), as_floating(x.dtype()));
  }
  return r.with_gradient(zeros_as);
}
Tensor nan_to_num(const Tensor& x, std::optional<double> nan, std::optional<double> posinf, std::optional<double> neginf, const OptTensor& out) {
  const Result r = elementwise_result("nan_to_num", out, {x}, x.dtype());
  const Saved sx = r.save(x);
  if (x.numel() > 0) {
    const GradMode untracked(false);
    const double infinity = std::numeric_limits<double>::infinity();
    const double largest = largest_finite(x.dtype());
    const Tensor is_nan = isnan(x), is_posinf = eq(x, number(infinity)), is_neginf = eq(x, number(-infinity));
    run(kernels::where, r, is_nan, number(nan.value_or(0)), x, x.dtype());
    if (is_floating(x.dtype())) {
      run(kernels::where, r, is_posinf, number(posinf.value_or(largest)), r.tensor(), x.dtype());
      run(kernels::where, r, is_neginf, number(neginf.value_or(-largest)), r.tensor(), x.dtype());
    }
  }
  return r.with_gradient([sx](const Tensor& g) { return where(isfinite(sx.get()), g, number(0)); });
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

Tensor sigmoid(const Tensor& x, const OptTensor& out) {
  return floating_unary(kernels::sigmoid, x, out).with_gradient([](const Tensor& g, const Tensor& y) {
    if (thread_state.grad_enabled) return mul(g, mul(y, sub(number(1), y)));
    const Result gx = elementwise_result("sigmoid", {}, {g, y}, y.dtype());
    if (y.numel() > 0) run(kernels::sigmoid_backward, gx, g, y, compute_dtype(y.dtype()));
    return gx.tensor();
  });
}

}  // namespace dlx::ops
