// Formulas of losses of pairs: functors over a value type V as in kernels/math.h, apply(x, t) and gradient(g, x, t), the derivative in x.
#pragma once
#include "kernels/math_activation.h"

namespace DLX_MATH_NAMESPACE {
namespace {

struct SquaredError {
  template <class V> DLX_INLINE V apply(V x, V t) const { return (x - t) * (x - t); }
  template <class V> DLX_INLINE V gradient(V g, V x, V t) const { return g * ((x - t) + (x - t)); }
};
struct AbsoluteError {
  template <class V> DLX_INLINE V apply(V x, V t) const { return abs(x - t); }
  template <class V> DLX_INLINE V gradient(V g, V x, V t) const {
    const V d = x - t;
    return select(d > V(0), g, select(d < V(0), -g, d * g));  // 0 at 0; NaN stays
  }
};
// d = |x - t|: inner d^2 / 2 where d < beta, outer (d - beta / 2) elsewhere.
struct SmoothError {
  double beta, inner, outer;
  template <class V> DLX_INLINE V apply(V x, V t) const {
    using S = scalar_of<V>;
    const V d = abs(x - t), b(static_cast<S>(beta)), half(S(0.5));
    return select(d < b, half * d * d * V(static_cast<S>(inner)), V(static_cast<S>(outer)) * (d - half * b));
  }
  template <class V> DLX_INLINE V gradient(V g, V x, V t) const {
    using S = scalar_of<V>;
    const V d = x - t;
    return g * select(abs(d) < V(static_cast<S>(beta)), d * V(static_cast<S>(inner)), with_sign_of(V(static_cast<S>(outer)), d));
  }
};

// log(1 - x) for 0 <= x <= 1: what the rounding of 1 - x left is added to the logarithm.
template <class V> DLX_INLINE V log1p_of_negative(V x) {
  const V w = V(1) - x;
  return select(w == V(0), V(-Format<scalar_of<V>>::kInfinity), Log::apply(w) + ((V(1) - w) - x) / w);
}
// -(t log x + (1 - t) log(1 - x)), each logarithm at least -100.
struct BinaryCrossEntropy {
  template <class V> DLX_INLINE V apply(V x, V t) const {
    const V yes = maximum(Log::apply(x), V(-100)), no = maximum(log1p_of_negative(x), V(-100));
    return (t - V(1)) * no - t * yes;
  }
  template <class V> DLX_INLINE V gradient(V g, V x, V t) const {
    return g * (x - t) / maximum((V(1) - x) * x, V(scalar_of<V>(1e-12)));
  }
};
// -(t log sigmoid(x) + (1 - t) log sigmoid(-x)) = max(x, 0) - x t + log(1 + e^-|x|).
struct BinaryCrossEntropyWithLogits {
  template <class V> DLX_INLINE V apply(V x, V t) const { return select(x > V(0), x, V(0)) - x * t + log1p_exp(x); }
  template <class V> DLX_INLINE V gradient(V g, V x, V t) const {
    const V e = Exp::apply(-abs(x)), d = V(1) + e;
    // sigmoid(x) (1 - t) - sigmoid(-x) t: nothing cancels where the target is 0 or 1.
    const V yes = select(x < V(0), e, V(1)) / d, no = select(x < V(0), V(1), e) / d;
    return g * (yes * (V(1) - t) - no * t);
  }
};

}  // namespace
}  // namespace DLX_MATH_NAMESPACE
