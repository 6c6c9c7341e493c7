// What the formulas of kernels/math_activation.h and their derivatives make of the infinities, NaN and signed zeros;
// math_functions_test.cpp has their errors.
#include "cpu/math_helpers.h"
#include "kernels/math_activation.h"

namespace dlx::cpu::DLX_ISA {
namespace {

const Softplus kSoftplus{1, 1e300};
const Elu kElu{1, 1, 1};

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
