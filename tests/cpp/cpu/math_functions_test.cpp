// The formulas of kernels/math_exp.h, math_trig.h, math_special.h and math_division.h, as math_test.cpp does for math.h.
#include "cpu/math_helpers.h"
#include "kernels/math_division.h"
#include "kernels/math_special.h"

namespace dlx::cpu::DLX_ISA {
namespace {

TEST(Functions, Exp2Float) { expect_within<Exp2, float>(1.1, [](auto x) { return std::exp2(x); }); }
TEST(Functions, Exp2Double) { expect_within<Exp2, double>(1.1, [](auto x) { return std::exp2(x); }); }
TEST(Functions, Expm1Float) { expect_within<Expm1, float>(1.5, [](auto x) { return std::expm1(x); }); }
TEST(Functions, Expm1Double) { expect_within<Expm1, double>(1.5, [](auto x) { return std::expm1(x); }); }
TEST(Functions, Log2Float) { expect_within<Log2, float>(1.1, [](auto x) { return std::log2(x); }); }
TEST(Functions, Log2Double) { expect_within<Log2, double>(1.1, [](auto x) { return std::log2(x); }); }
TEST(Functions, Log10Float) { expect_within<Log10, float>(1.1, [](auto x) { return std::log10(x); }); }
TEST(Functions, Log10Double) { expect_within<Log10, double>(1.1, [](auto x) { return std::log10(x); }); }
TEST(Functions, Log1pFloat) { expect_within<Log1p, float>(1.1, [](auto x) { return std::log1p(x); }); }
TEST(Functions, Log1pDouble) { expect_within<Log1p, double>(1.1, [](auto x) { return std::log1p(x); }); }
TEST(Functions, SinhFloat) { expect_within<Sinh, float>(2.5, [](auto x) { return std::sinh(x); }); }
TEST(Functions, SinhDouble) { expect_within<Sinh, double>(2.5, [](auto x) { return std::sinh(x); }); }
TEST(Functions, CoshFloat) { expect_within<Cosh, float>(2, [](auto x) { return std::cosh(x); }); }
TEST(Functions, CoshDouble) { expect_within<Cosh, double>(2, [](auto x) { return std::cosh(x); }); }
TEST(Functions, AsinhFloat) { expect_within<Asinh, float>(3, [](auto x) { return std::asinh(x); }); }
TEST(Functions, AsinhDouble) { expect_within<Asinh, double>(3, [](auto x) { return std::asinh(x); }); }
TEST(Functions, AcoshFloat) { expect_within<Acosh, float>(3, [](auto x) { return std::acosh(x); }); }
TEST(Functions, AcoshDouble) { expect_within<Acosh, double>(3, [](auto x) { return std::acosh(x); }); }
TEST(Functions, AtanhFloat) { expect_within<Atanh, float>(3, [](auto x) { return std::atanh(x); }); }
TEST(Functions, AtanhDouble) { expect_within<Atanh, double>(3, [](auto x) { return std::atanh(x); }); }
TEST(Functions, SinFloat) { expect_within<Sin, float>(1.1, [](auto x) { return std::sin(x); }); }
TEST(Functions, SinDouble) { expect_within<Sin, double>(1.1, [](auto x) { return std::sin(x); }); }
TEST(Functions, CosFloat) { expect_within<Cos, float>(1.1, [](auto x) { return std::cos(x); }); }
TEST(Functions, CosDouble) { expect_within<Cos, double>(1.1, [](auto x) { return std::cos(x); }); }
TEST(Functions, TanFloat) { expect_within<Tan, float>(3, [](auto x) { return std::tan(x); }); }
TEST(Functions, TanDouble) { expect_within<Tan, double>(3, [](auto x) { return std::tan(x); }); }
TEST(Functions, AsinFloat) { expect_within<Asin, float>(2, [](auto x) { return std::asin(x); }); }
TEST(Functions, AsinDouble) { expect_within<Asin, double>(2, [](auto x) { return std::asin(x); }); }
TEST(Functions, AcosFloat) { expect_within<Acos, float>(2, [](auto x) { return std::acos(x); }); }
TEST(Functions, AcosDouble) { expect_within<Acos, double>(2, [](auto x) { return std::acos(x); }); }
TEST(Functions, AtanFloat) { expect_within<Atan, float>(2, [](auto x) { return std::atan(x); }); }
TEST(Functions, AtanDouble) { expect_within<Atan, double>(2, [](auto x) { return std::atan(x); }); }
TEST(Functions, ErfFloat) { expect_within<Erf, float>(1.5, [](auto x) { return std::erf(x); }); }
TEST(Functions, ErfDouble) { expect_within<Erf, double>(1.5, [](auto x) { return std::erf(x); }); }

// The exponential of a square needs its rounding error, which takes an fma.
TEST(Functions, ErfcFloat) {
  if (kHasFma) expect_within<Erfc, float>(4.5, [](auto x) { return std::erfc(x); });
}
TEST(Functions, ErfcDouble) {
  if (kHasFma) expect_within<Erfc, double>(5, [](auto x) { return std::erfc(x); });
}
// Back through erf, whose slope at y is 2 / sqrt(pi) e^(-y^2), in the wider type.
template <class T> void expect_erfinv_within(double bound) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> unit(0, 1);
  double worst = 0;
  T at = 0;
  for (int i = 0; i < 100'000; ++i) {
    const T x = static_cast<T>(i % 2 ? unit(random) : 1 - std::exp2(-unit(random) * (std::numeric_limits<T>::digits - 1)));
    if (x >= 1) continue;
    const T y = one<Erfinv>(x);
    Wider<T> true_y = y;
    for (int k = 0; k < 2; ++k)
      true_y -= (x < T(0.5) ? std::erf(true_y) - x : (1 - static_cast<Wider<T>>(x)) - std::erfc(true_y)) * static_cast<Wider<T>>(0.88622692545275801365) * std::exp(true_y * true_y);
    const double error = ulps<T>(y, true_y);
    if (error > worst) worst = error, at = x;
  }
  ::testing::Test::RecordProperty("ulp", std::to_string(worst));
  EXPECT_LE(worst, bound) << "at " << at;
}
TEST(Functions, ErfinvFloat) {
  if (kHasFma) expect_erfinv_within<float>(4);
}
TEST(Functions, ErfinvDouble) {
  if (kHasFma) expect_erfinv_within<double>(5);
}

// Far angles: the most that float and double have, and those next to multiples of pi / 2.
TEST(Functions, FarAngles) {
  std::mt19937_64 random(4);
  double worst = 0;
  for (int i = 0; i < 200'000; ++i) {
    const float x = std::bit_cast<float>(static_cast<uint32_t>(0x47000000u + random() % 0x38800000u));
    worst = std::max({worst, ulps<float>(one<Sin>(x), std::sin(static_cast<double>(x))), ulps<float>(one<Cos>(-x), std::cos(static_cast<double>(x)))});
  }
  EXPECT_LE(worst, kHasFma ? 1.1 : 3.0);
  for (const double x : {6381956970095103.0 * 0x1p797, 1e22, 0x1p1023, 1.7976931348623157e308, 0x1.921fb54442d18p30, 710.0 * 0x1.921fb54442d18p20}) {
    EXPECT_LE(ulps<double>(one<Sin>(x), std::sin(static_cast<long double>(x))), kHasFma ? 1.1 : 3.0) << x;
    EXPECT_LE(ulps<double>(one<Cos>(-x), std::cos(static_cast<long double>(x))), kHasFma ? 1.1 : 3.0) << x;
  }
}

template <class T> class Binary : public ::testing::Test {};
using Floats = ::testing::Types<float, double>;
TYPED_TEST_SUITE(Binary, Floats);

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
TYPED_TEST(Binary, RemaindersAreExact) {
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
TYPED_TEST(Binary, Atan2AndHypot) {
  using T = TypeParam;
  double worst_angle = 0, worst_length = 0;
  const auto look = [&](T a, T b) {
    const Wider<T> wa = a, wb = b;
    const double angle = ulps<T>(one<Atan2>(a, b), std::atan2(wa, wb)), length = ulps<T>(one<Hypot>(a, b), std::hypot(wa, wb));
    EXPECT_LE(angle, kHasFma ? 2.5 : 6) << "atan2(" << a << ", " << b << ") = " << one<Atan2>(a, b);
    EXPECT_LE(length, kHasFma ? 1.1 : 4) << "hypot(" << a << ", " << b << ") = " << one<Hypot>(a, b);
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
TYPED_TEST(Binary, SpecialValues) {
  using T = TypeParam;
  const auto check = [](auto op, auto reference, const char* name) {
    for (const T x : corners<T>()) {
      const T got = one<decltype(op)>(x), expected = static_cast<T>(reference(x));
      if (std::isfinite(expected) && expected != 0) continue;
      EXPECT_TRUE(same_value(got, expected)) << name << "(" << x << ") = " << got << ", expected " << expected;
    }
  };
#define CHECK_SPECIAL(Op, f) check(Op(), [](T x) { return std::f(x); }, #f)
  CHECK_SPECIAL(Exp2, exp2);
  CHECK_SPECIAL(Expm1, expm1);
  CHECK_SPECIAL(Log2, log2);
  CHECK_SPECIAL(Log10, log10);
  CHECK_SPECIAL(Log1p, log1p);
  CHECK_SPECIAL(Sin, sin);
  CHECK_SPECIAL(Cos, cos);
  CHECK_SPECIAL(Tan, tan);
  CHECK_SPECIAL(Asin, asin);
  CHECK_SPECIAL(Acos, acos);
  CHECK_SPECIAL(Atan, atan);
  CHECK_SPECIAL(Sinh, sinh);
  CHECK_SPECIAL(Cosh, cosh);
  CHECK_SPECIAL(Asinh, asinh);
  CHECK_SPECIAL(Acosh, acosh);
  CHECK_SPECIAL(Atanh, atanh);
  CHECK_SPECIAL(Erf, erf);
  CHECK_SPECIAL(Erfc, erfc);
#undef CHECK_SPECIAL
  EXPECT_SAME(one<Erfinv>(T(1)), std::numeric_limits<T>::infinity());
  EXPECT_SAME(one<Erfinv>(T(-1)), -std::numeric_limits<T>::infinity());
  EXPECT_SAME(one<Erfinv>(T(-0.0)), T(-0.0));
  EXPECT_SAME(one<Erfinv>(T(2)), std::numeric_limits<T>::quiet_NaN());
  EXPECT_SAME(one<Log2>(T(8)), T(3));
  EXPECT_SAME(one<Exp2>(T(-3)), T(0.125));
  EXPECT_SAME(one<Sinc>(T(0)), T(1));
  EXPECT_SAME(one<Logaddexp>(-std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity()), -std::numeric_limits<T>::infinity());
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
