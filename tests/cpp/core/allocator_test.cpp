#include "core/allocator.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "core/errors.h"
#include "tensors.h"

namespace dlx {
namespace {

// What a block of `bytes` takes: a thread that ends gives its free blocks back, and cached_bytes rises by the block's class.
int64_t taken_for(int64_t bytes) {
  void* block = allocate_cpu(bytes);
  const int64_t before = cpu_memory_stats().cached_bytes;
  std::thread([&] { deallocate_cpu(block, bytes); }).join();
  return cpu_memory_stats().cached_bytes - before;
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
  for (int power = 9; power < 23; ++power)
    for (int step = 0; step < 8; ++step)
      for (const int64_t by : {0, 1, 17}) {
        const int64_t bytes = (int64_t{8 + step} << (power - 3)) + by, taken = taken_for(bytes);
        EXPECT_GE(taken, bytes);
        EXPECT_LE(8 * (taken - bytes), bytes) << bytes << " took " << taken;
      }
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

TEST(Allocator, EmptyingTheCacheGivesLargeBlocksBack) {
  constexpr int64_t kBytes = int64_t{8} << 20;
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
