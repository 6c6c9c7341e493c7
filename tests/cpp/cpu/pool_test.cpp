// Max pooling against plain loops.
#include "kernels/pool.h"

#include <gtest/gtest.h>

#include <limits>

#include "kernels/run.h"
#include "cpu/product_helpers.h"

namespace dlx::test {
namespace {

using kernels::Pool2d;

struct Case {
  int64_t n, c, h, w;
  Pool2d pool;
  bool ceil_mode = false;
  int64_t out(int i) const {
    const int64_t size = i == 0 ? h : w, room = size + 2 * pool.padding[i] - pool.dilation[i] * (pool.kernel[i] - 1) - 1;
    int64_t o = (room + (ceil_mode ? pool.stride[i] - 1 : 0)) / pool.stride[i] + 1;
    if (ceil_mode && (o - 1) * pool.stride[i] >= size + pool.padding[i]) --o;
    return o;
  }
};
constexpr Pool2d pool_of(int64_t kernel, int64_t stride, int64_t padding, int64_t dilation) {
  return {{kernel, kernel}, {stride, stride}, {padding, padding}, {dilation, dilation}};
}
const Case kCases[] = {{2, 3, 8, 8, pool_of(2, 2, 0, 1)},        {1, 1, 1, 1, pool_of(1, 1, 0, 1)},
                       {2, 5, 37, 41, pool_of(3, 2, 1, 1)},      {2, 70, 9, 7, pool_of(3, 1, 1, 2)},
                       {1, 2, 10, 11, pool_of(3, 3, 1, 1), true}, {1, 2, 11, 10, {{2, 3}, {1, 4}, {1, 0}, {3, 2}}},
                       {1, 3, 7, 7, pool_of(2, 3, 0, 1), true}};

enum class Format { nchw, nhwc, strided };
template <class T> Tensor images(const Dims& s, Format format, uint64_t seed) {
  if (format == Format::nchw) return filled<T>(s, seed);
  if (format == Format::nhwc) return alias(filled<T>({s[0], s[2], s[3], s[1]}, seed), s, {s[1] * s[2] * s[3], 1, s[3] * s[1], s[1]}, 0);
  return alias(filled<T>({s[0], s[1], s[3], s[2]}, seed), s, {s[1] * s[2] * s[3], s[2] * s[3], 1, s[2]}, 0);
}
template <class T> T& at(const Tensor& x, int64_t n, int64_t c, int64_t y, int64_t z) {
  return x.data<T>()[n * x.stride(0) + c * x.stride(1) + y * x.stride(2) + z * x.stride(3)];
}
template <class T> double number(T v) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) return static_cast<double>(static_cast<float>(v));
  else return static_cast<double>(v);
}

template <class T> void check_case(const Case& t, Format in, Format to) {
  const Dims small{t.n, t.c, t.out(0), t.out(1)}, large{t.n, t.c, t.h, t.w};
  const Tensor x = images<T>(large, in, 1), out = images<T>(small, to, 2), indices = images<int64_t>(small, to, 3);
  run(kernels::max_pool2d, out, indices, x, t.pool);
  std::vector<double> sums(static_cast<size_t>(large[0] * large[1] * large[2] * large[3]));
  const Tensor gy = images<T>(small, in, 4);
  for (int64_t n = 0; n < t.n; ++n)
    for (int64_t c = 0; c < t.c; ++c)
      for (int64_t y = 0; y < small[2]; ++y)
        for (int64_t z = 0; z < small[3]; ++z) {
          double best = -std::numeric_limits<double>::infinity();
          int64_t place = -1;
          for (int64_t r = 0; r < t.pool.kernel[0]; ++r)
            for (int64_t s = 0; s < t.pool.kernel[1]; ++s) {
              const int64_t i = y * t.pool.stride[0] - t.pool.padding[0] + r * t.pool.dilation[0], j = z * t.pool.stride[1] - t.pool.padding[1] + s * t.pool.dilation[1];
              if (i < 0 || j < 0 || i >= t.h || j >= t.w) continue;
              const double v = number(at<T>(x, n, c, i, j));
              if (place < 0 || v > best || v != v) best = v, place = i * t.w + j;
            }
          ASSERT_EQ(number(at<T>(out, n, c, y, z)), best) << n << " " << c << " " << y << " " << z;
          ASSERT_EQ(at<int64_t>(indices, n, c, y, z), place) << n << " " << c << " " << y << " " << z;
          sums[static_cast<size_t>((n * t.c + c) * t.h * t.w + place)] += number(at<T>(gy, n, c, y, z));
        }
  if constexpr (!std::is_integral_v<T>) {
    const Tensor gx = images<T>(large, to, 5);
    run(kernels::max_pool2d_backward, gx, gy, indices);
    for (int64_t n = 0; n < t.n; ++n)
      for (int64_t c = 0; c < t.c; ++c)
        for (int64_t i = 0; i < t.h; ++i)
          for (int64_t j = 0; j < t.w; ++j) {
            const double expected = sums[static_cast<size_t>(((n * t.c + c) * t.h + i) * t.w + j)];
            ASSERT_NEAR(number(at<T>(gx, n, c, i, j)), expected, std::abs(expected) * (sizeof(T) == 2 ? 1e-2 : 1e-6) + 1e-6);
          }
  }
}

TEST(MaxPool2d, EveryTypeAndLayout) {
  for (const Case& t : kCases)
    for (const Format in : {Format::nchw, Format::nhwc, Format::strided})
      for (const Format to : {Format::nchw, Format::nhwc}) {
        check_case<float>(t, in, to);
        check_case<double>(t, in, to);
        check_case<Half>(t, in, to);
        check_case<BFloat16>(t, in, to);
        check_case<uint8_t>(t, in, to);
        check_case<int16_t>(t, in, to);
        check_case<int64_t>(t, in, to);
        if (HasFatalFailure()) return;
      }
}

TEST(MaxPool2d, NansWinAndMinusInfinityPointsIntoItsWindow) {
  const Tensor x = empty({1, 1, 3, 6}, DType::float32), out = empty({1, 1, 2, 3}, DType::float32), indices = empty({1, 1, 2, 3}, DType::int64);
  for (int i = 0; i < 18; ++i) x.data<float>()[i] = -INFINITY;
  x.data<float>()[9] = NAN;
  x.data<float>()[8] = 5;
  run(kernels::max_pool2d, out, indices, x, Pool2d{{2, 2}, {2, 2}, {1, 0}, {1, 1}});
  const int64_t expected[] = {0, 2, 4, 6, 9, 10};
  for (int i = 0; i < 6; ++i) EXPECT_EQ(indices.data<int64_t>()[i], expected[i]) << i;
  EXPECT_TRUE(std::isnan(out.data<float>()[4]));
}

TEST(MaxPool2d, TheSameBitsOnAnyNumberOfThreads) {
  const Tensor x = filled<float>({8, 16, 32, 32}, 1), gy = filled<float>({8, 16, 16, 16}, 2);
  Tensor first_out, first_gx;
  for (const int count : {1, 2, 3}) {
    const Threads threads(count);
    const Tensor out = empty({8, 16, 16, 16}, DType::float32), indices = empty({8, 16, 16, 16}, DType::int64), gx = poisoned({8, 16, 32, 32}, DType::float32);
    run(kernels::max_pool2d, out, indices, x, pool_of(3, 2, 1, 1));
    run(kernels::max_pool2d_backward, gx, gy, indices);
    if (!first_out.defined()) first_out = out, first_gx = gx;
    EXPECT_TRUE(same_bits(first_out, out) && same_bits(first_gx, gx)) << count;
  }
}

}  // namespace
}  // namespace dlx::test
