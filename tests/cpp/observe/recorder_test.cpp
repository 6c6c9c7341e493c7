#include "observe/recorder.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "core/errors.h"
#include "ops/common.h"
#include "ops/elementwise.h"
#include "ops/index.h"
#include "tensors.h"

namespace dlx::observe {
namespace {

using test::elements;
using test::message_of;
using test::tensor;
using Values = std::vector<float>;

TEST(Recorder, ReplayFollowsAnInputThatChanged) {
  const Tensor x = tensor({1, 2, 3}), weight = tensor({10, 20, 30});
  Recorder recorder;
  recorder.start();
  const Tensor product = ops::mul(x, weight);
  const Tensor shifted = ops::add(product, weight);
  const Tensor flipped = ops::neg(shifted);
  recorder.stop();
  EXPECT_EQ(elements(flipped), (Values{-20, -60, -120}));
  ASSERT_EQ(recorder.size(), 3u);
  EXPECT_EQ(std::string(recorder.calls()[0].kernel), "mul");
  EXPECT_EQ(std::string(recorder.calls()[1].kernel), "add");
  EXPECT_EQ(std::string(recorder.calls()[2].kernel), "neg");

  ops::copy_(x, tensor({4, 5, 6}));
  EXPECT_EQ(elements(flipped), (Values{-20, -60, -120}));  // not before the replay
  recorder.replay();
  EXPECT_EQ(elements(product), (Values{40, 100, 180}));
  EXPECT_EQ(elements(flipped), (Values{-50, -120, -210}));
  recorder.replay();
  EXPECT_EQ(elements(flipped), (Values{-50, -120, -210}));
  EXPECT_EQ(recorder.size(), 3u);
}

TEST(Recorder, AnUpdateInPlaceIsRepeated) {
  const Tensor total = tensor({0, 0}), step = tensor({1, 2});
  Recorder recorder;
  recorder.start();
  ops::add(total, step, 1, total);
  recorder.stop();
  recorder.replay();
  recorder.replay();
  EXPECT_EQ(elements(total), (Values{3, 6}));
}

TEST(Recorder, KeepsTheMemoryOfWhatIsGone) {
  const Tensor x = tensor({1, 2});
  Tensor out;
  Recorder recorder;
  recorder.start();
  out = ops::exp(ops::mul(x, tensor({0, 0})));  // both temporaries end here
  recorder.stop();
  std::vector<Tensor> others;  // would take their blocks, had they been freed
  for (int i = 0; i < 100; ++i) others.push_back(tensor({7, 7}));
  ops::fill_(out, Scalar(0));
  recorder.replay();
  EXPECT_EQ(elements(out), (Values{1, 1}));
  for (const Tensor& other : others) EXPECT_EQ(elements(other), (Values{7, 7}));
}

TEST(Recorder, AValueReadByTheHostIsAnError) {
  const Tensor x = tensor({3});
  Recorder recorder;
  recorder.start();
  const Tensor doubled = ops::add(x, x);
  EXPECT_EQ(message_of<RuntimeError>([&] { ops::host_scalar(doubled, "item"); }),
            "item: a value was read by the host while kernel calls are being recorded; a replay could not follow it. Read it after "
            "recording.");
  EXPECT_THROW(ops::host_copy(doubled, "numpy"), RuntimeError);
  recorder.stop();
  EXPECT_EQ(ops::host_scalar(doubled, "item").as_double(), 6);
}

TEST(Recorder, ReadingAPythonNumberIsNotAReadOfATensor) {
  Recorder recorder;
  recorder.start();
  EXPECT_EQ(ops::host_scalar(ops::number(2.5), "item").as_double(), 2.5);
  recorder.stop();
}

TEST(Recorder, OneAtATimeAndNoReplayWhileRecording) {
  Recorder first, second;
  first.start();
  EXPECT_THROW(second.start(), RuntimeError);
  EXPECT_THROW(first.start(), RuntimeError);
  EXPECT_THROW(first.replay(), RuntimeError);
  second.stop();  // it never started: the first goes on
  ops::neg(tensor({1}));
  EXPECT_EQ(first.size(), 1u);
  first.stop();
  EXPECT_NO_THROW(second.start());
  second.stop();
}

TEST(Recorder, SeesItsOwnThreadOnly) {
  Recorder recorder;
  recorder.start();
  std::thread([] { ops::neg(tensor({1})); }).join();
  recorder.stop();
  EXPECT_EQ(recorder.size(), 0u);
}

TEST(Recorder, StopsWhenItEnds) {
  {
    Recorder recorder;
    recorder.start();
  }
  EXPECT_EQ(thread_state.observer, nullptr);
}

TEST(Recorder, WhatTheDataShowsIsRaisedInReplayToo) {
  const Tensor x = tensor({10, 20, 30}), index = tensor<int64_t>({2, 0});
  Recorder recorder;
  recorder.start();
  const Tensor out = ops::index_select(x, 0, index);
  recorder.stop();
  EXPECT_EQ(elements(out), (Values{30, 10}));
  ops::copy_(index, tensor<int64_t>({0, 3}));
  EXPECT_THROW(recorder.replay(), IndexError);
  ops::copy_(index, tensor<int64_t>({1, 1}));
  recorder.replay();
  EXPECT_EQ(elements(out), (Values{20, 20}));
}

}  // namespace
}  // namespace dlx::observe
