// The formulas of kernels/math.h against the C library in the next wider type: error in ulp over all float bit patterns by a
// stride, special values, and the same bits in whole and in partial registers.
#include "cpu/math_helpers.h"

namespace dlx::cpu::DLX_ISA {
namespace {

const auto exp_of = [](auto x) { return std::exp(x); };
const auto log_of = [](auto x) { return std::log(x); };
const auto tanh_of = [](auto x) { return std::tanh(x); };
const auto sigmoid_of = [](auto x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); };

TEST(Math, ExpFloat) { expect_within<Exp, float>(1.1, exp_of); }
TEST(Math, ExpDouble) { expect_within<Exp, double>(1.1, exp_of); }
TEST(Math, LogFloat) { expect_within<Log, float>(1.1, log_of); }
TEST(Math, LogDouble) { expect_within<Log, double>(1.1, log_of); }
TEST(Math, TanhFloat) { expect_within<Tanh, float>(2, tanh_of); }
TEST(Math, TanhDouble) { expect_within<Tanh, double>(2, tanh_of); }
TEST(Math, SigmoidFloat) { expect_within<Sigmoid, float>(2.5, sigmoid_of); }
TEST(Math, SigmoidDouble) { expect_within<Sigmoid, double>(2.5, sigmoid_of); }
TEST(Math, SqrtFloat) { expect_within<Sqrt, float>(0.5, [](auto x) { return std::sqrt(x); }); }
TEST(Math, RsqrtFloat) { expect_within<Rsqrt, float>(1.5, [](auto x) { return 1 / std::sqrt(x); }); }

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
  EXPECT_LE(worst, kHasFma ? bound : 2000) << "at pow(" << x[at] << ", " << y[at] << ") = " << z[at];
}
TEST(Math, PowFloat) { expect_pow_within<float>(1.5); }
TEST(Math, PowDouble) { expect_pow_within<double>(1.5); }

template <class T> class Special : public ::testing::Test {};
using Floats = ::testing::Types<float, double>;
TYPED_TEST_SUITE(Special, Floats);

TYPED_TEST(Special, Values) {
  using T = TypeParam;
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN(), zero = 0, tiny = std::numeric_limits<T>::denorm_min();
  EXPECT_SAME(one<Exp>(inf), inf);
  EXPECT_SAME(one<Exp>(-inf), zero);
  EXPECT_SAME(one<Exp>(nan), nan);
  EXPECT_SAME(one<Exp>(-zero), T(1));
  EXPECT_SAME(one<Exp>(T(-1000)), zero);
  EXPECT_SAME(one<Log>(zero), -inf);
  EXPECT_SAME(one<Log>(-zero), -inf);
  EXPECT_SAME(one<Log>(inf), inf);
  EXPECT_SAME(one<Log>(T(-1)), nan);
  EXPECT_SAME(one<Log>(-inf), nan);
  EXPECT_SAME(one<Log>(nan), nan);
  EXPECT_SAME(one<Log>(T(1)), zero);
  EXPECT_SAME(one<Tanh>(-zero), -zero);
  EXPECT_SAME(one<Tanh>(zero), zero);
  EXPECT_SAME(one<Tanh>(inf), T(1));
  EXPECT_SAME(one<Tanh>(-inf), T(-1));
  EXPECT_SAME(one<Tanh>(nan), nan);
  EXPECT_SAME(one<Tanh>(tiny), tiny);
  EXPECT_SAME(one<Tanh>(-tiny), -tiny);
  EXPECT_SAME(one<Sigmoid>(inf), T(1));
  EXPECT_SAME(one<Sigmoid>(-inf), zero);
  EXPECT_SAME(one<Sigmoid>(nan), nan);
  EXPECT_SAME(one<Sigmoid>(zero), T(0.5));
  EXPECT_SAME(one<Sqrt>(-zero), -zero);
  EXPECT_SAME(one<Sqrt>(T(-1)), nan);
  EXPECT_SAME(one<Rsqrt>(zero), inf);
  EXPECT_SAME(one<Relu>(nan), nan);
  EXPECT_SAME(one<Relu>(T(-3)), zero);
  EXPECT_SAME(one<Maximum>(nan, T(1)), nan);
  EXPECT_SAME(one<Maximum>(T(1), nan), nan);
  EXPECT_SAME(one<Minimum>(nan, T(1)), nan);
  EXPECT_SAME(one<Minimum>(T(1), nan), nan);
}

TYPED_TEST(Special, PowOfEveryPair) {
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
      } else if (kHasFma) {
        EXPECT_LE(ulps<T>(got, std::pow(static_cast<Wider<T>>(x), static_cast<Wider<T>>(y))), 1.5) << "pow(" << x << ", " << y << ")";
      }
    }
}

TYPED_TEST(Special, TailsHaveTheSameBitsAsWholeRegisters) {
  using T = TypeParam;
  std::vector<T> x(3 * Vec<T>::kLanes);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(i) * T(0.37) - T(3);
  const std::vector<T> whole = map<Tanh>(x), power = map<Pow>(x, x);
  for (size_t i = 0; i < x.size(); ++i) {
    const T alone = one<Tanh>(x[i]), alone_power = one<Pow>(x[i], x[i]);
    EXPECT_EQ(std::memcmp(&alone, &whole[i], sizeof(T)), 0);
    EXPECT_TRUE(same_value(alone_power, power[i]));
  }
}

TYPED_TEST(Special, DerivativesOfTheForwardValue) {
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
