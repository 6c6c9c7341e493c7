// The formulas of kernels/math_activation.h against the C library in the next wider type: error in ulp over float bit patterns by a
// stride, and what they make of the infinities, NaN and signed zeros.
#include "cpu/vec.h"
#include "kernels/math_activation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr bool kHasFma = DLX_ISA_LEVEL != 2;  // without it a product's low part is lost

template <class T> using Wider = std::conditional_t<std::is_same_v<T, float>, double, long double>;

template <class F, class T> T one(F f, T x) { return f.apply(Vec<T>(x)).v[0]; }

// Distance from the true value in units of the last place that T has there.
template <class T> double ulps(T got, Wider<T> expected) {
  if (std::isnan(expected)) return std::isnan(got) ? 0 : HUGE_VAL;
  const T rounded = static_cast<T>(expected);
  if (std::isinf(rounded) || std::isinf(got)) return got == rounded ? 0 : HUGE_VAL;
  const int exponent = std::max(expected == 0 ? -100000 : std::ilogb(expected), std::numeric_limits<T>::min_exponent - 1);
  const Wider<T> ulp = std::ldexp(Wider<T>(1), exponent - std::numeric_limits<T>::digits + 1);
  return static_cast<double>(std::abs((static_cast<Wider<T>>(got) - expected) / ulp));
}

// Every float by a stride of its bits, and a dense sweep where the functions bend.
template <class T> std::vector<T> samples(double low, double high) {
  std::vector<T> x;
  if constexpr (std::is_same_v<T, float>)
    for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += 4'001) x.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
  for (int i = 0; i < 300'000; ++i) x.push_back(static_cast<T>(low + (high - low) * i / 300'000.0));
  std::erase_if(x, [&](T v) { return !(v >= static_cast<T>(low) && v <= static_cast<T>(high)); });
  return x;
}

template <class T, class F, class Reference> void expect_within(double bound, F f, const Reference& reference, double low, double high) {
  double worst = 0;
  T at = 0;
  for (const T x : samples<T>(low, high)) {
    const double error = ulps<T>(one(f, x), reference(static_cast<Wider<T>>(x)));
    if (error > worst) worst = error, at = x;
  }
  ::testing::Test::RecordProperty("ulp", std::to_string(worst));
  EXPECT_LE(worst, kHasFma ? bound : 1000 * bound) << "at " << at << ": got " << one(f, at) << ", expected " << reference(static_cast<Wider<T>>(at));
}

constexpr double kMax = std::numeric_limits<float>::max();
const auto gelu_of = [](auto x) { return x / 2 * std::erfc(-x / std::sqrt(decltype(x)(2))); };
const auto cdf_of = [](auto x) { return std::erfc(-x / std::sqrt(decltype(x)(2))) / 2; };
const auto gelu_tanh_of = [](auto x) {
  using W = decltype(x);
  const W u = 2 * std::sqrt(2 / std::acos(W(-1))) * (x + W(0.044715L) * x * x * x);
  return u < 0 ? x * std::exp(u) / (1 + std::exp(u)) : x / (1 + std::exp(-u));
};
const auto silu_of = [](auto x) { return x < 0 ? x * std::exp(x) / (1 + std::exp(x)) : x / (1 + std::exp(-x)); };
const auto softplus_of = [](auto x) { return std::max(x, decltype(x)(0)) + std::log1p(std::exp(-std::abs(x))); };
const auto mish_of = [](auto x) { return x * std::tanh(softplus_of(x)); };
const auto elu_of = [](auto x) { return x > 0 ? x : std::expm1(x); };
const Softplus kSoftplus{1, 1e300};
const Elu kElu{1, 1, 1};

TEST(Activation, GeluAboveZero) { expect_within<float>(4, Gelu(), gelu_of, 0, kMax); }
TEST(Activation, GeluDownToMinusThree) { expect_within<float>(16, Gelu(), gelu_of, -3, 0); }
TEST(Activation, GeluBelow) { expect_within<float>(16, Gelu(), gelu_of, -kMax, -3); }
TEST(Activation, GeluDouble) { expect_within<double>(32, Gelu(), gelu_of, -37, 40); }
TEST(Activation, NormalCdf) { expect_within<float>(32, NormalCdf(), cdf_of, -12.9, 40); }
TEST(Activation, NormalCdfDouble) { expect_within<double>(32, NormalCdf(), cdf_of, -37, 40); }
TEST(Activation, GeluTanhAboveZero) { expect_within<float>(4, GeluTanh(), gelu_tanh_of, 0, 1e10); }
TEST(Activation, GeluTanhDownToMinusThree) { expect_within<float>(8, GeluTanh(), gelu_tanh_of, -3, 0); }
TEST(Activation, GeluTanhBelow) { expect_within<float>(16, GeluTanh(), gelu_tanh_of, -1e10, -3); }
TEST(Activation, GeluTanhDouble) { expect_within<double>(16, GeluTanh(), gelu_tanh_of, -21, 40); }
TEST(Activation, Silu) { expect_within<float>(3, Silu(), silu_of, -kMax, kMax); }
TEST(Activation, SiluDouble) { expect_within<double>(3, Silu(), silu_of, -800, 800); }
TEST(Activation, Softplus) { expect_within<float>(3, kSoftplus, softplus_of, -kMax, kMax); }
TEST(Activation, SoftplusDouble) { expect_within<double>(3, kSoftplus, softplus_of, -800, 800); }
TEST(Activation, LogSigmoid) { expect_within<float>(3, LogSigmoid(), [](auto x) { return -softplus_of(-x); }, -kMax, kMax); }
TEST(Activation, Mish) { expect_within<float>(3, Mish(), mish_of, -kMax, kMax); }
TEST(Activation, MishDouble) { expect_within<double>(3, Mish(), mish_of, -800, 800); }
TEST(Activation, Elu) { expect_within<float>(2, kElu, elu_of, -kMax, kMax); }
TEST(Activation, EluDouble) { expect_within<double>(2, kElu, elu_of, -800, 800); }

template <class T> bool same_value(T a, T b) { return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b)); }
template <class F> void expect_values(F f, float at_infinity, float at_minus_infinity, float at_minus_zero) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(same_value(one(f, inf), at_infinity)) << one(f, inf);
  EXPECT_TRUE(same_value(one(f, -inf), at_minus_infinity)) << one(f, -inf);
  EXPECT_TRUE(same_value(one(f, -0.0f), at_minus_zero)) << one(f, -0.0f);
  EXPECT_TRUE(std::isnan(one(f, nan)));
}
TEST(Activation, LimitsAndNan) {
  const float inf = std::numeric_limits<float>::infinity();
  expect_values(Gelu(), inf, -0.0f, -0.0f);
  expect_values(GeluTanh(), inf, -0.0f, -0.0f);
  expect_values(Silu(), inf, -0.0f, -0.0f);
  expect_values(Mish(), inf, -0.0f, -0.0f);
  expect_values(kSoftplus, inf, 0, std::log(2.0f));
  expect_values(LogSigmoid(), 0, -inf, -std::log(2.0f));
  expect_values(kElu, inf, -1, -0.0f);
  expect_values(LeakyRelu{0.5}, inf, -inf, -0.0f);
  expect_values(Hardtanh{-1, 1}, 1, -1, -0.0f);
  expect_values(Hardsigmoid(), 1, 0, 0.5f);
  expect_values(Hardswish(), inf, -0.0f, -0.0f);
  expect_values(Hardshrink{0.5}, inf, -inf, 0);
  expect_values(Softshrink{0.5}, inf, -inf, -0.0f);
  expect_values(Threshold{0.1, 20}, inf, 20, 20);
}
TEST(Activation, DerivativesAtTheInfinities) {
  const float inf = std::numeric_limits<float>::infinity();
  const auto slope = [](auto f, float x) { return f.gradient(Vec<float>(1.0f), Vec<float>(x)).v[0]; };
  const auto expect_slopes = [&](auto f, float above, float below) {
    EXPECT_EQ(slope(f, inf), above);
    EXPECT_EQ(slope(f, 1e30f), above);
    EXPECT_EQ(slope(f, -inf), below);
    EXPECT_EQ(slope(f, -1e30f), below);
  };
  expect_slopes(Gelu(), 1, 0);
  expect_slopes(GeluTanh(), 1, 0);
  expect_slopes(Silu(), 1, 0);
  expect_slopes(Mish(), 1, 0);
  expect_slopes(kSoftplus, 1, 0);
  expect_slopes(LogSigmoid(), 0, 1);
  expect_slopes(kElu, 1, 0);
  expect_slopes(Hardswish(), 1, 0);
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
