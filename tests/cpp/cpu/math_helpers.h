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

// x86-64-v2 has no FMA: a product and its sum round twice, and what rests on exact remainders loses more.
constexpr bool kHasFma = DLX_ISA_LEVEL != 2;

template <class T> using Wider = std::conditional_t<std::is_same_v<T, float>, double, long double>;

template <class Op, class T> std::vector<T> map(const std::vector<T>& x) {
  std::vector<T> out(x.size());
  for (size_t i = 0; i < x.size(); i += Vec<T>::kLanes) {
    const int64_t n = static_cast<int64_t>(x.size() - i);
    store_partial(&out[i], Op::apply(load_partial(&x[i], n)), n);
  }
  return out;
}
template <class Op, class T> std::vector<T> map(const std::vector<T>& x, const std::vector<T>& y) {
  std::vector<T> out(x.size());
  for (size_t i = 0; i < x.size(); i += Vec<T>::kLanes) {
    const int64_t n = static_cast<int64_t>(x.size() - i);
    store_partial(&out[i], Op::apply(load_partial(&x[i], n), load_partial(&y[i], n)), n);
  }
  return out;
}
template <class Op, class T> T one(T x) { return map<Op>(std::vector<T>{x})[0]; }
template <class Op, class T> T one(T x, T y) { return map<Op>(std::vector<T>{x}, std::vector<T>{y})[0]; }

// Distance from the true value in units of the last place that T has there.
template <class T> double ulps(T got, Wider<T> expected) {
  if (std::isnan(expected)) return std::isnan(got) ? 0 : HUGE_VAL;
  const T rounded = static_cast<T>(expected);
  if (std::isinf(rounded) || std::isinf(got)) {
    if (got == rounded) return 0;
    // The largest number and infinity are one apart.
    return std::abs(std::isinf(got) ? rounded : got) == std::numeric_limits<T>::max() ? 1 : HUGE_VAL;
  }
  const int exponent = std::max(expected == 0 ? -100000 : std::ilogb(expected), std::numeric_limits<T>::min_exponent - 1);
  const Wider<T> ulp = std::ldexp(Wider<T>(1), exponent - std::numeric_limits<T>::digits + 1);
  return static_cast<double>(std::abs((static_cast<Wider<T>>(got) - expected) / ulp));
}

// Every stride-th bit pattern of float; random patterns and a dense sweep of the interesting range of double.
template <class T> std::vector<T> samples();
template <> std::vector<float> samples<float>() {
  std::vector<float> x;
  for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += 2'999) x.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
  for (int i = -400'000; i < 400'000; ++i) x.push_back(static_cast<float>(i) * 2.7e-4f);
  return x;
}
template <> std::vector<double> samples<double>() {
  std::vector<double> x;
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) x.push_back(std::bit_cast<double>(random()));
  for (int i = -300'000; i < 300'000; ++i) x.push_back(i * 2.5e-3);
  for (int i = -200'000; i < 200'000; ++i) x.push_back(i * 2.7e-5);
  return x;
}

template <class Op, class T, class Reference> void expect_within(double bound, const Reference& reference) {
  const std::vector<T> x = samples<T>();
  const std::vector<T> y = map<Op>(x);
  double worst = 0;
  T at = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double error = ulps<T>(y[i], reference(static_cast<Wider<T>>(x[i])));
    if (error > worst) worst = error, at = x[i];
  }
  ::testing::Test::RecordProperty("ulp", std::to_string(worst));
  EXPECT_LE(worst, kHasFma ? bound : 2 * bound + 2)
      << "at " << at << ": got " << one<Op>(at) << ", expected " << reference(static_cast<Wider<T>>(at));
}

template <class T> bool same_value(T a, T b) { return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b)); }
#define EXPECT_SAME(got, expected) \
  EXPECT_TRUE(same_value<TypeParam>(got, expected)) << #got " = " << (got) << ", expected " << (expected)

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
