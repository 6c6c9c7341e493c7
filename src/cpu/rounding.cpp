// Rounding to whole numbers, rounded quotients and remainders.
#include "kernels/rounding.h"

#include "core/thread_state.h"
#include "cpu/elementwise_loops.h"
#include "kernels/math_division.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// Integer quotients: Op::apply(a, b) with b neither 0 nor -1, Op::by_minus_one(a). The context is the caller's error slot.
template <class Op, class T> void division_loop(const void* context, void* out, const void* const* in, int64_t n) {
  T* to = static_cast<T*>(out);
  const T *a = static_cast<const T*>(in[0]), *b = static_cast<const T*>(in[1]);
  bool by_zero = false;
  for (int64_t i = 0; i < n; ++i) {
    if (b[i] == 0) by_zero = true, to[i] = 0;
    else if (std::is_signed_v<T> && b[i] == static_cast<T>(-1)) to[i] = Op::by_minus_one(a[i]);  // INT_MIN / -1 would trap
    else to[i] = Op::apply(a[i], b[i]);
  }
  if (by_zero) static_cast<ErrorSlot*>(const_cast<void*>(context))->report(DataError::division_by_zero, 0, 0, 0);
}

// Integer quotients (division_loop keeps divisors 0 and -1 away).
template <class T> DLX_INLINE T negated(T a) { return static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(a)); }
struct IntegerTruncDivide {
  template <class T> static DLX_INLINE T apply(T a, T b) { return static_cast<T>(a / b); }
  template <class T> static DLX_INLINE T by_minus_one(T a) { return negated(a); }
};
struct IntegerFloorDivide {
  template <class T> static DLX_INLINE T apply(T a, T b) { return static_cast<T>(a / b - (a % b != 0 && (a < 0) != (b < 0))); }
  template <class T> static DLX_INLINE T by_minus_one(T a) { return negated(a); }
};
struct IntegerFmod {
  template <class T> static DLX_INLINE T apply(T a, T b) { return static_cast<T>(a % b); }
  template <class T> static DLX_INLINE T by_minus_one(T) { return 0; }
};
struct IntegerRemainder {
  template <class T> static DLX_INLINE T apply(T a, T b) {
    const T r = static_cast<T>(a % b);
    return static_cast<T>(r != 0 && (r < 0) != (b < 0) ? r + b : r);
  }
  template <class T> static DLX_INLINE T by_minus_one(T) { return 0; }
};

// A quotient's formulas for floating numbers and for integers.
template <class Floating, class Integer> void run_division(Out out, const Tensor& a, const Tensor& b, DType compute) {
  BlockLoop* loop = is_floating(compute) ? choose_floating(compute, []<class T>() -> BlockLoop* { return binary_loop<Floating, T>; })
                                         : choose_integer(compute, []<class T>() -> BlockLoop* { return division_loop<Integer, T>; });
  run_binary(loop, out, a, b, compute, kExp, compute, is_floating(compute) ? nullptr : &error_slot());
}
void floor_divide_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { run_division<FloorDivide, IntegerFloorDivide>(out, a, b, compute); }
void trunc_divide_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { run_division<TruncDivide, IntegerTruncDivide>(out, a, b, compute); }
void remainder_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { run_division<Remainder, IntegerRemainder>(out, a, b, compute); }
void fmod_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { run_division<Fmod, IntegerFmod>(out, a, b, compute); }

struct Ceil {
  template <class V> static DLX_INLINE V apply(V x) { return ceil(x); }
};
struct Floor {
  template <class V> static DLX_INLINE V apply(V x) { return floor(x); }
};
struct Trunc {
  template <class V> static DLX_INLINE V apply(V x) { return trunc(x); }
};
struct Round {
  template <class V> static DLX_INLINE V apply(V x) { return round(x); }
};
struct Frac {
  template <class V> static DLX_INLINE V apply(V x) { return x - trunc(x); }
};
// The nearest multiple of a power of ten, or of its inverse; the context points to the power.
template <bool fraction, class T> void round_loop(const void* context, void* out, const void* const* in, int64_t n) {
  T* to = static_cast<T*>(out);
  const T* x = static_cast<const T*>(in[0]);
  const Vec<T> power(static_cast<const Scalar*>(context)->to<T>());
  each_register<T>(n, [&](int64_t i, auto lanes) {
    const Vec<T> value = load_partial(x + i, lanes);
    store_partial(to + i, fraction ? round(value * power) / power : round(value / power) * power, lanes);
  });
}

void round_kernel(Out out, const Tensor& x, int64_t decimals, DType compute) {
  if (decimals == 0) return run_unary_floating<Round>(out, x, compute, kCheap);
  double power = 1;  // exact up to 10^22
  for (int64_t i = 0, places = decimals < 0 ? -decimals : decimals; i < places && i < 400; ++i) power *= 10;
  const Scalar scale(power);
  const Tensor* inputs[] = {&x};
  BlockLoop* loop = decimals > 0 ? choose_floating(compute, []<class T>() -> BlockLoop* { return round_loop<true, T>; })
                                 : choose_floating(compute, []<class T>() -> BlockLoop* { return round_loop<false, T>; });
  run_blocks({loop, compute, {compute}, kDivision, &scale}, out, inputs, 1);
}

DLX_REGISTER_CPU(kernels::floor_divide, floor_divide_kernel);
DLX_REGISTER_CPU(kernels::trunc_divide, trunc_divide_kernel);
DLX_REGISTER_CPU(kernels::remainder, remainder_kernel);
DLX_REGISTER_CPU(kernels::fmod, fmod_kernel);
DLX_REGISTER_CPU(kernels::round, round_kernel);
DLX_FLOATING_UNARY(ceil, Ceil, kCheap);
DLX_FLOATING_UNARY(floor, Floor, kCheap);
DLX_FLOATING_UNARY(trunc, Trunc, kCheap);
DLX_FLOATING_UNARY(frac, Frac, kCheap);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
