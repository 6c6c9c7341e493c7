// Element-wise kernels: for each op one loop over contiguous blocks for each type in which it differs.
#include "kernels/elementwise.h"

#include "cpu/convert.h"
#include "cpu/elementwise_loops.h"

namespace dlx::cpu::DLX_ISA {
namespace {

template <class T> void where_loop(const void*, void* out, const void* const* in, int64_t n) {
  T* to = static_cast<T*>(out);
  const uint8_t* condition = static_cast<const uint8_t*>(in[0]);
  const T *a = static_cast<const T*>(in[1]), *b = static_cast<const T*>(in[2]);
  for (int64_t i = 0; i < n; ++i) to[i] = condition[i] ? a[i] : b[i];
}
// a + alpha * b; alpha is not 1.
template <class T> void add_scaled_loop(const void* context, void* out, const void* const* in, int64_t n) {
  T* to = static_cast<T*>(out);
  const T *a = static_cast<const T*>(in[0]), *b = static_cast<const T*>(in[1]);
  const Vec<T> alpha(static_cast<const Scalar*>(context)->to<T>());
  each_register<T>(n, [&](int64_t i, auto lanes) {
    store_partial(to + i, fma(alpha, load_partial(b + i, lanes), load_partial(a + i, lanes)), lanes);
  });
}

// a or (alpha and b).
void add_bool_loop(const void* context, void* out, const void* const* in, int64_t n) {
  uint8_t* to = static_cast<uint8_t*>(out);
  const uint8_t *a = static_cast<const uint8_t*>(in[0]), *b = static_cast<const uint8_t*>(in[1]);
  const Vec<uint8_t> alpha(static_cast<const Scalar*>(context)->to<bool>());
  each_register<uint8_t>(n, [&](int64_t i, auto lanes) {
    store_partial(to + i, load_partial(a + i, lanes) | (alpha & load_partial(b + i, lanes)), lanes);
  });
}
template <class T> T integer_power(T base, T exponent) {
  if (exponent < 0) return base == 1 ? T(1) : base == static_cast<T>(-1) ? static_cast<T>(exponent % 2 == 0 ? 1 : -1) : T(0);
  uint64_t result = 1, square = static_cast<uint64_t>(base);
  for (uint64_t e = static_cast<uint64_t>(exponent); e != 0; e >>= 1) {
    if (e & 1) result *= square;
    square *= square;
  }
  return static_cast<T>(result);
}
template <class T> void integer_power_loop(const void*, void* out, const void* const* in, int64_t n) {
  T* to = static_cast<T*>(out);
  const T *a = static_cast<const T*>(in[0]), *b = static_cast<const T*>(in[1]);
  for (int64_t i = 0; i < n; ++i) to[i] = integer_power(a[i], b[i]);
}

struct Sign {
  template <class V> static DLX_INLINE V apply(V x) {
    using S = scalar_of<V>;
    return select(x > V(S(0)), V(S(1)), select(x < V(S(0)), V(static_cast<S>(-1)), V(S(0))));
  }
};
struct Copysign {
  template <class V> static DLX_INLINE V apply(V a, V b) { return with_sign_of(abs(a), b); }
};
struct Nextafter {  // numbers of one sign are ordered as their bits
  template <class V> static DLX_INLINE V apply(V a, V b) {
    using S = scalar_of<V>;
    using Int = typename Format<S>::Int;
    const auto bits = reinterpret<Int>(a);
    const auto away = (a < b) == (a > V(0));
    const V moved = reinterpret<S>(select(away, bits + 1, bits - 1));
    const V from_zero = with_sign_of(reinterpret<S>(Vec<Int>(Int{1})), b);
    return select((a != a) | (b != b), a + b, select(a == b, b, select(a == V(0), from_zero, moved)));
  }
};
// Maximum or Minimum, but of a NaN and a number the number.
template <class Op> struct NumberOf {
  template <class V> static DLX_INLINE V apply(V a, V b) {
    if constexpr (std::is_floating_point_v<scalar_of<V>>) return select(a != a, b, select(b != b, a, Op::apply(a, b)));
    else return Op::apply(a, b);
  }
};
struct Clamp {
  template <class V> static DLX_INLINE V apply(V x, V low, V high) {
    if constexpr (std::is_floating_point_v<scalar_of<V>>) return select(low != low, low, minimum(maximum(x, low), high));
    else return minimum(maximum(x, low), high);
  }
};
struct AddProduct {
  template <class V> static DLX_INLINE V apply(V a, V b, V c, V value) { return fma(value * b, c, a); }
};
struct AddQuotient {
  template <class V> static DLX_INLINE V apply(V a, V b, V c, V value) { return fma(value, b / c, a); }
};
struct ScaledDifference {
  template <class V> static DLX_INLINE V apply(V a, V b, V c) { return (a - b) * c; }
};
struct ScaledExpDifference {
  template <class V> static DLX_INLINE V apply(V a, V b, V c) { return Exp::apply(a - b) * c; }
};
struct Lerp {
  template <class V> static DLX_INLINE V apply(V a, V b, V weight) {
    const V d = b - a;
    return select(abs(weight) < V(scalar_of<V>(0.5)), fma(weight, d, a), fma(weight - V(1), d, b));
  }
};
// Powers with a constant exponent that need no logarithm.
struct Square {
  template <class V> static DLX_INLINE V apply(V x) { return x * x; }
};
template <> inline constexpr bool kTakesHalves<Square> = true;
struct Cube {
  template <class V> static DLX_INLINE V apply(V x) { return x * x * x; }
};
struct Reciprocal {
  template <class V> static DLX_INLINE V apply(V x) { return V(1) / x; }
};
struct FourthPower {
  template <class V> static DLX_INLINE V apply(V x) { return Square::apply(Square::apply(x)); }
};
struct InverseSquare {  // the square of the inverse: an inverse of the square would lose denormal results
  template <class V> static DLX_INLINE V apply(V x) { return Square::apply(V(1) / x); }
};
struct SquareRootAsPower {  // of -0 it is 0, of -inf inf
  template <class V> static DLX_INLINE V apply(V x) {
    using F = Format<scalar_of<V>>;
    return select(x == V(-F::kInfinity), V(F::kInfinity), sqrt(x + V(0)));
  }
};

struct InverseSquareRootAsPower {
  template <class V> static DLX_INLINE V apply(V x) { return V(1) / SquareRootAsPower::apply(x); }
};

void add_kernel(Out out, const Tensor& a, const Tensor& b, Scalar alpha, DType compute) {
  if (compute == DType::boolean) return run_binary(add_bool_loop, out, a, b, compute, kCheap, compute, &alpha);
  if (alpha.is(1)) return run_binary<Add>(choose_signed(compute, []<class T>() -> BlockLoop* { return binary_loop<Add, T>; }), out, a, b, compute, kCheap, compute);
  if (alpha.is(-1)) return run_binary<Sub>(choose_signed(compute, []<class T>() -> BlockLoop* { return binary_loop<Sub, T>; }), out, a, b, compute, kCheap, compute);
  run_binary(choose_signed(compute, []<class T>() -> BlockLoop* { return add_scaled_loop<T>; }), out, a, b, compute, kCheap, compute, &alpha);
}

void mul_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) {
  BlockLoop* loop = compute == DType::boolean ? binary_loop<And, uint8_t>
                                              : choose_signed(compute, []<class T>() -> BlockLoop* { return binary_loop<Mul, T>; });
  run_binary<Mul>(loop, out, a, b, compute, kCheap, compute);
}

void div_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { run_binary_floating<Div>(out, a, b, compute, kDivision); }

void pow_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) {
  if (!is_floating(compute)) {
    BlockLoop* loop = compute == DType::boolean || compute == DType::uint8
                          ? integer_power_loop<uint8_t>
                          : choose_signed(compute, []<class T>() -> BlockLoop* {
                              if constexpr (std::is_integral_v<T>) return integer_power_loop<T>;
                              else return nullptr;
                            });
    return run_binary(loop, out, a, b, compute, kPow, compute);
  }
  if (b.numel() == 1 && a.dim() >= b.dim()) {
    double exponent;
    convert_block(DType::float64, &exponent, b.dtype(), b.raw_data(), 1);
    if (exponent == 2) return run_unary_floating<Square>(out, a, compute, kCheap);
    if (exponent == 3) return run_unary_floating<Cube>(out, a, compute, kCheap);
    if (exponent == 4) return run_unary_floating<FourthPower>(out, a, compute, kCheap);
    if (exponent == -2) return run_unary_floating<InverseSquare>(out, a, compute, kDivision);
    if (exponent == -0.5) return run_unary_floating<InverseSquareRootAsPower>(out, a, compute, 2 * kDivision);
    if (exponent == 0.5) return run_unary_floating<SquareRootAsPower>(out, a, compute, kDivision);
    if (exponent == -1) return run_unary_floating<Reciprocal>(out, a, compute, kDivision);
  }
  run_binary(choose_floating(compute, []<class T>() -> BlockLoop* { return binary_loop<Pow, T>; }), out, a, b, compute, kPow, compute);
}

void maximum_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) {
  run_binary(choose_ordered(compute, []<class T>() -> BlockLoop* { return binary_loop<Maximum, T>; }), out, a, b, compute, kCheap, compute);
}
void minimum_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) {
  run_binary(choose_ordered(compute, []<class T>() -> BlockLoop* { return binary_loop<Minimum, T>; }), out, a, b, compute, kCheap, compute);
}

void fmax_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) {
  run_binary(choose_ordered(compute, []<class T>() -> BlockLoop* { return binary_loop<NumberOf<Maximum>, T>; }), out, a, b, compute, kCheap, compute);
}
void fmin_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) {
  run_binary(choose_ordered(compute, []<class T>() -> BlockLoop* { return binary_loop<NumberOf<Minimum>, T>; }), out, a, b, compute, kCheap, compute);
}

void where_kernel(Out out, const Tensor& condition, const Tensor& a, const Tensor& b, DType compute) {
  BlockLoop* loop;
  switch (itemsize(compute)) {
    case 1: loop = where_loop<uint8_t>; break;
    case 2: loop = where_loop<uint16_t>; break;
    case 4: loop = where_loop<uint32_t>; break;
    default: loop = where_loop<uint64_t>;
  }
  const Tensor* inputs[] = {&condition, &a, &b};
  run_blocks({loop, compute, {DType::boolean, compute, compute}, kCheap}, out, inputs, 3);
}

void neg_kernel(Out out, const Tensor& x, DType compute) {
  run_unary<Neg>(choose_signed(compute, []<class T>() -> BlockLoop* { return unary_loop<Neg, T>; }), out, x, compute, kCheap);
}
void abs_kernel(Out out, const Tensor& x, DType compute) {
  run_unary<Abs>(choose_ordered(compute, []<class T>() -> BlockLoop* { return unary_loop<Abs, T>; }), out, x, compute, kCheap);
}
void relu_kernel(Out out, const Tensor& x, DType compute) {
  run_unary<Relu>(choose_ordered(compute, []<class T>() -> BlockLoop* { return unary_loop<Relu, T>; }), out, x, compute, kCheap);
}
void sign_kernel(Out out, const Tensor& x, DType compute) {
  run_unary(choose_ordered(compute, []<class T>() -> BlockLoop* { return unary_loop<Sign, T>; }), out, x, compute, kCheap);
}
void clamp_kernel(Out out, const Tensor& x, const Tensor& low, const Tensor& high, DType compute) {
  run_ternary(choose_ordered(compute, []<class T>() -> BlockLoop* { return ternary_loop<Clamp, T>; }), out, x, low, high, compute, kCheap);
}
void addcmul_kernel(Out out, const Tensor& a, const Tensor& b, const Tensor& c, Scalar value, DType compute) {
  run_ternary(choose_signed(compute, []<class T>() -> BlockLoop* { return scaled_ternary_loop<AddProduct, T>; }), out, a, b, c, compute, kCheap, &value);
}
void addcdiv_kernel(Out out, const Tensor& a, const Tensor& b, const Tensor& c, Scalar value, DType compute) {
  run_ternary(choose_floating(compute, []<class T>() -> BlockLoop* { return scaled_ternary_loop<AddQuotient, T>; }), out, a, b, c, compute, kDivision, &value);
}
void lerp_kernel(Out out, const Tensor& a, const Tensor& b, const Tensor& weight, DType compute) {
  run_ternary(choose_floating(compute, []<class T>() -> BlockLoop* { return ternary_loop<Lerp, T>; }), out, a, b, weight, compute, kCheap);
}

void scaled_difference_kernel(Out out, const Tensor& a, const Tensor& b, const Tensor& c, DType compute) {
  run_ternary(choose_floating(compute, []<class T>() -> BlockLoop* { return ternary_loop<ScaledDifference, T>; }), out, a, b, c, compute, kCheap);
}
void scaled_exp_difference_kernel(Out out, const Tensor& a, const Tensor& b, const Tensor& c, DType compute) {
  run_ternary(choose_floating(compute, []<class T>() -> BlockLoop* { return ternary_loop<ScaledExpDifference, T>; }), out, a, b, c, compute, kExp);
}

void sigmoid_kernel(Out out, const Tensor& x, DType compute) { run_unary_floating<Sigmoid>(out, x, compute, kExp); }

void relu_backward_kernel(Out out, const Tensor& g, const Tensor& y, DType compute) { run_gradient<Relu>(out, g, y, compute); }
void sigmoid_backward_kernel(Out out, const Tensor& g, const Tensor& y, DType compute) { run_gradient<Sigmoid>(out, g, y, compute); }

DLX_FLOATING_UNARY(reciprocal, Reciprocal, kDivision);
DLX_FLOATING_BINARY(copysign, Copysign, kCheap);
DLX_FLOATING_BINARY(nextafter, Nextafter, kDivision);

DLX_REGISTER_CPU(kernels::fmax, fmax_kernel);
DLX_REGISTER_CPU(kernels::fmin, fmin_kernel);
DLX_REGISTER_CPU(kernels::sign, sign_kernel);
DLX_REGISTER_CPU(kernels::clamp, clamp_kernel);
DLX_REGISTER_CPU(kernels::addcmul, addcmul_kernel);
DLX_REGISTER_CPU(kernels::addcdiv, addcdiv_kernel);
DLX_REGISTER_CPU(kernels::lerp, lerp_kernel);
DLX_REGISTER_CPU(kernels::scaled_difference, scaled_difference_kernel);
DLX_REGISTER_CPU(kernels::scaled_exp_difference, scaled_exp_difference_kernel);
#define DLX_ELEMENTWISE(name) DLX_REGISTER_CPU_AS(kernels::name, name##_kernel, name);
DLX_FOR_ELEMENTWISE_KERNELS(DLX_ELEMENTWISE)
#undef DLX_ELEMENTWISE

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
