// ln |gamma| and its derivatives, in double for every dtype: Stirling's series from 8 on (Abramowitz and Stegun 6.1.40, 6.3.18, 6.4.11),
// below 8 by the recurrence, below 1/2 by reflection. Absolute errors are a few times 1e-15, relative to 1 or to the result if that is
// larger.
#pragma once
#include "kernels/math_trig.h"

namespace DLX_MATH_NAMESPACE {
namespace {

inline constexpr double kPi = 0x1.921fb54442d18p1;

// q = x, or 1 - x for x < 1/2, and sin(pi x), cos(pi x).
template <class V> struct Reflected {
  V q, sin, cos;
};
template <class V> DLX_INLINE Reflected<V> reflected(V x) {
  const V half = abs(x) * V(0.5);
  const SinCos<V> a = sin_cos_of_turns(half - trunc(half));
  return {select(x < V(0.5), V(1) - x, x), select(x < V(0), -a.sin, a.sin), a.cos};
}

// q (q + 1) ... (q + 7) = z (z + 6) (z + 10) (z + 12), z = q (q + 7), and its logarithmic derivative as a quotient.
template <class V> struct EightFactors {
  V product, derivative_of_product;
};
template <class V> DLX_INLINE EightFactors<V> eight_factors(V q) {
  const V z = q * (q + V(7)), outer = z * (z + V(6)), inner = (z + V(10)) * (z + V(12));
  const V by_z = fma(fma(V(2), z, V(6)), inner, fma(V(2), z, V(22)) * outer);
  return {outer * inner, fma(V(2), q, V(7)) * by_z};
}

// gamma(0) and of negative whole numbers is infinite.
struct Lgamma {
  template <class V> static DLX_INLINE V apply(V x) {
    const auto [start, sine, cosine] = reflected(x);
    const auto small = start < V(8);
    const V factor = select(small, eight_factors(start).product, V(1)), q = select(small, start + V(8), start);
    const V r = V(1) / q, z = r * r;
    const V series = horner(z, V(1.0 / 156), -691.0 / 360360, 1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12) * r;
    const V stirling = fma(q - V(0.5), Log::apply(q), V(0.91893853320467274178) - q) + series;
    // ln gamma(x) = stirling - ln(factor), or by gamma(x) gamma(1 - x) = pi / sin(pi x) the logarithm of pi / |sine| less that.
    const auto turned = x < V(0.5);
    const V rest = Log::apply(select(turned, factor * V(kPi) / abs(sine), factor));
    const V y = select(turned, rest - stirling, stirling - rest);
    const auto pole = (x <= V(0)) & (floor(x) == x);
    return select(pole | (abs(x) == V(Format<double>::kInfinity)), V(Format<double>::kInfinity), y);
  }
};

// The derivative of ln gamma: infinite at 0, NaN at negative whole numbers.
struct Digamma {
  template <class V> static DLX_INLINE V apply(V x) {
    const auto [start, sine, cosine] = reflected(x);
    const auto small = start < V(8);
    const EightFactors<V> factors = eight_factors(start);
    const V below = select(small, factors.derivative_of_product / factors.product, V(0)), q = select(small, start + V(8), start);
    const V r = V(1) / q, z = r * r;
    const V series = horner(z, V(-1.0 / 12), 691.0 / 32760, -1.0 / 132, 1.0 / 240, -1.0 / 252, 1.0 / 120, -1.0 / 12) * z;
    V y = (Log::apply(q) - V(0.5) * r + series) - below;
    y = select(x < V(0.5), y - V(kPi) * cosine / sine, y);
    const auto pole = (x < V(0)) & (floor(x) == x);
    y = select(pole, V(Format<double>::kNaN), y);
    return select(x == V(0), with_sign_of(V(Format<double>::kInfinity), -x), y);
  }
};

// Its derivative: infinite at 0 and at negative whole numbers.
struct Trigamma {
  template <class V> static DLX_INLINE V apply(V x) {
    const auto [start, sine, cosine] = reflected(x);
    V q = start, sum = V(0);
    for (int i = 0; i < 12; ++i) {
      const auto small = q < V(12);
      sum = select(small, sum + V(1) / (q * q), sum);
      q = select(small, q + V(1), q);
    }
    const V r = V(1) / q, z = r * r;
    const V series = horner(z, V(7.0 / 6), -691.0 / 2730, 5.0 / 66, -1.0 / 30, 1.0 / 42, -1.0 / 30, 1.0 / 6) * z * r;
    const V y = sum + (r + V(0.5) * z + series);
    const V turned = V(kPi) / sine;
    return select(x < V(0.5), turned * turned - y, y);
  }
};

// And the derivative of that.
struct Tetragamma {
  template <class V> static DLX_INLINE V apply(V x) {
    const auto [start, sine, cosine] = reflected(x);
    V q = start, sum = V(0);
    for (int i = 0; i < 12; ++i) {
      const auto small = q < V(12);
      sum = select(small, sum - V(2) / (q * q * q), sum);
      q = select(small, q + V(1), q);
    }
    const V r = V(1) / q, z = r * r;
    const V series = horner(z, V(-35.0 / 2), 691.0 / 210, -5.0 / 6, 3.0 / 10, -1.0 / 6, 1.0 / 6, -1.0 / 2) * z * z;
    const V y = sum - (z + z * r) + series;
    const V turned = V(kPi) / sine;
    return select(x < V(0.5), y - V(2) * turned * turned * turned * cosine, y);
  }
};

}  // namespace
}  // namespace DLX_MATH_NAMESPACE
