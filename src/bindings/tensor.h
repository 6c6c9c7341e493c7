// The Python type Tensor: one object for each C++ tensor.
#pragma once
#include <optional>

#include "bindings/python.h"
#include "core/tensor.h"

namespace dlx::bindings {

struct PyTensor {
  PyObject_HEAD
  Tensor tensor;       // while only C++ holds the object, this handle does not count (tensor.cpp, "Who owns whom")
  PyObject* dict;
  PyObject* weakrefs;
};

extern PyTypeObject* tensor_type;

inline bool is_tensor(PyObject* o) { return Py_TYPE(o) == tensor_type || PyType_IsSubtype(Py_TYPE(o), tensor_type); }
inline const Tensor& tensor_of(PyObject* o) { return reinterpret_cast<PyTensor*>(o)->tensor; }
// A new reference to the tensor's object, made at first need; None if undefined.
PyObject* wrap(const Tensor& tensor);

// dlx.tensor(data, dtype=dtype): a new tensor of numbers in lists, arrays...
Tensor tensor_from(PyObject* data, std::optional<DType> dtype);

PyObject* subscript(PyObject* self, PyObject* key);
int assign_subscript(PyObject* self, PyObject* key, PyObject* value);

// A tensor's values as Python numbers in lists; contiguous host memory.
PyObject* nested_lists(const Tensor& x);
PyObject* to_python_number(const Tensor& x);
PyObject* to_numpy(const Tensor& x);

}  // namespace dlx::bindings
