#include "core/dtype.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace dlx {
namespace {

template <class T> T of_bits(uint32_t bits) {
  T value;
  value.bits = static_cast<uint16_t>(bits);
  return value;
}
template <class T> float value_of(uint32_t bits) { return static_cast<float>(of_bits<T>(bits)); }
template <class T> uint32_t rounded(float value) { return T(value).bits; }
float below(float x) { return std::nextafter(x, -HUGE_VALF); }
float above(float x) { return std::nextafter(x, HUGE_VALF); }

// Of binary formats with e exponent and m mantissa bits, by the definition.
double decoded(uint32_t bits, int e, int m) {
  const int exponent = static_cast<int>(bits >> m & ((1u << e) - 1)), bias = (1 << (e - 1)) - 1;
  const double fraction = bits & ((1u << m) - 1);
  const double sign = bits >> (e + m) & 1 ? -1 : 1;
  if (exponent == (1 << e) - 1) return fraction == 0 ? sign * HUGE_VAL : NAN;
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias - m);
  return sign * std::ldexp(std::ldexp(1.0, m) + fraction, exponent - bias - m);
}

template <class T, int e, int m> void expect_every_pattern_survives() {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const float value = value_of<T>(bits);
    const double expected = decoded(bits, e, m);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(value)) << std::hex << bits;
      ASSERT_TRUE(std::isnan(value_of<T>(rounded<T>(value)))) << std::hex << bits;
      ASSERT_EQ(rounded<T>(value) >> 15, bits >> 15) << std::hex << bits;
    } else {
      ASSERT_EQ(static_cast<double>(value), expected) << std::hex << bits;
      ASSERT_EQ(rounded<T>(value), bits) << std::hex << bits;  // the sign of zero too
    }
  }
}
TEST(HalfNumber, EveryPatternSurvivesFloat) { expect_every_pattern_survives<Half, 5, 10>(); }
TEST(BFloat16Number, EveryPatternSurvivesFloat) { expect_every_pattern_survives<BFloat16, 8, 7>(); }

// Between each two neighbours, the largest number and what would follow it included: the middle goes to the even one.
template <class T, int e, int m> void expect_nearest_even(uint32_t infinity) {
  for (uint32_t low = 0; low < infinity; ++low) {
    const double a = decoded(low, e, m);
    const double b = low + 1 < infinity ? decoded(low + 1, e, m) : std::ldexp(1.0, 1 << (e - 1));
    const float middle = static_cast<float>((a + b) / 2);
    ASSERT_EQ(static_cast<double>(middle), (a + b) / 2);  // float holds it
    const uint32_t even = low & 1 ? low + 1 : low;
    ASSERT_EQ(rounded<T>(middle), even) << std::hex << low;
    ASSERT_EQ(rounded<T>(below(middle)), low) << std::hex << low;
    ASSERT_EQ(rounded<T>(above(middle)), low + 1) << std::hex << low;
    ASSERT_EQ(rounded<T>(-middle), 0x8000 | even) << std::hex << low;
    ASSERT_EQ(rounded<T>(-below(middle)), 0x8000 | low) << std::hex << low;
    ASSERT_EQ(rounded<T>(-above(middle)), 0x8000 | (low + 1)) << std::hex << low;
  }
}
TEST(HalfNumber, RoundsToNearestEven) { expect_nearest_even<Half, 5, 10>(0x7c00); }
TEST(BFloat16Number, RoundsToNearestEven) { expect_nearest_even<BFloat16, 8, 7>(0x7f80); }

TEST(HalfNumber, OverflowsAtTheMiddlePastItsLargest) {
  EXPECT_EQ(value_of<Half>(0x7bff), 65504.f);
  EXPECT_EQ(rounded<Half>(below(65520.f)), 0x7bffu);
  EXPECT_EQ(rounded<Half>(65520.f), 0x7c00u);
  EXPECT_EQ(rounded<Half>(65536.f), 0x7c00u);
  EXPECT_EQ(rounded<Half>(std::numeric_limits<float>::max()), 0x7c00u);
  EXPECT_EQ(rounded<Half>(-HUGE_VALF), 0xfc00u);
}
TEST(BFloat16Number, OverflowsAtTheMiddlePastItsLargest) {
  EXPECT_EQ(rounded<BFloat16>(std::bit_cast<float>(0x7f7f7fffu)), 0x7f7fu);
  EXPECT_EQ(rounded<BFloat16>(std::bit_cast<float>(0x7f7f8000u)), 0x7f80u);
  EXPECT_EQ(rounded<BFloat16>(std::numeric_limits<float>::max()), 0x7f80u);
  EXPECT_EQ(rounded<BFloat16>(-HUGE_VALF), 0xff80u);
}

TEST(HalfNumber, DenormalsAndWhatIsSmaller) {
  const float smallest = std::ldexp(1.f, -24);
  EXPECT_EQ(rounded<Half>(smallest), 1u);
  EXPECT_EQ(rounded<Half>(smallest / 2), 0u);
  EXPECT_EQ(rounded<Half>(above(smallest / 2)), 1u);
  EXPECT_EQ(rounded<Half>(std::numeric_limits<float>::denorm_min()), 0u);
  EXPECT_EQ(rounded<Half>(-std::numeric_limits<float>::denorm_min()), 0x8000u);
  EXPECT_EQ(rounded<Half>(below(std::ldexp(1.f, -14))), 0x400u);  // up into the normal numbers
}
TEST(BFloat16Number, DenormalsAndWhatIsSmaller) {
  EXPECT_EQ(rounded<BFloat16>(std::bit_cast<float>(0x00018000u)), 2u);
  EXPECT_EQ(rounded<BFloat16>(std::numeric_limits<float>::denorm_min()), 0u);
  EXPECT_EQ(rounded<BFloat16>(-std::numeric_limits<float>::denorm_min()), 0x8000u);
}

// Also those whose payload lies only in the bits that are cut, or all over.
template <class T> void expect_nan_stays() {
  for (const uint32_t payload : {0x1u, 0x1fffu, 0x7fffffu, 0x400000u, 0x200000u})
    for (const uint32_t sign : {0u, 0x80000000u}) {
      const uint32_t got = rounded<T>(std::bit_cast<float>(sign | 0x7f800000u | payload));
      EXPECT_TRUE(std::isnan(value_of<T>(got))) << std::hex << payload;
      EXPECT_EQ(got >> 15, sign >> 31) << std::hex << payload;
    }
}
TEST(HalfNumber, NanStaysNan) { expect_nan_stays<Half>(); }
TEST(BFloat16Number, NanStaysNan) { expect_nan_stays<BFloat16>(); }

DType nth(int i) { return static_cast<DType>(i); }

TEST(PromoteTypes, IsPyTorchsTable) {
  using enum DType;
  constexpr DType u1 = uint8, i1 = int8, i2 = int16, i4 = int32, i8 = int64, f2 = float16, bf = bfloat16, f4 = float32, f8 = float64;
  constexpr DType table[kDTypeCount][kDTypeCount] = {
      // bool      u1  i1  i2  i4  i8  f2  bf  f4  f8
      {boolean,    u1, i1, i2, i4, i8, f2, bf, f4, f8},
      {u1,         u1, i2, i2, i4, i8, f2, bf, f4, f8},
      {i1,         i2, i1, i2, i4, i8, f2, bf, f4, f8},
      {i2,         i2, i2, i2, i4, i8, f2, bf, f4, f8},
      {i4,         i4, i4, i4, i4, i8, f2, bf, f4, f8},
      {i8,         i8, i8, i8, i8, i8, f2, bf, f4, f8},
      {f2,         f2, f2, f2, f2, f2, f2, f4, f4, f8},
      {bf,         bf, bf, bf, bf, bf, f4, bf, f4, f8},
      {f4,         f4, f4, f4, f4, f4, f4, f4, f4, f8},
      {f8,         f8, f8, f8, f8, f8, f8, f8, f8, f8},
  };
  for (int a = 0; a < kDTypeCount; ++a)
    for (int b = 0; b < kDTypeCount; ++b)
      EXPECT_EQ(promote_types(nth(a), nth(b)), table[a][b]) << name_of(nth(a)) << " " << name_of(nth(b));
}

TEST(PromoteTypes, TakesNoOrder) {
  for (int a = 0; a < kDTypeCount; ++a)
    for (int b = 0; b < kDTypeCount; ++b) {
      EXPECT_EQ(promote_types(nth(a), nth(b)), promote_types(nth(b), nth(a)));
      for (int c = 0; c < kDTypeCount; ++c)
        EXPECT_EQ(promote_types(promote_types(nth(a), nth(b)), nth(c)), promote_types(nth(a), promote_types(nth(b), nth(c))))
            << name_of(nth(a)) << " " << name_of(nth(b)) << " " << name_of(nth(c));
    }
}

TEST(DTypeSwitch, GivesTheTypeOfEachName) {
  for (int i = 0; i < kDTypeCount; ++i)
    dispatch_all(nth(i), [&]<class T>() {
      EXPECT_EQ(dtype_of<T>, nth(i));
      EXPECT_EQ(static_cast<int64_t>(sizeof(T)), itemsize(nth(i)));
    });
  EXPECT_EQ(std::string(name_of(DType::boolean)), "bool");
  EXPECT_EQ(std::string(name_of(DType::bfloat16)), "bfloat16");
}

TEST(CanCast, RefusesALowerKind) {
  EXPECT_TRUE(can_cast(DType::float64, DType::float16));
  EXPECT_TRUE(can_cast(DType::int64, DType::uint8));
  EXPECT_TRUE(can_cast(DType::boolean, DType::int8));
  EXPECT_FALSE(can_cast(DType::float16, DType::int64));
  EXPECT_FALSE(can_cast(DType::uint8, DType::boolean));
}

}  // namespace
}  // namespace dlx
