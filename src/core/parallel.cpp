#include "core/parallel.h"

#include <omp.h>
#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "core/errors.h"
#include "core/thread_state.h"

namespace dlx {
namespace {

std::atomic<int> threads{0};  // 0: not yet asked
std::atomic<int64_t> serial_threshold{kSerialThreshold};
std::atomic<int64_t> regions{0}, widest{0};
// Threads of the host inside run_chunks. With two, each runs serially: two pools on the same cores cost 8-14 us an op.
std::atomic<int> callers{0};

int processors() {
  cpu_set_t set;
  int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  if (FILE* file = std::fopen("/sys/fs/cgroup/cpu.max", "re")) {
    double quota = 0, period = 0;
    if (std::fscanf(file, "%lf %lf", &quota, &period) == 2 && period > 0)
      n = std::min(n, std::max(1, static_cast<int>(std::ceil(quota / period))));
    std::fclose(file);
  }
  return std::max(n, 1);
}

int initial_threads() {
  for (const char* name : {"DLX_NUM_THREADS", "OMP_NUM_THREADS"}) {
    const char* text = std::getenv(name);
    if (const int n = text ? std::atoi(text) : 0; n > 0) return n;
  }
  return processors();
}

// libgomp's pool does not survive fork: the child would wait for threads that are gone. Ended before, it starts anew after.
[[maybe_unused]] const int at_fork = pthread_atfork([] { omp_pause_resource_all(omp_pause_soft); }, nullptr, [] { callers = 0; });

struct Caller {
  Caller() : alone(callers.fetch_add(1, std::memory_order_acq_rel) == 0) {}
  ~Caller() { callers.fetch_sub(1, std::memory_order_acq_rel); }
  const bool alone;
};

}  // namespace

void run_chunks(int64_t n, int64_t chunk, int64_t cost, ChunkFunction f, const void* context) {
  const int64_t chunks = (n - 1) / chunk + 1;
  int wanted = num_threads();
  if (wanted > chunks) wanted = static_cast<int>(chunks);
  // n * cost could overflow; n is at most 2^60.
  const bool small = static_cast<double>(n) * static_cast<double>(cost) < static_cast<double>(serial_threshold.load(std::memory_order_relaxed));
  if (wanted > 1 && !small && !thread_state.in_parallel) {
    const Caller caller;
    if (caller.alone) {
      std::exception_ptr error;
      std::atomic<bool> failed{false};
      std::atomic<int64_t> next{0};
      int came = 1;
#pragma omp parallel num_threads(wanted)
      {
        const bool before = thread_state.in_parallel;
        thread_state.in_parallel = true;
#pragma omp single nowait
        came = omp_get_num_threads();
        for (int64_t c; (c = next.fetch_add(1, std::memory_order_relaxed)) < chunks && !failed.load(std::memory_order_relaxed);) {
          try {
            f(context, c * chunk, std::min(n, (c + 1) * chunk));
          } catch (...) {
            if (!failed.exchange(true)) error = std::current_exception();
          }
        }
        thread_state.in_parallel = before;
      }
      regions.fetch_add(1, std::memory_order_relaxed);
      if (came > widest.load(std::memory_order_relaxed)) widest = came;
      if (error) std::rethrow_exception(error);
      return;
    }
  }
  for (int64_t c = 0; c < chunks; ++c) f(context, c * chunk, std::min(n, (c + 1) * chunk));
}

int num_threads() {
  int n = threads.load(std::memory_order_relaxed);
  if (n == 0) threads = n = initial_threads();
  return n;
}
void set_num_threads(int count) {
  check<ValueError>(count >= 1 && count <= 4096, "set_num_threads: the number of threads must be in [1, 4096]. Got {}.", count);
  threads = count;
}

ParallelStats parallel_stats() { return {regions.load(), widest.load()}; }
void reset_parallel_stats() { regions = widest = 0; }
void set_serial_threshold(int64_t work) { serial_threshold = work; }

}  // namespace dlx
