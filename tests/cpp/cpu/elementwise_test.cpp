// The element-wise driver (block_loop.cpp) and the converting loops: every way an operand can lie in memory, against plain loops.
#include "kernels/copy.h"
#include "kernels/comparison.h"
#include "kernels/run.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace dlx::cpu::DLX_ISA {
namespace {

Tensor counting(const Dims& shape, DType dtype) {
  const Tensor x = empty(shape, dtype);
  run(kernels::arange, reshaped(x, {x.numel()}), Scalar(0), Scalar(1));
  return x;
}
template <class T> T at(const Tensor& x, int64_t i, int64_t j) { return x.data<T>()[i * x.stride(0) + j * x.stride(1)]; }

// (rows, columns) of x by another layout: as it is, transposed, every second column, one row or one column repeated.
Tensor laid_out(int layout, int64_t rows, int64_t columns, DType dtype) {
  switch (layout) {
    case 0: return counting({rows, columns}, dtype);
    case 1: return alias(counting({columns, rows}, dtype), {rows, columns}, {1, rows}, 0);
    case 2: return alias(counting({rows, 2 * columns}, dtype), {rows, columns}, {2 * columns, 2}, 0);
    case 3: return alias(counting({columns}, dtype), {rows, columns}, {0, 1}, 0);
    case 4: return alias(counting({rows}, dtype), {rows, columns}, {1, 0}, 0);
    default: return alias(counting({1}, dtype), {rows, columns}, {0, 0}, 0);
  }
}

TEST(Elementwise, AnyLayoutOfAnyOperand) {
  for (const auto& [rows, columns] : {std::pair<int64_t, int64_t>{5, 7}, {3, 700}, {300, 3}, {130, 129}, {1, 1}})
    for (int a_layout = 0; a_layout < 6; ++a_layout)
      for (int b_layout = 0; b_layout < 6; ++b_layout)
        for (int out_layout = 0; out_layout < 3; ++out_layout)
          for (const DType b_dtype : {DType::float32, DType::int16}) {
            const Tensor a = laid_out(a_layout, rows, columns, DType::float32), b = laid_out(b_layout, rows, columns, b_dtype),
                         out = laid_out(out_layout, rows, columns, DType::float32);
            run(kernels::add, out, a, b, Scalar(2), DType::float32);
            for (int64_t i = 0; i < rows; ++i)
              for (int64_t j = 0; j < columns; ++j) {
                const float other = b_dtype == DType::int16 ? at<int16_t>(b, i, j) : at<float>(b, i, j);
                ASSERT_EQ(at<float>(out, i, j), std::fma(2.0f, other, at<float>(a, i, j)))
                    << a_layout << b_layout << out_layout << " at " << i << ", " << j << " of " << rows << " x " << columns;
              }
          }
}

TEST(Elementwise, ResultsOfOtherDTypesAndInPlace) {
  const Tensor x = laid_out(1, 50, 70, DType::int32), out = laid_out(2, 50, 70, DType::float64);
  run(kernels::lt, out, x, laid_out(5, 50, 70, DType::int32), DType::int32);
  run(kernels::mul, x, x, x, DType::int32);
  for (int64_t i = 0; i < 50; ++i)
    for (int64_t j = 0; j < 70; ++j) {
      ASSERT_EQ(at<double>(out, i, j), 0);
      ASSERT_EQ(at<int32_t>(x, i, j), (j * 50 + i) * (j * 50 + i));
    }
}

TEST(Elementwise, IntegersWrap) {
  const Tensor x = empty({100}, DType::int8), out = empty({100}, DType::int8);
  run(kernels::fill, x, Scalar(-128));
  run(kernels::neg, out, x, DType::int8);
  EXPECT_EQ(out.data<int8_t>()[99], -128);
  run(kernels::abs, out, x, DType::int8);
  EXPECT_EQ(out.data<int8_t>()[0], -128);
  run(kernels::add, out, x, x, Scalar(3), DType::int8);
  EXPECT_EQ(out.data<int8_t>()[50], static_cast<int8_t>(-128 * 4));
  run(kernels::pow, out, x, x, DType::int8);  // a negative exponent
  EXPECT_EQ(out.data<int8_t>()[50], 0);
}

TEST(Copy, ConvertsBetweenAllDTypes) {
  for (int from = 0; from < kDTypeCount; ++from)
    for (int to = 0; to < kDTypeCount; ++to) {
      const Tensor x = counting({1100}, static_cast<DType>(from)), out = empty({1100}, static_cast<DType>(to)), back = empty({1100}, DType::float64);
      run(kernels::copy, out, x);
      run(kernels::copy, back, out);
      for (int64_t i = 0; i < 100; ++i) {
        const bool boolean = static_cast<DType>(from) == DType::boolean || static_cast<DType>(to) == DType::boolean;
        ASSERT_EQ(back.data<double>()[i], boolean ? i != 0 : i) << name_of(x.dtype()) << " to " << name_of(out.dtype());
      }
    }
}

TEST(Copy, FloatsThatNoIntegerHolds) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  const double given[] = {nan, inf, -inf, 1e30, -1e30, -3.9, 300.7, 3e9};
  const Tensor x = empty({8}, DType::float64), wide = empty({8}, DType::int64), byte = empty({8}, DType::uint8), flag = empty({8}, DType::boolean);
  std::memcpy(x.data<double>(), given, sizeof given);
  run(kernels::copy, wide, x);
  run(kernels::copy, byte, x);
  run(kernels::copy, flag, x);
  const int64_t expected[] = {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, -3, 300, 3000000000};
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(wide.data<int64_t>()[i], expected[i]);
    EXPECT_EQ(byte.data<uint8_t>()[i], static_cast<uint8_t>(expected[i]));
    EXPECT_TRUE(flag.data<bool>()[i]);
  }
}

TEST(Copy, TransposesInTiles) {
  for (const DType dtype : {DType::int8, DType::int16, DType::int32, DType::int64})
    for (const auto& [rows, columns] : {std::pair<int64_t, int64_t>{4, 4}, {33, 65}, {100, 257}, {17, 1000}}) {
      const Tensor x = laid_out(1, rows, columns, dtype), out = empty({rows, columns}, dtype), check = empty({rows, columns}, DType::int64);
      run(kernels::copy, out, x);
      run(kernels::copy, check, out);
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t j = 0; j < columns; ++j) {
          const int64_t value = j * rows + i;
          ASSERT_EQ(at<int64_t>(check, i, j), dtype == DType::int8 ? static_cast<int8_t>(value) : dtype == DType::int16 ? static_cast<int16_t>(value) : value);
        }
    }
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
