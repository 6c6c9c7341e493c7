#include "core/tensor.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <utility>
#include <vector>

#include "core/errors.h"

namespace dlx {
namespace {

TEST(TensorLayout, ContiguousIsRowMajor) {
  EXPECT_TRUE(is_contiguous({2, 3, 4}, {12, 4, 1}));
  EXPECT_TRUE(is_contiguous(Dims(), Dims()));
  EXPECT_TRUE(is_contiguous({2, 1, 4}, {4, 99, 1}));  // the stride of one element does not count
  EXPECT_TRUE(is_contiguous({2, 0, 4}, {7, 5, 3}));   // nor do any where there are no elements
  EXPECT_FALSE(is_contiguous({3, 2}, {1, 3}));
  EXPECT_FALSE(is_contiguous({2, 3}, {4, 1}));
  EXPECT_FALSE(is_contiguous({2, 3}, {0, 1}));
}

TEST(TensorLayout, DenseIsAnyOrderWithoutGaps) {
  EXPECT_TRUE(is_dense({2, 3, 4}, {12, 4, 1}));
  EXPECT_TRUE(is_dense({2, 3, 4, 5}, {60, 1, 15, 3}));  // channels last
  EXPECT_TRUE(is_dense({3, 1, 2}, {1, 77, 3}));
  EXPECT_TRUE(is_dense({0, 3}, {9, 9}));
  EXPECT_FALSE(is_dense({2, 3}, {4, 1}));
  EXPECT_FALSE(is_dense({4}, {2}));
  EXPECT_FALSE(is_dense({2, 3}, {0, 1}));
}

TEST(TensorLayout, OverlapsItselfWhereTwoIndicesMeet) {
  EXPECT_FALSE(overlaps_itself({2, 3}, {3, 1}));
  EXPECT_FALSE(overlaps_itself({3, 2}, {1, 3}));
  EXPECT_FALSE(overlaps_itself({2, 3}, {10, 2}));
  EXPECT_FALSE(overlaps_itself({1, 3}, {0, 1}));
  EXPECT_FALSE(overlaps_itself({0, 3}, {0, 0}));
  EXPECT_TRUE(overlaps_itself({2, 3}, {0, 1}));   // expanded
  EXPECT_TRUE(overlaps_itself({3, 2}, {1, 1}));   // windows
  EXPECT_TRUE(overlaps_itself({2, 3}, {2, 1}));
}

TEST(TensorLayout, WhatIsNotSaidToOverlapDoesNot) {
  for (int64_t a = 0; a < 8; ++a)
    for (int64_t b = 0; b < 8; ++b)
      for (int64_t c = 0; c < 8; ++c) {
        if (overlaps_itself({2, 3, 2}, {a, b, c})) continue;
        std::set<int64_t> reached;
        for (int64_t i = 0; i < 2; ++i)
          for (int64_t j = 0; j < 3; ++j)
            for (int64_t k = 0; k < 2; ++k) reached.insert(i * a + j * b + k * c);
        EXPECT_EQ(reached.size(), 12u) << a << " " << b << " " << c;
      }
}

TEST(TensorReach, IsOnePastTheLastElement) {
  EXPECT_EQ(reach(Dims{2, 3}, Dims{3, 1}, 0), 6);
  EXPECT_EQ(reach(Dims{2, 3}, Dims{10, 2}, 5), 20);
  EXPECT_EQ(reach(Dims{2, 3}, Dims{0, 0}, 4), 5);
  EXPECT_EQ(reach(Dims(), Dims(), 7), 8);
  EXPECT_EQ(reach(Dims{2, 0}, Dims{3, 1}, 100), 0);
}

TEST(TensorReach, SaysWhatDoesNotFit) {
  EXPECT_EQ(reach(Dims{2}, Dims{1}, -1), -1);
  EXPECT_EQ(reach(Dims{2}, Dims{-1}, 5), -1);
  EXPECT_EQ(reach(Dims{3}, Dims{INT64_MAX / 2 + 1}, 0), -1);               // the product
  EXPECT_EQ(reach(Dims{2, 2}, Dims{INT64_MAX, INT64_MAX}, 0), -1);         // the sum
  EXPECT_EQ(reach(Dims{2}, Dims{INT64_MAX}, 0), -1);                       // the one past it
  EXPECT_EQ(reach(Dims{2}, Dims{1}, INT64_MAX), -1);                       // the offset
  EXPECT_EQ(reach(Dims{2}, Dims{INT64_MAX - 1}, 0), INT64_MAX);
}

Tensor window(const Tensor& matrix, int64_t row, int64_t rows, int64_t column, int64_t columns) {
  return alias(matrix, {rows, columns}, matrix.strides(), row * matrix.stride(0) + column);
}

TEST(TensorOverlap, ColumnRangesOfAMatrixAreApart) {
  const Tensor m = empty({4, 10}, DType::float32);
  EXPECT_EQ(overlap_of(window(m, 0, 4, 0, 3), window(m, 0, 4, 3, 3)), Overlap::none);
  EXPECT_EQ(overlap_of(window(m, 0, 4, 3, 3), window(m, 0, 4, 0, 3)), Overlap::none);
  EXPECT_EQ(overlap_of(window(m, 0, 4, 0, 8), window(m, 0, 4, 8, 2)), Overlap::none);
  EXPECT_EQ(overlap_of(window(m, 0, 4, 0, 4), window(m, 0, 4, 3, 4)), Overlap::partial);
  EXPECT_EQ(overlap_of(window(m, 0, 2, 0, 10), window(m, 2, 2, 0, 10)), Overlap::none);
  EXPECT_EQ(overlap_of(window(m, 0, 3, 0, 10), window(m, 2, 2, 0, 10)), Overlap::partial);
}

TEST(TensorOverlap, SameIsTheSameElementsInTheSameOrder) {
  const Tensor m = empty({4, 4}, DType::float32);
  EXPECT_EQ(overlap_of(m, m), Overlap::same);
  EXPECT_EQ(overlap_of(m, alias(m)), Overlap::same);
  EXPECT_EQ(overlap_of(window(m, 1, 2, 1, 2), window(m, 1, 2, 1, 2)), Overlap::same);
  EXPECT_EQ(overlap_of(m, alias(m, {4, 4}, {1, 4}, 0)), Overlap::partial);  // transposed
  EXPECT_EQ(overlap_of(m, alias(m, {16}, {1}, 0)), Overlap::partial);
  EXPECT_EQ(overlap_of(alias(m, {1, 4}, {4, 1}, 0), alias(m, {1, 4}, {9, 1}, 0)), Overlap::same);
}

TEST(TensorOverlap, NoneWithoutCommonMemory) {
  const Tensor m = empty({4, 4}, DType::float32);
  EXPECT_EQ(overlap_of(m, empty({4, 4}, DType::float32)), Overlap::none);
  EXPECT_EQ(overlap_of(m, alias(m, {0, 4}, {4, 1}, 0)), Overlap::none);
  EXPECT_EQ(overlap_of(alias(m, {8}, {2}, 0), alias(m, {8}, {2}, 1)), Overlap::none);  // even and odd places
}

TEST(TensorOverlap, TwoStoragesOnOneMemoryMeet) {
  float memory[8] = {};
  const auto keep = [](void*) noexcept {};
  const Tensor a = on_storage(wrap_storage(memory, 32, kCpu, false, memory, keep), {8}, {1}, 0, DType::float32);
  const Tensor b = on_storage(wrap_storage(memory + 4, 16, kCpu, false, memory, keep), {4}, {1}, 0, DType::float32);
  EXPECT_EQ(overlap_of(a, b), Overlap::partial);
  EXPECT_EQ(overlap_of(alias(a, {4}, {1}, 0), b), Overlap::none);
  EXPECT_EQ(overlap_of(alias(a, {4}, {1}, 4), b), Overlap::same);
}

std::set<int64_t> places(const Tensor& x) {
  std::set<int64_t> all;
  for (int64_t i = 0; i < x.size(0); ++i)
    for (int64_t j = 0; j < x.size(1); ++j) all.insert(x.offset() + i * x.stride(0) + j * x.stride(1));
  return all;
}
bool meet(const Tensor& a, const Tensor& b) {
  const std::set<int64_t> first = places(a);
  for (const int64_t place : places(b))
    if (first.count(place)) return true;
  return false;
}

TEST(TensorOverlap, IsRightForAnyTwoViewsAndExactForColumnRanges) {
  const Tensor memory = empty({200}, DType::int8);
  std::mt19937 random(1);
  const auto draw = [&](int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); };
  int apart = 0;
  for (int i = 0; i < 20000; ++i) {
    const bool alike = draw(0, 3) > 0;
    const Dims strides{draw(0, 9), draw(0, 9)};
    const Tensor a = alias(memory, {draw(1, 5), draw(1, 5)}, strides, draw(0, 40));
    const Tensor b = alias(memory, {draw(1, 5), draw(1, 5)}, alike ? strides : Dims{draw(0, 9), draw(0, 9)}, draw(0, 40));
    const Overlap got = overlap_of(a, b);
    EXPECT_EQ(got, overlap_of(b, a));
    if (got == Overlap::none) {
      ++apart;
      EXPECT_FALSE(meet(a, b)) << i;
    } else if (got == Overlap::same) {
      EXPECT_EQ(places(a), places(b)) << i;
    }
  }
  EXPECT_GT(apart, 1000);
  const Tensor m = alias(memory, {6, 9}, {9, 1}, 0);
  for (int i = 0; i < 20000; ++i) {
    const int64_t cut = draw(1, 8), first = draw(0, cut - 1), second = draw(cut, 8);
    const int64_t row = draw(0, 5), other_row = draw(0, 5);
    const Tensor a = window(m, row, draw(1, 6 - row), first, draw(1, cut - first));
    const Tensor b = window(m, other_row, draw(1, 6 - other_row), second, draw(1, 9 - second));
    EXPECT_EQ(overlap_of(a, b), Overlap::none) << i;
  }
}

TEST(TensorHandle, AliasSharesMemoryAndVersion) {
  const Tensor x = empty({2, 3}, DType::float64);
  const Tensor row = alias(x, {3}, {1}, 3);
  EXPECT_EQ(row.data<double>(), x.data<double>() + 3);
  ++x.impl()->version();
  EXPECT_EQ(row.version(), x.version());
  EXPECT_EQ(row.numel(), 3);
  EXPECT_EQ(row.nbytes(), 24);
}

TEST(TensorHandle, EmptyRefusesTooManyDimensionsAndElements) {
  EXPECT_EQ(empty(Dims(kMaxDims, 1), DType::int8).dim(), kMaxDims);
  EXPECT_THROW(empty(Dims(kMaxDims + 1, 1), DType::int8), ShapeError);
  EXPECT_THROW(empty({int64_t{1} << 40, int64_t{1} << 40}, DType::int8), ShapeError);
  EXPECT_THROW(empty_strided({2, 2}, {INT64_MAX, 1}, DType::int8), ShapeError);
  EXPECT_THROW(empty_strided({2, 2}, {-2, 1}, DType::int8), ShapeError);
}

TEST(TensorHandle, NumbersAreWeakAndKeepTheirKind) {
  EXPECT_TRUE(Operand(Scalar(3)).is_number());
  EXPECT_EQ(Operand(Scalar(3)).dtype(), DType::int64);
  EXPECT_EQ(Operand(Scalar(0.5)).dtype(), DType::float64);
  EXPECT_EQ(Operand(Scalar(true)).dtype(), DType::boolean);
  EXPECT_EQ(*Operand(Scalar(int64_t{1} << 62)).data<int64_t>(), int64_t{1} << 62);
}

}  // namespace
}  // namespace dlx
