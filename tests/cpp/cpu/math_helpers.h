// The error of a formula in ulp against the C library in the next wider type.
#pragma once
#include "cpu/vec.h"
#include "kernels/math.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace dlx::cpu::DLX_ISA {
namespace {

template <class T> using Wider = std::conditional_t<std::is_same_v<T, float>, double, long double>;

// f over n numbers, the last register a part of one.
template <class T, class F> void map_into(const F& f, const T* x, T* y, int64_t n) {
  for (int64_t i = 0; i < n; i += Vec<T>::kLanes) store_partial(y + i, f.apply(load_partial(x + i, n - i)), n - i);
}
template <class Op, class T> std::vector<T> map(const std::vector<T>& x, const std::vector<T>& y) {
  std::vector<T> out(x.size());
  for (size_t i = 0; i < x.size(); i += Vec<T>::kLanes) {
    const int64_t n = static_cast<int64_t>(x.size() - i);
    store_partial(&out[i], Op::apply(load_partial(&x[i], n), load_partial(&y[i], n)), n);
  }
  return out;
}
template <class F, class T> T one(const F& f, T x) { return f.apply(load_partial(&x, 1)).v[0]; }
template <class Op, class T> T one(T x) { return one(Op(), x); }
template <class Op, class T> T one(T x, T y) { return Op::apply(load_partial(&x, 1), load_partial(&y, 1)).v[0]; }

// Distance from the true value in units of the last place that T has there.
template <class T> double ulps(T got, Wider<T> expected) {
  if (std::isnan(expected)) return std::isnan(got) ? 0 : HUGE_VAL;
  const T rounded = static_cast<T>(expected);
  if (std::isinf(rounded) || std::isinf(got)) {
    if (got == rounded) return 0;
    // The largest number and infinity are one apart.
    return std::abs(std::isinf(got) ? rounded : got) == std::numeric_limits<T>::max() ? 1 : HUGE_VAL;
  }
  if (got != 0 && std::signbit(got) != std::signbit(expected)) return HUGE_VAL;
  constexpr int kDigits = std::numeric_limits<T>::digits, kLeast = std::numeric_limits<T>::min_exponent - kDigits;
  int exponent = kLeast + kDigits;
  if (expected != 0) std::frexp(expected, &exponent);
  const Wider<T> distance = std::abs(static_cast<Wider<T>>(got) - expected);
  return static_cast<double>(std::ldexp(distance, -std::max(exponent - kDigits, kLeast)));
}

template <class T> bool same_value(T a, T b) { return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b)); }
#define EXPECT_SAME(got, expected) \
  EXPECT_TRUE(same_value<TypeParam>(got, expected)) << #got " = " << (got) << ", expected " << (expected)

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
