// dtype, device, Size and memory_format.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>  // std::optional arguments
#include <structmember.h>

#include <array>

#include "bindings/arguments.h"

namespace dlx::bindings {
namespace {

// --- dtype: one object for each, compared by identity ---
struct PyDType {
  PyObject_HEAD
  DType dtype;
};
std::array<PyObject*, kDTypeCount> dtypes{};
PyTypeObject* dtype_type = nullptr;

DType dtype_of_object(PyObject* o) { return reinterpret_cast<PyDType*>(o)->dtype; }

PyObject* dtype_repr(PyObject* self) { return PyUnicode_FromFormat("dlx.%s", name_of(dtype_of_object(self))); }
PyObject* dtype_reduce(PyObject* self, PyObject*) { return PyUnicode_FromString(name_of(dtype_of_object(self))); }  // pickled by name in this module
PyObject* dtype_floating(PyObject* self, void*) { return PyBool_FromLong(is_floating(dtype_of_object(self))); }
PyObject* dtype_complex(PyObject*, void*) { Py_RETURN_FALSE; }
PyObject* dtype_signed(PyObject* self, void*) {
  const DType d = dtype_of_object(self);
  return PyBool_FromLong(d != DType::uint8 && d != DType::boolean);
}
PyObject* dtype_itemsize(PyObject* self, void*) { return PyLong_FromLongLong(itemsize(dtype_of_object(self))); }

PyMethodDef dtype_methods[] = {{"__reduce__", dtype_reduce, METH_NOARGS, nullptr}, {}};
PyGetSetDef dtype_getset[] = {{"is_floating_point", dtype_floating, nullptr, "Whether values have fractions.", nullptr},
                              {"is_complex", dtype_complex, nullptr, "Whether values have an imaginary part.", nullptr},
                              {"is_signed", dtype_signed, nullptr, "Whether negative values exist.", nullptr},
                              {"itemsize", dtype_itemsize, nullptr, "Bytes in one element.", nullptr},
                              {}};
PyType_Slot dtype_slots[] = {{Py_tp_repr, slot(dtype_repr)},
                             {Py_tp_methods, dtype_methods},
                             {Py_tp_getset, dtype_getset},
                             {Py_tp_doc, const_cast<char*>("The type of a tensor's elements: dlx.float32, dlx.int64, ...")},
                             {0, nullptr}};
PyType_Spec dtype_spec{"dlx.dtype", sizeof(PyDType), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, dtype_slots};

// --- Size: a tuple of ints with numel() ---
PyTypeObject* size_type = nullptr;

PyObject* size_repr(PyObject* self) {
  const py::object list = py::reinterpret_steal<py::object>(PySequence_List(self));
  if (!list) return nullptr;
  return PyUnicode_FromFormat("dlx.Size(%R)", list.ptr());
}
PyObject* size_numel(PyObject* self, PyObject*) {
  try {
    return PyLong_FromLongLong(checked_numel(to_dims(self, {"numel", 0}), "numel"));
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}
PyMethodDef size_methods[] = {{"numel", size_numel, METH_NOARGS, "The number of elements of a tensor of this size."}, {}};
PyType_Slot size_slots[] = {{Py_tp_repr, slot(size_repr)},
                            {Py_tp_methods, size_methods},
                            {Py_tp_doc, const_cast<char*>("The shape of a tensor: a tuple of ints.")},
                            {0, nullptr}};
PyType_Spec size_spec{"dlx.Size", 0, 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, size_slots};

std::string device_text(Device d) { return Text(d).text; }

// --- memory_format: one object for each, compared by identity ---
std::array<PyObject*, 3> memory_formats{};  // the module holds them

// --- layout: one object ---
struct Layout {};
PyObject* strided = nullptr;  // the module holds it

}  // namespace

DType to_dtype(PyObject* o, Place place) {
  if (Py_TYPE(o) == dtype_type) return dtype_of_object(o);
  if (o == reinterpret_cast<PyObject*>(&PyFloat_Type)) return DType::float64;
  if (o == reinterpret_cast<PyObject*>(&PyLong_Type)) return DType::int64;
  if (o == reinterpret_cast<PyObject*>(&PyBool_Type)) return DType::boolean;
  fail_argument(place, "a dlx.dtype", o);
}
std::optional<DType> dtype_if_any(PyObject* o) { return Py_TYPE(o) == dtype_type ? std::optional(dtype_of_object(o)) : std::nullopt; }
PyObject* from_dtype(DType dtype) { return Py_NewRef(dtypes[static_cast<size_t>(dtype)]); }

PyObject* from_dims(const Dims& dims) {
  PyObject* size = size_type->tp_alloc(size_type, dims.size());
  if (!size) rethrow_python();
  for (int64_t i = 0; i < dims.size(); ++i) {
    PyObject* item = PyLong_FromLongLong(dims[i]);
    if (!item) {
      Py_DECREF(size);
      rethrow_python();
    }
    PyTuple_SET_ITEM(size, i, item);
  }
  return size;
}

namespace {
// A device by name. The CUDA plugin is loaded when it is first named.
Device device_named(const std::string& text) {
  if (text.starts_with("cuda") && !backend_of(DeviceType::cuda)) py::module_::import("dlx.cuda").attr("is_available")();
  return parse_device(text);
}
}  // namespace

Device to_device(PyObject* o, Place place) {
  if (PyUnicode_Check(o)) {
    const char* text = PyUnicode_AsUTF8(o);
    if (!text) rethrow_python();
    return device_named(text);
  }
  if (py::isinstance<Device>(o)) return py::cast<Device>(py::handle(o));
  fail_argument(place, "a device such as 'cpu' or dlx.device('cuda')", o);
}
PyObject* from_device(Device device) {
  static PyObject* cpu = py::cast(kCpu).release().ptr();
  return device == kCpu ? Py_NewRef(cpu) : py::cast(device).release().ptr();
}

PyObject* strided_layout() { return Py_NewRef(strided); }

ops::MemoryFormat to_memory_format(PyObject* o, Place place) {
  for (size_t i = 0; i < memory_formats.size(); ++i)
    if (o == memory_formats[i]) return static_cast<ops::MemoryFormat>(i);
  fail_argument(place, "a memory format such as dlx.channels_last", o);
}

void define_types(py::module_& m) {
  dtype_type = add_type(m, dtype_spec);
  for (int i = 0; i < kDTypeCount; ++i) {
    PyObject* o = dtype_type->tp_alloc(dtype_type, 0);
    if (!o) rethrow_python();
    reinterpret_cast<PyDType*>(o)->dtype = static_cast<DType>(i);
    dtypes[static_cast<size_t>(i)] = o;
    m.attr(name_of(static_cast<DType>(i))) = py::handle(o);
  }
  const py::object bases = py::reinterpret_steal<py::object>(PyTuple_Pack(1, &PyTuple_Type));
  size_type = add_type(m, size_spec, bases.ptr());

  py::class_<Device>(m, "device", "Where a tensor lives: dlx.device('cpu'), dlx.device('cuda', 1).")
      .def(py::init([](const py::object& type, std::optional<int> index) {
             if (py::isinstance<Device>(type)) return py::cast<Device>(type);
             std::string text = py::cast<std::string>(type);
             if (index) text += ":" + std::to_string(*index);
             return device_named(text);
           }),
           py::arg("type"), py::arg("index") = py::none())
      .def_property_readonly("type", [](Device d) { return std::string(backend_of(d.type)->name); })
      .def_property_readonly("index", [](Device d) -> py::object { return d.type == DeviceType::cpu ? py::object(py::none()) : py::object(py::int_(d.index)); })
      .def("__str__", device_text)
      .def("__repr__", [](Device d) {
        std::string text = "device(type='" + std::string(backend_of(d.type)->name) + "'";
        return text + (d.type == DeviceType::cpu ? "" : ", index=" + std::to_string(d.index)) + ")";
      })
      .def("__eq__", [](Device a, const py::object& b) { return py::isinstance<Device>(b) && a == py::cast<Device>(b); })
      .def("__hash__", [](Device d) { return static_cast<int>(d.type) * 256 + d.index; })
      .def("__reduce__", [](const py::object& self) { return py::make_tuple(py::type::of(self), py::make_tuple(device_text(py::cast<Device>(self)))); });

  static constexpr std::array<const char*, 3> names{"preserve_format", "contiguous_format", "channels_last"};  // in the enumeration's order
  py::class_<ops::MemoryFormat>(m, "memory_format", "The order in which memory walks a tensor's dimensions.")
      .def("__repr__", [](ops::MemoryFormat f) { return "dlx." + std::string(names[static_cast<size_t>(f)]); })
      .def("__reduce__", [](ops::MemoryFormat f) { return names[static_cast<size_t>(f)]; });  // pickled by name in this module
  for (size_t i = 0; i < names.size(); ++i) {
    m.attr(names[i]) = static_cast<ops::MemoryFormat>(i);
    memory_formats[i] = py::object(m.attr(names[i])).ptr();
  }

  py::class_<Layout>(m, "layout", "How a tensor keeps its elements: dlx.strided is the one layout.")
      .def("__repr__", [](Layout) { return "dlx.strided"; })
      .def("__reduce__", [](Layout) { return "strided"; });
  m.attr("strided") = Layout{};
  strided = m.attr("strided").ptr();
}

}  // namespace dlx::bindings
