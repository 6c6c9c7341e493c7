// dlx's exceptions as Python's.
#include <pybind11/pybind11.h>

#include <new>

#include "bindings/python.h"

namespace dlx::bindings {

void rethrow_python() { throw py::error_already_set(); }

namespace {
PyObject* shape_error = nullptr;
PyObject* dtype_error = nullptr;

PyObject* new_error(const char* name, const char* doc, PyObject* first) {
  const py::tuple bases = py::make_tuple(py::handle(first), py::handle(PyExc_RuntimeError));
  PyObject* type = PyErr_NewExceptionWithDoc(name, doc, bases.ptr(), nullptr);
  if (!type) rethrow_python();
  return type;
}
}  // namespace

void define_errors(py::module_& m) {
  shape_error = new_error("dlx.ShapeError", "Shapes that do not fit. Also a ValueError and a RuntimeError, which PyTorch raises.", PyExc_ValueError);
  dtype_error = new_error("dlx.DtypeError", "A dtype that does not fit. Also a TypeError and a RuntimeError, which PyTorch raises.", PyExc_TypeError);
  m.attr("ShapeError") = py::handle(shape_error);
  m.attr("DtypeError") = py::handle(dtype_error);
}

void set_python_error() noexcept {
  try {
    throw;
  } catch (py::error_already_set& e) {
    e.restore();
  } catch (const ShapeError& e) {
    PyErr_SetString(shape_error, e.what());
  } catch (const DtypeError& e) {
    PyErr_SetString(dtype_error, e.what());
  } catch (const ValueError& e) {
    PyErr_SetString(PyExc_ValueError, e.what());
  } catch (const TypeError& e) {
    PyErr_SetString(PyExc_TypeError, e.what());
  } catch (const IndexError& e) {
    PyErr_SetString(PyExc_IndexError, e.what());
  } catch (const MemoryError& e) {
    PyErr_SetString(PyExc_MemoryError, e.what());
  } catch (const NotImplementedError& e) {
    PyErr_SetString(PyExc_NotImplementedError, e.what());
  } catch (const std::bad_alloc&) {
    PyErr_SetString(PyExc_MemoryError, "out of memory for dlx's own records.");
  } catch (const std::exception& e) {
    PyErr_SetString(PyExc_RuntimeError, e.what());
  } catch (...) {
    PyErr_SetString(PyExc_RuntimeError, "an exception of unknown type reached Python.");
  }
}

}  // namespace dlx::bindings
