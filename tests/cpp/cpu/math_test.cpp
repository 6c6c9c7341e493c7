// Functions of two numbers in kernels/math*.h, derivatives, and what the table of math_functions_test.cpp does not hold.
#include "cpu/math_helpers.h"
#include "kernels/math_division.h"
#include "kernels/math_special.h"

namespace dlx::cpu::DLX_ISA {
namespace {

template <class T> void expect_sin_cos_within(double bound) {
  const double pi = std::acos(-1.0);
  double worst = 0;
  for (int i = 0; i <= 4096; ++i) {
    const T v = static_cast<T>(i) / 4096;
    const SinCos<Vec<T>> got = sin_cos_of_turns(Vec<T>(v));
    worst = std::max({worst, std::abs(static_cast<double>(got.sin.v[0]) - std::sin(2 * pi * static_cast<double>(v))),
                      std::abs(static_cast<double>(got.cos.v[0]) - std::cos(2 * pi * static_cast<double>(v)))});
  }
  EXPECT_LE(worst, bound);
}
TEST(Math, SinCosOfTurnsFloat) { expect_sin_cos_within<float>(1e-7); }
TEST(Math, SinCosOfTurnsDouble) { expect_sin_cos_within<double>(1e-15); }

template <class T> void expect_pow_within(double bound) {
  std::mt19937_64 random(2);
  std::uniform_real_distribution<double> exponent(-1, 1), unit(0, 1);
  std::vector<T> x, y;
  const double range = std::is_same_v<T, float> ? 127 : 1022;
  for (int i = 0; i < 300'000; ++i) {
    const double e = exponent(random) * (i % 3 == 0 ? 1 : range);  // a third of the bases in [1/2, 2]
    x.push_back(static_cast<T>(std::exp2(e)));
    // Half of the results near the ends of the range, where an error of the logarithm is magnified most.
    const double goal = range * (i % 2 == 0 ? exponent(random) : std::copysign(1 - 0.03 * unit(random), exponent(random)));
    y.push_back(static_cast<T>(goal / (e == 0 ? 1 : e)));
  }
  for (int i = 0; i < 10'000; ++i) x.push_back(static_cast<T>(-i % 100)), y.push_back(static_cast<T>(i % 37 - 18));
  const std::vector<T> z = map<Pow>(x, y);
  double worst = 0;
  size_t at = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double error = ulps<T>(z[i], std::pow(static_cast<Wider<T>>(x[i]), static_cast<Wider<T>>(y[i])));
    if (error > worst) worst = error, at = i;
  }
  ::testing::Test::RecordProperty("ulp", std::to_string(worst));
  EXPECT_LE(worst, bound) << "at pow(" << x[at] << ", " << y[at] << ") = " << z[at];
}
TEST(Math, PowFloat) { expect_pow_within<float>(1.5); }
TEST(Math, PowDouble) { expect_pow_within<double>(1.5); }

template <class T> class Pairs : public ::testing::Test {};
using Floats = ::testing::Types<float, double>;
TYPED_TEST_SUITE(Pairs, Floats);

TYPED_TEST(Pairs, PowOfEveryPair) {
  using T = TypeParam;
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const T values[] = {0,   -T(0), 1,   -1,  2,    -2,   3,     -3,  T(0.5), T(-0.5), T(1.5),        T(-1.5), T(1e30),
                      nan, inf,   -inf, 127, -127, 1e10, -1e10, T(3e7) + 1, std::numeric_limits<T>::denorm_min(),
                      std::numeric_limits<T>::max(), -std::numeric_limits<T>::max(), std::numeric_limits<T>::min()};
  for (const T x : values)
    for (const T y : values) {
      const T got = one<Pow>(x, y), expected = std::pow(x, y);
      if (!std::isfinite(expected) || expected == 0) {
        EXPECT_SAME(got, expected) << " for pow(" << x << ", " << y << ")";
      } else {
        EXPECT_LE(ulps<T>(got, std::pow(static_cast<Wider<T>>(x), static_cast<Wider<T>>(y))), 1.5) << "pow(" << x << ", " << y << ")";
      }
    }
}

TYPED_TEST(Pairs, TailsHaveTheSameBitsAsWholeRegisters) {
  using T = TypeParam;
  std::vector<T> x(3 * Vec<T>::kLanes);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(i) * T(0.37) - T(3);
  const std::vector<T> power = map<Pow>(x, x);
  for (size_t i = 0; i < x.size(); ++i) EXPECT_SAME(one<Pow>(x[i], x[i]), power[i]);
}

template <class T> std::vector<T> corners() {
  using L = std::numeric_limits<T>;
  std::vector<T> values = {0, T(0.5), 1, T(1.5), 2, 3, 7, T(0.1), T(1e10), T(1e-10), T(1e30), T(3e-30), L::max(), L::min(), L::denorm_min(), L::infinity(), L::quiet_NaN()};
  const size_t n = values.size();
  for (size_t i = 0; i < n; ++i) values.push_back(-values[i]);
  return values;
}
template <class T> T floor_mod(T a, T b) {
  const T r = std::fmod(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
TYPED_TEST(Pairs, RemaindersAreExact) {
  using T = TypeParam;
  for (const T a : corners<T>())
    for (const T b : corners<T>()) {
      EXPECT_SAME(one<Fmod>(a, b), std::fmod(a, b)) << " for " << a << ", " << b;
      EXPECT_SAME(one<Remainder>(a, b), floor_mod(a, b)) << " for " << a << ", " << b;
    }
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  for (int i = 0; i < 100'000; ++i) {
    const T a = static_cast<T>(normal(random) * std::exp2(40 * normal(random) * (i % 3))), b = static_cast<T>(normal(random) * std::exp2(normal(random)));
    ASSERT_TRUE(same_value(one<Fmod>(a, b), std::fmod(a, b))) << a << ", " << b;
    const T k = static_cast<T>(static_cast<int>(random() % 2000) - 1000) * b;  // near whole quotients
    ASSERT_TRUE(same_value(one<Fmod>(k, b), std::fmod(k, b))) << k << ", " << b;
  }
}
TYPED_TEST(Pairs, Atan2AndHypot) {
  using T = TypeParam;
  double worst_angle = 0, worst_length = 0;
  const auto look = [&](T a, T b) {
    const Wider<T> wa = a, wb = b;
    const double angle = ulps<T>(one<Atan2>(a, b), std::atan2(wa, wb)), length = ulps<T>(one<Hypot>(a, b), std::hypot(wa, wb));
    EXPECT_LE(angle, 2.5) << "atan2(" << a << ", " << b << ") = " << one<Atan2>(a, b);
    EXPECT_LE(length, 1.2) << "hypot(" << a << ", " << b << ") = " << one<Hypot>(a, b);
    EXPECT_TRUE(std::signbit(one<Atan2>(a, b)) == std::signbit(std::atan2(a, b)) || a != a || b != b) << a << ", " << b;
    worst_angle = std::max(worst_angle, angle);
    worst_length = std::max(worst_length, length);
  };
  for (const T a : corners<T>())
    for (const T b : corners<T>()) look(a, b);
  std::mt19937_64 random(6);
  std::normal_distribution<double> normal;
  for (int i = 0; i < 50'000; ++i) look(static_cast<T>(normal(random)), static_cast<T>(normal(random) * std::exp2(4 * normal(random))));
  ::testing::Test::RecordProperty("ulp", std::to_string(worst_angle) + " " + std::to_string(worst_length));
}
TYPED_TEST(Pairs, SpecialValues) {
  using T = TypeParam;
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  EXPECT_SAME(one<Logaddexp>(-inf, -inf), -inf);
  EXPECT_SAME(one<Logaddexp>(inf, -inf), inf);
  EXPECT_SAME(one<Logaddexp2>(inf, inf), inf);
  EXPECT_SAME(one<Xlogy>(T(0), T(0)), T(0));
  EXPECT_SAME(one<Xlogy>(T(0), nan), nan);
  EXPECT_SAME(one<Maximum>(nan, T(1)), nan);
  EXPECT_SAME(one<Minimum>(T(1), nan), nan);
  EXPECT_SAME(one<Hypot>(inf, nan), inf);
  EXPECT_SAME(one<Relu>(nan), nan);
}

TYPED_TEST(Pairs, DerivativesOfTheForwardValue) {
  using T = TypeParam;
  const auto gradient = [](auto op, T x, T y) { return decltype(op)::gradient(Vec<T>(T(1)), Vec<T>(x), Vec<T>(y)).v[0]; };
  const T x = T(0.7);
  EXPECT_NEAR(gradient(Exp(), x, std::exp(x)), std::exp(x), 1e-6);
  EXPECT_NEAR(gradient(Log(), x, std::log(x)), 1 / x, 1e-6);
  EXPECT_NEAR(gradient(Sqrt(), x, std::sqrt(x)), T(0.5) / std::sqrt(x), 1e-6);
  EXPECT_NEAR(gradient(Rsqrt(), x, 1 / std::sqrt(x)), T(-0.5) / (x * std::sqrt(x)), 1e-6);
  EXPECT_NEAR(gradient(Tanh(), x, std::tanh(x)), 1 - std::tanh(x) * std::tanh(x), 1e-6);
  EXPECT_NEAR(gradient(Sigmoid(), x, T(0.25)), T(0.1875), 1e-6);
  EXPECT_EQ(gradient(Relu(), x, x), T(1));
  EXPECT_EQ(gradient(Relu(), -x, T(0)), T(0));
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
