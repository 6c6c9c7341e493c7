// DLPack both ways, without copying.
#include "bindings/dlpack.h"

#include <pybind11/pybind11.h>

#include <string>
#include <string_view>

#include "bindings/arguments.h"
#include "bindings/def.h"

namespace dlx::bindings {
namespace {

using dlpack::Managed;
using dlpack::Versioned;

[[noreturn]] void fail_buffer(const std::string& text) {
  PyErr_SetString(PyExc_BufferError, text.c_str());
  rethrow_python();
}

dlpack::DataType type_of(DType dtype) {
  const auto bits = static_cast<uint8_t>(8 * itemsize(dtype));
  switch (dtype) {
    case DType::boolean: return {dlpack::kBool, bits, 1};
    case DType::uint8: return {dlpack::kUInt, bits, 1};
    case DType::bfloat16: return {dlpack::kBfloat, bits, 1};
    default: return {is_floating(dtype) ? dlpack::kFloat : dlpack::kInt, bits, 1};
  }
}
DType dtype_of_type(dlpack::DataType type) {
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto ours = type_of(static_cast<DType>(i));
    if (ours.code == type.code && ours.bits == type.bits && ours.lanes == type.lanes) return static_cast<DType>(i);
  }
  fail<DtypeError>("from_dlpack: elements with type code {}, {} bits and {} lanes have no counterpart in dlx.", static_cast<int>(type.code),
                   static_cast<int>(type.bits), static_cast<int>(type.lanes));
}

// --- out: a capsule that keeps the tensor ---------------------------------------------------------------------------

// What the consumer gets, and what keeps it alive.
template <class M> struct Exported {
  M managed{};
  Tensor tensor;
  Dims shape, strides;
};

template <class M> Exported<M>* exported(const Tensor& x) {
  auto* e = new Exported<M>;  // freed by its deleter, which the consumer or the capsule calls
  e->tensor = x;
  e->shape = x.shape();
  e->strides = x.strides();
  for (int64_t d = 0; d < x.dim(); ++d)
    if (x.size(d) <= 1) e->strides[d] = 1;  // consumers may look at strides that no element uses
  const bool cuda = x.device().type == DeviceType::cuda;
  e->managed.tensor = {x.raw_data(), {cuda ? dlpack::kCudaDevice : dlpack::kCpuDevice, x.device().index}, static_cast<int32_t>(x.dim()), type_of(x.dtype()),
                       e->shape.data(), e->strides.data(), 0};
  e->managed.manager = e;
  e->managed.deleter = [](M* self) { delete static_cast<Exported<M>*>(self->manager); };  // with or without the GIL
  return e;
}

template <class M> PyObject* capsule(M* managed, const char* name) {
  PyObject* o = PyCapsule_New(managed, name, [](PyObject* self) {
    // A consumer that took the tensor has renamed the capsule and calls the deleter itself.
    const char* own = PyCapsule_GetName(self);
    const char* fresh = std::is_same_v<M, Versioned> ? "dltensor_versioned" : "dltensor";
    if (!own || std::string_view(own) != fresh) return;
    auto* m = static_cast<M*>(PyCapsule_GetPointer(self, own));
    if (m && m->deleter) m->deleter(m);
  });
  if (!o) {
    managed->deleter(managed);
    rethrow_python();
  }
  return o;
}

py::object to_dlpack(const py::object& object, bool versioned, bool copied) {
  const Tensor x = alias(Argument<const Tensor&>(object.ptr(), {"__dlpack__", 0}).get());
  const bool read_only = x.storage()->read_only;
  if (!versioned) {
    if (read_only) fail_buffer("__dlpack__: the tensor's memory is read-only, which capsules can say since version 1.0. Ask with max_version=(1, 0).");
    return py::reinterpret_steal<py::object>(capsule(&exported<Managed>(x)->managed, "dltensor"));
  }
  Exported<Versioned>* e = exported<Versioned>(x);
  e->managed.version = {dlpack::kMajor, dlpack::kMinor};
  e->managed.flags = (read_only ? dlpack::kReadOnly : 0) | (copied ? dlpack::kCopied : 0);
  return py::reinterpret_steal<py::object>(capsule(&e->managed, "dltensor_versioned"));
}

// --- in: a storage that keeps the producer's tensor -----------------------------------------------------------------

template <class M> Tensor imported(M* managed, bool read_only, PyObject* capsule, const char* used_name) {
  const dlpack::TensorView& v = managed->tensor;
  Device device = kCpu;
  if (v.device.device_type == dlpack::kCudaDevice) device = {DeviceType::cuda, static_cast<int8_t>(v.device.device_id)};
  else if (v.device.device_type != dlpack::kCpuDevice && v.device.device_type != dlpack::kCudaHostDevice)
    fail_buffer("from_dlpack: the tensor is on a device that dlx does not know (DLPack's code " + std::to_string(v.device.device_type) + ").");
  check<RuntimeError>(backend_of(device.type) != nullptr, "from_dlpack: the tensor is on a GPU, and dlx has none here. dlx.cuda.why() says why.");
  check<ShapeError>(v.ndim >= 0 && v.ndim <= kMaxDims, "from_dlpack: a tensor has at most {} dimensions. Got {}.", kMaxDims, static_cast<int>(v.ndim));
  const DType dtype = dtype_of_type(v.dtype);
  const Dims shape(std::span<const int64_t>(v.shape, static_cast<size_t>(v.ndim)));
  checked_numel(shape, "from_dlpack");
  Dims strides = contiguous_strides(shape);
  for (int64_t d = 0; v.strides && d < v.ndim; ++d)
    if (shape[d] > 1) strides[d] = v.strides[d];
  const int64_t length = reach(shape, strides, 0);
  check<ValueError>(length >= 0, "from_dlpack: negative strides cannot be shared. Pass a copy. Got strides {}.", strides);
  char* data = static_cast<char*>(v.data) + v.byte_offset;
  check<ValueError>(length == 0 || reinterpret_cast<uintptr_t>(data) % static_cast<uintptr_t>(itemsize(dtype)) == 0,
                    "from_dlpack: the memory is not aligned to its elements. Pass a copy.");
  if (PyCapsule_SetName(capsule, used_name) < 0) rethrow_python();  // from here on the deleter is ours to call
  Ref<Storage> storage = wrap_storage(data, length * itemsize(dtype), device, read_only, managed, [](void* owner) noexcept {
    auto* m = static_cast<M*>(owner);
    if (!m->deleter || interpreter_is_ending()) return;
    const Gil gil;  // the producer may be Python's
    m->deleter(m);
  });
  return on_storage(std::move(storage), shape, strides, 0, dtype);
}

py::object from_dlpack(const py::object& object) {
  PyObject* o = object.ptr();
  if (PyCapsule_IsValid(o, "dltensor_versioned")) {
    auto* managed = static_cast<Versioned*>(PyCapsule_GetPointer(o, "dltensor_versioned"));
    if (managed->version.major > dlpack::kMajor)
      fail_buffer("from_dlpack: the capsule has version " + std::to_string(managed->version.major) + " of DLPack; dlx reads version 1.");
    return py::reinterpret_steal<py::object>(wrap(imported(managed, (managed->flags & dlpack::kReadOnly) != 0, o, "used_dltensor_versioned")));
  }
  if (PyCapsule_IsValid(o, "dltensor")) {
    auto* managed = static_cast<Managed*>(PyCapsule_GetPointer(o, "dltensor"));
    return py::reinterpret_steal<py::object>(wrap(imported(managed, false, o, "used_dltensor")));
  }
  check<ValueError>(!PyCapsule_IsValid(o, "used_dltensor") && !PyCapsule_IsValid(o, "used_dltensor_versioned"),
                    "from_dlpack: the capsule has been taken before. Each gives one tensor.");
  fail<TypeError>("from_dlpack: it takes an object with __dlpack__, or a capsule that it gave. Got {}.", Py_TYPE(o)->tp_name);
}

}  // namespace

DLX_BINDINGS(dlpack) {
  m.def("_to_dlpack", &to_dlpack);
  m.def("_from_dlpack", &from_dlpack);
}

}  // namespace dlx::bindings
