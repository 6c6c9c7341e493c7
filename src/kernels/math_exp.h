// Exponentials, logarithms and hyperbolic functions beyond those of math.h, in its manner.
#pragma once
#include "kernels/math.h"

namespace DLX_MATH_NAMESPACE {
namespace {

// Constants in two parts, the second below half an ulp of the first.
template <class T> struct Constants;
template <> struct Constants<float> {
  static constexpr float kLn2 = 0x1.62e43p-1f, kLn2Rest = -0x1.05c61p-29f;
  static constexpr float kLog2e = 0x1.715476p0f, kLog2eRest = 0x1.4ae0cp-26f;
  static constexpr float kLog10e = 0x1.bcb7b2p-2f, kLog10eRest = -0x1.5b235ep-27f;
  static constexpr float kLog10Of2 = 0x1.344p-2f, kLog10Of2Rest = 0x1.3509f8p-18f;  // a product with an exponent is exact
  static constexpr float kExp2Max = 129, kExp2Min = -151;                            // 2^x is inf above, 0 below
  static constexpr float kExpm1Min = -18;                                            // e^x - 1 rounds to -1
  static constexpr float kHuge = 0x1p26f;                                            // x + 1 = x, and x^2 + 1 = x^2
};
template <> struct Constants<double> {
  static constexpr double kLn2 = 0x1.62e42fefa39efp-1, kLn2Rest = 0x1.abc9e3b39803fp-56;
  static constexpr double kLog2e = 0x1.71547652b82fep0, kLog2eRest = 0x1.777d0ffda0d24p-56;
  static constexpr double kLog10e = 0x1.bcb7b1526e50ep-2, kLog10eRest = 0x1.95355baaafad3p-57;
  static constexpr double kLog10Of2 = 0x1.34413509f8p-2, kLog10Of2Rest = -0x1.80433b83b532ap-44;
  static constexpr double kExp2Max = 1025, kExp2Min = -1080;
  static constexpr double kExpm1Min = -38;
  static constexpr double kHuge = 0x1p55;
};

// 1.1 ulp.
struct Exp2 {
  template <class V> static DLX_INLINE V apply(V x) {
    using S = scalar_of<V>;
    using F = Format<S>;
    using C = Constants<S>;
    x = at_least(at_most(x, C::kExp2Max), C::kExp2Min);
    const V n = (x + V(F::kRound)) - V(F::kRound), f = x - n;
    const V r = f * V(C::kLn2), low = product_error(f, V(C::kLn2), r) + f * V(C::kLn2Rest);
    return scale_by_power_of_two(V(1) + (r + fma(r * r, exp_tail(r), low)), n);
  }
};

// e^x - 1. Of 2^n (1 + r + q) - 1 the part 2^n r + (2^n - 1) is kept in two numbers; all at half its size, so that
// 2^n does not overflow. 1.2 ulp.
struct Expm1 {
  template <class V> static DLX_INLINE V apply(V x) {
    using S = scalar_of<V>;
    using F = Format<S>;
    const V y = at_least(at_most(x, F::kExpMax), Constants<S>::kExpm1Min);
    const auto [r, n, n_int] = reduce_exponent(y);
    const V r_low = fma(n, V(-F::kLn2Low), fma(n, V(-F::kLn2High), y) - r);
    const V half_power = reinterpret<S>((n_int + (F::kBias - 1)) << F::kMantissa);
    const V less_one = half_power - V(S(0.5)), product = half_power * r;
    const V high = less_one + product;
    const V low = select(abs(less_one) >= abs(product), product - (high - less_one), less_one - (high - product));
    const V half = high + fma(half_power, fma(r * r, exp_tail(r), r_low), low);
    // The half of a small number may be denormal; there e^x - 1 = x.
    return select(abs(x) < V(1 / Constants<S>::kHuge), x, half + half);
  }
};

// ln m for m in [sqrt(1/2), sqrt(2)) as a sum: what Log adds up in one number.
template <class V> DLX_INLINE Pair<V> log_of_mantissa(V m) {
  using S = scalar_of<V>;
  const V f = m - V(1), half = V(S(0.5)) * f, half_square = half * f;
  const V high = f - half_square, rest = ((f - high) - half_square) - product_error(half, f, half_square);
  if constexpr (std::is_same_v<S, float>) return {high, rest + f * f * f * log_polynomial(f)};
  const V s = f / (V(2) + f), z = s * s;
  return {high, rest + s * (half_square + z * log_polynomial(z))};
}
// 1 ulp; exact for powers of two.
struct Log2 {
  template <class V> static DLX_INLINE V apply(V x) {
    using C = Constants<scalar_of<V>>;
    const auto [m, e] = decompose(x);
    const Pair<V> p = product(log_of_mantissa(m), Pair<V>{V(C::kLog2e), V(C::kLog2eRest)});
    const Pair<V> sum = sum_ordered(e, p.high);
    return log_of_special(x, sum.high + (sum.low + p.low));
  }
};
// 1 ulp.
struct Log10 {
  template <class V> static DLX_INLINE V apply(V x) {
    using C = Constants<scalar_of<V>>;
    const auto [m, e] = decompose(x);
    const Pair<V> p = product(log_of_mantissa(m), Pair<V>{V(C::kLog10e), V(C::kLog10eRest)});
    const Pair<V> sum = sum_ordered(e * V(C::kLog10Of2), p.high);
    return log_of_special(x, sum.high + (sum.low + fma(e, V(C::kLog10Of2Rest), p.low)));
  }
};

// ln(1 + x). 1 + x is u and a rest, ln(u + rest) = ln u + rest / u. 0.7 ulp.
struct Log1p {
  template <class V> static DLX_INLINE V apply(V x) {
    using S = scalar_of<V>;
    using F = Format<S>;
    const V u = V(1) + x;
    const V rest = select(abs(x) > V(1), V(1) - (u - x), x - (u - V(1)));
    const auto [m, e] = decompose(u);
    const Pair<V> l = log_of_mantissa(m);
    const Pair<V> sum = sum_ordered(e * V(F::kLn2High), l.high);
    const V y = sum.high + (sum.low + (fma(e, V(F::kLn2Low), l.low) + rest / u));
    return select(abs(x) < V(1 / Constants<S>::kHuge), x, log_of_special(u, y));
  }
};

// e^x / 2 for x >= 0, up to where it overflows.
template <class V> DLX_INLINE V half_exp(V x) {
  using F = Format<scalar_of<V>>;
  const auto [r, n, n_int] = reduce_exponent(at_most(x, F::kExpMax + 2));
  return exp_of_reduced(r, n - V(1));
}
// From t = e^|x| - 1: (t + t / (t + 1)) / 2. 2.4 ulp.
struct Sinh {
  template <class V> static DLX_INLINE V apply(V x) {
    using S = scalar_of<V>;
    const V a = abs(x), t = Expm1::apply(a);
    const V y = select(a < V(-Constants<S>::kExpm1Min), V(S(0.5)) * (t + t / (t + V(1))), half_exp(a));
    return with_sign_of(select(a < V(1 / Constants<S>::kHuge), a, y), x);  // half of a denormal would lose a bit
  }
};
// 2 ulp.
struct Cosh {
  template <class V> static DLX_INLINE V apply(V x) {
    const V h = half_exp(abs(x));
    return h + V(scalar_of<V>(0.25)) / h;
  }
};

// ln(a + sqrt(a^2 + 1)) through log1p; ln(2 a) where a is huge. 3 ulp.
struct Asinh {
  template <class V> static DLX_INLINE V apply(V x) {
    using S = scalar_of<V>;
    const V a = abs(x);
    const auto huge = a > V(Constants<S>::kHuge);
    const V b = select(huge, V(1), a), square = b * b;
    const V y = Log1p::apply(b + square / (V(1) + sqrt(V(1) + square)));
    return with_sign_of(select(huge, Log::apply(a) + V(Constants<S>::kLn2), select(a < V(1 / Constants<S>::kHuge), a, y)), x);
  }
};
struct Acosh {
  template <class V> static DLX_INLINE V apply(V x) {
    using S = scalar_of<V>;
    const auto huge = x > V(Constants<S>::kHuge);
    const V t = select(huge, V(1), x) - V(1);
    const V y = Log1p::apply(t + sqrt(t * (t + V(2))));
    return select(huge, Log::apply(x) + V(Constants<S>::kLn2), select(x < V(1), V(Format<S>::kNaN), y));
  }
};
struct Atanh {
  template <class V> static DLX_INLINE V apply(V x) {
    using S = scalar_of<V>;
    const V a = abs(x);
    const V y = V(S(0.5)) * Log1p::apply((a + a) / (V(1) - a));
    return with_sign_of(select(a < V(1 / Constants<S>::kHuge), a, select(a > V(1), V(Format<S>::kNaN), y)), x);
  }
};

// ln(e^a + e^b), and the same to base 2.
struct Logaddexp {
  template <class V> static DLX_INLINE V apply(V a, V b) {
    using F = Format<scalar_of<V>>;
    const V high = maximum(a, b), d = abs(a - b);
    return select((a == b) & (abs(a) == V(F::kInfinity)), a, high + Log1p::apply(Exp::apply(-d)));
  }
};
struct Logaddexp2 {
  template <class V> static DLX_INLINE V apply(V a, V b) {
    using S = scalar_of<V>;
    const V high = maximum(a, b), d = abs(a - b);
    const V low = Log1p::apply(Exp2::apply(-d)) * V(Constants<S>::kLog2e);
    return select((a == b) & (abs(a) == V(Format<S>::kInfinity)), a, high + low);
  }
};
// x ln(y), 0 where x is 0 and y no NaN.
struct Xlogy {
  template <class V> static DLX_INLINE V apply(V x, V y) {
    return select(y != y, y, select(x == V(0), V(0), x * Log::apply(y)));
  }
};
// ln(x / (1 - x)).
struct Logit {
  template <class V> static DLX_INLINE V apply(V x) { return Log::apply(x / (V(1) - x)); }
};

}  // namespace
}  // namespace DLX_MATH_NAMESPACE
