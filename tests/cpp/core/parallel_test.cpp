#include "core/parallel.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "core/allocator.h"
#include "core/errors.h"
#include "tensors.h"

namespace dlx {
namespace {

// The sanitizer's own malloc, which other threads may be in, stays locked in a child.
#ifdef __SANITIZE_ADDRESS__
#define SKIP_UNDER_ADDRESS_SANITIZER() GTEST_SKIP() << "fork beside threads"
#else
#define SKIP_UNDER_ADDRESS_SANITIZER() static_cast<void>(0)
#endif

// Every cut goes to the pool, however little the work.
class ParallelFor : public testing::Test {
 protected:
  void SetUp() override {
    set_serial_threshold(0);
    set_num_threads(4);
    reset_parallel_stats();
  }
  void TearDown() override {
    set_num_threads(before_);
    set_serial_threshold(kSerialThreshold);
  }

 private:
  const int before_ = num_threads();
};

using Ranges = std::vector<std::pair<int64_t, int64_t>>;

Ranges ranges_of(int64_t n, int64_t cost) {
  std::mutex mutex;
  Ranges ranges;
  parallel_for(n, cost, [&](int64_t begin, int64_t end) {
    const std::lock_guard lock(mutex);
    ranges.emplace_back(begin, end);
  });
  std::sort(ranges.begin(), ranges.end());
  return ranges;
}

int64_t sum_below(int64_t n) {
  std::atomic<int64_t> sum{0};
  parallel_for(n, 1000, [&](int64_t begin, int64_t end) {
    int64_t part = 0;
    for (int64_t i = begin; i < end; ++i) part += i;
    sum += part;
  });
  return sum;
}

TEST_F(ParallelFor, ChunksCoverTheRangeOnceForAnyNumberOfThreads) {
  for (const int64_t n : {0, 1, 2, 16383, 16384, 16385, 100003})
    for (const int64_t cost : {0, 1, 3, 1000, 16384, 1000000}) {
      if (n > 20000 && cost > 10000) continue;
      set_num_threads(1);
      const Ranges serial = ranges_of(n, cost);
      int64_t at = 0;
      for (const auto& [begin, end] : serial) {
        ASSERT_EQ(begin, at);
        ASSERT_LT(begin, end);
        at = end;
      }
      ASSERT_EQ(at, n);
      for (const int threads : {2, 3, 8}) {
        set_num_threads(threads);
        ASSERT_EQ(ranges_of(n, cost), serial) << n << " items of cost " << cost << " on " << threads << " threads";
      }
    }
}

TEST_F(ParallelFor, TheCutIsTheSameBelowTheSerialThreshold) {
  const Ranges in_parallel = ranges_of(1000, 100);
  EXPECT_EQ(parallel_stats().regions, 1);
  set_serial_threshold(INT64_MAX);
  EXPECT_EQ(ranges_of(1000, 100), in_parallel);
  EXPECT_EQ(parallel_stats().regions, 1);
}

TEST_F(ParallelFor, UsesTheThreadsItMay) {
  ranges_of(100, 16384);
  EXPECT_EQ(parallel_stats().widest, 4);
  set_num_threads(2);
  reset_parallel_stats();
  ranges_of(100, 16384);
  EXPECT_EQ(parallel_stats().widest, 2);
  EXPECT_THROW(set_num_threads(0), ValueError);
}

TEST_F(ParallelFor, AnExceptionOfAChunkReachesTheCaller) {
  for (const int64_t bad : {0, 57, 99}) {
    EXPECT_EQ(test::message_of<ValueError>([&] {
                parallel_for(100, 16384, [&](int64_t begin, int64_t) {
                  if (begin == bad) fail<ValueError>("chunk {}", begin);
                });
              }),
              "chunk " + std::to_string(bad));
    EXPECT_EQ(sum_below(5000), 5000 * 4999 / 2);  // the next region works
  }
  EXPECT_EQ(parallel_stats().widest, 4);
}

TEST_F(ParallelFor, AllChunksThrowingIsOneException) {
  EXPECT_THROW(parallel_for(100, 16384, [](int64_t, int64_t) { throw IndexError("all"); }), IndexError);
  EXPECT_EQ(sum_below(5000), 5000 * 4999 / 2);
}

TEST_F(ParallelFor, ANestedCallStaysOnItsThread) {
  std::atomic<int64_t> items{0};
  std::atomic<bool> strayed{false};
  parallel_for(8, 16384, [&](int64_t, int64_t) {
    const std::thread::id here = std::this_thread::get_id();
    parallel_for(10, 16384, [&](int64_t begin, int64_t end) {
      items += end - begin;
      if (std::this_thread::get_id() != here) strayed = true;
    });
  });
  EXPECT_EQ(items, 80);
  EXPECT_FALSE(strayed);
  EXPECT_EQ(parallel_stats().regions, 1);
  sum_below(5000);
  EXPECT_EQ(parallel_stats().regions, 2);  // the caller is outside again
}

TEST_F(ParallelFor, ASecondHostThreadWorksBesideAndAlone) {
  int64_t beside = 0, alone = 0;
  std::atomic<int64_t> chunks{0};
  parallel_for(8, 16384, [&](int64_t begin, int64_t) {
    ++chunks;
    if (begin == 0) std::thread([&] { beside = sum_below(5000); }).join();
  });
  EXPECT_EQ(chunks, 8);
  EXPECT_EQ(beside, 5000 * 4999 / 2);
  EXPECT_EQ(parallel_stats().regions, 1);  // beside another region it ran serially
  std::thread([&] { alone = sum_below(5000); }).join();
  EXPECT_EQ(alone, 5000 * 4999 / 2);
  EXPECT_EQ(parallel_stats().regions, 2);
}

TEST_F(ParallelFor, ThreadsTakePart) {
  std::mutex mutex;
  std::condition_variable came;
  std::set<std::thread::id> ids;
  parallel_for(4, 16384, [&](int64_t, int64_t) {  // nobody goes on before all four are here
    std::unique_lock lock(mutex);
    ids.insert(std::this_thread::get_id());
    came.notify_all();
    came.wait(lock, [&] { return ids.size() == 4; });
  });
  EXPECT_EQ(ids.size(), 4u);
}

// What a thread wrote lies in its caches: it gets the same part of the next job.
TEST_F(ParallelFor, TheCallerKeepsItsShare) {
  set_num_threads(2);
  for (int job = 0; job < 100; ++job) {
    std::atomic<int> came{0};
    std::thread::id first;
    parallel_for(2, 16384, [&](int64_t begin, int64_t) {  // neither goes on alone
      if (begin == 0) first = std::this_thread::get_id();
      ++came;
      while (came < 2) std::this_thread::yield();
    });
    ASSERT_EQ(first, std::this_thread::get_id());
  }
}

// What keeps a loaded machine quick: whoever calls waits for chunks that were claimed, not for threads.
TEST_F(ParallelFor, TheCallerWaitsForNobodyWhoHasNothing) {
  sum_below(5000);
  const std::thread::id caller = std::this_thread::get_id();
  std::atomic<int> by_caller{0}, by_others{0};
  std::atomic<bool> held{true};
  parallel_for(100, int64_t{1} << 30, [&](int64_t, int64_t) {  // so much work that chunks are claimed one by one
    if (std::this_thread::get_id() == caller) {
      if (++by_caller + by_others == 100) held = false;
    } else {  // whatever the others claimed, they are stuck with until the caller has done all else
      if (++by_others + by_caller == 100) held = false;
      while (held) std::this_thread::yield();
    }
  });
  EXPECT_EQ(by_caller + by_others, 100);
  EXPECT_LE(by_others, 3);
}

TEST_F(ParallelFor, ManyRegionsOneAfterAnother) {
  for (int i = 0; i < 20000; ++i) {
    set_num_threads(1 + i % 4);
    std::atomic<int64_t> sum{0};
    const int64_t n = 2 + i % 7;
    parallel_for(n, 16384, [&](int64_t begin, int64_t end) { sum += begin + end; });
    ASSERT_EQ(sum, n * n);
  }
}

TEST_F(ParallelFor, HostThreadsTakeTurns) {
  std::vector<std::thread> hosts;
  std::atomic<int> right{0};
  for (int h = 0; h < 4; ++h)
    hosts.emplace_back([&] {
      for (int i = 0; i < 300; ++i) right += sum_below(2000) == 2000 * 1999 / 2;
    });
  for (std::thread& host : hosts) host.join();
  EXPECT_EQ(right, 1200);
}

TEST_F(ParallelFor, AForkedChildComputesWhileOtherThreadsDo) {
  SKIP_UNDER_ADDRESS_SANITIZER();
  std::atomic<bool> stop{false};
  std::vector<std::thread> hosts;
  for (int h = 0; h < 2; ++h)
    hosts.emplace_back([&] {
      while (!stop) {
        sum_below(2000);
        deallocate_cpu(allocate_cpu(5000), 5000);
      }
    });
  for (int i = 0; i < 20; ++i) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      alarm(60);
      void* block = allocate_cpu(5000);
      deallocate_cpu(block, 5000);
      _exit(sum_below(5000) == 5000 * 4999 / 2 ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  stop = true;
  for (std::thread& host : hosts) host.join();
}

TEST_F(ParallelFor, AForkedChildComputes) {
  SKIP_UNDER_ADDRESS_SANITIZER();
  ASSERT_EQ(sum_below(5000), 5000 * 4999 / 2);  // the pool exists
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(60);  // a child that waits for the parent's threads would wait for ever
    reset_parallel_stats();
    const bool right = sum_below(5000) == 5000 * 4999 / 2 && parallel_stats().regions == 1;
    _exit(right ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(sum_below(5000), 5000 * 4999 / 2);  // and so does the parent
}

}  // namespace
}  // namespace dlx
