// The table itself, the choice of the ISA level, and what run says when it fails.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string_view>

#include "core/errors.h"
#include "core/fork.h"
#include "kernels/run.h"

// Made by the linker around the section that DLX_REGISTER_CPU fills.
extern "C" {
extern const void* const __start_dlx_cpu[] __attribute__((visibility("hidden"), weak));
extern const void* const __stop_dlx_cpu[] __attribute__((visibility("hidden"), weak));
}

namespace dlx {
namespace {

struct Table {
  std::mutex mutex;
  std::map<std::string_view, KernelSlot> slots;  // nodes stay where they are
};
Table& table() {
  static Table* t = new Table;  // never destroyed: kernels run until the last thread ends
  return *t;
}

KernelSlot& slot_locked(Table& t, const char* name, const char* signature) {
  KernelSlot& slot = t.slots[name];
  slot.name = name;
  if (!slot.signature) slot.signature = signature;
  return slot;
}

CpuKernelEntry<void()> read_entry(const void* listed) {
  CpuKernelEntry<void()> entry;  // all instances have this layout
  std::memcpy(&entry, listed, sizeof entry);
  return entry;
}

constexpr std::array<const char*, 6> kLevelNames = {"none", "base", "v2", "v3", "v4", "v4bf16"};

int machine_level() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("sse4.2") || !__builtin_cpu_supports("popcnt") || !__builtin_cpu_supports("ssse3")) return 0;
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("bmi2") ||
      !__builtin_cpu_supports("bmi"))
    return 2;
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512cd") ||
      !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl"))
    return 3;
  return __builtin_cpu_supports("avx512bf16") ? 5 : 4;
#else
  return 1;
#endif
}

// Levels in the section that the machine can run.
struct Levels {
  std::array<int, 6> level;
  size_t count = 0;
};
const Levels& built_levels() {
  static const Levels levels = [] {
    Levels found;
    const int machine = machine_level();
    for (int level = 1; level <= machine; ++level)
      if (std::any_of(__start_dlx_cpu, __stop_dlx_cpu, [&](const void* e) { return read_entry(e).level == level; }))
        found.level[found.count++] = level;
    return found;
  }();
  return levels;
}

int chosen_level() {
  const Levels& levels = built_levels();
  if (levels.count == 0) return 0;
  const int best = levels.level[levels.count - 1];
  const char* wanted = std::getenv("DLX_CPU_ISA");
  if (!wanted || !*wanted) return best;
  for (size_t i = 0; i < levels.count; ++i)
    if (std::strcmp(wanted, kLevelNames[static_cast<size_t>(levels.level[i])]) == 0) return levels.level[i];
  return best;  // an unknown name, or a level this build or machine lacks: cpu_level() tells
}

}  // namespace

int cpu_level() {
  static const int level = chosen_level();
  return level;
}
std::span<const int> cpu_levels() {
  const Levels& levels = built_levels();
  return {levels.level.data(), levels.count};
}
const char* cpu_level_name(int level) { return kLevelNames[static_cast<size_t>(level)]; }

void install_kernels() {
  // Not std::call_once: it would reach libstdc++'s thread-local variables by our initial-exec model, for which there is no room
  // left where libstdc++ was loaded late, as after `import torch`.
  [[maybe_unused]] static const bool installed = [] {
    Table& t = table();
    const std::lock_guard lock(t.mutex);
    for (int level = 1; level <= cpu_level(); ++level)
      for (auto listed = __start_dlx_cpu; listed != __stop_dlx_cpu; ++listed) {
        const auto entry = read_entry(*listed);
        if (entry.level == level) slot_locked(t, entry.kernel->name(), entry.kernel->signature()).implementation[0] = entry.function;
      }
    return true;
  }();
}

bool KernelBase::set(DeviceType device, void (*f)()) const {
  KernelSlot& s = slot();
  if (std::strcmp(s.signature, signature_) != 0) return false;
  s.implementation[static_cast<int>(device)] = f;
  return true;
}

KernelSlot& kernel_slot(const char* name, const char* signature) {
  install_kernels();
  Table& t = table();
  const std::lock_guard lock(t.mutex);
  return slot_locked(t, name, signature);
}

namespace detail {

void fail_missing(const char* kernel, Device device) {
  if (device.type == DeviceType::cpu && cpu_level() == 0)
    fail<RuntimeError>("{}: this processor is older than every level that dlx was built for (x86-64-v2 at least).", kernel);
  fail<NotImplementedError>("{}: there is no kernel for device {}. Move the tensors to the CPU with .cpu().", kernel, device);
}

void fail_data(const char* kernel, ErrorSlot& slot) {
  const ErrorSlot e = slot;
  slot = ErrorSlot{};
  switch (e.error) {
    case DataError::index_out_of_range:
      fail<IndexError>("{}: index {} is out of bounds for dimension {} with size {}.", kernel, e.value, e.dim, e.size);
    case DataError::class_out_of_range:
      fail<IndexError>("{}: target class {} is out of range for {} classes; it must be in [0, {}].", kernel, e.value, e.size, e.size - 1);
    case DataError::embedding_out_of_range:
      fail<IndexError>("{}: index {} is out of bounds for a weight of {} embeddings; it must be in [0, {}].", kernel, e.value, e.size, e.size - 1);
    case DataError::invalid_probability:
      fail<RuntimeError>("{}: probabilities must be in [0, 1].", kernel);
    case DataError::invalid_weight:
      fail<RuntimeError>("{}: a probability is negative, infinite or nan.", kernel);
    case DataError::no_weight:
      fail<RuntimeError>("{}: the probabilities of a row sum to zero.", kernel);
    default: fail<RuntimeError>("{}: ZeroDivisionError: an integer is divided by 0. Convert to a floating dtype, where the result is inf or nan.", kernel);
  }
}

}  // namespace detail

namespace at_fork {
void lock_kernels() { table().mutex.lock(); }
void unlock_kernels() { table().mutex.unlock(); }
}  // namespace at_fork

}  // namespace dlx
