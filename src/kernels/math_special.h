// The error function and its kin, in the manner of math.h.
#pragma once
#include "kernels/math_normal.h"
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

// x P(w) with w = -ln(1 - x^2), past w = 5 (|x| > 0.9966) x Q(sqrt(w)), as Giles has them (GPU Computing Gems 2, 2011); relative errors
// 2^-24.6 and 2^-26, for double 2^-53.4 and 2^-22. There one step of Halley's method on e^(y^2) (erf(y) - x) follows the second, taken as
// e^(y^2) (1 - x) - e^(y^2) erfc(y), which loses nothing. 2.7 ulp (double 3.1).
struct Erfinv {
  template <class V> static DLX_INLINE V apply(V x) {
    using S = scalar_of<V>;
    using F = Format<S>;
    const V a = abs(x), left = V(1) - a;  // exact for a >= 1/2
    const V w = -Log::apply(left * (V(1) + a)), v = w - V(S(2.5));
    const auto far = w >= V(5);
    V y;
    if constexpr (std::is_same_v<S, float>) {
      y = horner(v, V(-0x1.1b0466p-27f), 0x1.e3bbb8p-26f, 0x1.edde5cp-22f, -0x1.d8e66cp-19f, -0x1.4bc06ep-18f, 0x1.ca6372p-13f,
                 -0x1.48670p-10f, -0x1.11c9a4p-8f, 0x1.f91e8ap-3f, 0x1.805c5ep+0f);
    } else {
      y = horner(v, V(0x1.867635d3f62ccp-59), -0x1.881892f6a7825p-56, -0x1.e3123ec3b25d1p-54, 0x1.06123a8c2728p-49, -0x1.c368ca31cffbp-49,
                 -0x1.54136734c6e36p-44, 0x1.2e37f9a8a2041p-41, 0x1.ff7feea666cdbp-41, -0x1.119d979153890p-35, 0x1.0709d03b8ad6cp-33,
                 0x1.f2cca27285106p-31, -0x1.753000c68c0e4p-27, 0x1.ccff61d40b8a6p-27, 0x1.01037ee81c288p-21, -0x1.ca9227bf5b767p-19,
                 -0x1.4f47fe80cc913p-18, 0x1.c9b437ed1d5c1p-13, -0x1.4863cdfb5d76ap-10, -0x1.11c3c302dfdaep-8, 0x1.f91e8993f0d09p-3,
                 0x1.805c5cfcedef5p+0);
    }
    y = y * a;
    if (any_lane<V>(far)) y = select(far, from_root(sqrt(w), left, a), y);
    y = select(a == V(1), V(F::kInfinity), y);
    return with_sign_of(select(a > V(1), V(F::kNaN), y), x);
  }

 private:
  template <class V> static DLX_INLINE V from_root(V root, V left, V a) {
    if constexpr (std::is_same_v<scalar_of<V>, float>) {
      return horner(root - V(3), V(0x1.e8e608p-14f), -0x1.435140p-12f, -0x1.fe32d0p-15f, 0x1.84f86ap-10f, -0x1.d6f96ep-9f,
                    0x1.74bcacp-8f, -0x1.f49d94p-8f, 0x1.357f96p-7f, 0x1.006dc8p+0f, 0x1.6a9efcp+1f) * a;
    } else {
      const V y = horner(root - V(4), V(0x1.150cecp-20), -0x1.5cab1ep-19, -0x1.669076p-17, 0x1.5ebf04p-15, -0x1.2fc65cp-15, 0x1.bd72ecp-17,
                         -0x1.c589c6p-14, 0x1.75ec2ap-12, -0x1.cac840p-11, 0x1.475176p-10, 0x1.026e34p+0, 0x1.eb7e0ep+1) * a;
      const V erfcx = V(2) * normal_ratio(y * V(1.41421356237309504880));
      const V step = V(0.88622692545275801365) * fma(left, exp_of_product(y, y), -erfcx);  // sqrt(pi) / 2 times the error
      return y - step / fma(y, step, V(1));
    }
  }
};

}  // namespace
}  // namespace DLX_MATH_NAMESPACE
