// Copies on a GPU and between it and the host, casts, fills and arange.
#include "kernels/copy.h"

#include "cuda/elements.h"

namespace dlx::cuda {
namespace {

template <class T> __global__ void move_kernel(Loop<2> loop) {
  const int64_t step = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < loop.numel; i += step) {
    char* at[2];
    loop.locate(i, at);
    *reinterpret_cast<T*>(at[0]) = *reinterpret_cast<const T*>(at[1]);
  }
}
template <class C> __global__ void cast_kernel(Loop<2> loop) {
  const int64_t step = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < loop.numel; i += step) {
    char* at[2];
    loop.locate(i, at);
    store(at[0], loop.dtype[0], load<C>(at[1], loop.dtype[1]));
  }
}
template <class T> __global__ void fill_kernel(Loop<1> loop, T value) {
  const int64_t step = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < loop.numel; i += step) {
    char* at[1];
    loop.locate(i, at);
    *reinterpret_cast<T*>(at[0]) = value;
  }
}
// The sum wraps in int64, and in double it is one fma.
__device__ int64_t progression(int64_t start, int64_t step, int64_t i) {
  return static_cast<int64_t>(static_cast<uint64_t>(start) + static_cast<uint64_t>(i) * static_cast<uint64_t>(step));
}
__device__ double progression(double start, double step, int64_t i) { return ::fma(static_cast<double>(i), step, start); }
template <class C> __global__ void arange_kernel(Loop<1> loop, C start, C by) {
  const int64_t step = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < loop.numel; i += step) {
    char* at[1];
    loop.locate(i, at);
    store(at[0], loop.dtype[0], progression(start, by, i));
  }
}

bool same_layout(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() && a.is_contiguous() && b.is_contiguous();
}

void copy_within(const Tensor& out, const Tensor& x) {
  const int device = out.device().index;
  if (same_layout(out, x)) {
    const CurrentDevice current(device);
    return check_cuda(cudaMemcpyAsync(out.raw_data(), x.raw_data(), static_cast<size_t>(x.nbytes()), cudaMemcpyDeviceToDevice, stream_of(device)), "copy");
  }
  const Tensor* inputs[] = {&x};
  LoopPlan plan;
  plan_loop(plan, out, inputs);
  for_each_loop<2>(plan, [&](const Loop<2>& loop) {
    const int64_t blocks = blocks_for(loop.numel);
    if (out.dtype() == x.dtype() && x.dtype() != DType::boolean)
      dispatch_size(x.dtype(), [&]<class T>() { launch("copy", device, move_kernel<T>, blocks, kThreads, loop); });
    else
      dispatch_compute(x.dtype(), [&]<class C>() { launch("copy", device, cast_kernel<C>, blocks, kThreads, loop); });
  });
}

// The CPU's copy, for the host's side of a transfer that casts, broadcasts or has strides.
void copy_on_host(const Tensor& out, const Tensor& x) {
  using Copy = std::remove_cvref_t<decltype(kernels::copy)>::Function;
  const auto copy = kernels::copy.slot().implementation[static_cast<int>(DeviceType::cpu)].load(std::memory_order_acquire);
  reinterpret_cast<Copy*>(copy)(Out(out), x);
}

// Only bytes cross the bus: each side is made contiguous, in x's dtype and shape, where it lives. The host waits, for its memory
// may be pinned by another library, and CUDA would then return before the bytes are read.
void copy_to_device(const Tensor& out, const Tensor& x) {
  const int device = out.device().index;
  Tensor from = x;
  if (!x.is_contiguous()) copy_on_host(from = empty(x.shape(), x.dtype()), x);
  const Tensor to = same_layout(out, from) ? out : empty(x.shape(), x.dtype(), out.device());
  {
    const CurrentDevice current(device);
    const cudaStream_t stream = stream_of(device);
    check_cuda(cudaMemcpyAsync(to.raw_data(), from.raw_data(), static_cast<size_t>(x.nbytes()), cudaMemcpyHostToDevice, stream), "copy to the GPU");
    check_cuda(cudaStreamSynchronize(stream), "copy to the GPU");
  }
  if (!to.same(out)) copy_within(out, to);
}
void copy_to_host(const Tensor& out, const Tensor& x) {
  const int device = x.device().index;
  Tensor from = x;
  if (!x.is_contiguous()) copy_within(from = empty(x.shape(), x.dtype(), x.device()), x);
  const Tensor to = same_layout(out, from) ? out : empty(x.shape(), x.dtype());
  {
    const CurrentDevice current(device);
    check_cuda(cudaMemcpyAsync(to.raw_data(), from.raw_data(), static_cast<size_t>(x.nbytes()), cudaMemcpyDeviceToHost, stream_of(device)),
               "copy to the host");
  }
  synchronize(device);
  if (!to.same(out)) copy_on_host(out, to);
}
void copy_between_devices(const Tensor& out, const Tensor& x) {
  const int target = out.device().index, source = x.device().index;
  Tensor from = x;
  if (!x.is_contiguous()) copy_within(from = empty(x.shape(), x.dtype(), x.device()), x);
  const Tensor to = same_layout(out, from) ? out : empty(x.shape(), x.dtype(), out.device());
  synchronize(source);
  {
    const CurrentDevice current(target);
    const cudaStream_t stream = stream_of(target);
    check_cuda(cudaMemcpyPeerAsync(to.raw_data(), target, from.raw_data(), source, static_cast<size_t>(x.nbytes()), stream), "copy between GPUs");
    check_cuda(cudaStreamSynchronize(stream), "copy between GPUs");
  }
  if (!to.same(out)) copy_within(out, to);
}

void copy(Out out, const Tensor& x) {
  if (out.numel() == 0) return;
  if (on_host(x)) copy_to_device(out, x);
  else if (on_host(out)) copy_to_host(out, x);
  else if (out.tensor.device() == x.device()) copy_within(out, x);
  else copy_between_devices(out, x);
}

// The value as an integer of its size: bits are bits.
void fill(Out out, Scalar value) {
  LoopPlan plan;
  plan_loop(plan, out, {});
  uint64_t bits = 0;
  dispatch_all(out.dtype(), [&]<class T>() {
    const T element = value.to<T>();
    std::memcpy(&bits, &element, sizeof element);
  });
  for_each_loop<1>(plan, [&](const Loop<1>& loop) {
    dispatch_size(out.dtype(), [&]<class T>() {
      launch("fill", out.tensor.device().index, fill_kernel<T>, blocks_for(loop.numel), kThreads, loop, static_cast<T>(bits));
    });
  });
}

void arange(Out out, Scalar start, Scalar step) {
  const bool whole = !is_floating(out.dtype()) && start.kind != Kind::floating && step.kind != Kind::floating;
  LoopPlan plan;
  plan_loop(plan, out, {});
  for_each_loop<1>(plan, [&](const Loop<1>& loop) {
    const int device = out.tensor.device().index;
    const int64_t blocks = blocks_for(loop.numel);
    if (whole) launch("arange", device, arange_kernel<int64_t>, blocks, kThreads, loop, start.integer, step.integer);
    else launch("arange", device, arange_kernel<double>, blocks, kThreads, loop, start.as_double(), step.as_double());
  });
}

DLX_REGISTER_CUDA(kernels::copy, copy);
DLX_REGISTER_CUDA(kernels::fill, fill);
DLX_REGISTER_CUDA(kernels::arange, arange);

}  // namespace
}  // namespace dlx::cuda
