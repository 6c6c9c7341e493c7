#include "core/allocator.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "core/errors.h"
#include "core/thread_state.h"

namespace dlx {
namespace {

// Size classes: eight steps in each power of two, so rounding wastes at most 12.5 %. Up to 512 bytes they are 64 apart.
constexpr int64_t kLargest = int64_t{1} << 60;
constexpr int kClasses = 8 + 8 * 52;
constexpr int kSmallClasses = 8 + 8 * 3;             // up to 4 KB: these have a front in each thread
constexpr int kFrontBlocks = 32;                     // of one class in one thread
constexpr int64_t kSlabBlock = int64_t{256} << 10;   // smaller blocks are cut from slabs, larger ones mapped alone
constexpr int64_t kSlab = int64_t{1} << 20;
constexpr int64_t kHugePage = int64_t{2} << 20;
constexpr int64_t kAskFirst = int64_t{64} << 20;     // larger requests are held against the available memory first

int class_of(int64_t bytes) {
  if (bytes <= 512) return bytes <= 64 ? 0 : static_cast<int>((bytes - 1) / 64);
  const int power = 63 - std::countl_zero(static_cast<uint64_t>(bytes - 1));  // 2^power < bytes <= 2^(power+1)
  const int step = static_cast<int>((bytes - 1) >> (power - 3)) & 7;
  return 8 + (power - 9) * 8 + step;
}
int64_t class_bytes(int size_class) {
  if (size_class < 8) return 64 * (size_class + 1);
  const int power = 9 + (size_class - 8) / 8;
  return (int64_t{9} + (size_class - 8) % 8) << (power - 3);
}

// A free block holds the next one's address.
struct FreeBlock {
  FreeBlock* next;
};

struct Pool {
  std::mutex mutex;
  FreeBlock* free[kClasses] = {};
  char* slab = nullptr;
  int64_t slab_left = 0;
  std::atomic<int64_t> cached{0}, system{0}, requests{0};  // cached: in the lists above; threads' fronts count as in use
};
Pool& pool() {
  static Pool* p = new Pool;  // never destroyed: tensors may die after static destruction
  return *p;
}

int64_t read_number(const char* path, const char* key) {
  FILE* file = std::fopen(path, "re");
  if (!file) return -1;
  char line[256];
  int64_t value = -1;
  while (std::fgets(line, sizeof line, file)) {
    const size_t n = std::strlen(key);
    if (std::strncmp(line, key, n) != 0) continue;
    char* end = nullptr;
    value = std::strtoll(line + n, &end, 10);
    if (end == line + n) value = -1;  // "max"
    break;
  }
  std::fclose(file);
  return value;
}

// What the machine and the process's cgroup can still give, in bytes; INT64_MAX where neither can be read.
int64_t available_bytes() {
  int64_t available = INT64_MAX;
  if (const int64_t kb = read_number("/proc/meminfo", "MemAvailable:"); kb >= 0) available = kb * 1024;
  const int64_t limit = read_number("/sys/fs/cgroup/memory.max", "");
  const int64_t used = read_number("/sys/fs/cgroup/memory.current", "");
  if (limit >= 0 && used >= 0) available = std::min(available, std::max<int64_t>(limit - used, 0));
  return available;
}

void* map_pages(int64_t bytes) {
  void* p = mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p == MAP_FAILED ? nullptr : p;
}

// A mapping of `bytes`, which are a multiple of the page; large ones begin on a huge page.
void* map_block(int64_t bytes) {
  Pool& p = pool();
  p.requests.fetch_add(1, std::memory_order_relaxed);
  void* block = nullptr;
  if (bytes < kHugePage) {
    block = map_pages(bytes);
  } else if (char* raw = static_cast<char*>(map_pages(bytes + kHugePage))) {
    char* start = reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(raw) + kHugePage - 1) & ~static_cast<uintptr_t>(kHugePage - 1));
    if (start > raw) munmap(raw, static_cast<size_t>(start - raw));
    if (const int64_t after = raw + kHugePage - start; after > 0) munmap(start + bytes, static_cast<size_t>(after));
    madvise(start, static_cast<size_t>(bytes), MADV_HUGEPAGE);  // advice: a kernel without it loses speed only
    block = start;
  }
  if (block) p.system.fetch_add(bytes, std::memory_order_relaxed);
  return block;
}

int64_t page_rounded(int64_t bytes) { return (bytes + 4095) & ~int64_t{4095}; }

// A block of the class from the pool's list, a slab or the system; nullptr if there is none. The mutex is held.
void* take_locked(Pool& p, int size_class) {
  if (FreeBlock* block = p.free[size_class]) {
    p.free[size_class] = block->next;
    p.cached.fetch_sub(class_bytes(size_class), std::memory_order_relaxed);
    return block;
  }
  const int64_t bytes = class_bytes(size_class);
  if (bytes > kSlabBlock) return map_block(page_rounded(bytes));
  if (p.slab_left < bytes) {
    char* slab = static_cast<char*>(map_block(kSlab));
    if (!slab) return nullptr;
    p.slab = slab;  // what was left of the old slab is lost: less than one block
    p.slab_left = kSlab;
  }
  void* block = p.slab;
  p.slab += bytes;
  p.slab_left -= bytes;
  return block;
}

void give_locked(Pool& p, void* data, int size_class) {
  auto* block = static_cast<FreeBlock*>(data);
  block->next = p.free[size_class];
  p.free[size_class] = block;
  p.cached.fetch_add(class_bytes(size_class), std::memory_order_relaxed);
}

}  // namespace

// A thread's own free blocks, taken and given without a lock.
struct ThreadCache {
  FreeBlock* free[kSmallClasses] = {};
  int count[kSmallClasses] = {};
  ~ThreadCache() {
    Pool& p = pool();
    const std::lock_guard lock(p.mutex);
    for (int c = 0; c < kSmallClasses; ++c) drain(p, c, 0);
    thread_state.cache = nullptr;
    ended = true;
  }
  // Gives blocks back to the pool until `keep` are left. The mutex is held.
  void drain(Pool& p, int c, int keep) {
    for (; count[c] > keep; --count[c]) {
      FreeBlock* block = free[c];
      free[c] = block->next;
      give_locked(p, block, c);
    }
  }
  static constinit thread_local bool ended;
};
constinit thread_local bool ThreadCache::ended = false;

namespace {

// nullptr while the thread is ending.
ThreadCache* thread_cache() {
  if (thread_state.cache) return thread_state.cache;
  if (ThreadCache::ended) return nullptr;
  static thread_local ThreadCache cache;
  thread_state.cache = &cache;
  return &cache;
}

[[noreturn]] void refuse(int64_t bytes, int64_t available) {
  fail<MemoryError>("cannot allocate {} bytes on the CPU: {} bytes are available. Use a smaller batch or free tensors first.",
                    bytes, available);
}

void* allocate_from_pool(int64_t bytes, int size_class) {
  Pool& p = pool();
  const int64_t rounded = class_bytes(size_class);
  {
    const std::lock_guard lock(p.mutex);
    if (bytes <= kAskFirst || p.free[size_class]) {
      if (void* block = take_locked(p, size_class)) return block;
    }
  }
  // A large block, or the system said no. Ask what there is: with overcommit a mapping succeeds and its use kills.
  if (rounded > available_bytes()) empty_cpu_cache();
  if (const int64_t available = available_bytes(); rounded > available) refuse(bytes, available);
  void* block = nullptr;
  {
    const std::lock_guard lock(p.mutex);
    block = take_locked(p, size_class);
  }
  if (!block) {
    empty_cpu_cache();
    const std::lock_guard lock(p.mutex);
    block = take_locked(p, size_class);
  }
  if (!block) refuse(bytes, available_bytes());
  return block;
}

}  // namespace

void* allocate_cpu(int64_t bytes) {
  if (bytes > kLargest) refuse(bytes, available_bytes());
  const int c = class_of(bytes);
  if (c < kSmallClasses) {
    if (ThreadCache* cache = thread_cache()) {
      if (FreeBlock* block = cache->free[c]) {
        cache->free[c] = block->next;
        --cache->count[c];
        return block;
      }
    }
  }
  return allocate_from_pool(bytes, c);
}

void deallocate_cpu(void* data, int64_t bytes) noexcept {
  const int c = class_of(bytes);
  Pool& p = pool();
  if (c < kSmallClasses) {
    if (ThreadCache* cache = thread_cache()) {
      if (cache->count[c] >= kFrontBlocks) {
        const std::lock_guard lock(p.mutex);
        cache->drain(p, c, kFrontBlocks / 2);
      }
      auto* block = static_cast<FreeBlock*>(data);
      block->next = cache->free[c];
      cache->free[c] = block;
      ++cache->count[c];
      return;
    }
  }
  const std::lock_guard lock(p.mutex);
  give_locked(p, data, c);
}

void empty_cpu_cache() {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  for (int c = 0; c < kClasses; ++c) {
    const int64_t bytes = class_bytes(c);
    if (bytes <= kSlabBlock) continue;  // cut from slabs that other blocks share
    while (FreeBlock* block = p.free[c]) {
      p.free[c] = block->next;
      munmap(block, static_cast<size_t>(page_rounded(bytes)));
      p.cached.fetch_sub(bytes, std::memory_order_relaxed);
      p.system.fetch_sub(page_rounded(bytes), std::memory_order_relaxed);
    }
  }
}

MemoryStats cpu_memory_stats() {
  Pool& p = pool();
  const int64_t system = p.system.load(), cached = p.cached.load();
  return {system - cached, cached, system, p.requests.load()};
}

}  // namespace dlx
