// The small tools around Python's C API that all bindings share.
// pybind11.h is for the files that define classes or look at objects with it: all that include it compile its whole
// dispatcher, 2 seconds each. A family's bindings do without.
#pragma once
#include <Python.h>

#include <utility>

#include "core/errors.h"

namespace pybind11 {
class module_;
}

namespace dlx::bindings {

namespace py = pybind11;

inline bool interpreter_is_ending() {
#if PY_VERSION_HEX >= 0x030D0000
  return Py_IsFinalizing();
#else
  return _Py_IsFinalizing();
#endif
}

// Holds the GIL for a scope, whoever had it.
class Gil {
 public:
  Gil() : state_(PyGILState_Ensure()) {}
  ~Gil() { PyGILState_Release(state_); }
  Gil(const Gil&) = delete;
  Gil& operator=(const Gil&) = delete;

 private:
  PyGILState_STATE state_;
};

// The one way in which C++ keeps a Python object: dropped under the GIL, and left alone when the interpreter is gone.
class Held {
 public:
  Held() = default;
  explicit Held(PyObject* object) : object_(object) { Py_XINCREF(object_); }  // the GIL is held
  Held(Held&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Held& operator=(Held&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Held() {
    if (!object_ || interpreter_is_ending()) return;
    const Gil gil;
    Py_DECREF(object_);
  }
  PyObject* get() const { return object_; }

 private:
  PyObject* object_ = nullptr;
};

// A Python exception is set: unwind to the binding, which returns null.
[[noreturn]] void rethrow_python();

// A reference of ours for a scope, under the GIL: for files that need no more of pybind11 than this. Null stands for an exception
// that is set, and unwinds.
class Owned {
 public:
  explicit Owned(PyObject* object) : object_(object) {
    if (!object) rethrow_python();
  }
  ~Owned() { Py_DECREF(object_); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  PyObject* get() const { return object_; }

 private:
  PyObject* object_;
};

// Sets the Python exception that belongs to the C++ one in flight.
void set_python_error() noexcept;

// For the tables of a type that is written in C.
template <class F> void* slot(F f) { return reinterpret_cast<void*>(f); }
// Makes the type, which lives as long as the process, and adds it to the module under the last part of its name.
PyTypeObject* add_type(py::module_& m, PyType_Spec& spec, PyObject* bases = nullptr);

void define_errors(py::module_& m);
void define_types(py::module_& m);      // dtype, device, Size, memory_format
void define_tensor(py::module_& m);
void define_autograd(py::module_& m);
void define_function(py::module_& m);  // autograd.Function, hooks on saved tensors
void define_node(py::module_& m);      // grad_fn
void define_numpy(py::module_& m);
void define_state(py::module_& m);      // threads, levels, counters: the library itself
void define_observe(py::module_& m);

}  // namespace dlx::bindings
