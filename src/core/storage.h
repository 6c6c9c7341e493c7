// Storage: one block of a device's memory that tensors share.
#pragma once
#include <atomic>
#include <cstdint>

#include "core/api.h"
#include "core/device.h"
#include "core/ref.h"

namespace dlx {

struct DLX_API Storage {
  std::atomic<int32_t> references{0};
  std::atomic<uint32_t> version{0};  // writes through any tensor that shares it (detach shares it, .data does not)
  bool read_only = false;            // NumPy's and DLPack's flags, mapped files: every write is an error
  Device device;
  void* data = nullptr;
  int64_t bytes = 0;
  // Memory that someone else owns is given back through `release(owner)`; null: the device's allocator.
  void (*release)(void* owner) noexcept = nullptr;
  void* owner = nullptr;

  static void destroy(Storage* storage) noexcept;
};

DLX_API Ref<Storage> allocate_storage(int64_t bytes, Device device);
// Wraps memory that `owner` keeps alive until release(owner).
DLX_API Ref<Storage> wrap_storage(void* data, int64_t bytes, Device device, bool read_only, void* owner, void (*release)(void*) noexcept);

}  // namespace dlx
