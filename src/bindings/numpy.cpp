// NumPy both ways, without copying; and its LAPACK.
#include <pybind11/numpy.h>

#include <array>
#include <bit>

#include "autograd/meta.h"
#include "bindings/arguments.h"
#include "bindings/tensor.h"
#include "core/python_hooks.h"
#include "core/thread_state.h"
#include "ops/common.h"

namespace dlx::bindings {
namespace {

constexpr std::array<const char*, kDTypeCount> kNumpyNames = {"bool", "u1", "i1", "i2", "i4", "i8", "f2", nullptr, "f4", "f8"};

DType dtype_of_array(const py::dtype& d) {
  const char kind = d.kind();
  const auto size = d.itemsize();
  if (kind == 'b') return DType::boolean;
  if (kind == 'u' && size == 1) return DType::uint8;
  if (kind == 'i') return size == 1 ? DType::int8 : size == 2 ? DType::int16 : size == 4 ? DType::int32 : DType::int64;
  if (kind == 'f' && size == 2) return DType::float16;
  if (kind == 'f' && size == 4) return DType::float32;
  if (kind == 'f' && size == 8) return DType::float64;
  fail<DtypeError>("from_numpy: an array of dtype {} has no counterpart in dlx. Convert it with .astype().", py::cast<std::string>(py::str(d)));
}

Tensor from_numpy(const py::object& object) {
  check<TypeError>(py::isinstance<py::array>(object), "from_numpy: it takes a NumPy array. Got {}.", Py_TYPE(object.ptr())->tp_name);
  const auto array = py::reinterpret_borrow<py::array>(object);
  check<TypeError>(array.dtype().byteorder() == '=' || array.dtype().byteorder() == '|' || array.dtype().byteorder() == (std::endian::native == std::endian::little ? '<' : '>'),
                   "from_numpy: the array's bytes are in foreign order. Use array.astype(array.dtype.newbyteorder('=')).");
  const DType dtype = dtype_of_array(array.dtype());
  Dims shape = Dims::uninitialised(array.ndim()), strides = shape;
  for (int64_t d = 0; d < array.ndim(); ++d) {
    shape[d] = array.shape(d);
    const int64_t bytes = array.strides(d);
    check<ValueError>(shape[d] <= 1 || bytes >= 0, "from_numpy: negative strides (a reversed array?) cannot be shared. Pass array.copy().");
    check<ValueError>(shape[d] <= 1 || bytes % itemsize(dtype) == 0, "from_numpy: strides must be whole elements. Pass array.copy().");
    strides[d] = bytes >= 0 ? bytes / itemsize(dtype) : 0;
  }
  check<ShapeError>(array.ndim() <= kMaxDims, "from_numpy: a tensor has at most {} dimensions.", kMaxDims);
  check<ValueError>(reinterpret_cast<uintptr_t>(array.data()) % static_cast<uintptr_t>(itemsize(dtype)) == 0,
                    "from_numpy: the array's memory is not aligned to its elements. Pass array.copy().");
  const int64_t bytes = reach(shape, strides, 0) * itemsize(dtype);
  // NumPy's array is the owner: as long as a tensor shares its memory it lives.
  PyObject* owner = Py_NewRef(array.ptr());
  return on_storage(wrap_storage(const_cast<void*>(array.data()), bytes, kCpu, !array.writeable(), owner,
                                 [](void* held) noexcept {
                                   if (interpreter_is_ending()) return;
                                   const Gil gil;
                                   Py_DECREF(static_cast<PyObject*>(held));
                                 }),
                    shape, strides, 0, dtype);
}

PyObject* number_at(const Tensor& x, int64_t offset) {
  return dispatch_all(x.dtype(), [&]<class T>() -> PyObject* {
    const T value = x.data<T>()[offset];
    if constexpr (std::is_same_v<T, bool>) return PyBool_FromLong(value);
    else if constexpr (std::is_integral_v<T>) return PyLong_FromLongLong(value);
    else if constexpr (std::is_floating_point_v<T>) return PyFloat_FromDouble(value);
    else return PyFloat_FromDouble(static_cast<double>(static_cast<float>(value)));
  });
}

PyObject* lists_from(const Tensor& x, int64_t d, int64_t offset) {
  if (d == x.dim()) {
    PyObject* number = number_at(x, offset);
    if (!number) rethrow_python();
    return number;
  }
  py::list list(static_cast<size_t>(x.size(d)));
  for (int64_t i = 0; i < x.size(d); ++i) PyList_SET_ITEM(list.ptr(), i, lists_from(x, d + 1, offset + i * x.stride(d)));
  return list.release().ptr();
}

py::tuple wrapped(const Tensor* tensors, int64_t count) {
  py::tuple list(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) list[static_cast<size_t>(i)] = py::reinterpret_steal<py::object>(wrap(tensors[i]));
  return list;
}

void call_lapack(int what, const Tensor* outs, int64_t out_count, const Tensor* ins, int64_t in_count) {
  const Gil gil;
  // The kernel call is what an observer sees; that NumPy looks at the memory is part of it.
  struct Unobserved {
    Observer* before = std::exchange(thread_state.observer, nullptr);
    ~Unobserved() { thread_state.observer = before; }
  } unobserved;
  py::module_::import("dlx._lapack").attr("run")(what, wrapped(outs, out_count), wrapped(ins, in_count));
}

}  // namespace

PyObject* nested_lists(const Tensor& x) { return lists_from(x, 0, 0); }

PyObject* to_python_number(const Tensor& x) {
  check<RuntimeError>(x.numel() == 1, "item: the tensor must have one element. Got shape {}; use tolist() for all values.", x.shape());
  return number_at(ops::host_copy(x, "item"), 0);
}

PyObject* to_numpy(const Tensor& x) {
  check<RuntimeError>(!autograd::requires_grad(x), "numpy: the tensor requires a gradient, which NumPy would not record. Use x.detach().numpy().");
  check<TypeError>(x.device().type == DeviceType::cpu, "numpy: the tensor is on {}. Use x.cpu().numpy().", x.device());
  const char* name = kNumpyNames[static_cast<size_t>(x.dtype())];
  check<TypeError>(name != nullptr, "numpy: NumPy has no dtype {}. Use x.float().numpy().", x.dtype());
  if (thread_state.observer) thread_state.observer->host_read(x, "numpy");
  std::vector<py::ssize_t> shape(x.shape().begin(), x.shape().end()), strides;
  for (const int64_t s : x.strides()) strides.push_back(s * itemsize(x.dtype()));
  const py::object owner = py::reinterpret_steal<py::object>(wrap(x));
  py::array array(py::dtype(name), shape, strides, x.raw_data(), owner);
  if (x.storage()->read_only) array.attr("setflags")(py::arg("write") = false);
  return array.release().ptr();
}

void define_numpy(py::module_& m) {
  python_hooks.lapack = call_lapack;
  m.def("from_numpy", [](const py::object& array) { return py::reinterpret_steal<py::object>(wrap(from_numpy(array))); }, py::arg("array"));
}

}  // namespace dlx::bindings
