// Batch normalisation against float64 loops.
#include "kernels/norm.h"

#include <gtest/gtest.h>

#include "kernels/run.h"
#include "cpu/product_helpers.h"

namespace dlx::test {
namespace {

template <class T> using Sum = std::conditional_t<std::is_same_v<T, double>, double, float>;
template <class T> double number(const Tensor& x, int64_t at) {
  return static_cast<double>(static_cast<Sum<T>>(x.data<T>()[at]));
}
template <class T> Tensor planes(const Dims& s, bool last, uint64_t seed) {
  return last ? alias(filled<T>({s[0], s[2], s[1]}, seed), s, {s[1] * s[2], 1, s[1]}, 0) : filled<T>(s, seed);
}

template <class T> void check_case(const Dims& s, bool last, bool affine, bool training, double offset) {
  const int64_t n = s[0], c = s[1], size = s[2];
  const DType sums = dtype_of<Sum<T>>;
  const Tensor x = planes<T>(s, last, 1), gy = planes<T>(s, last, 2), out = planes<T>(s, last, 3), gx = planes<T>(s, last, 4);
  for (int64_t i = 0; i < x.numel(); ++i) x.data<T>()[i] = static_cast<T>(static_cast<float>(number<T>(x, i) + offset));
  const OptTensor weight = affine ? OptTensor(filled<T>({c}, 5)) : OptTensor(), bias = affine ? OptTensor(filled<T>({c}, 6)) : OptTensor();
  Tensor mean = poisoned({c}, sums), var = poisoned({c}, sums);
  const Tensor gw = poisoned({c}, sums), gb = poisoned({c}, sums);
  const double eps = 1e-5, count = static_cast<double>(n * size), tolerance = std::is_same_v<T, double> ? 1e-10 : sizeof(T) == 4 ? 3e-5 : 3e-2;
  if (training) {
    run(kernels::batch_norm_stats, mean, var, x);
  } else {
    mean = filled<Sum<T>>({c}, 7), var = filled<Sum<T>>({c}, 8);
    for (int64_t i = 0; i < c; ++i) var.data<Sum<T>>()[i] = var.data<Sum<T>>()[i] * var.data<Sum<T>>()[i] + Sum<T>(0.5);
  }
  run(kernels::batch_norm, out, x, mean, var, weight, bias, eps);
  run(kernels::batch_norm_backward, gx, gw, gb, gy, x, mean, var, weight, eps, training);
  for (int64_t k = 0; k < c; ++k) {
    const auto at = [&](int64_t b, int64_t i) { return b * x.stride(0) + k * x.stride(1) + i * x.stride(2); };
    double m = 0, v = 0, sum_g = 0, sum_gd = 0;
    if (training) {
      for (int64_t b = 0; b < n; ++b) for (int64_t i = 0; i < size; ++i) m += number<T>(x, at(b, i)) / count;
      for (int64_t b = 0; b < n; ++b) for (int64_t i = 0; i < size; ++i) v += std::pow(number<T>(x, at(b, i)) - m, 2) / count;
      ASSERT_NEAR(number<Sum<T>>(mean, k), m, (1 + std::abs(m)) * 1e-6) << s[0] << " " << s[1] << " " << s[2];
      ASSERT_NEAR(number<Sum<T>>(var, k), v, (v + std::abs(m) * 1e-4) * 1e-5);
    } else {
      m = number<Sum<T>>(mean, k), v = number<Sum<T>>(var, k);
    }
    const double rstd = 1 / std::sqrt(v + eps), w = affine ? number<T>(weight, k) : 1, shift = affine ? number<T>(bias, k) : 0;
    for (int64_t b = 0; b < n; ++b)
      for (int64_t i = 0; i < size; ++i) sum_g += number<T>(gy, at(b, i)), sum_gd += number<T>(gy, at(b, i)) * (number<T>(x, at(b, i)) - m) * rstd;
    const double scale = 1 + (std::abs(offset) + 1) * rstd;
    ASSERT_NEAR(number<Sum<T>>(gb, k), sum_g, 1e-6 * count);
    ASSERT_NEAR(number<Sum<T>>(gw, k), sum_gd, 1e-5 * count * scale);
    for (int64_t b = 0; b < n; ++b)
      for (int64_t i = 0; i < size; ++i) {
        const double d = (number<T>(x, at(b, i)) - m) * rstd, g = number<T>(gy, at(b, i));
        ASSERT_NEAR(number<T>(out, at(b, i)), d * w + shift, tolerance * scale);
        ASSERT_NEAR(number<T>(gx, at(b, i)), w * rstd * (training ? g - sum_g / count - d * sum_gd / count : g), tolerance * scale * (1 + rstd));
      }
  }
}

TEST(BatchNorm, StatisticsForwardAndBackward) {
  // One element short of, at and past a register, a Wide and a part; rows; one channel; planes cut into parts.
  const Dims shapes[] = {{2, 3, 4}, {4, 5, 1}, {7, 70, 1}, {300, 20, 1}, {2, 1, 1}, {3, 2, 63}, {3, 2, 64}, {3, 2, 65}, {2, 2, 2047}, {1, 2, 2049}, {2, 3, 5000}, {40, 3, 97}, {5, 33, 16}};
  for (const Dims& s : shapes)
    for (const bool last : {false, true})
      for (const bool affine : {false, true})
        for (const bool training : {false, true}) {
          check_case<float>(s, last, affine, training, 0);
          check_case<double>(s, last, affine, training, 0);
          check_case<Half>(s, last, affine, training, 0);
          check_case<BFloat16>(s, last, affine, training, 0);
          if (HasFatalFailure()) return;
        }
}

TEST(BatchNorm, AMeanFarFromZeroCostsTheVarianceNoDigits) {
  check_case<float>({8, 3, 300}, false, true, true, 100);
  check_case<float>({8, 3, 300}, true, true, true, 100);
}

TEST(BatchNorm, RunningStatisticsAreUpdatedInTheirOwnType) {
  for (const DType dtype : {DType::float32, DType::float64, DType::float16}) {
    const Tensor mean = filled<float>({3}, 1), var = filled<float>({3}, 2), running_mean = empty({3}, dtype), running_var = empty({3}, dtype);
    dispatch_floating(dtype, [&]<class T>() {
      for (int i = 0; i < 3; ++i) running_mean.data<T>()[i] = T(Sum<T>(0.5)), running_var.data<T>()[i] = T(Sum<T>(2));
      run(kernels::batch_norm_update, running_mean, running_var, mean, var, 0.25, int64_t{5});
      for (int i = 0; i < 3; ++i) {
        EXPECT_NEAR(number<T>(running_mean, i), 0.75 * 0.5 + 0.25 * static_cast<double>(mean.data<float>()[i]), 1e-3);
        EXPECT_NEAR(number<T>(running_var, i), 0.75 * 2 + 0.25 * 1.25 * static_cast<double>(var.data<float>()[i]), 1e-3);
      }
    });
  }
}

TEST(BatchNorm, TheSameBitsOnAnyNumberOfThreads) {
  for (const bool last : {false, true}) {
    const Dims s{9, 24, 600};
    const Tensor x = planes<float>(s, last, 1), gy = planes<float>(s, last, 2);
    std::vector<Tensor> first;
    for (const int count : {1, 2, 3}) {
      const Threads threads(count);
      const std::vector<Tensor> r = {poisoned({24}, DType::float32), poisoned({24}, DType::float32), planes<float>(s, last, 3), planes<float>(s, last, 4), poisoned({24}, DType::float32), poisoned({24}, DType::float32)};
      run(kernels::batch_norm_stats, r[0], r[1], x);
      run(kernels::batch_norm, r[2], x, r[0], r[1], OptTensor(), OptTensor(), 1e-5);
      run(kernels::batch_norm_backward, r[3], r[4], r[5], gy, x, r[0], r[1], OptTensor(), 1e-5, true);
      if (first.empty()) first = r;
      for (size_t i = 0; i < r.size(); ++i) EXPECT_TRUE(same_bits(first[i], r[i])) << i << " on " << count << " threads";
    }
  }
}

}  // namespace
}  // namespace dlx::test
