// The CPU's caching allocator: 64-byte aligned blocks by size class, kept for reuse when they are freed.
// A fresh 4 KB page costs 18 times as much as copying the same bytes, so a training step must reuse what the last one freed.
#pragma once
#include <cstdint>

#include "core/api.h"

namespace dlx {

inline constexpr int64_t kAlignment = 64;

// Never null; MemoryError says how much was asked. 0 bytes give a valid pointer too.
DLX_API void* allocate_cpu(int64_t bytes);
// `bytes` as it was asked. Any thread may free what another one allocated.
DLX_API void deallocate_cpu(void* data, int64_t bytes) noexcept;
// Returns to the system what nobody uses, but for small blocks that lie beside used ones or in the fronts of other threads.
DLX_API void empty_cpu_cache();

struct MemoryStats {
  int64_t in_use_bytes;          // handed out, rounded up to the size class
  int64_t cached_bytes;          // kept for reuse
  int64_t system_bytes;          // got from the system and not returned: the sum of both
  int64_t peak_in_use_bytes, peak_system_bytes;  // since the start or reset_cpu_memory_peaks(); what threads' fronts keep is in use here
  int64_t system_requests;       // how often the system was asked: still after a few equal training steps
  int64_t system_returns;        // how often it got a block back
  int64_t refused;               // MemoryErrors
};
DLX_API MemoryStats cpu_memory_stats();
DLX_API void reset_cpu_memory_peaks();

}  // namespace dlx
