// The error function and its kin, in the manner of math.h.
#pragma once
#include "kernels/math_trig.h"

namespace DLX_MATH_NAMESPACE {
namespace {

// erf(x) = x + x P(x^2) for |x| <= 1; error 2^-30 and 2^-56.
template <class V> DLX_INLINE V erf_small(V x) {
  const V z = x * x;
  V p;
  if constexpr (std::is_same_v<scalar_of<V>, float>) {
    p = horner(z, V(0x1.4c339cp-14f), -0x1.a50ae8p-11f, 0x1.542e0ep-8f, -0x1.b7fe9p-6f, 0x1.ce2d5p-4f, -0x1.81274p-2f, 0x1.06eba8p-3f);
  } else {
    p = horner(z, V(-0x1.a00178519c11cp-31), 0x1.d3260e56a3609p-27, -0x1.5b733c04097b8p-23, 0x1.b9677b01dd7b3p-20, -0x1.f4c7d25207b7fp-17,
               0x1.f9a2913afb7d3p-14, -0x1.c02dae834ac61p-11, 0x1.565bccedb5ad1p-8, -0x1.b82ce311a26d5p-6, 0x1.ce2f21a03f77cp-4,
               -0x1.812746b03799cp-2, 0x1.06eba8214db68p-3);
  }
  return fma(x, p, x);
}
// e^(a^2) erfc(a) for a >= 0: a polynomial in (a - k) / (a + k), over 1 + 2 a; error 2^-24 and 2^-52.
template <class V> DLX_INLINE V erfcx_positive(V a) {
  if constexpr (std::is_same_v<scalar_of<V>, float>) {
    const V q = (a - V(2)) / (a + V(2));
    return horner(q, V(0x1.4605p-13f), -0x1.811a2ap-13f, -0x1.6a78dp-10f, 0x1.11706cp-10f, 0x1.1c5e3p-7f, -0x1.0443fep-7f,
                  -0x1.bc12f2p-5f, 0x1.4ff204p-3f, -0x1.540856p-3f, -0x1.7bf524p-4f, 0x1.46e80ep0f) / fma(a, V(2), V(1));
  } else {
    const V q = (a - V(4)) / (a + V(4));
    return horner(q, V(0x1.9f599322293dp-30), -0x1.e034655715d18p-28, -0x1.136fb725820ebp-26, 0x1.8f20ea8215826p-24, 0x1.2e356b8bd732dp-24,
                  -0x1.ae8dd37feaa85p-21, 0x1.411a59039ff57p-22, 0x1.7dd080a320039p-18, -0x1.78ae210f529dp-17, -0x1.9928958ee9195p-16,
                  0x1.3be1651962a89p-13, -0x1.a1e16b68b29bfp-13, -0x1.8d4aaf541351bp-11, 0x1.49c676e922257p-8, -0x1.09623865c8e9fp-6,
                  0x1.3079ede1bfc9ap-5, -0x1.0fb06dff206e1p-4, 0x1.7fee004eed3d6p-4, -0x1.9ddb23c3dd1f3p-4, 0x1.16ecefcf9ce36p-4,
                  0x1.f7f5df66fb69ap-7, -0x1.1df1ad154a1cep-3, 0x1.3ba5916e9fd7fp0) / fma(a, V(2), V(1));
  }
}
// erfc(a), a >= 0. The exponent is known in two parts. 3 ulp.
template <class V> DLX_INLINE V erfc_positive(V a) {
  const V limit = V(scalar_of<V>(30));  // erfc is 0 from 27 on
  a = select(a > limit, limit, a);
  const V square = a * a;
  return exp_of_sum(-square, -fma(a, a, -square)) * erfcx_positive(a);
}

// Past 1: 1 - erfc, which for float is e^P(|x|), error 2^-33 of 1. 1.3 ulp.
struct Erf {
  template <class V> static DLX_INLINE V apply(V x) {
    using S = scalar_of<V>;
    V a = abs(x);
    V far;
    if constexpr (std::is_same_v<S, float>) {
      a = select(a > V(4), V(4), a);
      far = V(1) - Exp::apply(horner(a, V(-0x1.6326acp-16f), 0x1.c86e7p-12f, -0x1.119b84p-8f, 0x1.9bb78ap-6f, -0x1.bb932cp-4f,
                                     -0x1.44446p-1f, -0x1.21284ap0f, 0x1.70e69ap-13f));
    } else {
      far = V(1) - erfc_positive(a);
    }
    return select(a <= V(1), erf_small(x), select(x == x, with_sign_of(far, x), x));  // a NaN keeps its bits on every level
  }
};
struct Erfc {
  template <class V> static DLX_INLINE V apply(V x) {
    const V y = erfc_positive(abs(x));
    const V wide = select(x < V(0), V(2) - y, select(x == x, y, x));  // a NaN keeps its bits on every level
    return select(abs(x) < V(scalar_of<V>(0.5)), V(1) - erf_small(x), wide);
  }
};

// Giles' approximation (GPU Computing Gems 2, 2011), then steps of Halley's method on erf or, near 1, on erfc, which keeps the
// digits. 3 ulp.
struct Erfinv {
  template <class V> static DLX_INLINE V apply(V x) {
    using S = scalar_of<V>;
    using F = Format<S>;
    const V a = abs(x), left = V(1) - a;  // exact for a >= 1/2
    const V w = -Log::apply(left * (V(1) + a));
    const V v = w - V(S(2.5)), u = sqrt(w) - V(3);
    const V near = horner(v, V(S(2.81022636e-08)), S(3.43273939e-07), S(-3.5233877e-06), S(-4.39150654e-06), S(0.00021858087),
                          S(-0.00125372503), S(-0.00417768164), S(0.246640727), S(1.50140941));
    const V far = horner(u, V(S(-0.000200214257)), S(0.000100950558), S(0.00134934322), S(-0.00367342844), S(0.00573950773),
                         S(-0.0076224613), S(0.00943887047), S(1.00167406), S(2.83297682));
    V y = select(w < V(5), near, far) * a;
    if constexpr (std::is_same_v<S, double>) {  // Giles' numbers end where float does: from erfc(y) ~ e^(-y^2) / (y sqrt(pi)) there
      const V l = -Log::apply(left);
      y = select(w < V(16), y, sqrt(l - V(0.5) * Log::apply(l * V(2 * HalfPi<double>::kNearest))));
    }
    constexpr int kSteps = std::is_same_v<S, float> ? 1 : 3;
    const V half_sqrt_pi = V(S(0.88622692545275801365));
    for (int i = 0; i < kSteps; ++i) {
      const V error = select(a < V(S(0.5)), erf_small(y) - a, left - erfc_positive(y));
      const V step = error * half_sqrt_pi * Exp::apply(y * y);
      y = y - step / (V(1) + y * step);
    }
    y = select(a == V(1), V(F::kInfinity), y);
    return with_sign_of(select(a <= V(1), y, V(F::kNaN)), x);
  }
};

}  // namespace
}  // namespace DLX_MATH_NAMESPACE
