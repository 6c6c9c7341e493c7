// The vector type: partial loads and stores, integer and NaN semantics, and reductions that do not know the register's width.
#include "cpu/vec.h"

#include "cpu/vec_half.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace dlx::cpu::DLX_ISA {
namespace {

template <class T> class VecOf : public ::testing::Test {};
using Scalars = ::testing::Types<float, double, int8_t, int16_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t>;
TYPED_TEST_SUITE(VecOf, Scalars);

TYPED_TEST(VecOf, PartialLoadsAndStoresTouchNothingElse) {
  using T = TypeParam;
  constexpr int kLanes = Vec<T>::kLanes;
  for (int n = 0; n <= kLanes; ++n) {
    std::vector<T> from(static_cast<size_t>(n)), to(static_cast<size_t>(kLanes) + 1, T(77));  // a sanitizer sees reads past `from`
    for (int i = 0; i < n; ++i) from[static_cast<size_t>(i)] = static_cast<T>(i + 1);
    const Vec<T> x = load_partial(from.data(), n);
    for (int i = 0; i < kLanes; ++i) EXPECT_EQ(x.v[i], i < n ? static_cast<T>(i + 1) : T(0));
    store_partial(to.data(), x, n);
    for (int i = 0; i <= kLanes; ++i) EXPECT_EQ(to[static_cast<size_t>(i)], i < n ? static_cast<T>(i + 1) : T(77));
  }
}

TYPED_TEST(VecOf, ComparesAndSelects) {
  using T = TypeParam;
  const Vec<T> x = iota<T>();
  const auto low = x < T(1);
  EXPECT_EQ(low.v[0], -1);
  EXPECT_EQ(low.v[1], 0);
  EXPECT_TRUE(any(low));
  EXPECT_FALSE(any(x > T(100)));
  const Vec<T> y = select(low, Vec<T>(T(9)), x);
  EXPECT_EQ(y.v[0], T(9));
  EXPECT_EQ(y.v[1], T(1));
  EXPECT_EQ(maximum(x, Vec<T>(T(1))).v[0], T(1));
  EXPECT_EQ(minimum(x, Vec<T>(T(1))).v[0], T(0));
  EXPECT_EQ(rotated<1>(x).v[0], T(1));
  EXPECT_EQ(rotated<1>(x).v[Vec<T>::kLanes - 1], T(0));
}

TEST(Vec, IntegersWrap) {
  const int8_t lowest = std::numeric_limits<int8_t>::min();
  EXPECT_EQ(abs(Vec<int8_t>(lowest)).v[0], lowest);
  EXPECT_EQ((Vec<int8_t>(int8_t(127)) + Vec<int8_t>(int8_t(1))).v[0], lowest);
  EXPECT_EQ(abs(Vec<int64_t>(-5)).v[0], 5);
  EXPECT_TRUE((Vec<uint8_t>(uint8_t(200)) > Vec<uint8_t>(uint8_t(100))).v[0] != 0);
  EXPECT_EQ(mul_low_halves(Vec<uint64_t>(0xffffffffffffffffu), Vec<uint64_t>(0xfffffffeu)).v[0], 0xffffffffull * 0xfffffffeull);
}

TEST(Vec, RoundsAsNamed) {
  EXPECT_EQ(floor(Vec<float>(-1.5f)).v[0], -2);
  EXPECT_EQ(ceil(Vec<float>(-1.5f)).v[0], -1);
  EXPECT_EQ(trunc(Vec<double>(-1.5)).v[0], -1);
  EXPECT_EQ(round(Vec<double>(2.5)).v[0], 2);
  EXPECT_EQ(sqrt(Vec<double>(2)).v[0], std::sqrt(2.0));
  EXPECT_TRUE(std::signbit(Vec<float>(-0.0f).v[0]));
  EXPECT_EQ(scale_by_power_of_two(Vec<float>(1.5f), Vec<float>(-149)).v[0], 0x1p-148f);  // 1.5 to even
  EXPECT_EQ(scale_by_power_of_two(Vec<double>(1), Vec<double>(-1074)).v[0], 0x1p-1074);
  EXPECT_EQ(scale_by_power_of_two(Vec<double>(0.75), Vec<double>(1024)).v[0], 0x1.8p1023);
#if DLX_ISA_LEVEL != 2
  EXPECT_NE(fma(Vec<float>(1 + 0x1p-12f), Vec<float>(1 + 0x1p-12f), Vec<float>(-1 - 0x1p-11f)).v[0], 0);
#endif
}

TEST(Vec, NaNWins) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const auto& [a, b] : {std::pair{nan, 1.f}, std::pair{1.f, nan}, std::pair{nan, nan}}) {
    EXPECT_TRUE(std::isnan(maximum(Vec<float>(a), Vec<float>(b)).v[0]));
    EXPECT_TRUE(std::isnan(minimum(Vec<float>(a), Vec<float>(b)).v[0]));
  }
}

// Every upper half with lower halves around the middle: the same bits as core/dtype.h gives, NaN included, in pairs and alone.
template <class H> void expect_rounded_as_one_by_one() {
  std::vector<float> from;
  for (uint32_t high = 0; high < 0x10000; ++high)
    for (const uint32_t low : {0u, 1u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu}) from.push_back(std::bit_cast<float>(high << 16 | low));
  from.push_back(1.5f);  // a rest after whole registers
  std::vector<H> to(from.size()), alone(from.size());
  const auto n = static_cast<int64_t>(from.size());
  map_row(to.data(), n, [&](int64_t i, auto lanes) { return load_partial(from.data() + i, lanes); });
  each_register<float>(n, [&](int64_t i, auto lanes) { store_lanes(alone.data() + i, load_partial(from.data() + i, lanes), lanes); });
  for (size_t i = 0; i < from.size(); ++i) {
    const H expected(from[i]);
    ASSERT_EQ(to[i].bits, expected.bits) << from[i];
    ASSERT_EQ(alone[i].bits, expected.bits) << from[i];
    const float back = load_lanes(&to[i], 1).v[0], wide = static_cast<float>(expected);
    ASSERT_EQ(std::bit_cast<uint32_t>(back), std::bit_cast<uint32_t>(wide)) << from[i];
  }
}
TEST(Halves, RoundAsOneByOne) {
  expect_rounded_as_one_by_one<BFloat16>();
  expect_rounded_as_one_by_one<Half>();
}

// What a reduction along memory is: 64 bytes x 4 lanes, then halving. Written with scalars here.
template <class T> T sum_by_definition(const std::vector<T>& x) {
  constexpr size_t kLanes = 4 * 64 / sizeof(T);
  std::vector<T> lane(kLanes, 0);
  for (size_t i = 0; i < x.size(); ++i) lane[i % kLanes] += x[i];
  for (size_t half = kLanes / 2; half >= 1; half /= 2)
    for (size_t i = 0; i < half; ++i) lane[i] += lane[i + half];
  return lane[0];
}
template <class T> T sum_of(const std::vector<T>& x) {
  Wide<T> sum(Vec<T>(T(0)));
  along<T>(static_cast<int64_t>(x.size()), [&](int k, int64_t i, auto lanes) { sum.r[k] += load_partial(x.data() + i, lanes); });
  return sum.fold([](auto a, auto b) { return a + b; });
}
template <class T> void expect_sums_by_definition() {
  for (size_t n = 0; n < 300; ++n) {
    std::vector<T> x(n);
    for (size_t i = 0; i < n; ++i) x[i] = static_cast<T>(std::sin(static_cast<double>(i * i)) * std::exp(static_cast<double>(i % 17)));
    EXPECT_EQ(sum_of(x), sum_by_definition(x)) << n;
  }
}
TEST(Wide, SumsInOneOrderOnEveryLevel) {
  expect_sums_by_definition<float>();
  expect_sums_by_definition<double>();
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
