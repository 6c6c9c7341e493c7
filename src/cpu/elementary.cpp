// Elementary functions: one functor of kernels/math*.h each.
#include "kernels/elementary.h"

#include "cpu/elementwise_loops.h"
#include "kernels/math_trig.h"

namespace dlx::cpu::DLX_ISA {
namespace {

DLX_FLOATING_UNARY(exp, Exp, kExp);
DLX_FLOATING_UNARY(exp2, Exp2, kExp);
DLX_FLOATING_UNARY(expm1, Expm1, kExp);
DLX_FLOATING_UNARY(log, Log, kExp);
DLX_FLOATING_UNARY(log2, Log2, kSlow);
DLX_FLOATING_UNARY(log10, Log10, kSlow);
DLX_FLOATING_UNARY(log1p, Log1p, kSlow);
DLX_FLOATING_UNARY(sqrt, Sqrt, kDivision);
DLX_FLOATING_UNARY(rsqrt, Rsqrt, 2 * kDivision);
DLX_FLOATING_UNARY(sin, Sin, kSlow);
DLX_FLOATING_UNARY(cos, Cos, kSlow);
DLX_FLOATING_UNARY(tan, Tan, kSlow);
DLX_FLOATING_UNARY(asin, Asin, kSlow);
DLX_FLOATING_UNARY(acos, Acos, kSlow);
DLX_FLOATING_UNARY(atan, Atan, kSlow);
DLX_FLOATING_UNARY(sinh, Sinh, kSlow);
DLX_FLOATING_UNARY(cosh, Cosh, kSlow);
DLX_FLOATING_UNARY(tanh, Tanh, kExp);
DLX_FLOATING_UNARY(asinh, Asinh, kPow);
DLX_FLOATING_UNARY(acosh, Acosh, kPow);
DLX_FLOATING_UNARY(atanh, Atanh, kPow);
DLX_FLOATING_BINARY(atan2, Atan2, kPow);
DLX_FLOATING_BINARY(hypot, Hypot, kSlow);

void tanh_backward_kernel(Out out, const Tensor& g, const Tensor& y, DType compute) { run_gradient<Tanh>(out, g, y, compute); }
DLX_REGISTER_CPU(kernels::tanh_backward, tanh_backward_kernel);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
