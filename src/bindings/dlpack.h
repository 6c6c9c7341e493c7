// The memory layout of DLPack, as its specification publishes it (https://dmlc.github.io/dlpack): tensors that libraries hand to
// one another in a capsule. Version 1 adds a version, flags, and a name for its capsules.
#pragma once
#include <cstdint>

namespace dlx::bindings::dlpack {

enum DeviceCode : int32_t { kCpuDevice = 1, kCudaDevice = 2, kCudaHostDevice = 3 };
enum TypeCode : uint8_t { kInt = 0, kUInt = 1, kFloat = 2, kBfloat = 4, kComplex = 5, kBool = 6 };

struct DeviceOf {
  int32_t device_type;
  int32_t device_id;
};
struct DataType {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
};
struct TensorView {
  void* data;
  DeviceOf device;
  int32_t ndim;
  DataType dtype;
  int64_t* shape;
  int64_t* strides;  // in elements; null: contiguous
  uint64_t byte_offset;
};

// In capsules named "dltensor".
struct Managed {
  TensorView tensor;
  void* manager;
  void (*deleter)(Managed* self);
};

// In capsules named "dltensor_versioned".
inline constexpr uint32_t kMajor = 1, kMinor = 0;
inline constexpr uint64_t kReadOnly = 1, kCopied = 2;
struct Versioned {
  struct {
    uint32_t major, minor;
  } version;
  void* manager;
  void (*deleter)(Versioned* self);
  uint64_t flags;
  TensorView tensor;
};

}  // namespace dlx::bindings::dlpack
