// Special functions: one functor of kernels/math*.h each.
#include "kernels/special.h"

#include "cpu/elementwise_loops.h"
#include "kernels/math_special.h"

namespace dlx::cpu::DLX_ISA {
namespace {

DLX_FLOATING_UNARY(erf, Erf, kSlow);
DLX_FLOATING_UNARY(erfc, Erfc, kSlow);
DLX_FLOATING_UNARY(erfinv, Erfinv, 2 * kPow);
DLX_FLOATING_UNARY(sinc, Sinc, kSlow);
DLX_FLOATING_UNARY(logit, Logit, kSlow);
DLX_FLOATING_BINARY(logaddexp, Logaddexp, kPow);
DLX_FLOATING_BINARY(logaddexp2, Logaddexp2, kPow);
DLX_FLOATING_BINARY(xlogy, Xlogy, kSlow);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
