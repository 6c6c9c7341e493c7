#include "ops/rounding.h"

#include "kernels/copy.h"
#include "kernels/rounding.h"
#include "ops/elementwise.h"
#include "ops/elementwise_common.h"

namespace dlx::ops {
namespace {

template <class F> Tensor quotient(const kernels::Binary& kernel, const Tensor& a, const Tensor& b, const OptTensor& out, F gradient) {
  if (devices_differ(a, b)) [[unlikely]] return quotient(kernel, beside(a, b), beside(b, a), out, gradient);
  const DType dtype = result_type(a, b);
  check_not_bool(kernel.name(), dtype, "logical_and");
  return binary(kernel, a, b, out, dtype, gradient);
}
// The gradient of a step function.
const auto no_change = [](const Tensor& g, const Tensor&, const Tensor&, Needs needs) -> Gradients {
  return {needs[0] ? zeros_as(g) : Tensor(), needs[1] ? zeros_as(g) : Tensor()};
};

// ceil, floor, round, trunc: integers are whole already.
template <class F> Tensor whole(const char* op, const Tensor& x, const OptTensor& out, F run_kernel) {
  check_not_bool(op, x.dtype(), "the tensor itself");
  const Result r = elementwise_result(op, out, {x}, x.dtype());
  if (x.numel() > 0) {
    if (is_floating(x.dtype())) run_kernel(r, compute_dtype(x.dtype()));
    else run(kernels::copy, r, x);  // in place too: a write raises the version
  }
  return r.with_gradient(zeros_as);
}
Tensor whole(const kernels::Unary& kernel, const Tensor& x, const OptTensor& out) {
  return whole(kernel.name(), x, out, [&](const Result& r, DType compute) { run(kernel, r, x, compute); });
}

}  // namespace

Tensor floor_divide(const Operand& a, const Operand& b, const OptTensor& out) {
  return quotient(kernels::floor_divide, a, b, out, [](const Tensor&, const Tensor&, const Tensor&, Needs) -> Gradients {
    fail_no_gradient("floor_divide", "div with rounding_mode='floor', whose gradient is 0");
  });
}
Tensor div_floor(const Operand& a, const Operand& b, const OptTensor& out) { return quotient(kernels::floor_divide, a, b, out, no_change); }
Tensor div_trunc(const Operand& a, const Operand& b, const OptTensor& out) { return quotient(kernels::trunc_divide, a, b, out, no_change); }

Tensor remainder(const Operand& a, const Operand& b, const OptTensor& out) {
  return quotient(kernels::remainder, a, b, out, [](const Tensor& g, const Tensor& x, const Tensor& y, Needs needs) -> Gradients {
    return {g, needs[1] ? neg(mul(g, div_floor(x, y))) : Tensor()};
  });
}
Tensor fmod(const Tensor& a, const Operand& b, const OptTensor& out) {
  return quotient(kernels::fmod, a, b, out, [](const Tensor& g, const Tensor& x, const Tensor& y, Needs needs) -> Gradients {
    return {g, needs[1] ? neg(mul(g, div_trunc(x, y))) : Tensor()};
  });
}

Tensor ceil(const Tensor& x, const OptTensor& out) { return whole(kernels::ceil, x, out); }
Tensor floor(const Tensor& x, const OptTensor& out) { return whole(kernels::floor, x, out); }
Tensor trunc(const Tensor& x, const OptTensor& out) { return whole(kernels::trunc, x, out); }
Tensor round(const Tensor& x, int64_t decimals, const OptTensor& out) {
  check<DtypeError>(decimals == 0 || is_floating(x.dtype()), "round: only floating-point tensors have decimals. Got {}.", x.dtype());
  return whole("round", x, out, [&](const Result& r, DType compute) { run(kernels::round, r, x, decimals, compute); });
}
Tensor frac(const Tensor& x, const OptTensor& out) {
  check_floating("frac", "input", x);
  return floating_unary(kernels::frac, x, out).with_gradient([](const Tensor& g) { return g; });
}

}  // namespace dlx::ops
