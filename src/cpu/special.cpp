// Special functions: one functor of kernels/math*.h each.
#include "kernels/special.h"

#include "cpu/elementwise_loops.h"
#include "kernels/math_gamma.h"
#include "kernels/math_special.h"

namespace dlx::cpu::DLX_ISA {
namespace {

DLX_FLOATING_UNARY(erf, Erf, kSlow);
DLX_FLOATING_UNARY(erfc, Erfc, kSlow);
DLX_FLOATING_UNARY(erfinv, Erfinv, 2 * kPow);
DLX_FLOATING_UNARY(sinc, Sinc, kSlow);
DLX_FLOATING_UNARY(logit, Logit, kSlow);

// Floats are widened for the formula and its result is rounded once.
template <class Op, class T> void in_double_loop(const void*, void* out, const void* const* in, int64_t n) {
  T* to = static_cast<T*>(out);
  const T* x = static_cast<const T*>(in[0]);
  each_register<double>(n, [&](int64_t i, auto lanes) {
    double wide[Vec<double>::kLanes] = {};
    for (int64_t j = 0; j < lanes; ++j) wide[j] = static_cast<double>(x[i + j]);
    Op::apply(Vec<double>::load(wide)).store(wide);
    for (int64_t j = 0; j < lanes; ++j) to[i + j] = static_cast<T>(wide[j]);
  });
}
template <class Op> void run_in_double(Out out, const Tensor& x, DType compute) {
  run_unary(choose_floating(compute, []<class T>() -> BlockLoop* { return in_double_loop<Op, T>; }), out, x, compute, 2 * kPow);
}
void lgamma_kernel(Out out, const Tensor& x, DType compute) { run_in_double<Lgamma>(out, x, compute); }
void digamma_kernel(Out out, const Tensor& x, DType compute) { run_in_double<Digamma>(out, x, compute); }
void trigamma_kernel(Out out, const Tensor& x, DType compute) { run_in_double<Trigamma>(out, x, compute); }
void tetragamma_kernel(Out out, const Tensor& x, DType compute) { run_in_double<Tetragamma>(out, x, compute); }
DLX_REGISTER_CPU(kernels::lgamma, lgamma_kernel);
DLX_REGISTER_CPU(kernels::digamma, digamma_kernel);
DLX_REGISTER_CPU(kernels::trigamma, trigamma_kernel);
DLX_REGISTER_CPU(kernels::tetragamma, tetragamma_kernel);

DLX_FLOATING_BINARY(logaddexp, Logaddexp, kPow);
DLX_FLOATING_BINARY(logaddexp2, Logaddexp2, kPow);
DLX_FLOATING_BINARY(xlogy, Xlogy, kSlow);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
