// What belongs to one thread: modes, the observer, counters. One small constinit struct: reading it costs one instruction.
#pragma once
#include <atomic>
#include <cstdint>

#include "core/api.h"

namespace dlx {

class Observer;      // kernels/run.h
namespace autograd {
class SavedHooks;    // autograd/saved.h
}
struct ThreadCache;  // allocator.cpp

// Live objects, counted by their thread without locks; live_counts() adds all threads up.
struct LiveCounts {
  int64_t tensors = 0, nodes = 0, storages = 0;
};

// What only the data can tell was wrong: a kernel reports it here, `run` raises it.
enum class DataError : int32_t {
  none, index_out_of_range, class_out_of_range, embedding_out_of_range, invalid_probability, invalid_weight, no_weight, division_by_zero
};
struct ErrorSlot {
  int32_t state = 0;  // 0 empty, 1 being written, 2 full
  DataError error = DataError::none;
  int64_t value = 0, dim = 0, size = 0;
  // The first report wins; any thread of the kernel may call it.
  DLX_INLINE void report(DataError what, int64_t the_value, int64_t the_dim, int64_t the_size) {
    int32_t empty = 0;
    if (!__atomic_compare_exchange_n(&state, &empty, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) return;
    error = what;
    value = the_value;
    dim = the_dim;
    size = the_size;
    __atomic_store_n(&state, 2, __ATOMIC_RELEASE);
  }
};

struct ThreadState {
  bool grad_enabled = true;
  bool inference = false;        // tensors made now can never take part in a graph
  uint8_t autocast[3] = {0, 0, 0};  // by device type: 1 + the dtype that products are computed in; 0: off
  bool in_parallel = false;      // inside a chunk of parallel_for: nested calls run serially
  enum : uint8_t { kNew, kRegistered, kEnded } registration = kNew;  // known to live_counts()?
  Observer* observer = nullptr;  // watches this thread's kernel calls
  autograd::SavedHooks* saved_hooks = nullptr;  // where saved tensors go instead of into their node
  ThreadCache* cache = nullptr;  // the allocator's front for small blocks
  LiveCounts live;
  ErrorSlot error;               // of the kernel call that this thread makes
};

extern DLX_API constinit thread_local ThreadState thread_state __attribute__((tls_model("initial-exec")));

// For a kernel to take before it opens a parallel region: the chunks of other threads report into the caller's slot.
DLX_INLINE ErrorSlot& error_slot() { return thread_state.error; }

DLX_API LiveCounts live_counts();
// For a thread that live_counts() does not know yet, or one that is ending.
DLX_API void count_live_slow(int64_t LiveCounts::*what, int64_t by);

DLX_INLINE void count_live(int64_t LiveCounts::*what, int64_t by) {
  if (thread_state.registration != ThreadState::kRegistered) [[unlikely]] return count_live_slow(what, by);
  int64_t& counter = thread_state.live.*what;
  __atomic_store_n(&counter, counter + by, __ATOMIC_RELAXED);  // one writer: no locked instruction
}

// Sets a flag of the thread for a scope.
class GradMode {
 public:
  explicit GradMode(bool enabled) : before_(thread_state.grad_enabled) { thread_state.grad_enabled = enabled; }
  ~GradMode() { thread_state.grad_enabled = before_; }
  GradMode(const GradMode&) = delete;
  GradMode& operator=(const GradMode&) = delete;

 private:
  bool before_;
};

}  // namespace dlx
