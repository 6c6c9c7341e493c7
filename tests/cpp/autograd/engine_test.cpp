#include "autograd/engine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/errors.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "ops/view.h"
#include "tensors.h"

namespace dlx::autograd {
namespace {

using test::elements;
using test::grad;
using test::leaf;
using test::message_of;
using test::tensor;
using Values = std::vector<float>;

Tensor sum(const Tensor& x) { return ops::sum(x, std::nullopt, false, std::nullopt); }

void backward(const Tensor& out, const BackwardOptions& options = {}) { run_backward({&out, 1}, {}, {}, options); }
Tensor gradient(const Tensor& out, const Tensor& of, BackwardOptions options = {}) {
  options.accumulate = false;
  return run_backward({&out, 1}, {}, {&of, 1}, options)[0];
}

struct FunctionHook : Hook {
  explicit FunctionHook(std::function<Tensor(const Tensor&)> f) : function(std::move(f)) {}
  Tensor call(const Tensor& g) override { return function(g); }
  std::function<Tensor(const Tensor&)> function;
};
int64_t add_hook(const Tensor& x, std::function<Tensor(const Tensor&)> f) {
  return autograd::add_hook(x, std::make_shared<FunctionHook>(std::move(f)));
}

// Everything made in a test's body is gone at its end.
class BackwardEngine : public testing::Test {
 protected:
  void SetUp() override { before_ = live_counts(); }
  void TearDown() override {
    const LiveCounts after = live_counts();
    EXPECT_EQ(after.tensors, before_.tensors);
    EXPECT_EQ(after.nodes, before_.nodes);
    EXPECT_EQ(after.storages, before_.storages);
  }

 private:
  LiveCounts before_;
};

TEST_F(BackwardEngine, SumsTheGradientsOfEveryUse) {
  const Tensor x = leaf({-1, 0, 2});
  backward(sum(ops::add(ops::mul(x, x), ops::exp(x))));
  const Values got = elements(grad(x));
  for (size_t i = 0; i < 3; ++i) {
    const float v = elements(x)[i];
    EXPECT_NEAR(got[i], 2 * v + std::exp(v), 1e-6) << i;
  }
}

TEST_F(BackwardEngine, AccumulatesIntoGrad) {
  const Tensor x = leaf({3});
  backward(sum(ops::mul(x, x)));
  const Tensor first = grad(x);
  backward(sum(ops::mul(x, x)));
  EXPECT_EQ(elements(grad(x)), Values{12});
  EXPECT_TRUE(grad(x).same(first));  // in place
}

TEST_F(BackwardEngine, TakesAGradientForALargerOutput) {
  const Tensor x = leaf({1, 2}), out = ops::mul(x, x), weights = tensor({10, 100});
  run_backward({&out, 1}, {&weights, 1}, {}, {});
  EXPECT_EQ(elements(grad(x)), (Values{20, 400}));
}

TEST_F(BackwardEngine, SumsWhatWasBroadcastAndCastsWhatWasPromoted) {
  const Tensor x = leaf({2}), half = ops::to(x, std::nullopt, DType::float16);
  backward(sum(ops::mul(half, tensor({1, 2, 3}))));
  EXPECT_EQ(grad(x).dtype(), DType::float32);
  EXPECT_EQ(elements(grad(x)), Values{6});
}

TEST_F(BackwardEngine, AMillionOpsInARowRunAndEnd) {
  const Tensor x = leaf({1});
  Tensor y = x;
  for (int i = 0; i < 1000000; ++i) y = ops::neg(y);
  backward(y);
  EXPECT_EQ(elements(grad(x)), Values{1});
}

TEST_F(BackwardEngine, AMillionOpsThatNeverRanEnd) {
  const Tensor x = leaf({1});
  Tensor y = x;
  for (int i = 0; i < 1000000; ++i) y = ops::exp(y);
  y = Tensor();
  EXPECT_FALSE(grad(x).defined());
}

TEST_F(BackwardEngine, CreateGraphGivesTheSecondDerivative) {
  const Tensor x = leaf({2, 3});
  const Tensor cubes = sum(ops::mul(ops::mul(x, x), x));
  const Tensor first = gradient(cubes, x, {.retain_graph = true, .create_graph = true});
  EXPECT_EQ(elements(first), (Values{12, 27}));
  EXPECT_TRUE(requires_grad(first));
  const Tensor second = gradient(sum(first), x, {.retain_graph = true, .create_graph = true});
  EXPECT_EQ(elements(second), (Values{12, 18}));
  EXPECT_EQ(elements(gradient(sum(second), x)), (Values{6, 6}));
}

TEST_F(BackwardEngine, WithoutCreateGraphNothingIsRecorded) {
  const Tensor x = leaf({2});
  backward(sum(ops::mul(x, x)));
  EXPECT_FALSE(requires_grad(grad(x)));
  EXPECT_TRUE(thread_state.grad_enabled);
}

TEST_F(BackwardEngine, ASecondBackwardNeedsRetainGraph) {
  const Tensor x = leaf({0}), out = sum(ops::exp(x));
  backward(out, {.retain_graph = true});
  backward(out);
  EXPECT_EQ(elements(grad(x)), Values{2});
  EXPECT_EQ(message_of<RuntimeError>([&] { backward(out); }),
            "backward: the graph was freed by an earlier backward (exp needs what it saved). Pass retain_graph=True to the first backward "
            "to go through it twice.");
}

TEST_F(BackwardEngine, AGraphThatSavesNothingRunsTwice) {
  const Tensor x = leaf({1, 2}), out = sum(ops::neg(x));
  backward(out);
  backward(out);
  EXPECT_EQ(elements(grad(x)), (Values{-2, -2}));
}

TEST_F(BackwardEngine, ASavedTensorChangedInPlaceIsAnError) {
  const Tensor x = leaf({1}), y = ops::neg(x);
  const Tensor out = sum(ops::mul(y, y));
  ops::add(y, Scalar(1), 1, y);
  EXPECT_EQ(message_of<RuntimeError>([&] { backward(out); }),
            "backward: a tensor saved by mul was changed in place (saved at version 1, now 2). Use y = y + 1 instead of "
            "y += 1, or change a clone.");
}

TEST_F(BackwardEngine, ASavedOutputChangedInPlaceIsAnErrorToo) {
  const Tensor x = leaf({1}), y = ops::exp(x), out = sum(y);
  {
    const GradMode untracked(false);
    ops::fill_(y, Scalar(0));
  }
  EXPECT_EQ(message_of<RuntimeError>([&] { backward(out); }).rfind("backward: a tensor saved by exp was changed in place", 0), 0u);
}

TEST_F(BackwardEngine, WorksAgainAfterAnError) {
  const Tensor x = leaf({1}), unrelated = tensor({1});
  EXPECT_THROW(backward(unrelated), RuntimeError);
  EXPECT_THROW(backward(ops::mul(leaf({1, 2}), Scalar(2))), RuntimeError);  // two elements and no gradient given
  EXPECT_TRUE(thread_state.grad_enabled);
  backward(sum(ops::mul(x, Scalar(3))));
  EXPECT_EQ(elements(grad(x)), Values{3});
}

TEST_F(BackwardEngine, AHookReplacesTheGradient) {
  const Tensor x = leaf({1, 2}), y = ops::mul(x, Scalar(3));
  Values seen;
  add_hook(y, [&](const Tensor& g) {
    seen = elements(g);
    return ops::mul(g, Scalar(10));
  });
  const int64_t last = add_hook(x, [](const Tensor& g) { return ops::add(g, Scalar(1)); });
  backward(sum(y), {.retain_graph = true});
  EXPECT_EQ(seen, (Values{1, 1}));
  EXPECT_EQ(elements(grad(x)), (Values{31, 31}));
  remove_hook(x, last);
  backward(sum(y));
  EXPECT_EQ(elements(grad(x)), (Values{61, 61}));
}

TEST_F(BackwardEngine, HooksRunInOrderAndMayReturnNothing) {
  const Tensor x = leaf({1});
  std::string order;
  add_hook(x, [&](const Tensor&) { return order += "a", Tensor(); });
  add_hook(x, [&](const Tensor& g) { return order += "b", ops::mul(g, Scalar(2)); });
  add_hook(x, [&](const Tensor& g) { return order += std::to_string(static_cast<int>(elements(g)[0])), Tensor(); });
  backward(sum(ops::add(x, x)));
  EXPECT_EQ(order, "ab4");  // once, with the finished sum
  EXPECT_EQ(elements(grad(x)), Values{4});
}

TEST_F(BackwardEngine, AHooksGradientMustHaveTheShape) {
  const Tensor x = leaf({1});
  add_hook(x, [](const Tensor&) { return tensor({1, 2}); });
  EXPECT_THROW(backward(sum(x)), RuntimeError);
}

TEST_F(BackwardEngine, RetainGradKeepsTheGradientOfAResult) {
  const Tensor x = leaf({1, 2}), y = ops::mul(x, x), other = ops::neg(y);
  retain_grad(y);
  retain_grad(y);  // once is enough
  backward(sum(ops::mul(y, Scalar(5))));
  EXPECT_EQ(elements(grad(y)), (Values{5, 5}));
  EXPECT_EQ(elements(grad(x)), (Values{10, 20}));
  EXPECT_FALSE(grad(other).defined());
}

TEST_F(BackwardEngine, InputsAloneReceiveGradients) {
  const Tensor x = leaf({2}), w = leaf({3}), out = sum(ops::mul(x, w));
  run_backward({&out, 1}, {}, {&x, 1}, {});
  EXPECT_EQ(elements(grad(x)), Values{3});
  EXPECT_FALSE(grad(w).defined());
}

TEST_F(BackwardEngine, AnInputMayBeAResult) {
  const Tensor x = leaf({2}), y = ops::mul(x, x), out = sum(ops::mul(y, y));
  EXPECT_EQ(elements(gradient(out, y, {.retain_graph = true})), Values{8});
  EXPECT_FALSE(grad(x).defined());
  EXPECT_FALSE(grad(y).defined());
  EXPECT_EQ(elements(gradient(out, out)), Values{1});
}

TEST_F(BackwardEngine, AnInputThatRetainsItsGradientGetsItOnce) {
  const Tensor x = leaf({2}), y = ops::mul(x, x), out = sum(ops::mul(y, Scalar(3)));
  retain_grad(y);
  run_backward({&out, 1}, {}, {&y, 1}, {});
  EXPECT_EQ(elements(grad(y)), Values{3});
}

TEST_F(BackwardEngine, AResultThatStandsTwiceAmongTheInputsGetsItsGradientOnce) {
  const Tensor x = leaf({2}), y = ops::mul(x, x), out = sum(ops::mul(y, Scalar(3)));
  const std::vector<Tensor> inputs{y, y};
  run_backward({&out, 1}, {}, inputs, {});
  EXPECT_EQ(elements(grad(y)), Values{3});
  EXPECT_FALSE(grad(x).defined());
}

TEST_F(BackwardEngine, AnUnusedInputIsAnErrorUnlessAllowed) {
  const Tensor x = leaf({2}), unused = leaf({3}), out = sum(ops::mul(x, x));
  EXPECT_EQ(message_of<RuntimeError>([&] { gradient(out, unused, {.retain_graph = true}); }),
            "grad: input 0 was not used to compute the outputs. Pass allow_unused=True for None in its place.");
  EXPECT_FALSE(gradient(out, unused, {.allow_unused = true}).defined());
}

TEST_F(BackwardEngine, TheSameInputTwiceIsAnsweredTwice) {
  const Tensor x = leaf({2}), out = sum(ops::mul(x, x));
  const std::vector<Tensor> inputs{x, x};
  const std::vector<Tensor> got = run_backward({&out, 1}, {}, inputs, {.accumulate = false});
  EXPECT_EQ(elements(got[0]), Values{4});
  EXPECT_EQ(elements(got[1]), Values{4});
}

TEST_F(BackwardEngine, SeveralOutputsShareAGraph) {
  const Tensor x = leaf({2}), y = ops::mul(x, x);
  const std::vector<Tensor> outputs{sum(y), sum(ops::mul(y, x)), y};
  run_backward(outputs, {}, {}, {});
  EXPECT_EQ(elements(grad(x)), Values{4 + 12 + 4});
}

TEST_F(BackwardEngine, ARunMayNestInAHook) {
  const Tensor x = leaf({2}), other = leaf({5}), y = ops::mul(x, x);
  add_hook(y, [&](const Tensor&) {
    const GradMode tracked(true);
    backward(sum(ops::mul(other, other)));
    return grad(other);
  });
  backward(sum(ops::mul(y, Scalar(7))));
  EXPECT_EQ(elements(grad(other)), Values{10});
  EXPECT_EQ(elements(grad(x)), Values{40});
}

TEST_F(BackwardEngine, ANestedRunMayGoThroughTheSameGraph) {
  const Tensor x = leaf({3}), y = ops::mul(x, x), z = ops::mul(y, Scalar(2)), part = sum(y), out = sum(z);
  add_hook(z, [&](const Tensor&) {
    EXPECT_EQ(elements(gradient(part, x, {.retain_graph = true})), Values{6});
    return Tensor();
  });
  backward(out);
  EXPECT_EQ(elements(grad(x)), Values{12});
}

TEST_F(BackwardEngine, FreesWhatWasSavedWhileTheOutputLives) {
  const Tensor x = leaf({1, 2});
  const int64_t before = live_counts().storages;
  const Tensor out = sum(ops::exp(ops::mul(x, x)));
  EXPECT_GT(live_counts().storages, before + 1);
  backward(out);
  EXPECT_EQ(live_counts().storages, before + 2);  // out and x's gradient
}

TEST_F(BackwardEngine, UnderNoGradThereIsNoGraph) {
  const Tensor x = leaf({1});
  const GradMode untracked(false);
  const int64_t before = live_counts().nodes;
  const Tensor y = ops::exp(x);
  EXPECT_EQ(live_counts().nodes, before);
  EXPECT_FALSE(requires_grad(y));
}

}  // namespace
}  // namespace dlx::autograd
