#include "core/storage.h"

#include <array>
#include <charconv>
#include <mutex>

#include "core/allocator.h"
#include "core/errors.h"
#include "core/thread_state.h"

namespace dlx {
namespace {
constexpr DeviceBackend kCpuBackend{
    "cpu",
    [](int64_t bytes, int) { return allocate_cpu(bytes); },
    [](void* data, int64_t bytes, int) noexcept { deallocate_cpu(data, bytes); },
    [](int) {},
    [] { return 1; },
};
constinit std::array<std::atomic<const DeviceBackend*>, kDeviceTypes> backends{&kCpuBackend, nullptr, nullptr};
}  // namespace

void register_device(DeviceType type, const DeviceBackend& backend) { backends[static_cast<size_t>(type)] = &backend; }
const DeviceBackend* backend_of(DeviceType type) { return backends[static_cast<size_t>(type)].load(std::memory_order_acquire); }

Device parse_device(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  for (int t = 0; t < kDeviceTypes; ++t) {
    const DeviceBackend* backend = backend_of(static_cast<DeviceType>(t));
    if (!backend || name != backend->name) continue;
    int index = 0;
    if (colon != std::string_view::npos) {
      const std::string_view digits = text.substr(colon + 1);
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
      check<ValueError>(error == std::errc() && end == digits.data() + digits.size() && index >= 0,
                        "device: the index after the colon must be a whole number. Got '{}'.", text);
    }
    check<RuntimeError>(index < backend->count(), "device: '{}' asks for number {}, but there are {} of them.", text, index,
                        backend->count());
    return {static_cast<DeviceType>(t), static_cast<int8_t>(index)};
  }
  check<RuntimeError>(name != "cuda", "device: '{}' cannot be used here; dlx.cuda.why() says why.", text);
  fail<ValueError>("device: '{}' is not a device. Use 'cpu', 'cuda' or 'cuda:0'.", text);
}

Ref<Storage> allocate_storage(int64_t bytes, Device device) {
  void* data;
  if (device.type == DeviceType::cpu) [[likely]] {
    data = allocate_cpu(bytes);
  } else {
    const DeviceBackend* backend = backend_of(device.type);
    check<RuntimeError>(backend != nullptr, "cannot allocate: device type {} is not registered.", static_cast<int>(device.type));
    data = backend->allocate(bytes, device.index);
  }
  auto* storage = new Storage;
  storage->device = device;
  storage->data = data;
  storage->bytes = bytes;
  count_live(&LiveCounts::storages, 1);
  return Ref<Storage>(storage);
}

Ref<Storage> wrap_storage(void* data, int64_t bytes, Device device, bool read_only, void* owner, void (*release)(void*) noexcept) {
  auto* storage = new Storage;
  storage->device = device;
  storage->data = data;
  storage->bytes = bytes;
  storage->read_only = read_only;
  storage->owner = owner;
  storage->release = release;
  count_live(&LiveCounts::storages, 1);
  return Ref<Storage>(storage);
}

void Storage::destroy(Storage* storage) noexcept {
  if (storage->release) {
    storage->release(storage->owner);
  } else if (storage->device.type == DeviceType::cpu) [[likely]] {
    deallocate_cpu(storage->data, storage->bytes);
  } else {
    backend_of(storage->device.type)->deallocate(storage->data, storage->bytes, storage->device.index);
  }
  count_live(&LiveCounts::storages, -1);
  delete storage;
}

}  // namespace dlx
