// Element-wise formulas, written once: functors over a value type V, forward and derivative side by side. V is a SIMD vector on
// the CPU (cpu/vec.h, included before this file) and a scalar on a GPU; both offer V(constant), operators, fma, select, abs,
// sqrt, trunc, maximum, minimum, at_most, at_least, reinterpret and scale_by_power_of_two.
//
// Only explicit fma, no table, no reciprocal estimate, no branch but for what is rare: each lane is IEEE arithmetic, the same bits on every level.
// Polynomials: Remez on the interval named beside them, coefficients rounded to the type; errors in ulp: docs/math.md.
#pragma once
#include <cstdint>
#include <type_traits>

#include "core/api.h"

// Kernel files are compiled once for each ISA level: all that is inline lives in the level's namespace (DESIGN, "Two traps").
#ifdef DLX_ISA
#define DLX_MATH_NAMESPACE dlx::cpu::DLX_ISA
#else
#define DLX_MATH_NAMESPACE dlx::math
#endif

namespace DLX_MATH_NAMESPACE {
namespace {

template <class V> struct ScalarOf { using type = V; };
template <class V>
  requires requires { typename V::Scalar; }
struct ScalarOf<V> { using type = typename V::Scalar; };
template <class V> using scalar_of = typename ScalarOf<V>::type;

// c0 x^k + ... + ck, by Horner's rule in fma.
template <class V> DLX_INLINE V horner(V, V sum) { return sum; }
template <class V, class... C> DLX_INLINE V horner(V x, V sum, scalar_of<V> next, C... rest) {
  return horner(x, fma(sum, x, V(next)), rest...);
}

// What has no vector form, in the lanes of the mask alone: f(i) gives lane i.
template <class V> DLX_INLINE scalar_of<V> lane(const V& x, int i) {
  if constexpr (std::is_same_v<scalar_of<V>, V>) return x;
  else return x.v[i];
}
template <class V, class M> DLX_INLINE bool any_lane(const M& mask) {
  if constexpr (std::is_same_v<scalar_of<V>, V>) return mask;
  else return any(mask);
}
template <class V, class M, class F> DLX_INLINE V replace_lanes(V x, const M& mask, const F& f) {
  if constexpr (std::is_same_v<scalar_of<V>, V>) {
    return mask ? f(0) : x;
  } else {
    if (!any(mask)) [[likely]] return x;
    for (int i = 0; i < V::kLanes; ++i)
      if (mask.v[i]) x.v[i] = f(i);
    return x;
  }
}
// Whether fma rounds once, so that fma(a, b, -a * b) is the product's error: x86-64-v2 has none.
#if defined(DLX_ISA) && defined(__x86_64__) && DLX_ISA_LEVEL == 2
inline constexpr bool kExactFma = false;
#else
inline constexpr bool kExactFma = true;
#endif

// a * b - high, exactly, for the rounded product `high` and |a|, |b| far from overflow; by Dekker's halves where fma rounds twice.
template <class V> DLX_INLINE V product_error(V a, V b, V high) {
  if constexpr (kExactFma) {
    return fma(a, b, -high);
  } else {
    const V split = V(std::is_same_v<scalar_of<V>, float> ? scalar_of<V>(0x1p12 + 1) : scalar_of<V>(0x1p27 + 1));
    const V a_scaled = a * split, a_high = a_scaled - (a_scaled - a), a_low = a - a_high;
    const V b_scaled = b * split, b_high = b_scaled - (b_scaled - b), b_low = b - b_high;
    return a_low * b_low - (((high - a_high * b_high) - a_low * b_high) - a_high * b_low);
  }
}

// c - a * b rounded once, for a product near c.
template <class V> DLX_INLINE V remainder_of_product(V c, V a, V b) {
  if constexpr (kExactFma) {
    return fma(-a, b, c);
  } else {
    const V high = a * b;
    return (c - high) - product_error(a, b, high);
  }
}

// What differs between float and double: the format, and splits of constants in a part with trailing zeros and the rest.
template <class T> struct Format;
template <> struct Format<float> {
  using Int = int32_t;
  static constexpr int kMantissa = 23;
  static constexpr Int kBias = 127, kSqrtHalf = 0x3f3504f3, kMantissaMask = 0x7fffff;
  static constexpr float kLog2e = 0x1.715476p0f, kLn2High = 0x1.62e4p-1f, kLn2Low = 0x1.7f7d1cp-20f;
  static constexpr float kRound = 0x1.8p23f, kWhole = 0x1p23f;        // x + kRound - kRound is x rounded to an integer
  static constexpr float kMinNormal = 0x1p-126f, kDenormalScale = 0x1p24f, kDenormalBits = 24;
  static constexpr float kExpMax = 89, kExpMin = -104;                // exp is inf above, 0 below
  static constexpr float kInfinity = __builtin_huge_valf(), kNaN = __builtin_nanf("");
  static constexpr float kTwoThirdsHigh = 0x1.555556p-1f, kTwoThirdsLow = -0x1.555556p-26f;
  static constexpr float kTanhMax = 20;                               // tanh(kTanhMax / 2) rounds to 1
};
template <> struct Format<double> {
  using Int = int64_t;
  static constexpr int kMantissa = 52;
  static constexpr Int kBias = 1023, kSqrtHalf = 0x3fe6a09e667f3bcd, kMantissaMask = 0xfffffffffffff;
  static constexpr double kLog2e = 0x1.71547652b82fep0, kLn2High = 0x1.62e42fefa38p-1, kLn2Low = 0x1.ef35793c7673p-45;
  static constexpr double kRound = 0x1.8p52, kWhole = 0x1p52;
  static constexpr double kMinNormal = 0x1p-1022, kDenormalScale = 0x1p54, kDenormalBits = 54;
  static constexpr double kExpMax = 710, kExpMin = -746;
  static constexpr double kInfinity = __builtin_huge_val(), kNaN = __builtin_nan("");
  static constexpr double kTwoThirdsHigh = 0x1.5555555555555p-1, kTwoThirdsLow = 0x1.5555555555555p-55;
  static constexpr double kTanhMax = 40;
};

// (e^r - 1 - r) / r^2 on |r| <= ln(2) / 2; relative error of e^r 2^-28 and 2^-58.
template <class V> DLX_INLINE V exp_tail(V r) {
  if constexpr (std::is_same_v<scalar_of<V>, float>) {
    return horner(r, V(0x1.6db3f8p-10f), 0x1.123b54p-7f, 0x1.55545ep-5f, 0x1.55548ep-3f, 0x1p-1f);
  } else {
    return horner(r, V(0x1.af85b36bddb62p-26), 0x1.28b0469065e0dp-22, 0x1.71dddfb19619fp-19, 0x1.a019969690805p-16,
                  0x1.a01a01baed51ep-13, 0x1.6c16c185a643p-10, 0x1.111111110d61bp-7, 0x1.5555555550035p-5,
                  0x1.5555555555561p-3, 0x1.000000000000bp-1);
  }
}

// x = n ln 2 + r, |r| <= ln(2) / 2. n comes as a number and as an integer. x stays within the exponent's range.
template <class V> struct Reduced {
  V r, n;
  decltype(reinterpret<typename Format<scalar_of<V>>::Int>(V())) n_int;
};
template <class V> DLX_INLINE Reduced<V> reduce_exponent(V x) {
  using F = Format<scalar_of<V>>;
  const V shifted = fma(x, V(F::kLog2e), V(F::kRound));  // the sum's last bits are the integer
  const V n = shifted - V(F::kRound);
  const V r = fma(n, V(-F::kLn2Low), fma(n, V(-F::kLn2High), x));
  const auto n_int = reinterpret<typename F::Int>(shifted) - reinterpret<typename F::Int>(V(F::kRound));
  return {r, n, n_int};
}

// e^(r + n ln 2).
template <class V> DLX_INLINE V exp_of_reduced(V r, V n) { return scale_by_power_of_two(fma(r, fma(r, exp_tail(r), V(1)), V(1)), n); }

// e^(x + low) for |low| far below ulp(x).
template <class V> DLX_INLINE V exp_of_sum(V x, V low) {
  using F = Format<scalar_of<V>>;
  const auto [r, n, n_int] = reduce_exponent(at_least(at_most(x, F::kExpMax), F::kExpMin));
  return exp_of_reduced(r + low, n);
}
// e^(a b) for kExpMin <= a b <= 0, without the product's rounding error: it is gone from r, whose subtraction is exact.
template <class V> DLX_INLINE V exp_of_product(V a, V b) {
  using F = Format<scalar_of<V>>;
  const V n = fma(a * b, V(F::kLog2e), V(F::kRound)) - V(F::kRound), whole = n * V(-F::kLn2High);  // exact
  return exp_of_reduced(fma(n, V(-F::kLn2Low), kExactFma ? fma(a, b, whole) : (a * b + whole) + product_error(a, b, a * b)), n);
}

// 0.9 ulp (1.2 without fma); denormal results are rounded once.
struct Exp {
  template <class V> static DLX_INLINE V apply(V x) {
    using F = Format<scalar_of<V>>;
    const auto [r, n, n_int] = reduce_exponent(at_least(at_most(x, F::kExpMax), F::kExpMin));
    return exp_of_reduced(r, n);
  }
  template <class V> static DLX_INLINE V gradient(V g, V, V y) { return g * y; }
};

// x = m * 2^e with m in [sqrt(1/2), sqrt(2)); x > 0 and finite. e comes as a number.
template <class V> struct Decomposed {
  V m, e;
};
template <class V> DLX_INLINE Decomposed<V> decompose(V x) {
  using F = Format<scalar_of<V>>;
  using Int = typename F::Int;
  const auto tiny = x < V(F::kMinNormal);
  x = select(tiny, x * V(F::kDenormalScale), x);
  // The exponent stays biased and positive, so that a logical shift and an or make a number of it (AVX2 has no more for 64 bits).
  const auto above = reinterpret<Int>(x) - F::kSqrtHalf;
  const auto biased = reinterpret<std::make_unsigned_t<Int>>(above + (F::kBias << F::kMantissa)) >> F::kMantissa;
  const V e = reinterpret<scalar_of<V>>(reinterpret<Int>(biased) | reinterpret<Int>(V(F::kWhole))) - V(F::kWhole + F::kBias);
  const V m = reinterpret<scalar_of<V>>((above & F::kMantissaMask) + F::kSqrtHalf);
  return {m, e - select(tiny, V(F::kDenormalBits), V(0))};
}

// Of f: (log(1 + f) - f + f^2 / 2) / f^3, relative error of log 2^-30. Of s^2, s = f / (2 + f), for double: R / s^2 in
// log(1 + f) = f - f^2/2 + s (f^2/2 + R), R = (2 atanh(s) / s - 2); error 2^-58.
template <class V> DLX_INLINE V log_polynomial(V x) {
  if constexpr (std::is_same_v<scalar_of<V>, float>) {
    return horner(x, V(0x1.1b409p-4f), -0x1.e2e84ep-4f, 0x1.e650dcp-4f, -0x1.fb436ap-4f, 0x1.2332cp-3f, -0x1.5562e2p-3f,
                  0x1.99a546p-3f, -0x1.ffffeep-3f, 0x1.555546p-2f);
  } else {
    return horner(x, V(0x1.2f062d1f3f832p-3), 0x1.39a1a79b4091cp-3, 0x1.74663f9cdd5aep-3, 0x1.c71c52061c01dp-3,
                  0x1.24924941f4e98p-2, 0x1.999999997fd78p-2, 0x1.5555555555592p-1);
  }
}

// Logarithms of what is not positive and finite; a NaN stays.
template <class V> DLX_INLINE V log_of_special(V x, V y) {
  using F = Format<scalar_of<V>>;
  y = select(x < V(F::kInfinity), y, x);
  y = select(x == V(0), V(-F::kInfinity), y);
  return select(x < V(0), V(F::kNaN), y);
}

// 0.9 ulp.
struct Log {
  template <class V> static DLX_INLINE V apply(V x) {
    using F = Format<scalar_of<V>>;
    const auto [m, e] = decompose(x);
    const V f = m - V(1), half_square = V(scalar_of<V>(0.5)) * f * f;
    V y;
    if constexpr (std::is_same_v<scalar_of<V>, float>) {
      y = fma(e, V(F::kLn2High), f - (half_square - fma(f * f * f, log_polynomial(f), e * V(F::kLn2Low))));
    } else {
      const V s = f / (V(2) + f), z = s * s;
      y = fma(e, V(F::kLn2High), f - (half_square - fma(s, half_square + z * log_polynomial(z), e * V(F::kLn2Low))));
    }
    return log_of_special(x, y);
  }
  template <class V> static DLX_INLINE V gradient(V g, V x, V) { return g / x; }
};

struct Sqrt {
  template <class V> static DLX_INLINE V apply(V x) { return sqrt(x); }
  template <class V> static DLX_INLINE V gradient(V g, V, V y) { return g / (y + y); }
};
struct Rsqrt {
  template <class V> static DLX_INLINE V apply(V x) { return V(1) / sqrt(x); }
  template <class V> static DLX_INLINE V gradient(V g, V, V y) { return g * (V(scalar_of<V>(-0.5)) * y) * (y * y); }
};

template <class V> DLX_INLINE V with_sign_of(V x, V sign) {
  using Int = typename Format<scalar_of<V>>::Int;
  const auto bit = reinterpret<Int>(V(scalar_of<V>(-0.0)));
  return reinterpret<scalar_of<V>>(reinterpret<Int>(x) | (reinterpret<Int>(sign) & bit));
}

// t / (t + 2), t = e^(2 |x|) - 1, which keeps tiny x and -0. 1.7 ulp.
struct Tanh {
  template <class V> static DLX_INLINE V apply(V x) {
    using F = Format<scalar_of<V>>;
    const V twice = at_most(abs(x) + abs(x), F::kTanhMax);
    const auto [r, n, n_int] = reduce_exponent(twice);
    const V power = reinterpret<scalar_of<V>>((n_int + F::kBias) << F::kMantissa);
    const V t = fma(power, fma(r * r, exp_tail(r), r), power - V(1));
    // What the roundings of d and of the quotient left, times 1 / d = (1 - q) / 2: 2.4 ulp become 1.7. Past t = 2 the
    // derivative is small enough, and 1 - q too imprecise.
    const V d = t + V(2), q = t / d;
    const V left = select(t <= V(2), fma(-q, t - (d - V(2)), remainder_of_product(t, q, d)), V(0));
    return with_sign_of(fma(left, fma(q, V(scalar_of<V>(-0.5)), V(scalar_of<V>(0.5))), q), x);
  }
  template <class V> static DLX_INLINE V gradient(V g, V, V y) { return g * fma(-y, y, V(1)); }
};

// From e^-|x|, so that neither side overflows and denormal results come out. 2.4 ulp.
struct Sigmoid {
  template <class V> static DLX_INLINE V apply(V x) {
    const V e = Exp::apply(-abs(x));
    return select(x < V(0), e, V(1)) / (V(1) + e);
  }
  template <class V> static DLX_INLINE V gradient(V g, V, V y) { return g * y * (V(1) - y); }
};

// sin and cos of 2 pi v for 0 <= v <= 1. With q = v to the nearest quarter, f = v - q is exact and |2 pi f| <= pi / 4; polynomials in
// f^2, errors 2^-38 and 2^-34 (float), 2^-58 and 2^-64 (double).
template <class V> struct SinCos {
  V sin, cos;
};
template <class V> DLX_INLINE SinCos<V> sin_cos_of_turns(V v) {
  using S = scalar_of<V>;
  const V shifted = fma(v, V(4), V(Format<S>::kRound));
  const auto quarter = reinterpret<typename Format<S>::Int>(shifted);
  const V f = fma(shifted - V(Format<S>::kRound), V(S(-0.25)), v), z = f * f;
  V s, c;
  if constexpr (std::is_same_v<S, float>) {
    s = horner(z, V(0x1.4bc87cp5f), -0x1.32ca9ep6f, 0x1.466bbap6f, -0x1.4abbcep5f, 0x1.921fb6p2f) * f;
    c = horner(z, V(0x1.d9c33p5f), -0x1.55c57ap6f, 0x1.03c1dcp6f, -0x1.3bd3ccp4f, 1.0f);
  } else {
    s = horner(z, V(0x1.e3f37d693d277p1), -0x1.e30071a56528ep3, 0x1.50782fda10685p5, -0x1.32d2cce2e5b8bp6, 0x1.466bc677587f9p6,
               -0x1.4abbce625be41p5, 0x1.921fb54442d18p2) * f;
    c = horner(z, V(-0x1.b264af24cd7fp0), 0x1.f9cc40f435d6bp2, -0x1.a6d1ec78e3a35p4, 0x1.e1f5068355bcdp5, -0x1.55d3c7e3c90f7p6,
               0x1.03c1f081b5aacp6, -0x1.3bd3cc9be45dep4, 1.0);
  }
  // A quarter turn: (cos, sin) -> (-sin, cos).
  const auto odd = (quarter & 1) != 0, cos_negative = ((quarter + 1) & 2) != 0, sin_negative = (quarter & 2) != 0;
  const V sine = select(odd, c, s), cosine = select(odd, s, c);
  return {select(sin_negative, -sine, sine), select(cos_negative, -cosine, cosine)};
}

struct Neg {
  template <class V> static DLX_INLINE V apply(V x) { return -x; }
};
struct Abs {
  template <class V> static DLX_INLINE V apply(V x) { return abs(x); }
};
struct Relu {
  template <class V> static DLX_INLINE V apply(V x) { return select(x <= V(0), V(0), x); }  // a NaN is not <= 0
  template <class V> static DLX_INLINE V gradient(V g, V, V y) { return select(y > V(0), g, V(0)); }
};

struct Add {
  template <class V> static DLX_INLINE V apply(V a, V b) { return a + b; }
};
struct Sub {
  template <class V> static DLX_INLINE V apply(V a, V b) { return a - b; }
};
struct Mul {
  template <class V> static DLX_INLINE V apply(V a, V b) { return a * b; }
};
struct Div {
  template <class V> static DLX_INLINE V apply(V a, V b) { return a / b; }
};
struct Maximum {
  template <class V> static DLX_INLINE V apply(V a, V b) { return maximum(a, b); }
};
struct Minimum {
  template <class V> static DLX_INLINE V apply(V a, V b) { return minimum(a, b); }
};
struct Or {
  template <class V> static DLX_INLINE V apply(V a, V b) { return a | b; }
};
struct And {
  template <class V> static DLX_INLINE V apply(V a, V b) { return a & b; }
};

// Comparisons give masks.
struct Eq {
  template <class V> static DLX_INLINE auto apply(V a, V b) { return a == b; }
};
struct Ne {
  template <class V> static DLX_INLINE auto apply(V a, V b) { return a != b; }
};
struct Lt {
  template <class V> static DLX_INLINE auto apply(V a, V b) { return a < b; }
};
struct Le {
  template <class V> static DLX_INLINE auto apply(V a, V b) { return a <= b; }
};

// A number as the exact sum of two, the second below half an ulp of the first.
template <class V> struct Pair {
  V high, low;
};
template <class V> DLX_INLINE Pair<V> sum_ordered(V a, V b) {  // |a| >= |b| or a = 0
  const V high = a + b;
  return {high, b - (high - a)};
}
// a * b: the rounding error of the leading product is exact, those of the small ones are dropped.
template <class V> DLX_INLINE Pair<V> product(Pair<V> a, Pair<V> b) {
  const V high = a.high * b.high;
  return {high, product_error(a.high, b.high, high) + fma(a.high, b.low, a.low * b.high)};
}

// ln(x) for finite x > 0, with 10 bits and more beyond V's precision, which y * ln(x) needs.
template <class V> DLX_INLINE Pair<V> log_pair(V x) {
  using F = Format<scalar_of<V>>;
  const auto [m, e] = decompose(x);
  // ln m = 2 s + s^3 (2/3 + z T(z)), s = (m - 1) / (m + 1), z = s^2.
  const V f = m - V(1), d = m + V(1);
  const V from_m = d - V(1), d_low = (m - from_m) + (V(1) - (d - from_m));
  const V s_high = f / d;
  const Pair<V> s{s_high, fma(-s_high, d_low, remainder_of_product(f, s_high, d)) / d};
  const Pair<V> z = product(s, s);
  V tail;
  if constexpr (std::is_same_v<scalar_of<V>, float>) {  // error 2^-44 of ln m
    tail = horner(z.high, V(0x1.8eb42ap-3f), 0x1.c65956p-3f, 0x1.249374p-2f, 0x1.999998p-2f);
  } else {  // error 2^-73
    tail = horner(z.high, V(0x1.eb11d0decf6b8p-4), 0x1.de335b473dc97p-4, 0x1.1120b62ae712bp-3, 0x1.3b1362b266288p-3,
                   0x1.745d183260b64p-3, 0x1.c71c71c5804aap-3, 0x1.2492492493036p-2, 0x1.9999999999996p-2);
  }
  const Pair<V> q = sum_ordered(V(F::kTwoThirdsHigh), fma(z.high, tail, V(F::kTwoThirdsLow)));
  const Pair<V> cubic = product(product(s, z), q);
  const Pair<V> log_m = sum_ordered(s.high + s.high, cubic.high);
  const V log_m_low = log_m.low + (cubic.low + (s.low + s.low));
  const Pair<V> whole = sum_ordered(e * V(F::kLn2High), log_m.high);  // the product is exact
  return sum_ordered(whole.high, whole.low + fma(e, V(F::kLn2Low), log_m_low));
}

// e^(y ln |x|), the logarithm and the product in two parts; then C99's special cases. 1.4 ulp.
struct Pow {
  template <class V> static DLX_INLINE V apply(V x, V y) {
    using F = Format<scalar_of<V>>;
    using S = scalar_of<V>;
    const V ax = abs(x);
    Pair<V> l = log_pair(ax);
    l.high = select(ax == V(0), V(-F::kInfinity), select(ax == V(F::kInfinity), ax, l.high));
    const V high = y * l.high;
    const V low = product_error(y, l.high, high) + y * l.low;
    // Out of exp's range the small part is nothing, or a NaN made of infinities; without fma also for |x| = 1 and a huge y.
    auto counts = abs(high) < V(-F::kExpMin);
    if constexpr (!kExactFma) counts = counts & (high != V(0));
    V r = exp_of_sum(high, select(counts, low, V(0)));

    const V half = y * V(S(0.5));
    const auto whole = trunc(y) == y;
    const auto odd = whole & (trunc(half) != half);  // of scalars an int
    r = select(odd, with_sign_of(r, x), r);
    r = select((x < V(0)) & (ax != V(F::kInfinity)) & (trunc(y) != y), V(F::kNaN), r);
    r = select((x != x) | (y != y), x + y, r);
    r = select((x == V(-1)) & (abs(y) == V(F::kInfinity)), V(1), r);
    return select((x == V(1)) | (y == V(0)), V(1), r);
  }
};

}  // namespace
}  // namespace DLX_MATH_NAMESPACE
