// The CPU's caching allocator: 64-byte aligned blocks by size class, kept for reuse when they are freed.
// A fresh 4 KB page costs 18 times as much as copying the same bytes, so a training step must reuse what the last one freed.
#pragma once
#include <cstdint>

#include "core/api.h"

namespace dlx {

inline constexpr int64_t kAlignment = 64;

// Never null; MemoryError says how much was asked. 0 bytes give a valid pointer too.
DLX_API void* allocate_cpu(int64_t bytes);
// `bytes` as it was asked.
DLX_API void deallocate_cpu(void* data, int64_t bytes) noexcept;
// Returns cached large blocks to the system.
DLX_API void empty_cpu_cache();

struct MemoryStats {
  int64_t in_use_bytes;          // handed out (rounded up to the size class), threads' fronts and slabs' rests included
  int64_t cached_bytes;          // kept for reuse
  int64_t system_bytes;          // got from the system and not returned
  int64_t system_requests;       // how often the system was asked: still after a few equal training steps
};
DLX_API MemoryStats cpu_memory_stats();

}  // namespace dlx
