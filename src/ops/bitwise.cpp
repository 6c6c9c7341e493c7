#include "ops/bitwise.h"

#include "kernels/bitwise.h"
#include "ops/elementwise_common.h"

namespace dlx::ops {
namespace {

Tensor on_bits(const kernels::Binary& kernel, const Tensor& a, const Tensor& b, const OptTensor& out, bool bools) {
  if (devices_differ(a, b)) [[unlikely]] return on_bits(kernel, beside(a, b), beside(b, a), out, bools);
  const DType dtype = result_type(a, b);
  check<DtypeError>(!is_floating(dtype), "{}: it takes integers{}. Got {} and {}.", kernel.name(), bools ? " and booleans" : "", a.dtype(), b.dtype());
  if (!bools) check_not_bool(kernel.name(), dtype, "logical_and, logical_or");
  const Result r = elementwise_result(kernel.name(), out, {a, b}, dtype);
  if (r.tensor().numel() > 0) run(kernel, r, a, b, dtype);
  return r.tensor();
}

}  // namespace

Tensor bitwise_and(const Operand& a, const Operand& b, const OptTensor& out) { return on_bits(kernels::bitwise_and, a, b, out, true); }
Tensor bitwise_or(const Operand& a, const Operand& b, const OptTensor& out) { return on_bits(kernels::bitwise_or, a, b, out, true); }
Tensor bitwise_xor(const Operand& a, const Operand& b, const OptTensor& out) { return on_bits(kernels::bitwise_xor, a, b, out, true); }
Tensor bitwise_left_shift(const Operand& a, const Operand& b, const OptTensor& out) { return on_bits(kernels::bitwise_left_shift, a, b, out, false); }
Tensor bitwise_right_shift(const Operand& a, const Operand& b, const OptTensor& out) { return on_bits(kernels::bitwise_right_shift, a, b, out, false); }
Tensor gcd(const Tensor& a, const Tensor& b, const OptTensor& out) { return on_bits(kernels::gcd, a, b, out, false); }
Tensor lcm(const Tensor& a, const Tensor& b, const OptTensor& out) { return on_bits(kernels::lcm, a, b, out, false); }

Tensor bitwise_not(const Tensor& x, const OptTensor& out) {
  check<DtypeError>(!is_floating(x.dtype()), "bitwise_not: it takes integers and booleans. Got {}.", x.dtype());
  const Result r = elementwise_result("bitwise_not", out, {x}, x.dtype());
  if (x.numel() > 0) run(kernels::bitwise_not, r, x, x.dtype());
  return r.tensor();
}

}  // namespace dlx::ops
