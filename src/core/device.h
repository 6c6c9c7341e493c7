// Devices: where a storage lives, and the few things a device must offer besides its kernels.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/api.h"

namespace dlx {

// `other` is a slot for a device that a library of its own brings (tests/cpp/toy_device does).
enum class DeviceType : uint8_t { cpu, cuda, other };
inline constexpr int kDeviceTypes = 3;

struct Device {
  DeviceType type = DeviceType::cpu;
  int8_t index = 0;
  bool operator==(const Device&) const = default;
};
inline constexpr Device kCpu{};

// A device's memory and its clock. Kernels are registered apart (kernels/kernel.h).
struct DeviceBackend {
  const char* name;                                               // as users write it: "cuda"
  void* (*allocate)(int64_t bytes, int index);                    // never null: throws MemoryError
  void (*deallocate)(void* data, int64_t bytes, int index) noexcept;
  void (*synchronize)(int index);                                 // returns when all queued kernels have run; raises their errors
  int (*count)();
};

DLX_API void register_device(DeviceType type, const DeviceBackend& backend);
// nullptr where no library has brought the device.
DLX_API const DeviceBackend* backend_of(DeviceType type);
DLX_API Device parse_device(std::string_view text);               // "cpu", "cuda:1"; ValueError otherwise

}  // namespace dlx
