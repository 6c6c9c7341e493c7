#include "core/loop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

namespace dlx {
namespace {

LoopPlan plan_of(const Tensor& out, const std::vector<Tensor>& inputs) {
  std::vector<const Tensor*> pointers;
  for (const Tensor& x : inputs) pointers.push_back(&x);
  LoopPlan plan;
  plan_loop(plan, out, pointers);
  return plan;
}
Dims strides_of(const Dims& shape, const std::vector<Tensor>& inputs) {
  std::vector<const Tensor*> pointers;
  for (const Tensor& x : inputs) pointers.push_back(&x);
  return result_strides(shape, pointers);
}
Tensor transposed(const Tensor& x) { return alias(x, {x.size(1), x.size(0)}, {x.stride(1), x.stride(0)}, x.offset()); }
Tensor f32(const Dims& shape) { return empty(shape, DType::float32); }
// Shape (n, c, h, w), channels fastest in memory.
Tensor channels_last(int64_t n, int64_t c, int64_t h, int64_t w) {
  return empty_strided({n, c, h, w}, {c * h * w, 1, w * c, c}, DType::float32);
}

TEST(PlanLoop, ContiguousTensorsAreOneDimension) {
  const LoopPlan plan = plan_of(f32({2, 3, 4}), {f32({2, 3, 4}), empty({2, 3, 4}, DType::float64)});
  EXPECT_EQ(plan.operands, 3);
  EXPECT_EQ(plan.ndim, 1);
  EXPECT_EQ(plan.numel, 24);
  EXPECT_EQ(plan.size[0], 24);
  EXPECT_EQ(plan.stride[0][0], 4);
  EXPECT_EQ(plan.stride[2][0], 8);
  EXPECT_EQ(plan.dtype[2], DType::float64);
  EXPECT_TRUE(plan.contiguous);
}

TEST(PlanLoop, TensorsInOneOtherOrderAreOneDimensionToo) {
  const LoopPlan matrix = plan_of(transposed(f32({3, 5})), {transposed(f32({3, 5}))});
  EXPECT_EQ(matrix.ndim, 1);
  EXPECT_EQ(matrix.size[0], 15);
  EXPECT_TRUE(matrix.contiguous);
  const LoopPlan images = plan_of(channels_last(2, 3, 4, 5), {channels_last(2, 3, 4, 5)});
  EXPECT_EQ(images.ndim, 1);
  EXPECT_EQ(images.size[0], 120);
  EXPECT_TRUE(images.contiguous);
}

TEST(PlanLoop, TheResultsFastestDimensionComesFirst) {
  const LoopPlan plan = plan_of(f32({3, 5}), {transposed(f32({5, 3}))});
  EXPECT_EQ(plan.ndim, 2);
  EXPECT_FALSE(plan.contiguous);
  EXPECT_EQ(plan.size[0], 5);
  EXPECT_EQ(plan.stride[0][0], 4);
  EXPECT_EQ(plan.stride[1][0], 12);
  EXPECT_EQ(plan.stride[0][1], 20);
  EXPECT_EQ(plan.stride[1][1], 4);
}

TEST(PlanLoop, OnlyWhatEveryOperandWalksAsOneIsMerged) {
  // A row broadcast to (2, 3, 4): the outer two merge, the row stays apart.
  const LoopPlan plan = plan_of(f32({2, 3, 4}), {f32({2, 3, 4}), f32({4})});
  EXPECT_EQ(plan.ndim, 2);
  EXPECT_EQ(plan.size[0], 4);
  EXPECT_EQ(plan.size[1], 6);
  EXPECT_EQ(plan.stride[2][0], 4);
  EXPECT_EQ(plan.stride[2][1], 0);
}

TEST(PlanLoop, NumbersRepeatWithoutBreakingTheLoop) {
  const LoopPlan plan = plan_of(f32({2, 3}), {f32({2, 3}), f32(Dims())});
  EXPECT_EQ(plan.ndim, 1);
  EXPECT_EQ(plan.stride[2][0], 0);
  EXPECT_TRUE(plan.contiguous);
  const LoopPlan scalar = plan_of(f32(Dims()), {f32(Dims())});
  EXPECT_EQ(scalar.ndim, 1);
  EXPECT_EQ(scalar.size[0], 1);
  EXPECT_TRUE(scalar.contiguous);
}

TEST(PlanLoop, DimensionsOfOneElementVanish) {
  const Tensor m = f32({4, 6});
  const LoopPlan plan = plan_of(alias(m, {4, 1, 3}, {6, 77, 1}, 0), {f32({4, 1, 3})});
  EXPECT_EQ(plan.ndim, 2);
  EXPECT_EQ(plan.size[0], 3);
  EXPECT_EQ(plan.size[1], 4);
}

TEST(PlanLoop, AnEmptyResultHasNoElements) {
  EXPECT_EQ(plan_of(f32({2, 0, 3}), {f32({3})}).numel, 0);
  EXPECT_EQ(plan_of(transposed(f32({0, 3})), {f32({3, 1})}).numel, 0);
}

// Whatever is sorted and merged, the loop pairs the elements that the indices pair.
TEST(PlanLoop, PairsTheElementsThatBroadcastingPairs) {
  std::mt19937 random(2);
  const auto draw = [&](int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); };
  const auto shuffled = [&](const Dims& shape) {  // a tensor with its dimensions in some order and some gaps
    std::vector<int64_t> order(static_cast<size_t>(shape.size()));
    for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i);
    std::shuffle(order.begin(), order.end(), random);
    Dims strides(shape.size());
    int64_t step = draw(1, 2);
    for (const int64_t d : order) {
      strides[d] = step;
      step *= shape[d] + (draw(0, 3) == 0 ? 1 : 0);
    }
    return empty_strided(shape, strides, DType::float32);
  };
  for (int trial = 0; trial < 2000; ++trial) {
    Dims shape(draw(0, 5));
    for (int64_t& size : shape) size = draw(1, 4);
    const Tensor out = shuffled(shape);
    std::vector<Tensor> inputs;
    for (int64_t k = draw(1, 3); k > 0; --k) {
      Dims own = shape;
      for (int64_t& size : own) size = draw(0, 3) == 0 ? 1 : size;
      while (!own.empty() && draw(0, 4) == 0) own.erase(0);
      inputs.push_back(shuffled(own));
    }
    using Offsets = std::array<int64_t, kMaxLoopOperands>;
    std::vector<Offsets> expected, got;
    for (int64_t i = 0; i < out.numel(); ++i) {
      Offsets at{};
      int64_t rest = i;
      for (int64_t d = shape.size() - 1; d >= 0; --d) {
        const int64_t index = rest % shape[d];
        rest /= shape[d];
        at[0] += index * out.stride(d) * 4;
        for (size_t k = 0; k < inputs.size(); ++k) {
          const int64_t own = d - (shape.size() - inputs[k].dim());
          if (own >= 0 && inputs[k].size(own) > 1) at[k + 1] += index * inputs[k].stride(own) * 4;
        }
      }
      expected.push_back(at);
    }
    const LoopPlan plan = plan_of(out, inputs);
    ASSERT_EQ(plan.numel, out.numel());
    for (int64_t i = 0; i < plan.numel; ++i) {
      int64_t offset[kMaxLoopOperands] = {};
      plan.locate(i, offset);
      Offsets at{};
      for (size_t k = 0; k <= inputs.size(); ++k) at[k] = offset[k];
      got.push_back(at);
    }
    for (int64_t d = 1; d < plan.ndim; ++d) {
      ASSERT_LE(plan.stride[0][d - 1], plan.stride[0][d]) << "trial " << trial;
    }
    std::sort(expected.begin(), expected.end());
    std::sort(got.begin(), got.end());
    ASSERT_EQ(got, expected) << "trial " << trial;
  }
}

TEST(ResultStrides, KeepTheOrderOfTheInputs) {
  EXPECT_EQ(strides_of({3, 5}, {f32({3, 5}), f32({3, 5})}), (Dims{5, 1}));
  EXPECT_EQ(strides_of({5, 3}, {transposed(f32({3, 5}))}), (Dims{1, 5}));
  const Tensor image = channels_last(2, 3, 4, 5);
  EXPECT_EQ(strides_of(image.shape(), {image}), image.strides());
  EXPECT_EQ(strides_of(image.shape(), {image, f32({3, 1, 1})}), image.strides());
  EXPECT_EQ(strides_of(image.shape(), {f32(Dims()), image}), image.strides());
}

TEST(ResultStrides, CloseGapsButKeepTheOrder) {
  const Tensor m = f32({8, 8});
  EXPECT_EQ(strides_of({3, 5}, {alias(m, {3, 5}, {8, 1}, 0)}), (Dims{5, 1}));
  EXPECT_EQ(strides_of({3, 5}, {alias(m, {3, 5}, {1, 8}, 0)}), (Dims{1, 3}));
}

TEST(ResultStrides, TheFirstInputDecides) {
  const Tensor rows = f32({3, 5}), columns = transposed(f32({5, 3}));
  EXPECT_EQ(strides_of({3, 5}, {rows, columns}), (Dims{5, 1}));
  EXPECT_EQ(strides_of({3, 5}, {columns, rows}), (Dims{1, 3}));
}

TEST(ResultStrides, AnExpandedInputGivesADenseResult) {
  const Tensor row = alias(f32({5}), {3, 5}, {0, 1}, 0);
  EXPECT_EQ(strides_of({3, 5}, {row}), (Dims{5, 1}));
  EXPECT_EQ(strides_of({3, 5}, {f32({3, 1}), f32({1, 5})}), (Dims{5, 1}));
}

}  // namespace
}  // namespace dlx
