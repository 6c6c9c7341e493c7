#include "core/thread_state.h"

#include <algorithm>
#include <mutex>
#include <vector>

#include "core/fork.h"

namespace dlx {

constinit thread_local ThreadState thread_state __attribute__((tls_model("initial-exec")));

namespace {
struct Registry {
  std::mutex mutex;
  std::vector<ThreadState*> threads;
  LiveCounts ended;  // what threads that are gone have left
};
Registry& registry() {
  static Registry* r = new Registry;  // never destroyed: threads may end after static destruction
  return *r;
}
void add(LiveCounts& to, const LiveCounts& from) {
  to.tensors += __atomic_load_n(&from.tensors, __ATOMIC_RELAXED);
  to.nodes += __atomic_load_n(&from.nodes, __ATOMIC_RELAXED);
  to.storages += __atomic_load_n(&from.storages, __ATOMIC_RELAXED);
}
struct AtThreadEnd {
  ~AtThreadEnd() {
    Registry& r = registry();
    const std::lock_guard lock(r.mutex);
    std::erase(r.threads, &thread_state);
    add(r.ended, thread_state.live);
    thread_state.registration = ThreadState::kEnded;
  }
};
}  // namespace

void count_live_slow(int64_t LiveCounts::*what, int64_t by) {
  Registry& r = registry();
  if (thread_state.registration == ThreadState::kEnded) {  // a later thread_local destructor drops a tensor
    const std::lock_guard lock(r.mutex);
    r.ended.*what += by;
    return;
  }
  {
    const std::lock_guard lock(r.mutex);
    r.threads.push_back(&thread_state);
  }
  thread_state.registration = ThreadState::kRegistered;
  static thread_local AtThreadEnd at_end;
  (void)at_end;
  count_live(what, by);
}

LiveCounts live_counts() {
  Registry& r = registry();
  const std::lock_guard lock(r.mutex);
  LiveCounts sum = r.ended;
  for (const ThreadState* t : r.threads) add(sum, t->live);
  return sum;
}

namespace at_fork {
void lock_live_counts() { registry().mutex.lock(); }
void unlock_live_counts() { registry().mutex.unlock(); }
void reset_live_counts() {
  Registry& r = registry();
  for (const ThreadState* t : r.threads)
    if (t != &thread_state) add(r.ended, t->live);  // that thread is gone, its tensors are not
  std::erase_if(r.threads, [](const ThreadState* t) { return t != &thread_state; });
  r.mutex.unlock();
}
}  // namespace at_fork

}  // namespace dlx
