#include "ops/elementwise_common.h"

#include "ops/copy.h"

namespace dlx::ops {
namespace {

bool is_visitor(const Tensor& x, const Tensor& other) {
  return x.device() != other.device() && x.device() == kCpu && x.dim() == 0 && !x.is_number();
}

}  // namespace

bool devices_differ(const Tensor& a, const Tensor& b) { return is_visitor(a, b) || is_visitor(b, a); }
Operand beside(const Tensor& x, const Tensor& other) { return is_visitor(x, other) ? to(x, other.device(), {}) : x; }

Result floating_unary(const kernels::Unary& kernel, const Tensor& x, const OptTensor& out) {
  const DType dtype = as_floating(x.dtype());
  Result r = elementwise_result(kernel.name(), out, {x}, dtype);
  if (x.numel() > 0) run(kernel, r, x, compute_dtype(dtype));
  return r;
}

void check_not_bool(const char* op, DType dtype, const char* instead) {
  check<DtypeError>(dtype != DType::boolean, "{}: booleans have no {}. Use {}, or convert with .to(dlx.int64).", op, op, instead);
}
void check_floating_result(const char* op, DType dtype) {
  check<DtypeError>(is_floating(dtype), "{}: an input must be floating point. Got {}; convert one with .to(dlx.float32).", op, dtype);
}
void fail_no_gradient(const char* op, const char* instead) { fail<RuntimeError>("{}: it has no gradient. Use {}.", op, instead); }

}  // namespace dlx::ops
