// What every kernel file of the plugin uses: the device's stream, errors, and the one function that launches.
#pragma once
#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>

#include "core/errors.h"
#include "core/thread_state.h"
#include "kernels/kernel.h"

namespace dlx::cuda {

// What a kernel found wrong in its data. One for each GPU, in host memory that the GPU can write; read once the stream is done.
struct Report {
  int state;  // 0 empty, 1 being written, 2 full: the first report wins
  DataError error;
  const char* kernel;  // a literal of the host, which the GPU only hands back
  int64_t value, dim, size;
};

// Raises MemoryError or RuntimeError in dlx's own words, with CUDA's for the cause.
[[noreturn]] void fail_cuda(cudaError_t error, const char* what);
inline void check_cuda(cudaError_t error, const char* what) {
  if (error != cudaSuccess) [[unlikely]] fail_cuda(error, what);
}

cudaStream_t stream_of(int device);
Report* report_of(int device);
// Waits for the device's stream and raises what its kernels reported.
void synchronize(int device);

// Makes `device` the thread's current one for a scope; other libraries of the process share that setting.
class CurrentDevice {
 public:
  explicit CurrentDevice(int device) {
    check_cuda(cudaGetDevice(&before_), "ask for the current device");
    if (before_ != device) check_cuda(cudaSetDevice(device), "choose the device");
    changed_ = before_ != device;
  }
  ~CurrentDevice() noexcept {
    if (changed_) cudaSetDevice(before_);
  }
  CurrentDevice(const CurrentDevice&) = delete;
  CurrentDevice& operator=(const CurrentDevice&) = delete;

 private:
  int before_ = 0;
  bool changed_ = false;
};

inline constexpr int kThreads = 256;
// Blocks for `items` that a block takes `per_block` at a time: kernels stride over the rest, so a cap costs nothing.
inline int64_t blocks_for(int64_t items, int64_t per_block = kThreads) {
  constexpr int64_t kMostBlocks = 1 << 16;
  return std::clamp<int64_t>((items + per_block - 1) / per_block, 1, kMostBlocks);
}

// The one launch: on the stream of `device`, its error checked.
template <class... P, class... A>
void launch(const char* name, int device, void (*kernel)(P...), int64_t blocks, dim3 threads, const A&... args) {
  const CurrentDevice current(device);
  kernel<<<dim3(static_cast<unsigned>(blocks)), threads, 0, stream_of(device)>>>(args...);
  check_cuda(cudaGetLastError(), name);
}

__device__ inline void report_index(Report* report, const char* kernel, int64_t index, int64_t dim, int64_t n) {
  if (atomicCAS(&report->state, 0, 1) != 0) return;
  report->error = DataError::index_out_of_range;
  report->kernel = kernel;
  report->value = index;
  report->dim = dim;
  report->size = n;
  __threadfence_system();  // the host sees the report before it sees that it is full
  *static_cast<volatile int*>(&report->state) = 2;
}

// A plugin announces itself when it is loaded: each family's file registers its kernels.
#define DLX_REGISTER_CUDA_AS(kernel, function, unique) \
  [[maybe_unused]] const bool DLX_CONCAT(announced_, unique) = kernel.set(DeviceType::cuda, function)
#define DLX_REGISTER_CUDA(kernel, function) DLX_REGISTER_CUDA_AS(kernel, function, __LINE__)

}  // namespace dlx::cuda
