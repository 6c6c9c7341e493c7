// Quotients rounded to whole numbers and their remainders, exact for every pair of numbers.
#pragma once
#include "kernels/math.h"

namespace DLX_MATH_NAMESPACE {
namespace {

// a - b * trunc(a / b), |a| and |b| as whole numbers times powers of two: a long division, as many bits at a time as fit.
template <class T> [[maybe_unused]] __attribute__((noinline)) T long_remainder(T a, T b) {
  using F = Format<T>;
  using Int = typename F::Int;
  constexpr Int kImplicit = Int{1} << F::kMantissa;
  const Int sign_bit = __builtin_bit_cast(Int, T(-0.0));
  const Int ua = __builtin_bit_cast(Int, a) & ~sign_bit, ub = __builtin_bit_cast(Int, b) & ~sign_bit, sign = __builtin_bit_cast(Int, a) & sign_bit;
  const Int infinity = __builtin_bit_cast(Int, F::kInfinity);
  if (ua >= infinity || ub > infinity || ub == 0) return F::kNaN;
  if (ua < ub) return a;
  Int ea = ua >> F::kMantissa, eb = ub >> F::kMantissa;
  uint64_t r = static_cast<uint64_t>(ua & F::kMantissaMask), d = static_cast<uint64_t>(ub & F::kMantissaMask);
  if (ea > 0) r |= static_cast<uint64_t>(kImplicit);
  else ea = 1;
  if (eb > 0) d |= static_cast<uint64_t>(kImplicit);
  else eb = 1;
  r %= d;
  for (Int left = ea - eb; left > 0 && r != 0;) {
    const Int step = left < 63 - F::kMantissa ? left : Int{63 - F::kMantissa};
    r = (r << step) % d;
    left -= step;
  }
  while (r != 0 && r < static_cast<uint64_t>(kImplicit) && eb > 1) {
    r <<= 1;
    --eb;
  }
  const Int magnitude = r < static_cast<uint64_t>(kImplicit) ? static_cast<Int>(r)
                                                            : ((eb << F::kMantissa) | (static_cast<Int>(r) & F::kMantissaMask));
  return __builtin_bit_cast(T, magnitude | sign);
}

// C's fmod: the remainder with the sign of a. Exact: where the quotient is small enough the difference is one fma.
struct Fmod {
  template <class V> static DLX_INLINE V apply(V a, V b) {
    using S = scalar_of<V>;
    const V q = a / b;
    V r = fma(-trunc(q), b, a);
    r = select(r * with_sign_of(V(1), a) < V(0), r + with_sign_of(abs(b), a), r);  // the quotient was rounded up to a whole number
    r = select(abs(q) < V(1), a, with_sign_of(r, a));
    const auto slow = kExactFma ? (q != q) | (abs(q) > V(Format<S>::kWhole / 2)) : (q != q) | (q == q);
    return replace_lanes(r, slow, [&](int i) { return long_remainder(lane(a, i), lane(b, i)); });
  }
};
// Python's %: the remainder with the sign of b.
struct Remainder {
  template <class V> static DLX_INLINE V apply(V a, V b) {
    const V r = Fmod::apply(a, b);
    return select((r != V(0)) & ((r < V(0)) != (b < V(0))), r + b, r);
  }
};
struct TruncDivide {
  template <class V> static DLX_INLINE V apply(V a, V b) { return trunc(a / b); }
};
// Python's //: (a - a % b) / b, which is whole but for rounding.
struct FloorDivide {
  template <class V> static DLX_INLINE V apply(V a, V b) {
    using S = scalar_of<V>;
    const V r = Fmod::apply(a, b), q = a / b;
    V d = (a - r) / b;
    d = select((r != V(0)) & ((r < V(0)) != (b < V(0))), d - V(1), d);
    V f = floor(d);
    f = select(d - f > V(S(0.5)), f + V(1), f);
    f = select(d == V(0), with_sign_of(V(0), q), f);
    return select(b == V(0), q, f);
  }
};

}  // namespace
}  // namespace DLX_MATH_NAMESPACE
