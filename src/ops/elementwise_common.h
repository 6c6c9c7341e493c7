// What the families of element-wise functions share: operands of two devices, kernels of one and two arguments, their gradients.
#pragma once
#include "kernels/elementwise.h"
#include "ops/common.h"

namespace dlx::ops {

// A 0-d tensor in host memory may stand beside tensors of a device, as in PyTorch: it is taken there.
bool devices_differ(const Tensor& a, const Tensor& b);
Operand beside(const Tensor& x, const Tensor& other);

void check_not_bool(const char* op, DType dtype, const char* instead);
// Where both inputs are integers: `dtype` is their result_type.
void check_floating_result(const char* op, DType dtype);

inline Tensor zeros_as(const Tensor& g) { return zeros(g.shape(), g.dtype(), g.device()); }

// A function of one argument with a floating result, whatever the input.
Result floating_unary(const kernels::Unary& kernel, const Tensor& x, const OptTensor& out);
// The same with its gradient, a function of (g, x).
template <class F> Tensor floating_unary(const kernels::Unary& kernel, const Tensor& x, const OptTensor& out, F gradient) {
  const DType dtype = as_floating(x.dtype());
  const Result r = elementwise_result(kernel.name(), out, {x}, dtype);
  const Saved sx = r.save(x);
  if (r.tensor().numel() > 0) run(kernel, r, x, compute_dtype(dtype));
  return r.with_gradient([sx, gradient](const Tensor& g) { return gradient(g, sx.get()); });
}
// A function of two arguments with its gradient, a function of (g, a, b, needs). The devices are one.
template <class F> Tensor binary(const kernels::Binary& kernel, const Tensor& a, const Tensor& b, const OptTensor& out, DType dtype, F gradient) {
  const Result r = elementwise_result(kernel.name(), out, {a, b}, dtype);
  const Saved sa = r.save(a), sb = r.save(b);
  if (r.tensor().numel() > 0) run(kernel, r, a, b, compute_dtype(dtype));
  return r.with_gradient([sa, sb, gradient](const Tensor& g, Needs needs) -> Gradients { return gradient(g, sa.get(), sb.get(), needs); });
}
// A function whose result asking for a gradient is an error.
[[noreturn]] void fail_no_gradient(const char* op, const char* instead);

}  // namespace dlx::ops
