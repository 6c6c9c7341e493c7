// The order of sums as src/cpu/reduce.cpp states it, against the same order written with scalars; the rest against plain loops.
#include "kernels/reduce.h"
#include "kernels/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace dlx::cpu::DLX_ISA {
namespace {

template <class T> Tensor values(const Dims& shape) {
  const Tensor x = empty(shape, dtype_of<T>);
  for (int64_t i = 0; i < x.numel(); ++i)
    x.data<T>()[i] = static_cast<T>(std::sin(static_cast<double>(i * 37 % 1013)) * std::exp(static_cast<double>(i % 19)));
  return x;
}

template <class T> T along_by_definition(const T* x, int64_t n) {
  if (n > 8192) {
    std::vector<T> pieces;
    for (int64_t i = 0; i < n; i += 8192) pieces.push_back(along_by_definition(x + i, std::min<int64_t>(8192, n - i)));
    return along_by_definition(pieces.data(), static_cast<int64_t>(pieces.size()));
  }
  constexpr size_t kLanes = 256 / sizeof(T);
  std::vector<T> lane(kLanes, 0);
  for (int64_t i = 0; i < n; ++i) lane[static_cast<size_t>(i) % kLanes] += x[i];
  for (size_t half = kLanes / 2; half >= 1; half /= 2)
    for (size_t i = 0; i < half; ++i) lane[i] += lane[i + half];
  return lane[0];
}
template <class T> T across_by_definition(const T* x, int64_t n, int64_t stride) {
  if (n > 256) {
    std::vector<T> pieces;
    for (int64_t k = 0; k < n; k += 256) pieces.push_back(across_by_definition(x + k * stride, std::min<int64_t>(256, n - k), stride));
    return across_by_definition(pieces.data(), static_cast<int64_t>(pieces.size()), 1);
  }
  T total = 0;
  int64_t k = 0;
  for (; k + 8 <= n; k += 8) {
    const auto row = [&](int64_t r) { return x[(k + r) * stride]; };
    total += ((row(0) + row(1)) + (row(2) + row(3))) + ((row(4) + row(5)) + (row(6) + row(7)));
  }
  for (; k < n; ++k) total += x[k * stride];
  return total;
}

template <class T> void expect_sums_in_order() {
  for (const int64_t n : {0, 1, 3, 15, 64, 65, 1000, 8192, 8193, 40000}) {
    const Tensor x = values<T>({2, n, 1}), out = empty({2, 1}, dtype_of<T>);
    run(kernels::sum, out, x);
    for (int64_t r = 0; r < 2; ++r) ASSERT_EQ(out.data<T>()[r], along_by_definition(x.data<T>() + r * n, n)) << "along " << n;
  }
  for (const int64_t n : {1, 2, 3, 7, 8, 9, 256, 257, 1000})
    for (const int64_t inner : {2, 17, 600}) {
      const Tensor x = values<T>({2, n, inner}), out = empty({2, inner}, dtype_of<T>);
      run(kernels::sum, out, x);
      for (int64_t i = 0; i < 2 * inner; ++i)
        ASSERT_EQ(out.data<T>()[i], across_by_definition(x.data<T>() + i / inner * n * inner + i % inner, n, inner)) << "across " << n << " " << inner;
    }
}
TEST(Reduce, SumsInTheStatedOrder) {
  expect_sums_in_order<float>();
  expect_sums_in_order<double>();
}

TEST(Reduce, IntegersSumInInt64) {
  const int64_t n = 20000;
  const Tensor x = empty({1, n, 1}, DType::int8), out = empty({1, 1}, DType::int64);
  for (int64_t i = 0; i < n; ++i) x.data<int8_t>()[i] = -100;
  run(kernels::sum, out, x);
  EXPECT_EQ(out.data<int64_t>()[0], -100 * n);
  const Tensor large = empty({1, 3, 2}, DType::int64), wrapped = empty({1, 2}, DType::int64);
  for (int64_t i = 0; i < 6; ++i) large.data<int64_t>()[i] = std::numeric_limits<int64_t>::max();
  run(kernels::sum, wrapped, large);
  EXPECT_EQ(wrapped.data<int64_t>()[0], std::numeric_limits<int64_t>::max() - 2);
}

TEST(Reduce, ExtremesAndTheirFirstIndices) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const int64_t inner : {1, 3}) {
    const int64_t n = 9000;
    const Tensor x = empty({1, n, inner}, DType::float32), out = empty({1, inner}, DType::float32), index = empty({1, inner}, DType::int64);
    for (int64_t i = 0; i < n * inner; ++i) x.data<float>()[i] = -1;
    x.data<float>()[8500 * inner] = x.data<float>()[8700 * inner] = 5;
    run(kernels::max_index, out, index, x);
    EXPECT_EQ(out.data<float>()[0], 5);
    EXPECT_EQ(index.data<int64_t>()[0], 8500);
    x.data<float>()[8600 * inner] = x.data<float>()[8650 * inner] = nan;
    run(kernels::min_index, out, index, x);
    EXPECT_TRUE(std::isnan(out.data<float>()[0]));
    EXPECT_EQ(index.data<int64_t>()[0], 8600);
    run(kernels::amax, out, x);
    EXPECT_TRUE(std::isnan(out.data<float>()[0]));
  }
}

// Along memory and across it, in one chunk and in several; columns without ties, with some, and of a NaN.
template <class T> void expect_shared_gradients() {
  for (const int64_t n : {1, 7, 300, 9000})
    for (const int64_t inner : {1, 3, 1030}) {
      const Dims each{2, inner};
      const Tensor x = empty({2, n, inner}, dtype_of<T>), y = empty(each, dtype_of<T>), g = empty(each, dtype_of<T>), gx = empty(x.shape(), dtype_of<T>);
      for (int64_t i = 0; i < x.numel(); ++i) x.data<T>()[i] = T(static_cast<float>(i * 37 % 101));
      x.data<T>()[n / 2 * inner] = T(std::numeric_limits<float>::quiet_NaN());
      for (int64_t i = 0; i < g.numel(); ++i) g.data<T>()[i] = T(static_cast<float>(i % 13 - 6));
      run(kernels::amax, y, x);
      run(kernels::extreme_backward, gx, g, x, y);
      for (int64_t i = 0; i < 2 * inner; ++i) {
        const auto at = [&](int64_t k) { return (i / inner * n + k) * inner + i % inner; };
        const auto value = [](const Tensor& t, int64_t index) { return static_cast<float>(t.data<T>()[index]); };
        int64_t ties = 0;
        for (int64_t k = 0; k < n; ++k) ties += value(x, at(k)) == value(y, i);
        for (int64_t k = 0; k < n; ++k) {
          const float got = value(gx, at(k)), expected = value(x, at(k)) == value(y, i) ? value(g, i) / static_cast<float>(ties) : 0;
          if (ties == 0) ASSERT_TRUE(std::isnan(got));
          else ASSERT_NEAR(got, expected, std::abs(expected) * (sizeof(T) == 2 ? 0.004 : 1e-6)) << n << " " << inner << " " << k;
        }
      }
    }
}
TEST(Reduce, EqualExtremesShareTheGradient) {
  expect_shared_gradients<float>();
  expect_shared_gradients<double>();
  expect_shared_gradients<BFloat16>();
}

TEST(Reduce, AllAndAny) {
  const Tensor x = empty({3, 10000, 1}, DType::float32), out = empty({3, 1}, DType::boolean), none = empty({2, 0, 1}, DType::int32), of_none = empty({2, 1}, DType::boolean);
  for (int64_t i = 0; i < x.numel(); ++i) x.data<float>()[i] = i < 10000 ? 1.0f : -0.0f;
  x.data<float>()[29999] = std::numeric_limits<float>::quiet_NaN();
  run(kernels::all, out, x);
  EXPECT_TRUE(out.data<bool>()[0] && !out.data<bool>()[1] && !out.data<bool>()[2]);
  run(kernels::any, out, x);
  EXPECT_TRUE(out.data<bool>()[0] && !out.data<bool>()[1] && out.data<bool>()[2]);
  run(kernels::all, of_none, none);
  EXPECT_TRUE(of_none.data<bool>()[0]);
  run(kernels::any, of_none, none);
  EXPECT_FALSE(of_none.data<bool>()[1]);
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
