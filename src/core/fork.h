// What fork must find unlocked and leave whole: the child has the forking thread alone. fork.cpp calls these.
#pragma once

namespace dlx::at_fork {

// Before fork: makes what is made at first use.
void make_parallel();
// Before fork, and after it in the parent.
void lock_allocator();
void unlock_allocator();
void lock_live_counts();
void unlock_live_counts();
// After it in the child too, which finds nothing half done.
void lock_leaves();  // autograd/engine.cpp
void unlock_leaves();
void lock_kernels();  // kernels/table.cpp
void unlock_kernels();
// In the child; unlocks what is locked.
void reset_allocator();
void reset_live_counts();
void reset_parallel();

}  // namespace dlx::at_fork
