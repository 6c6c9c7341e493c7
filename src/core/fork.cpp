#include "core/fork.h"

#include <pthread.h>

namespace dlx::at_fork {
namespace {

// Another thread may be computing: what it holds locked would stay locked in the child. In the order in which it takes them: adding to a
// leaf's gradient looks for a kernel, and allocates.
void before() {
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
