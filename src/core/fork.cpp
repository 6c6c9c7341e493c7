#include "core/fork.h"

#include <pthread.h>

#include "core/caches.h"

namespace dlx::at_fork {
namespace {

// Another thread may be computing: what it holds locked would stay locked in the child, and a static that it is making would never be
// made. Locks in the order in which it takes them: adding to a leaf's gradient looks for a kernel, and allocates.
void before() {
  make_parallel();
  l2_cache_bytes();
  lock_leaves();
  lock_kernels();
  lock_live_counts();
  lock_allocator();
}
void in_parent() {
  unlock_allocator();
  unlock_live_counts();
  unlock_kernels();
  unlock_leaves();
}
void in_child() {
  reset_allocator();
  reset_live_counts();
  reset_parallel();
  unlock_kernels();
  unlock_leaves();
}
[[maybe_unused]] const int registered = pthread_atfork(before, in_parent, in_child);

}  // namespace
}  // namespace dlx::at_fork
