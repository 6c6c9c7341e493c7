#include "core/allocator.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "core/cgroup.h"
#include "core/errors.h"
#include "core/fork.h"
#include "core/thread_state.h"

namespace dlx {
namespace {

// Size classes: eight steps in each power of two, so rounding wastes at most 12.5 %. Up to 512 bytes they are 64 apart.
constexpr int64_t kLargest = int64_t{1} << 60;
constexpr int kClasses = 8 + 8 * 52;
constexpr int kSmallClasses = 8 + 8 * 3;             // up to 4 KB: these have a front in each thread
constexpr int kFrontBlocks = 32;                     // of one class in one thread: at most 2 MB in all
constexpr int64_t kSlabBlock = int64_t{256} << 10;   // smaller blocks are cut from slabs; larger ones are mapped alone, in whole pages
constexpr int64_t kHugePage = int64_t{2} << 20;
constexpr int64_t kSlab = kHugePage;
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

// 2 MB on a huge page, begun by this header; the rest is cut into blocks, used or in the lists below.
struct Slab {
  Slab* next;
  int64_t free_bytes;  // counted while the cache is emptied
};
constexpr int64_t kSlabHeader = kAlignment;
Slab* slab_of(void* block) { return reinterpret_cast<Slab*>(reinterpret_cast<uintptr_t>(block) & ~static_cast<uintptr_t>(kSlab - 1)); }

}  // namespace

// A thread's own free blocks, taken and given without a lock.
struct ThreadCache {
  FreeBlock* free[kSmallClasses] = {};
  int count[kSmallClasses] = {};
  int64_t bytes = 0;  // of all: other threads read it for the statistics
  ThreadCache *next = nullptr, *previous = nullptr;  // in the pool's list

  ThreadCache();
  ~ThreadCache();
  void add_bytes(int64_t more) { __atomic_store_n(&bytes, bytes + more, __ATOMIC_RELAXED); }  // one writer: no locked instruction
  static constinit thread_local bool ended;
};
constinit thread_local bool ThreadCache::ended = false;

namespace {

struct Pool {
  std::mutex mutex;  // held by whoever calls a member
  FreeBlock* free[kClasses] = {};
  int64_t used_at[kClasses] = {};  // when a mapped block of the class was last taken or given, by `clock`
  int64_t clock = 0;
  Slab* slabs = nullptr;
  char* rest = nullptr;  // of the newest slab
  int64_t rest_bytes = 0;
  ThreadCache* fronts = nullptr;
  int64_t cached = 0;  // in the lists, the rest and slabs' headers; fronts count as in use
  int64_t cached_mapped = 0;  // of these, blocks that are mapped alone
  int64_t system = 0;
  int64_t most_in_use = 0;  // since the cache was emptied
  int64_t unchecked = 0;  // mapped since the available memory was looked at
  MemoryStats stats = {};  // peaks and counters

  void* map(int64_t bytes);
  void unmap(void* block, int64_t bytes);
  void* take(int size_class);
  void give(void* data, int size_class);
  void drain(ThreadCache& front, int size_class, int keep);
  void cut_rest();
  void release_mapped(int size_class);
  void trim(int64_t bytes);
  void empty_slabs();
  void empty();
  [[noreturn]] void refuse(int64_t bytes);
};
Pool& pool() {
  static Pool* p = new Pool;  // never destroyed: tensors may die after static destruction
  return *p;
}

// What the machine and the process's cgroups can still give, in bytes; INT64_MAX where neither can be read.
int64_t available_bytes() {
  int64_t available = cgroup_available_bytes();
  if (FILE* file = std::fopen("/proc/meminfo", "re")) {
    long long kb = 0;
    char line[256];
    while (std::fgets(line, sizeof line, file))
      if (std::sscanf(line, "MemAvailable: %lld", &kb) == 1) available = std::min<int64_t>(available, kb * 1024);
    std::fclose(file);
  }
  return available;
}

void* map_pages(int64_t bytes) {
  void* p = mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p == MAP_FAILED ? nullptr : p;
}

// `bytes` from the system, a multiple of the page; nullptr if it refuses. Large blocks begin on a huge page.
void* Pool::map(int64_t bytes) {
  ++stats.system_requests;
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
  if (block) system += bytes;
  stats.peak_system_bytes = std::max(stats.peak_system_bytes, system);
  return block;
}

void Pool::unmap(void* block, int64_t bytes) {
  munmap(block, static_cast<size_t>(bytes));
  ++stats.system_returns;
  system -= bytes;
  cached -= bytes;
}

// A block of the class from its list, a slab or the system; nullptr if there is none.
void* Pool::take(int size_class) {
  const int64_t bytes = class_bytes(size_class);
  const bool mapped = bytes > kSlabBlock;
  void* taken = nullptr;
  if (FreeBlock* block = free[size_class]) {
    free[size_class] = block->next;
    cached -= bytes;
    if (mapped) cached_mapped -= bytes;
    taken = block;
  } else if (mapped) {
    trim(bytes);
    taken = map(bytes);
  } else {
    if (rest_bytes < bytes) {
      void* memory = map(kSlab);
      if (!memory) return nullptr;
      cut_rest();
      slabs = new (memory) Slab{slabs, 0};
      rest = static_cast<char*>(memory) + kSlabHeader;
      rest_bytes = kSlab - kSlabHeader;
      cached += kSlab;
    }
    taken = rest;
    rest += bytes;
    rest_bytes -= bytes;
    cached -= bytes;
  }
  if (mapped) used_at[size_class] = ++clock;
  most_in_use = std::max(most_in_use, system - cached);
  stats.peak_in_use_bytes = std::max(stats.peak_in_use_bytes, system - cached);
  return taken;
}

void Pool::give(void* data, int size_class) {
  auto* block = static_cast<FreeBlock*>(data);
  block->next = free[size_class];
  free[size_class] = block;
  const int64_t bytes = class_bytes(size_class);
  cached += bytes;
  if (bytes > kSlabBlock) {
    cached_mapped += bytes;
    used_at[size_class] = ++clock;
  }
}

// Gives blocks of a front back until `keep` are left.
void Pool::drain(ThreadCache& front, int c, int keep) {
  for (; front.count[c] > keep; --front.count[c]) {
    FreeBlock* block = front.free[c];
    front.free[c] = block->next;
    front.add_bytes(-class_bytes(c));
    give(block, c);
  }
}

// What is left of the newest slab becomes free blocks, the largest that fit: nothing of a slab is lost.
void Pool::cut_rest() {
  while (rest_bytes > 0) {
    int c = class_of(std::min(rest_bytes, kSlabBlock));
    if (class_bytes(c) > rest_bytes) --c;
    const int64_t bytes = class_bytes(c);
    cached -= bytes;  // it was counted as rest
    give(rest, c);
    rest += bytes;
    rest_bytes -= bytes;
  }
}

void Pool::release_mapped(int c) {
  FreeBlock* block = free[c];
  free[c] = block->next;
  unmap(block, class_bytes(c));
  cached_mapped -= class_bytes(c);
}

// Before `bytes` more are mapped: sizes that never come again (a sequence that grows) must not pile up. What was not used for
// longest goes first, until the system's share is at most three times what was in use at most. Steps that repeat need less
// (networks of tests/python/test_memory.py: 1.0 to 1.6 times), so they lose nothing.
void Pool::trim(int64_t bytes) {
  const int64_t allowed = 3 * std::max(most_in_use, system - cached + bytes) + kAskFirst;
  while (system + bytes > allowed && cached_mapped > 0) {
    int oldest = -1;
    for (int c = class_of(kSlabBlock) + 1; c < kClasses; ++c)
      if (free[c] && (oldest < 0 || used_at[c] < used_at[oldest])) oldest = c;
    release_mapped(oldest);
  }
}

// Returns slabs of which nothing is used: counts the free bytes of each, then takes the blocks of the free ones out of the lists.
void Pool::empty_slabs() {
  cut_rest();
  const int classes = class_of(kSlabBlock) + 1;
  for (int c = 0; c < classes; ++c)
    for (FreeBlock* block = free[c]; block; block = block->next) slab_of(block)->free_bytes += class_bytes(c);
  for (int c = 0; c < classes; ++c)
    for (FreeBlock** at = &free[c]; *at;) {
      if (slab_of(*at)->free_bytes == kSlab - kSlabHeader) *at = (*at)->next;
      else at = &(*at)->next;
    }
  for (Slab** at = &slabs; *at;) {
    Slab* slab = *at;
    if (slab->free_bytes == kSlab - kSlabHeader) {
      *at = slab->next;
      unmap(slab, kSlab);
    } else {
      slab->free_bytes = 0;
      at = &slab->next;
    }
  }
}

void Pool::empty() {
  if (ThreadCache* front = thread_state.cache)
    for (int c = 0; c < kSmallClasses; ++c) drain(*front, c, 0);
  for (int c = class_of(kSlabBlock) + 1; c < kClasses; ++c)
    while (free[c]) release_mapped(c);
  empty_slabs();
  most_in_use = system - cached;
}

// nullptr while the thread is ending.
ThreadCache* thread_cache() {
  if (thread_state.cache) return thread_state.cache;
  if (ThreadCache::ended) return nullptr;
  static thread_local ThreadCache cache;
  thread_state.cache = &cache;
  return &cache;
}

[[noreturn]] void Pool::refuse(int64_t bytes) {
  ++stats.refused;
  fail<MemoryError>("cannot allocate {} bytes on the CPU: {} bytes are available. Use a smaller batch or free tensors first.",
                    bytes, available_bytes());
}

void* allocate_from_pool(int64_t bytes, int size_class) {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  const int64_t rounded = class_bytes(size_class);
  if (rounded > kSlabBlock && !p.free[size_class] && (p.unchecked += rounded) > kAskFirst) {
    // A large block, or many that make as much. Ask what there is: with overcommit a mapping succeeds and its use kills.
    p.unchecked = 0;
    if (rounded > available_bytes()) {
      p.empty();
      if (rounded > available_bytes()) p.refuse(bytes);
    }
  }
  void* block = p.take(size_class);
  if (!block) {
    p.empty();
    block = p.take(size_class);
  }
  if (!block) p.refuse(bytes);
  return block;
}

}  // namespace

ThreadCache::ThreadCache() {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  next = p.fronts;
  if (next) next->previous = this;
  p.fronts = this;
}

ThreadCache::~ThreadCache() {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  for (int c = 0; c < kSmallClasses; ++c) p.drain(*this, c, 0);
  (previous ? previous->next : p.fronts) = next;
  if (next) next->previous = previous;
  thread_state.cache = nullptr;
  ended = true;
}

void* allocate_cpu(int64_t bytes) {
  if (bytes > kLargest) {
    Pool& p = pool();
    const std::lock_guard lock(p.mutex);
    p.refuse(bytes);
  }
  const int c = class_of(bytes);
  if (c < kSmallClasses) {
    if (ThreadCache* cache = thread_cache()) {
      if (FreeBlock* block = cache->free[c]) {
        cache->free[c] = block->next;
        --cache->count[c];
        cache->add_bytes(-class_bytes(c));
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
        p.drain(*cache, c, kFrontBlocks / 2);
      }
      auto* block = static_cast<FreeBlock*>(data);
      block->next = cache->free[c];
      cache->free[c] = block;
      ++cache->count[c];
      cache->add_bytes(class_bytes(c));
      return;
    }
  }
  const std::lock_guard lock(p.mutex);
  p.give(data, c);
}

void empty_cpu_cache() {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  p.empty();
}

MemoryStats cpu_memory_stats() {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  MemoryStats s = p.stats;
  s.cached_bytes = p.cached;
  for (ThreadCache* front = p.fronts; front; front = front->next) s.cached_bytes += __atomic_load_n(&front->bytes, __ATOMIC_RELAXED);
  s.system_bytes = p.system;
  s.in_use_bytes = p.system - s.cached_bytes;
  return s;
}

void reset_cpu_memory_peaks() {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  p.stats.peak_in_use_bytes = p.system - p.cached;
  p.stats.peak_system_bytes = p.system;
}

namespace at_fork {
void lock_allocator() { pool().mutex.lock(); }
void unlock_allocator() { pool().mutex.unlock(); }
void reset_allocator() {
  Pool& p = pool();
  p.fronts = thread_state.cache;  // the other threads are gone; what was in their fronts stays in use
  if (p.fronts) p.fronts->next = p.fronts->previous = nullptr;
  p.mutex.unlock();
}
}  // namespace at_fork

}  // namespace dlx
