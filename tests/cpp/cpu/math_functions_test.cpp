// Every function of one number in kernels/math*.h, a line each: its bound in ulp and the interval where that holds, on every level
// (x86-64-v2 has no fma, but products in two parts are exact there too). docs/math.md has what was measured.
//
// In every run: floats by a stride of their bits and a dense sweep, doubles by random bits and sweeps, against the C library in the next
// wider type; infinities, zeros, the smallest and the largest numbers; NaNs. All 2^32 floats, against the double formula that the
// runs above have checked, take half a minute a function:
//   DLX_FUNCTION=gelu dlx_test_v4 --gtest_also_run_disabled_tests --gtest_filter='*EveryFloat'
#include "cpu/math_helpers.h"
#include "kernels/math_activation.h"
#include "kernels/math_gamma.h"
#include "kernels/math_special.h"

#include <cstdio>
#include <cstdlib>
#include <ostream>
#include <string>

namespace dlx::cpu::DLX_ISA {
namespace {

struct Row {
  const char* name;
  double float_bound, double_bound;  // in ulp
  double low, high;
  void (*floats)(const float* x, float* y, int64_t n);
  void (*doubles)(const double* x, double* y, int64_t n);
  double (*reference)(double);
  long double (*wide_reference)(long double);
};
[[maybe_unused]] void PrintTo(const Row& r, std::ostream* out) { *out << r.name; }
template <class F, class Reference>
Row row(const char* name, F, Reference, double float_bound, double double_bound, double low = -HUGE_VAL, double high = HUGE_VAL) {
  return {name, float_bound, double_bound, low, high,
          [](const float* x, float* y, int64_t n) { map_into(F(), x, y, n); },
          [](const double* x, double* y, int64_t n) { map_into(F(), x, y, n); },
          [](double x) -> double { return Reference()(x); }, [](long double x) -> long double { return Reference()(x); }};
}

// --- what the C library has no function for ------------------------------------------------------------------------------------
constexpr auto sigmoid_of = [](auto x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); };
// x f(x) with its limits at the infinities, where f is 0 below and 1 above.
template <class W, class F> W times(W x, F f) { return std::isinf(x) ? (x > 0 ? x : W(-0.0)) : x * f(x); }
constexpr auto cdf_of = [](auto x) { return std::erfc(-x / std::sqrt(decltype(x)(2))) / 2; };
constexpr auto gelu_of = [](auto x) { return times(x, cdf_of); };
constexpr auto gelu_tanh_of = [](auto x) {
  return times(x, [](auto v) {
    using W = decltype(v);
    return sigmoid_of(2 * std::sqrt(2 / std::acos(W(-1))) * (v + W(0.044715L) * v * v * v));
  });
};
constexpr auto silu_of = [](auto x) { return times(x, sigmoid_of); };
constexpr auto softplus_of = [](auto x) { return std::fmax(x, decltype(x)(0)) + std::log1p(std::exp(-std::abs(x))); };
constexpr auto mish_of = [](auto x) { return times(x, [](auto v) { return std::tanh(softplus_of(v)); }); };
constexpr auto sinc_of = [](auto x) {
  using W = decltype(x);
  const W pi = std::acos(W(-1)), a = std::abs(x), r = std::fmod(a, W(2));
  if (a == 0) return W(1);
  return (r < W(0.5) ? std::sin(pi * r) : r < W(1.5) ? -std::sin(pi * (r - 1)) : -std::sin(pi * (2 - r))) / (pi * a);
};
// By steps of Newton's method on erf or, near 1, on erfc.
constexpr auto erfinv_of = [](auto x) {
  using W = decltype(x);
  const W a = std::abs(x);
  if (!(a < 1)) return a == 1 ? std::copysign(W(HUGE_VAL), x) : W(NAN);
  W y = a < W(0.7) ? a * W(0.9) : std::sqrt(-std::log(2 * (1 - a)));
  for (int i = 0; i < 50; ++i) {
    const W error = a < W(0.5) ? std::erf(y) - a : (1 - a) - std::erfc(y), step = error * std::sqrt(std::acos(W(-1))) / 2 * std::exp(y * y);
    y -= step / (1 + y * step);
    if (std::abs(step) <= std::abs(y) * std::numeric_limits<W>::epsilon()) break;
  }
  return std::copysign(y, x);
};
struct PlainSoftplus {
  template <class V> static V apply(V x) { return Softplus{1, 1e300}.apply(x); }
};
struct PlainElu {
  template <class V> static V apply(V x) { return Elu{1, 1, 1}.apply(x); }
};

#define DLX_C(f) [](auto x) { return std::f(x); }
const Row rows[] = {
    row("exp", Exp(), DLX_C(exp), 1.25, 1.25),
    row("exp2", Exp2(), DLX_C(exp2), 1.1, 1.1),
    row("expm1", Expm1(), DLX_C(expm1), 1.5, 1.5),
    row("log", Log(), DLX_C(log), 1.1, 1.1),
    row("log2", Log2(), DLX_C(log2), 1.1, 1.1),
    row("log10", Log10(), DLX_C(log10), 1.1, 1.1),
    row("log1p", Log1p(), DLX_C(log1p), 1.1, 1.1),
    row("sqrt", Sqrt(), DLX_C(sqrt), 0.5, 0.501),
    row("rsqrt", Rsqrt(), [](auto x) { return 1 / std::sqrt(x); }, 1.5, 1.5),
    row("sin", Sin(), DLX_C(sin), 1.1, 1.1),
    row("cos", Cos(), DLX_C(cos), 1.1, 1.1),
    row("tan", Tan(), DLX_C(tan), 3, 3),
    row("asin", Asin(), DLX_C(asin), 2, 2),
    row("acos", Acos(), DLX_C(acos), 2, 2),
    row("atan", Atan(), DLX_C(atan), 2, 2),
    row("sinh", Sinh(), DLX_C(sinh), 2.5, 2.5),
    row("cosh", Cosh(), DLX_C(cosh), 2, 2),
    row("tanh", Tanh(), DLX_C(tanh), 2, 2),
    row("asinh", Asinh(), DLX_C(asinh), 3, 3),
    row("acosh", Acosh(), DLX_C(acosh), 3, 3),
    row("atanh", Atanh(), DLX_C(atanh), 3, 3),
    row("erf", Erf(), DLX_C(erf), 1.5, 1.5),
    row("erfc", Erfc(), DLX_C(erfc), 5, 5),
    row("erfinv", Erfinv(), erfinv_of, 3, 4),
    row("sinc", Sinc(), sinc_of, 4, 4),
    row("sigmoid", Sigmoid(), sigmoid_of, 3, 3),
    row("silu", Silu(), silu_of, 3, 3),
    row("gelu, x >= 0", Gelu(), gelu_of, 4, 5, 0),
    row("gelu, -3 <= x <= 0", Gelu(), gelu_of, 16, 16, -3, 0),
    row("gelu, x <= -3", Gelu(), gelu_of, 256, 256, -HUGE_VAL, -3),
    row("gelu tanh, x >= 0", GeluTanh(), gelu_tanh_of, 4, 4, 0),
    row("gelu tanh, -3 <= x <= 0", GeluTanh(), gelu_tanh_of, 16, 16, -3, 0),
    row("gelu tanh, x <= -3", GeluTanh(), gelu_tanh_of, 256, 256, -HUGE_VAL, -3),
    row("normal cdf", NormalCdf(), cdf_of, 8, 8),
    row("softplus", PlainSoftplus(), softplus_of, 3, 3),
    row("logsigmoid", LogSigmoid(), [](auto x) { return std::fmin(x, decltype(x)(0)) - std::log1p(std::exp(-std::abs(x))); }, 3, 3),
    row("mish", Mish(), mish_of, 4, 4),
    row("elu", PlainElu(), [](auto x) { return x > 0 ? x : std::expm1(x); }, 2, 2),
};
#undef DLX_C

// Every stride-th bit pattern of float and a sweep; of double random patterns, all small exponents and sweeps.
template <class T> std::vector<T> samples(const Row& r) {
  std::vector<T> x;
  if constexpr (std::is_same_v<T, float>) {
    for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += 2'999) x.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
    for (int i = -400'000; i < 400'000; ++i) x.push_back(static_cast<float>(i) * 2.7e-4f);
  } else {
    std::mt19937_64 random(1);
    for (int i = 0; i < 200'000; ++i) x.push_back(std::bit_cast<double>(random()));
    for (int i = 0; i < 20'000; ++i) x.push_back(std::bit_cast<double>(random() & 0x800fffffffffffff));  // denormals
    for (int i = -300'000; i < 300'000; ++i) x.push_back(i * 2.5e-3);
    for (int i = -200'000; i < 200'000; ++i) x.push_back(i * 2.7e-5);
  }
  std::erase_if(x, [&](T v) { return !(static_cast<double>(v) >= r.low && static_cast<double>(v) <= r.high); });
  return x;
}

// FNV-1a of results: equal on levels that give the same bits.
struct Hash {
  uint64_t value = 14695981039346656037u;
  void take(float y) { value = (value ^ (std::isnan(y) ? 0 : std::bit_cast<uint32_t>(y))) * 1099511628211u; }
};

struct Worst {
  double ulp = 0, at = 0;
  void take(double error, double x) {
    if (error > ulp) ulp = error, at = x;
  }
};

class Function : public ::testing::TestWithParam<Row> {};

TEST_P(Function, FloatWithinBound) {
  const Row& r = GetParam();
  const std::vector<float> x = samples<float>(r);
  std::vector<float> y(x.size());
  r.floats(x.data(), y.data(), static_cast<int64_t>(x.size()));
  Worst worst;
  for (size_t i = 0; i < x.size(); ++i) worst.take(ulps<float>(y[i], r.reference(x[i])), x[i]);
  Hash hash;
  for (const float v : y) hash.take(v);
  RecordProperty("ulp", std::to_string(worst.ulp));
  RecordProperty("bits", std::to_string(hash.value));
  EXPECT_LE(worst.ulp, r.float_bound) << "at " << worst.at;
}
TEST_P(Function, DoubleWithinBound) {
  const Row& r = GetParam();
  const std::vector<double> x = samples<double>(r);
  std::vector<double> y(x.size());
  r.doubles(x.data(), y.data(), static_cast<int64_t>(x.size()));
  Worst worst;
  for (size_t i = 0; i < x.size(); ++i) worst.take(ulps<double>(y[i], r.wide_reference(x[i])), x[i]);
  RecordProperty("ulp", std::to_string(worst.ulp));
  EXPECT_LE(worst.ulp, r.double_bound) << "at " << worst.at;
}

// Where the result is 0, infinite or no number, to the sign; that a NaN's bits stay (its sign may change).
template <class T, class Map, class Reference> void expect_special(const Map& map, const Reference& reference) {
  using L = std::numeric_limits<T>;
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  for (const T magnitude : {T(0), L::denorm_min(), L::min(), T(0.5), T(1), T(2), T(1000), L::max(), L::infinity()})
    for (const T x : {magnitude, -magnitude}) {
      T y;
      map(&x, &y, 1);
      const Wider<T> expected = reference(static_cast<Wider<T>>(x));
      if (expected != 0 && std::isfinite(static_cast<T>(expected))) continue;
      EXPECT_TRUE(same_value(y, static_cast<T>(expected))) << "of " << x << ": " << y << ", expected " << expected;
    }
  for (const Bits payload : {Bits(0x12345), Bits(1)}) {
    const Bits bits = std::bit_cast<Bits>(L::quiet_NaN()) | payload;
    const T x = std::bit_cast<T>(bits);
    T y;
    map(&x, &y, 1);
    EXPECT_EQ(std::bit_cast<Bits>(y) << 1, bits << 1);
  }
}
TEST_P(Function, SpecialValuesOfFloat) { expect_special<float>(GetParam().floats, GetParam().reference); }
TEST_P(Function, SpecialValuesOfDouble) { expect_special<double>(GetParam().doubles, GetParam().wide_reference); }

TEST_P(Function, TailsHaveTheBitsOfWholeRegisters) {
  constexpr int64_t kCount = 3 * Vec<float>::kLanes;
  float x[kCount], whole[kCount], alone;
  for (int i = 0; i < kCount; ++i) x[i] = static_cast<float>(i) * 0.37f - 3;
  GetParam().floats(x, whole, kCount);
  for (int i = 0; i < kCount; ++i) {
    GetParam().floats(x + i, &alone, 1);
    EXPECT_EQ(std::memcmp(&alone, &whole[i], sizeof(float)), 0) << x[i];
  }
}

// ulps<float>, quickly where nothing is special.
double quick_ulps(float got, double expected) {
  const int64_t exponent = std::max<int64_t>(std::bit_cast<int64_t>(expected) >> 52 & 0x7ff, 1023 - 126);
  return std::abs(static_cast<double>(got) - expected) * std::bit_cast<double>((2 * 1023 + 23 - exponent) << 52);
}
void expect_every_float_within_bound(const Row& r) {
  constexpr int64_t kBlock = 2048;
  float x[kBlock], y[kBlock];
  double wide[kBlock], expected[kBlock];
  Worst worst;
  Hash hash;
  for (uint64_t first = 0; first < (uint64_t{1} << 32); first += kBlock) {
    for (int64_t i = 0; i < kBlock; ++i) {
      const float f = std::bit_cast<float>(static_cast<uint32_t>(first + static_cast<uint64_t>(i)));
      x[i] = static_cast<double>(f) >= r.low && static_cast<double>(f) <= r.high ? f : 0;
      wide[i] = static_cast<double>(x[i]);
    }
    r.floats(x, y, kBlock);
    r.doubles(wide, expected, kBlock);
    for (int64_t i = 0; i < kBlock; ++i) {
      if (!(quick_ulps(y[i], expected[i]) <= worst.ulp)) worst.take(ulps<float>(y[i], expected[i]), wide[i]);
      hash.take(y[i]);
    }
  }
  std::printf("| %s | %.2f | at %a | %016llx |\n", r.name, worst.ulp, worst.at, static_cast<unsigned long long>(hash.value));
  std::fflush(stdout);
  EXPECT_LE(worst.ulp, r.float_bound) << r.name << " at " << worst.at;
}
TEST(Functions, DISABLED_EveryFloat) {
  const char* only = std::getenv("DLX_FUNCTION");
  for (const Row& r : rows)
    if (!only || std::string(r.name).starts_with(only)) expect_every_float_within_bound(r);
}

INSTANTIATE_TEST_SUITE_P(Math, Function, ::testing::ValuesIn(rows), [](const auto& tested) {
  std::string name;
  for (const char c : std::string(tested.param.name)) {
    if (std::isalnum(static_cast<unsigned char>(c))) name += c;
    else if (c == '<') name += "Below";
    else if (c == '>') name += "Above";
    else if (c == '-') name += "Minus";
  }
  return name;
});

// ln |gamma| within 1e-14 of the result or of 1, whichever is larger; its derivatives by differences.
TEST(Gamma, AbsoluteError) {
  for (int i = -4'000; i < 40'000; ++i) {
    const double x = i * 0.00731 + 0.001;
    const long double expected = std::lgamma(static_cast<long double>(x));
    EXPECT_NEAR(one<Lgamma>(x), static_cast<double>(expected), 1e-14 * std::max(1.0, std::abs(static_cast<double>(expected)))) << x;
    const long double h = 1e-5L;
    const double slope = static_cast<double>((std::lgamma(x + h) - std::lgamma(x - h)) / (2 * h));
    if (x < 0.1) continue;
    EXPECT_NEAR(one<Digamma>(x), slope, 1e-7 * std::max(1.0, std::abs(slope))) << x;
    EXPECT_NEAR(one<Trigamma>(x), (one<Digamma>(x + 1e-5) - one<Digamma>(x - 1e-5)) / 2e-5, 1e-6 * std::max(1.0, one<Trigamma>(x))) << x;
  }
  EXPECT_NEAR(one<Digamma>(1.0), -0.57721566490153286061, 1e-15);
  EXPECT_NEAR(one<Digamma>(0.5), -1.96351002602142347944, 2e-15);
  EXPECT_NEAR(one<Digamma>(-1.5), 0.70315664064524318723, 4e-15);
  EXPECT_NEAR(one<Digamma>(100.0), 4.60016185273808945, 1e-15 * 8);
}

// Far angles: the most that double has, and those next to multiples of pi / 2.
TEST(Angles, FarDoubles) {
  for (const double x : {6381956970095103.0 * 0x1p797, 1e22, 0x1p1023, 1.7976931348623157e308, 0x1.921fb54442d18p30, 710.0 * 0x1.921fb54442d18p20,
                         0x1.921fb54442d18p39, 0x1.921fb54442d19p41, 0x1.fffffffffffffp39}) {
    EXPECT_LE(ulps<double>(one<Sin>(x), std::sin(static_cast<long double>(x))), 1.1) << x;
    EXPECT_LE(ulps<double>(one<Cos>(-x), std::cos(static_cast<long double>(x))), 1.1) << x;
  }
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
