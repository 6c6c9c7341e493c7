// Formulas of the activations: functors over a value type V as in kernels/math.h, apply(x) and gradient(g, x), with their constants
// as members. Limits hold at the infinities: silu(-inf) = -0, not the NaN of -inf * 0. Errors in ulp: docs/math.md.
#pragma once
#include "kernels/math_normal.h"

namespace DLX_MATH_NAMESPACE {
namespace {

template <class T> struct ActivationFormat;
template <> struct ActivationFormat<float> {
  static constexpr float kFar = 120;                        // x e^-x rounds to 0 beyond
  static constexpr float kTanhFormFar = 12;                 // 2 u(x) of gelu's tanh form is beyond kFar
  static constexpr float kSlope = 0x1.988454p+0f, kSlopeLow = -0x1.857936p-25f;  // 2 sqrt(2 / pi), in two parts
  static constexpr float kCubic = 0x1.2444f2p-4f, kCubicLow = 0x1.49b16ap-29f;  // 0.044715 of it
};
template <> struct ActivationFormat<double> {
  static constexpr double kFar = 770;
  static constexpr double kTanhFormFar = 24;
  static constexpr double kSlope = 0x1.9884533d43651p+0, kSlopeLow = -0x1.cbc0d30ebfd15p-54;
  static constexpr double kCubic = 0x1.2444f2a4d8b4bp-4, kCubicLow = -0x1.6c843a29d1c7p-61;
};

// x within [-limit, limit]; NaN stays.
template <class V> DLX_INLINE V bounded(V x, scalar_of<V> limit) { return at_least(at_most(x, limit), -limit); }

// e^x = (1 + tail) 2^n for x in [-kFar, 0]. What a denormal e^x would lose a factor may still get: (1 + tail) is multiplied first.
template <class V> struct SplitExp {
  V tail, n;
  DLX_INLINE V value() const { return scale_by_power_of_two(V(1) + tail, n); }
  DLX_INLINE V times(V x) const { return scale_by_power_of_two(fma(x, tail, x), n); }
};
template <class V> DLX_INLINE SplitExp<V> split_exp(V x) {
  const auto [r, n, n_int] = reduce_exponent(x);
  return {fma(r * r, exp_tail(r), r), n};
}

// log(1 + u) for 0 <= u <= 1: u - (h - s (h + z P(z))), h = u^2 / 2, s = u / (2 + u), z = s^2; error of P 2^-29 and 2^-58.
template <class V> DLX_INLINE V log1p_of_unit(V u) {
  const V s = u / (u + V(2)), z = s * s, h = V(scalar_of<V>(0.5)) * u * u;
  V p;
  if constexpr (std::is_same_v<scalar_of<V>, float>) {
    p = horner(z, V(0x1.231cfep-2f), 0x1.1dc372p-2f, 0x1.99e3c4p-2f, 0x1.5554dp-1f);
  } else {
    p = horner(z, V(0x1.427b99e0749fep-3), 0x1.73fe1b5d6c932p-4, 0x1.e849beb75316bp-4, 0x1.10ee66981a218p-3, 0x1.3b126bc3c5cafp-3,
               0x1.745d4fd0d34c9p-3, 0x1.c71c6efc56eabp-3, 0x1.2492492d2ab0ep-2, 0x1.9999999980690p-2, 0x1.555555555562ap-1);
  }
  return u - (h - s * fma(z, p, h));
}
// log(1 + e^-|x|).
template <class V> DLX_INLINE V log1p_exp(V x) { return log1p_of_unit(Exp::apply(-abs(x))); }

// e^x - 1 for x <= 0.
template <class V> DLX_INLINE V expm1_of_negative(V x) {
  using F = Format<scalar_of<V>>;
  const auto [r, n, n_int] = reduce_exponent(at_least(x, -F::kTanhMax));  // there it has rounded to -1
  const V power = reinterpret<scalar_of<V>>((n_int + F::kBias) << F::kMantissa);
  return fma(power, fma(r * r, exp_tail(r), r), power - V(1));
}

// --- gelu ---------------------------------------------------------------------------------------------------------------

// x Phi(x) = max(x, 0) - |x| Phi(-|x|). 3.9 ulp, down to the denormals.
struct Gelu {
  template <class V> DLX_INLINE V apply(V x) const {
    using S = scalar_of<V>;
    const V t = at_most(abs(x), kNormalFar<S>);
    return fma(-normal_ratio_times(t), exp_of_half_square(t), at_least(x, S(-0.0)));
  }
  template <class V> DLX_INLINE V gradient(V g, V x) const {
    using S = scalar_of<V>;
    x = bounded(x, kNormalFar<S>);
    const V t = abs(x), e = exp_of_half_square(t), below = e * normal_ratio(t);
    return g * fma(x * V(S(kNormalDensity)), e, select(x > V(0), V(1) - below, below));
  }
};

// x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3): 0.5 x (1 + tanh(u)) without its cancellation below 0. 2 u is summed in two
// parts, since its absolute error is the result's relative one. 1.6 ulp for x >= 0, 6.6 below (double 11).
struct GeluTanh {
  template <class V> struct Parts {
    V near, e, inner;  // x bounded, e^-|2 u|, and x^2
  };
  template <class V> static DLX_INLINE Parts<V> parts(V x) {
    using A = ActivationFormat<scalar_of<V>>;
    const V near = bounded(x, A::kTanhFormFar), square = near * near, square_low = product_error(near, near, square);
    const V cubic = V(A::kCubic) * square;
    const V cubic_low = product_error(V(A::kCubic), square, cubic) + fma(V(A::kCubic), square_low, V(A::kCubicLow) * square);
    const V sum = V(A::kSlope) + cubic, taken = sum - V(A::kSlope);
    const V sum_low = ((V(A::kSlope) - (sum - taken)) + (cubic - taken)) + (cubic_low + V(A::kSlopeLow));
    const V t = -abs(near), high = t * sum;
    return {near, exp_of_sum(high, product_error(t, sum, high) + t * sum_low), square};
  }
  template <class V> DLX_INLINE V apply(V x) const {
    const Parts<V> p = parts(x);
    return select(x < V(0), p.near * p.e, x) / (V(1) + p.e);
  }
  template <class V> DLX_INLINE V gradient(V g, V x) const {
    using A = ActivationFormat<scalar_of<V>>;
    const Parts<V> p = parts(x);
    const V d = V(1) + p.e, s = select(x < V(0), p.e, V(1)) / d, rest = select(x < V(0), V(1), p.e) / d;
    const V slope = fma(V(3) * V(A::kCubic), p.inner, V(A::kSlope));
    return g * s * fma(p.near * slope, rest, V(1));
  }
};

// --- of the logistic function --------------------------------------------------------------------------------------------

// x / (1 + e^-x). 2.7 ulp.
struct Silu {
  template <class V> DLX_INLINE V apply(V x) const {
    const V near = bounded(x, ActivationFormat<scalar_of<V>>::kFar);
    const SplitExp<V> e = split_exp(-abs(near));
    return select(x < V(0), e.times(near), x) / (V(1) + e.value());
  }
  template <class V> DLX_INLINE V gradient(V g, V x) const {
    x = bounded(x, ActivationFormat<scalar_of<V>>::kFar);
    const V e = Exp::apply(-abs(x)), d = V(1) + e;
    const V s = select(x < V(0), e, V(1)) / d, rest = select(x < V(0), V(1), e) / d;
    return g * s * fma(x, rest, V(1));
  }
};

// x tanh(log(1 + e^x)) = x n / (n + 2), n = e^x (e^x + 2); above 0 by powers of e^-x. 3.2 ulp.
struct Mish {
  template <class V> DLX_INLINE V apply(V x) const {
    const V near = bounded(x, ActivationFormat<scalar_of<V>>::kFar);
    const SplitExp<V> split = split_exp(-abs(near));
    const V e = split.value(), twice = e + e;
    const V small = split.times(near), below = small * (V(1) - fma(e, e, e) / fma(e, e, twice + V(2)));
    const V one = V(1) + twice;
    const V above = x * (one / fma(twice, e, one));
    return select(x < V(0), below, select(x == x, above, x));  // a NaN keeps its bits on every level
  }
  template <class V> DLX_INLINE V gradient(V g, V x) const {
    x = bounded(x, ActivationFormat<scalar_of<V>>::kFar);
    const V e = Exp::apply(-abs(x)), twice = e + e, one = V(1) + twice;
    const auto negative = x < V(0);
    const V d = select(negative, fma(e, e, twice + V(2)), fma(twice, e, one));
    const V value = select(negative, e * (e + V(2)), one) / d;
    const V slope = V(4) * (V(1) + e) * select(negative, e, e * e) / (d * d);
    return g * fma(x, slope, value);
  }
};

// log(1 + e^(beta x)) / beta; x where beta x > threshold. 1.9 ulp for beta = 1.
struct Softplus {
  double beta, threshold;
  template <class V> DLX_INLINE V apply(V x) const {
    using S = scalar_of<V>;
    const V z = V(static_cast<S>(beta)) * x;
    const V y = (select(z > V(0), z, V(0)) + log1p_exp(z)) / V(static_cast<S>(beta));
    return select(z > V(static_cast<S>(threshold)), x, y);
  }
  template <class V> DLX_INLINE V gradient(V g, V x) const {
    using S = scalar_of<V>;
    const V z = V(static_cast<S>(beta)) * x;
    return select(z > V(static_cast<S>(threshold)), g, g * Sigmoid::apply(z));
  }
};

// log(1 / (1 + e^-x)) = min(x, 0) - log(1 + e^-|x|). 1.9 ulp.
struct LogSigmoid {
  template <class V> DLX_INLINE V apply(V x) const { return select(x < V(0), x, V(0)) - log1p_exp(x); }
  template <class V> DLX_INLINE V gradient(V g, V x) const { return g * Sigmoid::apply(-x); }
};

// scale x above 0, scale alpha (e^(input_scale x) - 1) below: elu, celu and selu. 0.9 ulp where alpha = scale = 1.
struct Elu {
  double alpha, scale, input_scale;
  template <class V> DLX_INLINE V apply(V x) const {
    using S = scalar_of<V>;
    const V below = select(x >= V(0), V(0), x) * V(static_cast<S>(input_scale));
    // With a negative input_scale (celu's alpha < 0) the exponential grows.
    const V curve = input_scale < 0 ? Exp::apply(below) - V(1) : expm1_of_negative(below);
    return select(x >= V(0), V(static_cast<S>(scale)) * x, V(static_cast<S>(alpha * scale)) * curve);
  }
  template <class V> DLX_INLINE V gradient(V g, V x) const {
    using S = scalar_of<V>;
    const V slope = V(static_cast<S>(alpha * scale * input_scale)) * Exp::apply(V(static_cast<S>(input_scale)) * x);
    return g * select(x > V(0), V(static_cast<S>(scale)), slope);
  }
};

// --- piecewise linear -----------------------------------------------------------------------------------------------------

struct LeakyRelu {
  double slope;
  template <class V> DLX_INLINE V apply(V x) const { return select(x > V(0), x, V(static_cast<scalar_of<V>>(slope)) * x); }
  template <class V> DLX_INLINE V gradient(V g, V x) const { return select(x > V(0), g, V(static_cast<scalar_of<V>>(slope)) * g); }
};

// x within [low, high]; its gradient is taken from the output as well.
struct Hardtanh {
  double low, high;
  template <class V> DLX_INLINE V apply(V x) const {
    using S = scalar_of<V>;
    x = select(x < V(static_cast<S>(low)), V(static_cast<S>(low)), x);
    return select(x > V(static_cast<S>(high)), V(static_cast<S>(high)), x);
  }
  template <class V> DLX_INLINE V gradient(V g, V x) const {
    using S = scalar_of<V>;
    return select((x <= V(static_cast<S>(low))) | (x >= V(static_cast<S>(high))), V(0), g);
  }
};

// (x + 3) / 6 within [0, 1].
struct Hardsigmoid {
  template <class V> DLX_INLINE V apply(V x) const { return Hardtanh{0, 6}.apply(x + V(3)) / V(6); }
  template <class V> DLX_INLINE V gradient(V g, V x) const { return select((x <= V(-3)) | (x >= V(3)), V(0), g / V(6)); }
};
// x hardsigmoid(x).
struct Hardswish {
  template <class V> DLX_INLINE V apply(V x) const { return select(x <= V(-3), V(scalar_of<V>(-0.0)), x * Hardsigmoid().apply(x)); }
  template <class V> DLX_INLINE V gradient(V g, V x) const {
    const V inside = g * (x / V(3) + V(scalar_of<V>(0.5)));
    return select(x <= V(-3), V(0), select(x >= V(3), g, inside));
  }
};

// 0 within [-lambda, lambda], x elsewhere.
struct Hardshrink {
  double lambda;
  template <class V> DLX_INLINE V apply(V x) const {
    return select((x >= V(static_cast<scalar_of<V>>(-lambda))) & (x <= V(static_cast<scalar_of<V>>(lambda))), V(0), x);
  }
  template <class V> DLX_INLINE V gradient(V g, V x) const {
    return select((x >= V(static_cast<scalar_of<V>>(-lambda))) & (x <= V(static_cast<scalar_of<V>>(lambda))), V(0), g);
  }
};
// x moved towards 0 by lambda, and no further.
struct Softshrink {
  double lambda;
  template <class V> DLX_INLINE V apply(V x) const {
    const V l(static_cast<scalar_of<V>>(lambda));
    return select(x > l, x - l, select(x < -l, x + l, V(0) * x));  // NaN stays; |x| <= lambda is finite
  }
  template <class V> DLX_INLINE V gradient(V g, V x) const { return Hardshrink{lambda}.gradient(g, x); }
};

// x above the threshold, `value` elsewhere; NaN stays.
struct Threshold {
  double threshold, value;
  template <class V> DLX_INLINE V apply(V x) const {
    return select(x <= V(static_cast<scalar_of<V>>(threshold)), V(static_cast<scalar_of<V>>(value)), x);
  }
  template <class V> DLX_INLINE V gradient(V g, V x) const { return select(x <= V(static_cast<scalar_of<V>>(threshold)), V(0), g); }
};

struct Prelu {
  template <class V> static DLX_INLINE V apply(V x, V weight) { return select(x > V(0), x, weight * x); }
};

}  // namespace
}  // namespace DLX_MATH_NAMESPACE
