#include "ops/in_place.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "autograd/engine.h"
#include "core/errors.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "ops/view.h"
#include "tensors.h"

namespace dlx::ops {
namespace {

using test::elements;
using test::grad;
using test::leaf;
using test::message_of;
using test::tensor;
using Values = std::vector<float>;

// The gradient of sum(weights * x), weights 1, 10, 100...: each element of x is told from the others.
void backward_weighted(const Tensor& x) {
  Values weights(1, 1.f);
  while (static_cast<int64_t>(weights.size()) < x.numel()) weights.push_back(weights.back() * 10);
  const Tensor out = sum(mul(x, tensor(weights, x.shape())), std::nullopt, false, std::nullopt);
  autograd::run_backward({&out, 1}, {}, {}, {});
}
std::string error_of_adding_to(const Tensor& x) {
  return message_of<RuntimeError>([&] { add(x, Scalar(1), 1, x); });
}

TEST(InPlace, ASliceMultipliedIsPartOfItsRootsHistory) {
  const Tensor x = leaf({1, 2, 3, 4}), y = leaf({5, 6});
  const Tensor base = mul(x, Scalar(2));
  const Tensor view = slice(base, 0, 1, 3, 1);
  const Tensor result = mul(view, y, view);  // base[1:3] *= y
  EXPECT_TRUE(result.same(view));
  EXPECT_EQ(elements(base), (Values{2, 20, 36, 8}));
  backward_weighted(base);
  EXPECT_EQ(elements(grad(x)), (Values{2, 100, 1200, 2000}));
  EXPECT_EQ(elements(grad(y)), (Values{40, 600}));
}

TEST(InPlace, TheWrittenViewHasTheNewHistoryToo) {
  const Tensor x = leaf({1, 2, 3, 4}), y = leaf({5, 6});
  const Tensor base = mul(x, Scalar(2)), view = slice(base, 0, 1, 3, 1);
  mul(view, y, view);
  backward_weighted(view);
  EXPECT_EQ(elements(grad(x)), (Values{0, 10, 120, 0}));
  EXPECT_EQ(elements(grad(y)), (Values{4, 60}));
}

TEST(InPlace, AViewMadeBeforeTakesItsHistoryFromTheRoot) {
  const Tensor x = leaf({1, 2, 3, 4});
  const Tensor base = mul(x, Scalar(2));
  const Tensor early = slice(base, 0, 0, 2, 1), written = slice(base, 0, 1, 3, 1);
  mul(written, Scalar(7), written);
  EXPECT_EQ(elements(early), (Values{2, 28}));
  backward_weighted(early);
  EXPECT_EQ(elements(grad(x)), (Values{2, 140, 0, 0}));
}

TEST(InPlace, WritingTheRootReachesItsViews) {
  const Tensor x = leaf({1, 2, 3, 4});
  const Tensor base = mul(x, Scalar(2)), view = slice(base, 0, 2, 4, 1);
  mul(base, Scalar(3), base);
  backward_weighted(view);
  EXPECT_EQ(elements(grad(x)), (Values{0, 0, 6, 60}));
}

TEST(InPlace, AViewOfAViewWritesIntoTheRoot) {
  const Tensor x = leaf({1, 2, 3, 4, 5, 6}), y = leaf({10});
  const Tensor base = mul(x, Scalar(1));
  const Tensor matrix = view(base, {2, 3}), column = select(transpose(matrix, 0, 1), 0, 1);  // elements 1 and 4
  mul(column, y, column);
  EXPECT_EQ(elements(base), (Values{1, 20, 3, 4, 50, 6}));
  EXPECT_EQ(elements(matrix), (Values{1, 20, 3, 4, 50, 6}));
  backward_weighted(matrix);
  EXPECT_EQ(elements(grad(x)), (Values{1, 100, 100, 1000, 100000, 100000}));
  EXPECT_EQ(elements(grad(y)), Values{20 + 50000});
}

TEST(InPlace, AConstantRootGetsAHistoryFromWhatIsWritten) {
  const Tensor y = leaf({3, 4}), base = tensor({1, 1, 1, 1});
  const Tensor view = slice(base, 0, 0, 4, 2);
  copy_(view, y);
  EXPECT_EQ(elements(base), (Values{3, 1, 4, 1}));
  EXPECT_TRUE(autograd::requires_grad(base));
  backward_weighted(base);
  EXPECT_EQ(elements(grad(y)), (Values{1, 100}));
}

TEST(InPlace, WritesInARowKeepTheirOrder) {
  const Tensor x = leaf({1, 2, 3});
  const Tensor base = mul(x, Scalar(1));
  const Tensor left = slice(base, 0, 0, 2, 1), right = slice(base, 0, 1, 3, 1);
  mul(left, left, left);          // x0^2, x1^2, x2
  mul(right, Scalar(3), right);   // x0^2, 3 x1^2, 3 x2
  mul(left, Scalar(2), left);     // 2 x0^2, 6 x1^2, 3 x2
  EXPECT_EQ(elements(base), (Values{2, 24, 9}));
  backward_weighted(base);
  EXPECT_EQ(elements(grad(x)), (Values{4, 240, 300}));
}

TEST(InPlace, TheNodesOfAWriteAreFreed) {
  const LiveCounts before = live_counts();
  {
    const Tensor x = leaf({1, 2, 3, 4}), base = mul(x, x), view = slice(base, 0, 1, 3, 1);
    mul(view, view, view);
    backward_weighted(base);
  }
  EXPECT_EQ(live_counts().tensors, before.tensors);
  EXPECT_EQ(live_counts().nodes, before.nodes);
  EXPECT_EQ(live_counts().storages, before.storages);
}

TEST(InPlace, ALeafThatWantsAGradientIsRefused) {
  const Tensor x = leaf({1, 2});
  EXPECT_EQ(error_of_adding_to(x),
            "add: a leaf tensor that requires a gradient cannot be changed in place. Do it under dlx.no_grad(), or on a clone.");
  EXPECT_EQ(elements(x), (Values{1, 2}));
  EXPECT_EQ(x.version(), 0u);
  const GradMode untracked(false);
  add(x, Scalar(1), 1, x);
  EXPECT_EQ(elements(x), (Values{2, 3}));
}

TEST(InPlace, AViewOfSuchALeafIsRefused) {
  const Tensor x = leaf({1, 2});
  EXPECT_EQ(error_of_adding_to(slice(x, 0, 0, 1, 1)),
            "add: a view of a leaf tensor that requires a gradient cannot be changed in place. Do it under dlx.no_grad(), or on a clone.");
  EXPECT_EQ(elements(x), (Values{1, 2}));
}

TEST(InPlace, AnOutputOfSplitIsRefusedUnderGradients) {
  const Tensor base = mul(leaf({1, 2}), Scalar(1));
  EXPECT_EQ(error_of_adding_to(split_size(base, 1, 0)[0]),
            "add: an output of split, chunk or unbind, or an input that a Function returned as it is, cannot be changed in place "
            "while gradients are recorded. Change a clone, or a slice.");
}

TEST(InPlace, AViewMadeUnderNoGradIsRefusedUnderGradients) {
  const Tensor base = mul(leaf({1, 2}), Scalar(1));
  Tensor view;
  {
    const GradMode untracked(false);
    view = slice(base, 0, 0, 1, 1);
  }
  EXPECT_EQ(error_of_adding_to(view),
            "add: a view that was made under no_grad cannot be changed in place while gradients are recorded. "
            "Make the view again outside of no_grad.");
}

TEST(InPlace, AnExpandedTensorIsRefused) {
  const Tensor row = tensor({1, 2});
  EXPECT_EQ(error_of_adding_to(expand(row, {3, 2})),
            "add: some elements of the tensor share one place in memory (an expanded tensor?), so it cannot be written in place. Got shape "
            "(3, 2) with strides (0, 1). Write to a clone.");
  EXPECT_EQ(elements(row), (Values{1, 2}));
}

TEST(InPlace, ReadOnlyMemoryIsRefused) {
  float memory[2] = {1, 2};
  const Tensor x =
      on_storage(wrap_storage(memory, sizeof memory, kCpu, /*read_only*/ true, memory, [](void*) noexcept {}), {2}, {1}, 0, DType::float32);
  const std::string expected =
      "the tensor's memory is read-only (a NumPy array without the write flag, or a mapped file). Write to a clone.";
  EXPECT_EQ(error_of_adding_to(x), "add: " + expected);
  EXPECT_EQ(message_of<RuntimeError>([&] { copy_(slice(x, 0, 0, 1, 1), tensor({9})); }), "copy_: " + expected);
  EXPECT_THROW(fill_(x, Scalar(0)), RuntimeError);
  EXPECT_THROW(add(tensor({1, 1}), Scalar(1), 1, x), RuntimeError);  // as out=
  EXPECT_EQ(memory[0], 1);
  EXPECT_EQ(memory[1], 2);
  EXPECT_EQ(elements(add(x, Scalar(1))), (Values{2, 3}));  // reading is free
}

TEST(InPlace, AnInputThatIsWrittenOverInPartIsRefused) {
  const Tensor x = tensor({1, 2, 3, 4});
  const Tensor left = slice(x, 0, 0, 3, 1), right = slice(x, 0, 1, 4, 1);
  EXPECT_EQ(message_of<RuntimeError>([&] { add(left, right, 1, left); }),
            "add: the result would be written over part of an input's memory. Use a clone of one of them.");
  EXPECT_EQ(elements(x), (Values{1, 2, 3, 4}));
}

}  // namespace
}  // namespace dlx::ops
