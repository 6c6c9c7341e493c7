// Comparisons, questions and the logic of truth values.
#include "kernels/comparison.h"

#include "cpu/elementwise_loops.h"

namespace dlx::cpu::DLX_ISA {
namespace {

template <class Op> void run_equality(Out out, const Tensor& a, const Tensor& b, DType compute) {
  run_binary(choose_signed(compute, []<class T>() -> BlockLoop* { return compare_loop<Op, T>; }), out, a, b, compute, kCheap, DType::boolean);
}
template <class Op> void run_order(Out out, const Tensor& a, const Tensor& b, DType compute) {
  run_binary(choose_ordered(compute, []<class T>() -> BlockLoop* { return compare_loop<Op, T>; }), out, a, b, compute, kCheap, DType::boolean);
}
void eq_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { run_equality<Eq>(out, a, b, compute); }
void ne_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { run_equality<Ne>(out, a, b, compute); }
void lt_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { run_order<Lt>(out, a, b, compute); }
void le_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { run_order<Le>(out, a, b, compute); }
void gt_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { lt_kernel(out, b, a, compute); }
void ge_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { le_kernel(out, b, a, compute); }

struct Xor {
  template <class V> static DLX_INLINE V apply(V a, V b) { return a ^ b; }
};
struct Not {
  template <class V> static DLX_INLINE V apply(V x) { return x ^ V(1); }
};
// The driver makes 0 and 1 of every dtype (a bool's byte is taken as it is).
template <class Op> void run_logical(Out out, const Tensor& a, const Tensor& b) {
  run_binary(binary_loop<Op, uint8_t>, out, a, b, DType::boolean, kCheap, DType::boolean);
}
void logical_and_kernel(Out out, const Tensor& a, const Tensor& b) { run_logical<And>(out, a, b); }
void logical_or_kernel(Out out, const Tensor& a, const Tensor& b) { run_logical<Or>(out, a, b); }
void logical_xor_kernel(Out out, const Tensor& a, const Tensor& b) { run_logical<Xor>(out, a, b); }
void logical_not_kernel(Out out, const Tensor& x) { run_unary(unary_loop<Not, uint8_t>, out, x, DType::boolean, kCheap); }

struct IsNan {
  template <class T> static DLX_INLINE bool apply(T x) { return x != x; }
};
struct IsInf {
  template <class T> static DLX_INLINE bool apply(T x) { return __builtin_fabs(static_cast<double>(x)) == Format<double>::kInfinity; }
};
struct IsFinite {
  template <class T> static DLX_INLINE bool apply(T x) { return x - x == 0; }
};
struct SignBit {
  template <class T> static DLX_INLINE bool apply(T x) { return __builtin_bit_cast(typename Format<T>::Int, x) < 0; }
};
template <class Op> void run_float_question(Out out, const Tensor& x, DType compute) {
  run_question(choose_floating(compute, []<class T>() -> BlockLoop* { return question_loop<Op, T>; }), out, x, compute);
}
void isnan_kernel(Out out, const Tensor& x, DType compute) { run_float_question<IsNan>(out, x, compute); }
void isinf_kernel(Out out, const Tensor& x, DType compute) { run_float_question<IsInf>(out, x, compute); }
void isfinite_kernel(Out out, const Tensor& x, DType compute) { run_float_question<IsFinite>(out, x, compute); }
void signbit_kernel(Out out, const Tensor& x, DType compute) { run_float_question<SignBit>(out, x, compute); }

struct Closeness {
  double rtol, atol;
  bool equal_nan;
};
template <class T> void isclose_loop(const void* context, void* out, const void* const* in, int64_t n) {
  uint8_t* to = static_cast<uint8_t*>(out);
  const T *a = static_cast<const T*>(in[0]), *b = static_cast<const T*>(in[1]);
  const Closeness c = *static_cast<const Closeness*>(context);
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (std::is_floating_point_v<T>) {
      const T error = a[i] < b[i] ? b[i] - a[i] : a[i] - b[i], allowed = static_cast<T>(c.atol) + static_cast<T>(c.rtol) * (b[i] < 0 ? -b[i] : b[i]);
      // An infinite error is none that is allowed, though the bound be infinite too.
      to[i] = a[i] == b[i] || (error <= allowed && error - error == 0) || (c.equal_nan && a[i] != a[i] && b[i] != b[i]);
    } else {
      const double error = static_cast<double>(a[i]) - static_cast<double>(b[i]), size = static_cast<double>(b[i]);
      to[i] = a[i] == b[i] || (error < 0 ? -error : error) <= c.atol + c.rtol * (size < 0 ? -size : size);
    }
  }
}
void isclose_kernel(Out out, const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan, DType compute) {
  const Closeness context{rtol, atol, equal_nan};
  run_binary(choose_ordered(compute, []<class T>() -> BlockLoop* { return isclose_loop<T>; }), out, a, b, compute, kDivision, DType::boolean, &context);
}

DLX_REGISTER_CPU(kernels::logical_and, logical_and_kernel);
DLX_REGISTER_CPU(kernels::logical_or, logical_or_kernel);
DLX_REGISTER_CPU(kernels::logical_xor, logical_xor_kernel);
DLX_REGISTER_CPU(kernels::logical_not, logical_not_kernel);
DLX_REGISTER_CPU(kernels::isnan, isnan_kernel);
DLX_REGISTER_CPU(kernels::isinf, isinf_kernel);
DLX_REGISTER_CPU(kernels::isfinite, isfinite_kernel);
DLX_REGISTER_CPU(kernels::signbit, signbit_kernel);
DLX_REGISTER_CPU(kernels::isclose, isclose_kernel);
#define DLX_COMPARISON(name) DLX_REGISTER_CPU_AS(kernels::name, name##_kernel, name);
DLX_FOR_COMPARISON_KERNELS(DLX_COMPARISON)
#undef DLX_COMPARISON

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
