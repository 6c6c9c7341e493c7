// parallel_for: the one way to use several threads, and the one way to cut work.
#pragma once
#include <cstdint>

#include "core/api.h"

namespace dlx {

// Work of one chunk, in cheap element operations. A chunk's bounds depend on the shape alone, never on the number of
// threads: this is what keeps the bits (promise 3).
inline constexpr int64_t kChunkWork = 16384;

using ChunkFunction = void (*)(const void* context, int64_t begin, int64_t end);
// Calls f(context, begin, end) for the chunks of [0, n), on several threads where that pays. Rethrows a chunk's exception.
DLX_API void run_chunks(int64_t n, int64_t chunk, int64_t cost, ChunkFunction f, const void* context);

// n items of `cost` cheap element operations each: fn(begin, end) for ranges that together cover [0, n) once.
template <class F> DLX_INLINE void parallel_for(int64_t n, int64_t cost, const F& fn) {
  const int64_t chunk = cost <= 1 ? kChunkWork : cost >= kChunkWork ? 1 : kChunkWork / cost;
  if (n <= chunk) {  // one chunk: no call through a pointer
    if (n > 0) fn(int64_t{0}, n);
    return;
  }
  run_chunks(n, chunk, cost, [](const void* context, int64_t begin, int64_t end) { (*static_cast<const F*>(context))(begin, end); }, &fn);
}

// DLX_NUM_THREADS, else OMP_NUM_THREADS, else the processors that the process and its cgroup may use.
DLX_API int num_threads();
DLX_API void set_num_threads(int count);  // ValueError below 1

// For tests: what parallel_for did, and the work below which it stays serial (the cut into chunks is the same).
struct ParallelStats {
  int64_t regions;
  int64_t widest;  // threads of the widest region
};
DLX_API ParallelStats parallel_stats();
DLX_API void reset_parallel_stats();
DLX_API void set_serial_threshold(int64_t work);
inline constexpr int64_t kSerialThreshold = 2 * kChunkWork;  // waking the pool costs 0.65 to 110 us (DESIGN)

}  // namespace dlx
