// Sine, cosine, tangent and their inverses, in the manner of math.h.
#pragma once
#include "kernels/math_exp.h"

namespace DLX_MATH_NAMESPACE {
namespace {

__extension__ typedef unsigned __int128 uint128;

// pi / 2 as a sum of parts: products with quarter turns below the limit are exact, by fma or (x86-64-v2) because parts are short.
template <class T> struct HalfPi;
template <> struct HalfPi<float> {
  static constexpr float kHigh = kExactFma ? 0x1.921fb6p0f : 0x1.922p0f;
  static constexpr float kMiddle = kExactFma ? -0x1.777a5cp-25f : -0x1.2afp-18f;
  static constexpr float kLow = kExactFma ? -0x1.ee59dap-50f : 0x1.0b4612p-34f;
  static constexpr float kLimit = kExactFma ? 0x1p17f : 0x1p11f;
  static constexpr float kTwoOverPi = 0x1.45f306p-1f;
  static constexpr float kNearest = 0x1.921fb6p0f, kRest = -0x1.777a5cp-25f;
};
template <> struct HalfPi<double> {
  static constexpr double kHigh = kExactFma ? 0x1.921fb54442d18p0 : 0x1.921fb544p0;
  static constexpr double kMiddle = kExactFma ? 0x1.1a62633145c07p-54 : 0x1.0b4611a6p-34;
  static constexpr double kLow = kExactFma ? -0x1.f1976b7ed8fbcp-110 : 0x1.3198a2e037073p-69;
  static constexpr double kLimit = kExactFma ? 0x1p40 : 0x1p19;
  static constexpr double kTwoOverPi = 0x1.45f306dc9c883p-1;
  static constexpr double kNearest = 0x1.921fb54442d18p0, kRest = 0x1.1a62633145c07p-54;
};

// x = quarter * pi / 2 + r + low, |r| <= pi / 4; quarter counts modulo 4.
template <class V> struct Angle {
  V r, low;
  decltype(reinterpret<typename Format<scalar_of<V>>::Int>(V())) quarter;
};

struct ScalarAngle {
  double r, low;
  int quarter;
};
DLX_INLINE double error_of_product(double a, double b, double high) {
#ifdef DLX_ISA
  return product_error(Vec<double>(a), Vec<double>(b), Vec<double>(high)).v[0];
#else
  return product_error(a, b, high);
#endif
}
// Any finite x >= 2, by Payne and Hanek's method: with x = m 2^e, only 192 bits of 2 / pi count, those that m 2^e moves to weights
// from 2 down; what is before them makes whole turns, what is after less than 2^-137. 2 / pi has 1216 bits here.
[[maybe_unused]] __attribute__((noinline)) ScalarAngle reduce_far(double x) {
  static constexpr uint64_t two_over_pi[20] = {
      0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561, 0xb7246e3a424dd2e0,
      0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4,
      0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
      0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d};
  const uint64_t bits = __builtin_bit_cast(uint64_t, x);
  const uint64_t m = (bits & 0xfffffffffffff) | uint64_t{1} << 52;
  const int first = static_cast<int>(bits >> 52) - 1023 - 52 - 2;  // the first bit of 2 / pi that counts; before 0 all bits are 0
  uint64_t window[3];
  for (int i = 0; i < 3; ++i) {
    const int at = first + 64 * i, word = at >= 0 ? at / 64 : (at - 63) / 64, shift = at - 64 * word;
    const uint64_t high = word >= 0 ? two_over_pi[word] : 0, next = word + 1 >= 0 ? two_over_pi[word + 1] : 0;
    window[i] = shift == 0 ? high : high << shift | next >> (64 - shift);
  }
  const uint128 low = static_cast<uint128>(m) * window[2], middle = static_cast<uint128>(m) * window[1] + static_cast<uint64_t>(low >> 64);
  const uint64_t top = m * window[0] + static_cast<uint64_t>(middle >> 64);
  // top: two bits of whole quarter turns, then the fraction.
  uint128 fraction = (static_cast<uint128>(top) << 64 | static_cast<uint64_t>(middle)) << 2 | static_cast<uint64_t>(low) >> 62;
  int quarter = static_cast<int>(top >> 62);
  const bool negative = fraction >> 127 != 0;
  if (negative) {  // to the nearest quarter turn
    ++quarter;
    fraction = -fraction;
  }
  int zeros = 0;
  while (!(fraction >> 127) && zeros < 127) {
    fraction <<= 1;
    ++zeros;
  }
  const double scale = __builtin_bit_cast(double, static_cast<uint64_t>(1023 - 53 - zeros) << 52);
  const double high = static_cast<double>(static_cast<uint64_t>(fraction >> 75)) * scale;
  const double rest = static_cast<double>(static_cast<uint64_t>(fraction >> 22) & 0x1fffffffffffff) * (scale * 0x1p-53);
  const double r = high * HalfPi<double>::kNearest;
  const double r_low = error_of_product(high, HalfPi<double>::kNearest, r) + (high * HalfPi<double>::kRest + rest * HalfPi<double>::kNearest);
  return {negative ? -r : r, negative ? -r_low : r_low, quarter & 3};
}

template <class V> DLX_INLINE Angle<V> reduce_angle(V x);
#ifdef DLX_ISA
// Floats past their own limit: in double, whose three parts reach up to 2^40.
[[maybe_unused]] __attribute__((noinline)) void reduce_in_double(Angle<Vec<float>>& a, const Vec<float>& x) {
  constexpr int kFloats = Vec<float>::kLanes, kDoubles = Vec<double>::kLanes;
  double wide[kFloats], r[kFloats], low[kFloats];
  int64_t quarter[kFloats];
  for (int i = 0; i < kFloats; ++i) wide[i] = static_cast<double>(x.v[i]);
  for (int i = 0; i < kFloats; i += kDoubles) {
    const Angle<Vec<double>> part = reduce_angle(Vec<double>::load(wide + i));
    part.r.store(r + i), part.low.store(low + i), part.quarter.store(quarter + i);
  }
  for (int i = 0; i < kFloats; ++i) {
    a.r.v[i] = static_cast<float>(r[i]);
    a.low.v[i] = static_cast<float>((r[i] - static_cast<double>(a.r.v[i])) + low[i]);
    a.quarter.v[i] = static_cast<int32_t>(quarter[i]);
  }
}
#endif
template <class V> DLX_INLINE Angle<V> reduce_angle(V x) {
  using S = scalar_of<V>;
  using Int = typename Format<S>::Int;
  using P = HalfPi<S>;
  const V shifted = fma(x, V(P::kTwoOverPi), V(Format<S>::kRound)), n = shifted - V(Format<S>::kRound);
  const V exact = fma(n, V(-P::kHigh), x), middle = n * V(P::kMiddle);
  Angle<V> a;
  a.r = exact - middle;
  const V from_exact = a.r + middle;  // both roundings, of the product and of the difference
  const V rest = (exact - from_exact) - ((a.r - from_exact) + middle) - fma(n, V(P::kMiddle), -middle);
  a.low = fma(n, V(-P::kLow), rest);
  a.quarter = reinterpret<Int>(shifted);
  const auto far = abs(x) > V(P::kLimit);
  if constexpr (std::is_same_v<S, V>) {
    if (far) {
      const ScalarAngle s = reduce_far(static_cast<double>(abs(x)));
      a.r = static_cast<S>(s.r);
      a.low = static_cast<S>((s.r - static_cast<double>(a.r)) + s.low);
      a.quarter = s.quarter;
      if (x < 0) a = {-a.r, -a.low, -a.quarter};
    }
  } else if (any(far)) [[unlikely]] {
    if constexpr (std::is_same_v<S, float>) {
      Angle<V> in_double;
      reduce_in_double(in_double, x);
      a = {select(far, in_double.r, a.r), select(far, in_double.low, a.low), select(far, in_double.quarter, a.quarter)};
    } else {
      for (int i = 0; i < V::kLanes; ++i) {
        if (!far.v[i]) continue;
        const ScalarAngle s = reduce_far(abs(x).v[i]);
        const S sign = x.v[i] < 0 ? S(-1) : S(1);
        a.r.v[i] = sign * s.r;
        a.low.v[i] = sign * s.low;
        a.quarter.v[i] = x.v[i] < 0 ? -s.quarter : s.quarter;
      }
    }
  }
  a.r = select(abs(x) == V(Format<S>::kInfinity), V(Format<S>::kNaN), a.r);  // a NaN stays
  return a;
}

// Errors of the polynomials 2^-28 and 2^-33 (float), 2^-57 and 2^-64 (double), relative to the functions.
template <class V> DLX_INLINE SinCos<V> sin_cos_of_angle(const Angle<V>& a) {
  using S = scalar_of<V>;
  const V r = a.r, z = r * r;
  V s, c;  // (sin r - r) / r^3, (cos r - 1 + r^2 / 2) / r^4
  if constexpr (std::is_same_v<S, float>) {
    s = horner(z, V(-0x1.99100ap-13f), 0x1.1106bp-7f, -0x1.555544p-3f);
    c = horner(z, V(0x1.99d65ap-16f), -0x1.6c0c04p-10f, 0x1.55554ap-5f);
  } else {
    s = horner(z, V(0x1.5d6fd9ff7a57ap-33), -0x1.ae5def8e567a2p-26, 0x1.71de34e457f8p-19, -0x1.a01a019b6dfc6p-13,
               0x1.111111110f3a3p-7, -0x1.5555555555546p-3);
    c = horner(z, V(-0x1.8f8591d65d69fp-37), 0x1.1ee99dd8657a2p-29, -0x1.27e4f799327bfp-22, 0x1.a01a019c19261p-16,
               -0x1.6c16c16c14b8dp-10, 0x1.5555555555549p-5);
  }
  const V half = V(S(0.5)) * z, w = V(1) - half;
  s = r + fma(r * z, s, a.low * w);
  c = w + (((V(1) - w) - half) + fma(z * z, c, -(r * a.low)));
  const auto odd = (a.quarter & 1) != 0, cos_negative = ((a.quarter + 1) & 2) != 0, sin_negative = (a.quarter & 2) != 0;
  const V sine = select(odd, c, s), cosine = select(odd, s, c);
  return {select(sin_negative, -sine, sine), select(cos_negative, -cosine, cosine)};
}

// 1 ulp.
struct Sin {
  template <class V> static DLX_INLINE V apply(V x) { return select(x == V(0), x, sin_cos_of_angle(reduce_angle(x)).sin); }
};
struct Cos {
  template <class V> static DLX_INLINE V apply(V x) { return sin_cos_of_angle(reduce_angle(x)).cos; }
};
// 2.5 ulp.
struct Tan {
  template <class V> static DLX_INLINE V apply(V x) {
    const SinCos<V> a = sin_cos_of_angle(reduce_angle(x));
    return select(x == V(0), x, a.sin / a.cos);
  }
};
// sin(pi x) / (pi x).
struct Sinc {
  template <class V> static DLX_INLINE V apply(V x) {
    using S = scalar_of<V>;
    const V a = abs(x), turns = V(S(0.5)) * a, v = turns - trunc(turns);  // exact
    return select(a < V(1 / Constants<S>::kHuge), V(1), sin_cos_of_turns(v).sin / (V(2 * HalfPi<S>::kNearest) * a));
  }
};

// (asin s - s) / s^3 of z = s^2 <= 1/4; relative error of asin 2^-28 and 2^-56.
template <class V> DLX_INLINE V asin_polynomial(V z) {
  if constexpr (std::is_same_v<scalar_of<V>, float>) {
    return horner(z, V(0x1.59ddccp-5f), 0x1.8ba44p-6f, 0x1.748b7cp-5f, 0x1.330162p-4f, 0x1.5555cap-3f);
  } else {
    return horner(z, V(0x1.05fdb5d62bdd4p-5), -0x1.0b7cc6bec5d08p-6, 0x1.410704fb18c6p-6, 0x1.aa3988330250bp-8, 0x1.8ef27cb2cd05bp-7,
                  0x1.c6f66e4b6a57cp-7, 0x1.1c6c41c30141fp-6, 0x1.6e89edcda149ep-6, 0x1.f1c72c7e79338p-6, 0x1.6db6db41a17c8p-5,
                  0x1.333333336fcfap-4, 0x1.5555555555385p-3);
  }
}
// asin a = pi / 2 - 2 asin(sqrt((1 - a) / 2)), which keeps the polynomial's argument below 1/2. The square root is taken in two parts.
template <class V> struct Arc {
  V plain, doubled;  // asin a for a <= 1/2; 2 asin(sqrt((1 - a) / 2)) for a > 1/2
};
template <class V> DLX_INLINE Arc<V> arcs(V a) {
  using S = scalar_of<V>;
  const V z = V(S(0.5)) * (V(1) - a), root = sqrt(z);
  const V low = select(z > V(0), remainder_of_product(z, root, root) / (root + root), V(0));
  const V square = a * a;
  const V half = root + fma(root * z, asin_polynomial(z), low);
  return {fma(a * square, asin_polynomial(square), a), half + half};
}
// 1.9 ulp; NaN outside [-1, 1].
struct Asin {
  template <class V> static DLX_INLINE V apply(V x) {
    using S = scalar_of<V>;
    const V a = abs(x);
    const Arc<V> arc = arcs(a);
    const V far = V(HalfPi<S>::kNearest) - (arc.doubled - V(HalfPi<S>::kRest));
    return with_sign_of(select(a <= V(S(0.5)), arc.plain, far), x);
  }
};
struct Acos {
  template <class V> static DLX_INLINE V apply(V x) {
    using S = scalar_of<V>;
    using P = HalfPi<S>;
    const V a = abs(x);
    const Arc<V> arc = arcs(a);
    const V near = V(P::kNearest) - (with_sign_of(arc.plain, x) - V(P::kRest));
    const V far = select(x > V(0), arc.doubled, V(2 * P::kNearest) - (arc.doubled - V(2 * P::kRest)));
    return select(a <= V(S(0.5)), near, far);
  }
};

// atan of numerator / denominator, both positive: turned by pi / 4 or pi / 2 so that the argument is below tan(pi / 8).
template <class V> DLX_INLINE V atan_of_quotient(V numerator, V denominator) {
  using S = scalar_of<V>;
  using P = HalfPi<S>;
  const V tan_eighth = V(S(0x1.a827999fcef32p-2));  // of pi / 8
  const auto large = tan_eighth * numerator > denominator, middle = numerator > tan_eighth * denominator;
  const V n = select(large, -denominator, select(middle, numerator - denominator, numerator));
  const V d = select(large, numerator, select(middle, numerator + denominator, denominator));
  const V t = n / d, z = t * t;
  V p;  // (atan t - t) / t^3
  if constexpr (std::is_same_v<S, float>) {
    p = horner(z, V(-0x1.f2d066p-5f), 0x1.b221b2p-4f, -0x1.23b98ep-3f, 0x1.9991e2p-3f, -0x1.55554ap-2f);
  } else {
    p = horner(z, V(-0x1.2532a21bebffbp-6), 0x1.37be080bab5fap-5, -0x1.9cca34c8ef3a6p-5, 0x1.df0d947044745p-5, -0x1.10eb9d7ef007bp-4,
               0x1.3b111712a2bc7p-4, -0x1.745cf8c40bdd5p-4, 0x1.c71c70e5667a9p-4, -0x1.24924922ac357p-3, 0x1.9999999995852p-3,
               -0x1.555555555553dp-2);
  }
  const V base = select(large, V(P::kNearest), select(middle, V(P::kNearest / 2), V(0)));
  const V rest = select(large, V(P::kRest), select(middle, V(P::kRest / 2), V(0)));
  return base + (t + fma(t * z, p, rest));
}
// 1.9 ulp.
struct Atan {
  template <class V> static DLX_INLINE V apply(V x) {
    using S = scalar_of<V>;
    const V a = abs(x);
    const auto huge = a > V(Constants<S>::kHuge);
    const V y = select(huge, V(HalfPi<S>::kNearest), atan_of_quotient(select(huge, V(1), a), V(1)));
    return with_sign_of(select(x != x, x, y), x);
  }
};
// The angle of the point (x, y) in (-pi, pi]. 2 ulp.
struct Atan2 {
  template <class V> static DLX_INLINE V apply(V y, V x) {
    using S = scalar_of<V>;
    using F = Format<S>;
    using P = HalfPi<S>;
    V ay = abs(y), ax = abs(x);
    // Infinities and zeros become ones; very large and very small sides are brought near one, where nothing over- or underflows.
    const auto both_infinite = (ay == V(F::kInfinity)) & (ax == V(F::kInfinity));
    const auto both_zero = (ay == V(0)) & (ax == V(0));
    ay = select(both_infinite, V(1), ay);
    ax = select(both_infinite | both_zero, V(1), ax);
    const V larger = maximum(ax, ay);
    const V scale = select(larger > V(1 / F::kMinNormal / 4), V(S(0.25)), select(larger < V(F::kMinNormal * F::kDenormalScale), V(F::kDenormalScale), V(1)));
    const auto along_x = ax == V(F::kInfinity), along_y = ay == V(F::kInfinity);
    V a = atan_of_quotient(select(along_x, V(0), select(along_y, V(1), ay * scale)), select(along_y, V(0), select(along_x, V(1), ax * scale)));
    a = select(reinterpret<typename F::Int>(x) < 0, V(2 * P::kNearest) - (a - V(2 * P::kRest)), a);
    return select((x != x) | (y != y), x + y, with_sign_of(a, y));
  }
};
// sqrt(a^2 + b^2) without overflow between. 1 ulp.
struct Hypot {
  template <class V> static DLX_INLINE V apply(V a, V b) {
    using S = scalar_of<V>;
    using F = Format<S>;
    a = abs(a);
    b = abs(b);
    const V larger = maximum(a, b), smaller = minimum(a, b);
    // Powers of two: squares stay within range.
    constexpr bool single = std::is_same_v<S, float>;
    const V big = V(S(single ? 0x1p60 : 0x1p500)), small = V(S(single ? 0x1p-60 : 0x1p-500));
    const V down = V(S(single ? 0x1p-80 : 0x1p-600)), up = V(S(single ? 0x1p100 : 0x1p700));
    const V scale = select(larger > big, down, select(larger < small, up, V(1)));
    const V back = select(larger > big, V(1) / down, select(larger < small, V(1) / up, V(1)));
    const V x = larger * scale, y = smaller * scale;
    const V r = sqrt(fma(x, x, y * y)) * back;
    return select((a == V(F::kInfinity)) | (b == V(F::kInfinity)), V(F::kInfinity), r);
  }
};

}  // namespace
}  // namespace DLX_MATH_NAMESPACE
