#include "kernels/run.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/errors.h"
#include "tensors.h"

namespace dlx {
namespace {

using test::elements;
using test::message_of;
using test::tensor;

// out = factor * x + bias, total += out. bias: undefined for zeros.
constinit Kernel<void(Out out, InOut total, const Tensor& x, const OptTensor& bias, double factor)> scaled_sum{"test_scaled_sum"};
// Every out = x; total += x for each x.
constinit Kernel<void(OutList outs, InOutList totals, TensorList xs)> spread{"test_spread"};
// Reports `index` as out of range if it is not -1.
constinit Kernel<void(Out out, int64_t index)> complain{"test_complain"};
// Nobody implements it.
constinit Kernel<void(Out out)> orphan{"test_orphan"};

void scaled_sum_kernel(Out out, InOut total, const Tensor& x, const OptTensor& bias, double factor) {
  for (int64_t i = 0; i < x.numel(); ++i) {
    out.data<float>()[i] = static_cast<float>(factor) * x.data<float>()[i] + (bias.defined() ? bias.data<float>()[i] : 0);
    total.data<float>()[i] += out.data<float>()[i];
  }
}
void spread_kernel(OutList outs, InOutList totals, TensorList xs) {
  for (size_t k = 0; k < xs.size(); ++k) {
    *outs[k].data<float>() = *xs[k].data<float>();
    *totals[k].data<float>() += *xs[k].data<float>();
  }
}
void complain_kernel(Out out, int64_t index) {
  *out.data<float>() = 1;
  if (index == -1) return;
  error_slot().report(DataError::index_out_of_range, index, 1, 5);
  error_slot().report(DataError::invalid_probability, 0, 0, 0);  // the first report wins
}

class RunKernel : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(scaled_sum.set(DeviceType::cpu, scaled_sum_kernel));
    ASSERT_TRUE(spread.set(DeviceType::cpu, spread_kernel));
    ASSERT_TRUE(complain.set(DeviceType::cpu, complain_kernel));
  }
  void TearDown() override { thread_state.observer = nullptr; }
};

struct Watcher : Observer {
  std::vector<Call> began, ended;
  void before(const Call& call) override { began.push_back(call); }
  void after(const Call& call) override { ended.push_back(call); }
};

bool holds(const std::vector<Tensor>& list, const Tensor& x) {
  for (const Tensor& t : list)
    if (t.same(x)) return true;
  return false;
}

TEST_F(RunKernel, CallsTheImplementationWithItsArguments) {
  const Tensor out = tensor({0, 0}), total = tensor({10, 20}), x = tensor({1, 2}), bias = tensor({5, 7});
  run(scaled_sum, out, total, x, bias, 2.0);
  EXPECT_EQ(elements(out), (std::vector<float>{7, 11}));
  EXPECT_EQ(elements(total), (std::vector<float>{17, 31}));
  run(scaled_sum, out, total, x, OptTensor(), 3.0);
  EXPECT_EQ(elements(out), (std::vector<float>{3, 6}));
}

TEST_F(RunKernel, BumpsTheVersionsOfWhatIsWrittenAlone) {
  const Tensor out = tensor({0, 0}), total = tensor({0, 0}), x = tensor({1, 2}), bias = tensor({0, 0});
  const uint32_t before[] = {out.version(), total.version(), x.version(), bias.version()};
  run(scaled_sum, out, total, x, bias, 2.0);
  EXPECT_EQ(out.version(), before[0] + 1);
  EXPECT_EQ(total.version(), before[1] + 1);
  EXPECT_EQ(x.version(), before[2]);
  EXPECT_EQ(bias.version(), before[3]);
}

TEST_F(RunKernel, BumpsEachTensorOfAList) {
  const std::vector<Tensor> outs{tensor({0}), tensor({0})}, totals{tensor({1}), tensor({2})}, xs{tensor({3}), tensor({4})};
  run(spread, outs, totals, xs);
  for (size_t k = 0; k < 2; ++k) {
    EXPECT_EQ(outs[k].version(), 1u);
    EXPECT_EQ(totals[k].version(), 1u);
    EXPECT_EQ(xs[k].version(), 0u);
  }
  EXPECT_EQ(elements(totals[1]), (std::vector<float>{6}));
}

TEST_F(RunKernel, AViewBumpsItsStorageButNotDetachedCounters) {
  const Tensor base = tensor({0, 0, 0}), row = alias(base, {1}, {1}, 1);
  const Tensor data = alias(base);
  data.impl()->own_version = Ref<VersionCounter>(new VersionCounter);
  run(complain, row, int64_t{-1});
  EXPECT_EQ(base.version(), 1u);
  EXPECT_EQ(data.version(), 0u);
  run(complain, data, int64_t{-1});
  EXPECT_EQ(base.version(), 1u);
  EXPECT_EQ(data.version(), 1u);
}

TEST_F(RunKernel, AMissingKernelIsNotImplemented) {
  const Tensor out = tensor({0});
  EXPECT_EQ(message_of<NotImplementedError>([&] { run(orphan, out); }),
            "test_orphan: there is no kernel for device cpu. Move the tensors to the CPU with .cpu().");
  EXPECT_EQ(out.version(), 0u);
}

TEST_F(RunKernel, AnotherDeviceNeedsAnotherKernel) {
  float memory[1] = {0};
  const Device elsewhere{DeviceType::cuda, 0};
  const Tensor out = on_storage(wrap_storage(memory, 4, elsewhere, false, memory, [](void*) noexcept {}), {1}, {1}, 0, DType::float32);
  EXPECT_THROW(run(complain, out, int64_t{-1}), NotImplementedError);
  EXPECT_EQ(memory[0], 0);
  ASSERT_TRUE(complain.set(DeviceType::cuda, [](Out o, int64_t) { *o.data<float>() = 42; }));
  run(complain, out, int64_t{-1});
  EXPECT_EQ(memory[0], 42);
  complain.slot().implementation[static_cast<int>(DeviceType::cuda)] = nullptr;
}

TEST_F(RunKernel, AnotherSignatureUnderTheSameNameIsRefused) {
  static constinit Kernel<void(Out out, int32_t index)> impostor{"test_complain"};
  EXPECT_FALSE(impostor.set(DeviceType::cpu, [](Out, int32_t) {}));
  EXPECT_FALSE(impostor.set(DeviceType::other, [](Out, int32_t) {}));
  const Tensor out = tensor({0});
  run(complain, out, int64_t{-1});  // the first one's implementation stands
  EXPECT_EQ(elements(out), (std::vector<float>{1}));
}

TEST_F(RunKernel, WhatTheDataShowedIsRaisedOnce) {
  const Tensor out = tensor({0});
  EXPECT_EQ(message_of<IndexError>([&] { run(complain, out, int64_t{7}); }),
            "test_complain: index 7 is out of bounds for dimension 1 with size 5.");
  EXPECT_NO_THROW(run(complain, out, int64_t{-1}));
}

TEST_F(RunKernel, AnObserverSeesWhatIsReadAndWritten) {
  const Tensor out = tensor({0, 0}), total = tensor({0, 0}), x = tensor({1, 2});
  Watcher watcher;
  thread_state.observer = &watcher;
  run(scaled_sum, out, total, x, OptTensor(), 2.0);
  thread_state.observer = nullptr;
  run(scaled_sum, out, total, x, OptTensor(), 2.0);
  ASSERT_EQ(watcher.began.size(), 1u);
  ASSERT_EQ(watcher.ended.size(), 1u);
  const Call& call = watcher.ended[0];
  EXPECT_EQ(std::string(call.kernel), "test_scaled_sum");
  EXPECT_EQ(call.device, kCpu);
  ASSERT_EQ(call.reads.size(), 2u);  // the undefined bias is not among them
  EXPECT_TRUE(holds(call.reads, x));
  EXPECT_TRUE(holds(call.reads, total));
  ASSERT_EQ(call.writes.size(), 2u);
  EXPECT_TRUE(holds(call.writes, out));
  EXPECT_TRUE(holds(call.writes, total));
}

TEST_F(RunKernel, AgainRepeatsTheCallOnTheMemoryItHad) {
  Watcher watcher;
  Tensor x = tensor({1, 2});
  const Tensor out = tensor({0, 0}), total = tensor({0, 0}), kept = alias(x);
  thread_state.observer = &watcher;
  run(scaled_sum, out, total, x, OptTensor(), 2.0);
  thread_state.observer = nullptr;
  x = Tensor();  // the call holds it
  kept.data<float>()[0] = 100;
  watcher.ended[0].again();
  EXPECT_EQ(elements(out), (std::vector<float>{200, 4}));
  EXPECT_EQ(elements(total), (std::vector<float>{202, 8}));
  EXPECT_EQ(watcher.ended.size(), 1u);
}

TEST_F(RunKernel, AgainKeepsLists) {
  Watcher watcher;
  const Tensor total = tensor({1}), x = tensor({3});
  thread_state.observer = &watcher;
  run(spread, std::vector<Tensor>{tensor({0})}, std::vector<Tensor>{total}, std::vector<Tensor>{x});
  thread_state.observer = nullptr;
  ASSERT_EQ(watcher.ended.size(), 1u);
  EXPECT_EQ(watcher.ended[0].reads.size(), 2u);
  EXPECT_EQ(watcher.ended[0].writes.size(), 2u);
  watcher.ended[0].again();
  EXPECT_EQ(elements(total), (std::vector<float>{7}));
}

TEST_F(RunKernel, AnObservedCallRaisesWhatTheDataShowed) {
  Watcher watcher;
  const Tensor out = tensor({0});
  thread_state.observer = &watcher;
  EXPECT_THROW(run(complain, out, int64_t{7}), IndexError);
  EXPECT_NO_THROW(run(complain, out, int64_t{-1}));
  thread_state.observer = nullptr;
  EXPECT_EQ(watcher.began.size(), 2u);
  EXPECT_EQ(watcher.ended.size(), 1u);  // the one that finished
}

}  // namespace
}  // namespace dlx
