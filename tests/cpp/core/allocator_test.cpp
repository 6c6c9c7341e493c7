#include "core/allocator.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/errors.h"
#include "tensors.h"

namespace dlx {
namespace {

constexpr int64_t kMB = int64_t{1} << 20;

// What a block of `bytes` takes.
int64_t taken_for(int64_t bytes) {
  const int64_t before = cpu_memory_stats().in_use_bytes;
  void* block = allocate_cpu(bytes);
  const int64_t taken = cpu_memory_stats().in_use_bytes - before;
  deallocate_cpu(block, bytes);
  return taken;
}

TEST(Allocator, BlocksAreAlignedAndWritable) {
  for (const int64_t bytes : {0, 1, 63, 64, 65, 512, 513, 4096, 4097, 262144, 262145, 3000000, 70000000}) {
    void* block = allocate_cpu(bytes);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % kAlignment, 0u) << bytes;
    if (bytes < 4000000) std::memset(block, 0x5a, static_cast<size_t>(bytes));
    deallocate_cpu(block, bytes);
  }
}

TEST(Allocator, LiveBlocksAreApart) {
  std::vector<std::pair<unsigned char*, int64_t>> blocks;
  for (int64_t i = 0; i < 200; ++i) {
    const int64_t bytes = 1 + i * i * 7 % 20000;
    auto* block = static_cast<unsigned char*>(allocate_cpu(bytes));
    std::memset(block, static_cast<int>(i), static_cast<size_t>(bytes));
    blocks.emplace_back(block, bytes);
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    const auto [block, bytes] = blocks[i];
    for (int64_t k = 0; k < bytes; ++k) ASSERT_EQ(block[k], static_cast<unsigned char>(i)) << "block " << i << " at " << k;
    deallocate_cpu(block, bytes);
  }
}

TEST(Allocator, AFreedBlockServesTheNextOfItsClass) {
  for (const int64_t bytes : {64, 1024, 40960, 1 << 20}) {
    void* block = allocate_cpu(bytes);
    deallocate_cpu(block, bytes);
    void* next = allocate_cpu(bytes - 1);  // these sizes are the largest of their classes
    EXPECT_EQ(next, block) << bytes;
    deallocate_cpu(next, bytes - 1);
  }
}

TEST(Allocator, EqualStepsDoNotAskTheSystemAgain) {
  const auto step = [] {
    std::vector<std::pair<void*, int64_t>> blocks;
    for (int64_t bytes = 10; bytes < 4000000; bytes = bytes * 3 / 2) blocks.emplace_back(allocate_cpu(bytes), bytes);
    for (const auto& [block, bytes] : blocks) deallocate_cpu(block, bytes);
  };
  step();
  const int64_t requests = cpu_memory_stats().system_requests;
  for (int i = 0; i < 10; ++i) step();
  EXPECT_EQ(cpu_memory_stats().system_requests, requests);
}

TEST(Allocator, RoundingWastesAnEighthAtMost) {
  for (int64_t bytes = 1; bytes <= 512; bytes += 37) EXPECT_EQ(taken_for(bytes), (bytes + 63) / 64 * 64) << bytes;
  for (int power = 9; power < 33; ++power)  // up to 8 GB: nothing is touched
    for (int step = 0; step < 8; ++step)
      for (const int64_t by : {0, 1, 17}) {
        const int64_t bytes = (int64_t{8 + step} << (power - 3)) + by;
        if (bytes > 64 * kMB && by == 17) continue;
        int64_t taken;
        try {
          taken = taken_for(bytes);
        } catch (const MemoryError&) {
          continue;  // a small machine
        }
        EXPECT_GE(taken, bytes);
        EXPECT_LE(8 * (taken - bytes), bytes) << bytes << " took " << taken;
        if (bytes > kMB) empty_cpu_cache();
      }
}

// Whatever the sizes, what the system gave is in blocks: slabs lose nothing at their ends, mappings nothing in their last page.
TEST(Allocator, TheSystemsShareIsBlocksAndLittleElse) {
  std::vector<std::pair<void*, int64_t>> blocks;
  const MemoryStats before = cpu_memory_stats();
  int64_t asked = 0;
  for (int64_t i = 0; i < 3000; ++i) {
    const int64_t bytes = 64 * (9 + i * i * 131 % 7000);  // up to 448 KB
    blocks.emplace_back(allocate_cpu(bytes), bytes);
    asked += bytes;
  }
  const MemoryStats after = cpu_memory_stats();
  EXPECT_LE(8 * (after.in_use_bytes - before.in_use_bytes - asked), asked);
  EXPECT_LE(after.cached_bytes - before.cached_bytes, 8 * kMB);  // the newest slab's rest, and ends of others
  for (const auto& [block, bytes] : blocks) deallocate_cpu(block, bytes);
  EXPECT_EQ(cpu_memory_stats().in_use_bytes, before.in_use_bytes);
}

TEST(Allocator, ABlockMayBeFreedOnAnotherThread) {
  for (const int64_t bytes : {100, 5000, 1 << 20}) {
    const int64_t count = 100;
    std::vector<void*> blocks;
    for (int64_t i = 0; i < count; ++i) blocks.push_back(allocate_cpu(bytes));
    const MemoryStats before = cpu_memory_stats();
    std::thread([&] {
      for (void* block : blocks) deallocate_cpu(block, bytes);
    }).join();
    // The thread is gone, so nothing stays in its front.
    EXPECT_GE(cpu_memory_stats().cached_bytes - before.cached_bytes, count * bytes);
    std::vector<void*> again;
    for (int64_t i = 0; i < count; ++i) again.push_back(allocate_cpu(bytes));
    EXPECT_EQ(cpu_memory_stats().system_requests, before.system_requests);
    for (void* block : again) deallocate_cpu(block, bytes);
  }
}

TEST(Allocator, AnAbsurdSizeIsAMemoryError) {
  for (const int64_t bytes : {int64_t{1} << 50, int64_t{1} << 60, (int64_t{1} << 60) + 1, INT64_MAX}) {
    const std::string message = test::message_of<MemoryError>([&] { deallocate_cpu(allocate_cpu(bytes), bytes); });
    EXPECT_EQ(message.rfind("cannot allocate " + std::to_string(bytes) + " bytes on the CPU:", 0), 0u) << message;
  }
  void* block = allocate_cpu(100);  // and life goes on
  deallocate_cpu(block, 100);
}

// One thread makes, another drops, for long: what the second one's front keeps is bounded, the rest goes round.
TEST(Allocator, AProducerAndAConsumerDoNotGrow) {
  for (const int64_t bytes : {64, 4096, 100000}) {
    int64_t requests = 0, in_use = 0;
    std::vector<void*> blocks(100);
    const auto round = [&] {
      for (void*& block : blocks) block = allocate_cpu(bytes);
    };
    std::mutex mutex;
    std::condition_variable changed;
    bool full = false, done = false;
    std::thread consumer([&] {
      for (std::unique_lock lock(mutex);;) {
        changed.wait(lock, [&] { return full || done; });
        if (done) return;
        for (void* block : blocks) deallocate_cpu(block, bytes);
        full = false;
        changed.notify_all();
      }
    });
    for (int i = 0; i < 200; ++i) {
      std::unique_lock lock(mutex);
      round();
      full = true;
      changed.notify_all();
      changed.wait(lock, [&] { return !full; });
      if (i == 3) {
        requests = cpu_memory_stats().system_requests;
        in_use = cpu_memory_stats().in_use_bytes;
      }
    }
    EXPECT_EQ(cpu_memory_stats().system_requests, requests) << bytes;
    EXPECT_EQ(cpu_memory_stats().in_use_bytes, in_use) << bytes;
    {
      const std::lock_guard lock(mutex);
      done = true;
    }
    changed.notify_all();
    consumer.join();
  }
}

TEST(Allocator, SizesThatNeverComeAgainDoNotPileUp) {
  empty_cpu_cache();
  reset_cpu_memory_peaks();
  const int64_t before = cpu_memory_stats().in_use_bytes;
  int64_t bytes = 300000;
  void* last = allocate_cpu(bytes);
  for (; bytes < 400 * kMB; bytes = bytes * 9 / 8) {  // a cache of keys and values that grows by an eighth each time
    const int64_t more = bytes * 9 / 8;
    void* next = allocate_cpu(more);
    deallocate_cpu(last, bytes);
    last = next;
  }
  deallocate_cpu(last, bytes);
  const MemoryStats after = cpu_memory_stats();
  const int64_t used = after.peak_in_use_bytes - before;
  EXPECT_LE(after.peak_system_bytes, 3 * used + 3 * before + 64 * kMB) << "in use at most " << used;
  empty_cpu_cache();
}

TEST(Allocator, PeaksAndCountersTell) {
  constexpr int64_t kBytes = 16 * kMB;
  empty_cpu_cache();
  reset_cpu_memory_peaks();
  const MemoryStats before = cpu_memory_stats();
  deallocate_cpu(allocate_cpu(kBytes), kBytes);
  const MemoryStats after = cpu_memory_stats();
  EXPECT_EQ(after.in_use_bytes, before.in_use_bytes);
  EXPECT_EQ(after.peak_in_use_bytes, before.peak_in_use_bytes + kBytes);
  EXPECT_EQ(after.peak_system_bytes, before.system_bytes + kBytes);
  EXPECT_EQ(after.cached_bytes, before.cached_bytes + kBytes);
  EXPECT_EQ(after.in_use_bytes + after.cached_bytes, after.system_bytes);
  EXPECT_EQ(after.system_requests, before.system_requests + 1);
  empty_cpu_cache();
  reset_cpu_memory_peaks();
  const MemoryStats empty = cpu_memory_stats();
  EXPECT_EQ(empty.system_returns, after.system_returns + 1);
  EXPECT_EQ(empty.system_bytes, before.system_bytes);
  EXPECT_EQ(empty.peak_system_bytes, before.system_bytes);
  EXPECT_THROW(allocate_cpu(int64_t{1} << 50), MemoryError);
  EXPECT_EQ(cpu_memory_stats().refused, before.refused + 1);
}

TEST(Allocator, EmptyingTheCacheGivesSlabsBack) {
  empty_cpu_cache();
  const MemoryStats before = cpu_memory_stats();
  std::vector<std::pair<void*, int64_t>> blocks;
  for (int64_t i = 0; i < 30000; ++i) {
    const int64_t bytes = 1 + i * i * 7 % 9000;
    blocks.emplace_back(allocate_cpu(bytes), bytes);
  }
  EXPECT_GE(cpu_memory_stats().system_bytes, before.system_bytes + 100 * kMB);
  // One block stays: its slab does too, and it is whole.
  const auto [kept, kept_bytes] = blocks.back();
  blocks.pop_back();
  std::memset(kept, 0x5a, static_cast<size_t>(kept_bytes));
  for (const auto& [block, bytes] : blocks) deallocate_cpu(block, bytes);
  empty_cpu_cache();
  EXPECT_LE(cpu_memory_stats().system_bytes, before.system_bytes + 2 * kMB);
  for (int64_t i = 0; i < kept_bytes; ++i) ASSERT_EQ(static_cast<unsigned char*>(kept)[i], 0x5a);
  deallocate_cpu(kept, kept_bytes);
  for (auto& [block, bytes] : blocks) std::memset(block = allocate_cpu(bytes), 1, static_cast<size_t>(bytes));  // and life goes on
  for (const auto& [block, bytes] : blocks) deallocate_cpu(block, bytes);
  empty_cpu_cache();
  EXPECT_LE(cpu_memory_stats().system_bytes, before.system_bytes);
}

TEST(Allocator, EmptyingTheCacheGivesLargeBlocksBack) {
  constexpr int64_t kBytes = 8 * kMB;
  deallocate_cpu(allocate_cpu(kBytes), kBytes);
  const MemoryStats before = cpu_memory_stats();
  EXPECT_GE(before.cached_bytes, kBytes);
  empty_cpu_cache();
  const MemoryStats after = cpu_memory_stats();
  EXPECT_GE(before.system_bytes - after.system_bytes, kBytes);
  EXPECT_GE(before.cached_bytes - after.cached_bytes, kBytes);
  void* block = allocate_cpu(kBytes);
  EXPECT_EQ(cpu_memory_stats().system_requests, after.system_requests + 1);
  static_cast<char*>(block)[kBytes - 1] = 1;
  deallocate_cpu(block, kBytes);
}

}  // namespace
}  // namespace dlx
