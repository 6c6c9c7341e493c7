// The lower tail of the normal distribution, in the manner of math.h: what gelu, erfc and, past 1, erf are made of.
#pragma once
#include "kernels/math.h"

namespace DLX_MATH_NAMESPACE {
namespace {

template <class T> inline constexpr T kNormalFar = T(39);  // Phi(-x) and x Phi(-x) round to 0 beyond
template <> inline constexpr float kNormalFar<float> = 14.5f;

// With c = 3.625 for float and 5 for double, (t + c) Phi(-t) e^(t^2 / 2) for 0 <= t <= kNormalFar as a polynomial in v = (t - c) / (t + c): what
// Shepherd and Laframboise have for erfc (Mathematics of Computation 36, 1981). Relative error 2^-26
// (near t = 0, where gelu needs it most, 2^-28) and 2^-56.
template <class T> inline constexpr T kNormalCentre = std::is_same_v<T, float> ? T(3.625) : T(5);
template <class V> DLX_INLINE V normal_polynomial(V v) {
  if constexpr (std::is_same_v<scalar_of<V>, float>) {
    return horner(v, V(0x1.3b3128p-14f), 0x1.ff14f6p-12f, -0x1.00071ep-15f, -0x1.f98532p-9f, 0x1.18ce7cp-8f, 0x1.bb0ac6p-6f,
                  -0x1.120660p-3f, 0x1.56a36ap-2f, -0x1.279008p-1f, 0x1.7eb56ep-1f);
  } else {
    return horner(v, V(-0x1.5d26340ff95b4p-33), 0x1.e1dfd082669c9p-30, 0x1.074d17a738a60p-27, -0x1.4002f2e969bbcp-27,
               -0x1.1b383be38249ep-24, 0x1.6b23b1c1c1515p-25, 0x1.d114e6bba97a0p-22, -0x1.697020b9644f5p-22,
               -0x1.73af4afacfcbap-19, 0x1.0b2760d8b1777p-18, 0x1.17dd44798bf8cp-16, -0x1.a170d475ef56ep-15,
               -0x1.f21467ad6278dp-15, 0x1.1daf1d4d75665p-11, -0x1.a25037c87b0ecp-11, -0x1.88590eaafa38ap-9,
               0x1.54b4d4f4b669dp-6, -0x1.1b1c254c9a2e6p-4, 0x1.51f6329f0187bp-3, -0x1.410ed5f875a7ap-2, 0x1.fb31653876f8fp-2,
               -0x1.54ad03f27ca17p-1, 0x1.89d3abe1f95aep-1);
  }
}
// Phi(-t) e^(t^2 / 2), and its product with t: one rounding less.
template <class V> DLX_INLINE V normal_ratio(V t) {
  const V q = V(1) / (t + V(kNormalCentre<scalar_of<V>>)), w = t * q;
  return normal_polynomial((w + w) - V(1)) * q;
}
template <class V> DLX_INLINE V normal_ratio_times(V t) {
  const V w = t / (t + V(kNormalCentre<scalar_of<V>>));
  return normal_polynomial((w + w) - V(1)) * w;
}
// e^(-t^2 / 2).
template <class V> DLX_INLINE V exp_of_half_square(V t) { return exp_of_product(V(scalar_of<V>(-0.5)) * t, t); }

inline constexpr double kNormalDensity = 0.39894228040143267794;  // 1 / sqrt(2 pi)

// The normal distribution function Phi(x) = erfc(-x / sqrt(2)) / 2.
struct NormalCdf {
  template <class V> DLX_INLINE V apply(V x) const {
    const V t = at_most(abs(x), kNormalFar<scalar_of<V>>);
    const V below = exp_of_half_square(t) * normal_ratio(t);
    return select(x > V(0), V(1) - below, below);
  }
};

// erfc(a) = 2 Phi(-a sqrt(2)) for a >= 0: the exponent is exact, and the ratio changes less than its argument.
template <class V> DLX_INLINE V erfc_positive(V a) {
  using S = scalar_of<V>;
  a = at_most(a, S(kNormalFar<S> * S(0.70710678118654752440)));
  const V half = exp_of_product(-a, a) * normal_ratio(a * V(S(1.41421356237309504880)));
  return half + half;
}

}  // namespace
}  // namespace DLX_MATH_NAMESPACE
