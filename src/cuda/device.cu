// The device itself: whether there is one, its memory, its stream and its errors.
#include <array>
#include <atomic>
#include <climits>
#include <mutex>
#include <string>

#include "cuda/launch.h"
#include "kernels/run.h"

namespace dlx::cuda {
namespace {

// --- is there a GPU? -------------------------------------------------------------------------------------------------
constexpr int kOldestDriver = 13000;  // the toolkit's major version, which the driver must know
constexpr int kMostDevices = 64;

struct Found {
  int count = 0;
  std::string why;  // a sentence where count is 0
};

std::string version_text(int version) { return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10); }

// The driver's version comes first: where there is no driver at all every other call answers "driver too old" (35).
Found look() {
  int driver = 0;
  if (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0) return {0, "No NVIDIA driver is installed."};
  if (driver < kOldestDriver)
    return {0, "The NVIDIA driver is too old: it supports CUDA " + version_text(driver) + ", and dlx needs " + version_text(kOldestDriver) + "."};
  int count = 0;
  if (const cudaError_t error = cudaGetDeviceCount(&count); error != cudaSuccess) {
    cudaGetLastError();  // not to be found by the next launch
    if (error == cudaErrorNoDevice) return {0, "The NVIDIA driver finds no GPU."};
    return {0, std::string("The NVIDIA driver does not start: ") + cudaGetErrorString(error) + "."};
  }
  for (int d = 0; d < std::min(count, kMostDevices); ++d) {
    int major = 0, minor = 0, pools = 0;
    cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, d);
    cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, d);
    cudaDeviceGetAttribute(&pools, cudaDevAttrMemoryPoolsSupported, d);
    const std::string name = "GPU " + std::to_string(d);
    // Indices are the driver's, so those before the first that cannot be used are all there are.
    if (major < 8) return {d, name + " has compute capability " + std::to_string(major) + "." + std::to_string(minor) + "; dlx needs 8.0."};
    if (!pools) return {d, name + " has no stream-ordered memory, which dlx needs."};
  }
  if (count == 0) return {0, "The NVIDIA driver finds no GPU."};
  return {std::min(count, kMostDevices), ""};
}
const Found& found() {
  static const Found f = look();
  return f;
}

// --- one stream, one pool and one report for each GPU ------------------------------------------------------------------
struct State {
  std::atomic<bool> ready{false};
  std::mutex mutex;
  cudaStream_t stream = nullptr;
  cudaMemPool_t pool = nullptr;
  Report* report = nullptr;
};
State& state_of(int device) {
  static auto* states = new std::array<State, kMostDevices>;  // never destroyed: tensors may be freed after static destruction
  State& s = (*states)[static_cast<size_t>(device)];
  if (s.ready.load(std::memory_order_acquire)) [[likely]] return s;
  const std::lock_guard lock(s.mutex);
  if (s.ready) return s;
  const CurrentDevice current(device);
  if (!s.stream) check_cuda(cudaStreamCreateWithFlags(&s.stream, cudaStreamNonBlocking), "create a stream");
  if (!s.pool) {
    // A pool of our own keeps what is freed; the default one belongs to all libraries of the process.
    cudaMemPoolProps properties{};
    properties.allocType = cudaMemAllocationTypePinned;
    properties.location.type = cudaMemLocationTypeDevice;
    properties.location.id = device;
    cudaMemPool_t pool;
    check_cuda(cudaMemPoolCreate(&pool, &properties), "create a memory pool");
    uint64_t keep = UINT64_MAX;
    check_cuda(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &keep), "set up a memory pool");
    s.pool = pool;
  }
  if (!s.report) {
    void* report;
    check_cuda(cudaHostAlloc(&report, sizeof(Report), cudaHostAllocMapped | cudaHostAllocPortable), "allocate the error report");
    s.report = new (report) Report{};
  }
  s.ready.store(true, std::memory_order_release);
  return s;
}

// --- the backend -------------------------------------------------------------------------------------------------------
void* allocate(int64_t bytes, int device) {
  State& s = state_of(device);
  const CurrentDevice current(device);
  const size_t size = static_cast<size_t>(std::max<int64_t>(bytes, 1));
  void* data = nullptr;
  cudaError_t error = cudaMallocFromPoolAsync(&data, size, s.pool, s.stream);
  if (error == cudaErrorMemoryAllocation) {  // once more, with all that the pool keeps given back
    cudaGetLastError();
    cudaStreamSynchronize(s.stream);
    cudaMemPoolTrimTo(s.pool, 0);
    error = cudaMallocFromPoolAsync(&data, size, s.pool, s.stream);
  }
  if (error == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    size_t free = 0, total = 0;
    cudaMemGetInfo(&free, &total);
    fail<MemoryError>("cuda:{}: {} bytes cannot be had; {} of {} bytes are free.", device, bytes, free, total);
  }
  check_cuda(error, "allocate");
  return data;
}
// In the stream's order: kernels that were queued before still find the memory. At the end of the process CUDA may be gone
// already, and its error then means nothing.
void deallocate(void* data, int64_t, int device) noexcept {
  try {
    State& s = state_of(device);
    const CurrentDevice current(device);
    cudaFreeAsync(data, s.stream);
  } catch (...) {
  }
}

constexpr DeviceBackend kBackend{"cuda", allocate, deallocate, synchronize, [] { return found().count; }};

[[maybe_unused]] const bool announced = [] {
  if (found().count > 0) register_device(DeviceType::cuda, kBackend);
  return true;
}();

}  // namespace

void fail_cuda(cudaError_t error, const char* what) {
  cudaGetLastError();  // not to be found by the next launch; errors that end the context stay
  if (error == cudaErrorMemoryAllocation) fail<MemoryError>("cuda: no memory left ({}).", what);
  fail<RuntimeError>("cuda: {} failed: {} ({}).", what, cudaGetErrorString(error), cudaGetErrorName(error));
}

cudaStream_t stream_of(int device) { return state_of(device).stream; }
Report* report_of(int device) { return state_of(device).report; }

void synchronize(int device) {
  State& s = state_of(device);
  const CurrentDevice current(device);
  check_cuda(cudaStreamSynchronize(s.stream), "run the queued kernels");
  ErrorSlot slot;
  const char* kernel = nullptr;
  {
    const std::lock_guard lock(s.mutex);
    // Not full: nothing, or a kernel that another thread has queued since is about to report.
    if (__atomic_load_n(&s.report->state, __ATOMIC_ACQUIRE) != 2) return;
    kernel = s.report->kernel;
    slot = {2, s.report->error, s.report->value, s.report->dim, s.report->size};
    __atomic_store_n(&s.report->state, 0, __ATOMIC_RELEASE);
  }
  detail::fail_data(kernel, slot);
}

}  // namespace dlx::cuda

// What python/dlx/cuda.py asks: the number of GPUs that can be used, and why there are none.
extern "C" DLX_API int dlx_cuda_device_count() { return dlx::cuda::found().count; }
extern "C" DLX_API const char* dlx_cuda_why() { return dlx::cuda::found().why.c_str(); }
