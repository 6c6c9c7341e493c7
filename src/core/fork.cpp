#include "core/fork.h"

#include <pthread.h>

namespace dlx::at_fork {
namespace {

// Another thread may be computing: what it holds locked would stay locked in the child.
void before() {
  lock_live_counts();
  lock_allocator();
}
void in_parent() {
  unlock_allocator();
  unlock_live_counts();
}
void in_child() {
  reset_allocator();
  reset_live_counts();
  reset_parallel();
}
[[maybe_unused]] const int registered = pthread_atfork(before, in_parent, in_child);

}  // namespace
}  // namespace dlx::at_fork
