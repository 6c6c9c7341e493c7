#include "bindings/arguments.h"

#include <cstring>

#include "bindings/def.h"
#include "ops/common.h"

namespace dlx::bindings {

void fail_argument(Place place, const char* wanted, PyObject* got) {
  fail<TypeError>("{}: argument {} must be {}. Got {}.", place.function, place.index + 1, wanted,
                  got == Py_None ? "None" : Py_TYPE(got)->tp_name);
}
void fail_count(const char* function, size_t wanted, Py_ssize_t got) {
  fail<TypeError>("{}: takes {} arguments. Got {}.", function, wanted, static_cast<int64_t>(got));
}

int64_t to_int(PyObject* o, Place place) {
  if (!PyIndex_Check(o)) fail_argument(place, "an int", o);
  if (is_tensor(o) && is_floating(tensor_of(o).dtype())) fail_argument(place, "an int", o);
  int overflow = 0;
  const int64_t value = PyLong_CheckExact(o) ? PyLong_AsLongLongAndOverflow(o, &overflow)
                                             : PyLong_AsLongLongAndOverflow(Owned(PyNumber_Index(o)).get(), &overflow);
  if (overflow) fail<ValueError>("{}: argument {} does not fit in 64 bits.", place.function, place.index + 1);
  if (value == -1 && PyErr_Occurred()) rethrow_python();
  return value;
}

bool to_bool(PyObject* o, Place place) {
  if (o == Py_True) return true;
  if (o == Py_False) return false;
  if (PyLong_Check(o)) return PyObject_IsTrue(o) == 1;
  if (const auto number = number_if_any(o); number && number->kind == Kind::boolean) return number->integer != 0;
  fail_argument(place, "a bool", o);
}

std::optional<Scalar> number_if_any(PyObject* o) {
  if (PyFloat_Check(o)) return Scalar(PyFloat_AS_DOUBLE(o));
  if (PyBool_Check(o)) return Scalar(o == Py_True);
  if (PyLong_Check(o)) {
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(o, &overflow);
    if (overflow) fail<ValueError>("an integer that is used with a tensor must fit in 64 bits.");
    return Scalar(static_cast<int64_t>(value));
  }
  // NumPy's scalars: what counts as an index is a whole number (or a bool), what converts to float a floating one.
  const char* name = Py_TYPE(o)->tp_name;
  if (std::strncmp(name, "numpy.", 6) != 0 || std::strcmp(name, "numpy.ndarray") == 0) return std::nullopt;
  if (std::strncmp(name, "numpy.bool", 10) == 0) return Scalar(PyObject_IsTrue(o) == 1);
  if (PyIndex_Check(o)) {
    return number_if_any(Owned(PyNumber_Index(o)).get());
  }
  if (std::strncmp(name, "numpy.float", 11) != 0) return std::nullopt;
  const double value = PyFloat_AsDouble(o);
  if (value == -1 && PyErr_Occurred()) rethrow_python();
  return Scalar(value);
}

Scalar to_scalar(PyObject* o, Place place) {
  if (const auto number = number_if_any(o)) return *number;
  if (is_tensor(o) && tensor_of(o).numel() == 1) return ops::host_scalar(tensor_of(o), place.function);
  fail_argument(place, "a number", o);
}

double to_double(PyObject* o, Place place) { return to_scalar(o, place).as_double(); }

Dims to_dims(PyObject* o, Place place) {
  if (PyTuple_Check(o) || PyList_Check(o)) {
    const Py_ssize_t n = PySequence_Fast_GET_SIZE(o);
    Dims dims = Dims::uninitialised(n);
    for (Py_ssize_t i = 0; i < n; ++i) {
      PyObject* item = PySequence_Fast_GET_ITEM(o, i);
      if (!PyIndex_Check(item)) fail_argument(place, "a sequence of ints", item);
      dims[i] = to_int(item, place);
      if (PySequence_Fast_GET_SIZE(o) != n) fail_argument(place, "a sequence that stays as it is", o);  // an __index__ changed it
    }
    return dims;
  }
  if (PyIndex_Check(o)) return Dims{to_int(o, place)};
  if (PySequence_Check(o) && !PyUnicode_Check(o) && !PyBytes_Check(o)) {
    return to_dims(Owned(PySequence_Tuple(o)).get(), place);
  }
  fail_argument(place, "an int or a sequence of ints", o);
}

namespace {
// each(count, items) of a list, tuple or other sequence; it must not run Python, which could change a list.
template <class Each> void with_items(PyObject* o, Place p, const char* wanted, const Each& each) {
  if (PyList_CheckExact(o) || PyTuple_CheckExact(o)) return each(PySequence_Fast_GET_SIZE(o), PySequence_Fast_ITEMS(o));
  PyObject* tuple = PySequence_Check(o) && !is_tensor(o) ? PySequence_Tuple(o) : nullptr;
  if (!tuple) {
    PyErr_Clear();
    fail_argument(p, wanted, o);
  }
  const Owned held(tuple);
  each(PyTuple_GET_SIZE(tuple), PySequence_Fast_ITEMS(tuple));
}
}  // namespace

Argument<const std::vector<Tensor>&>::Argument(PyObject* o, Place p) {
  static constexpr const char* wanted = "a list or tuple of Tensors";
  with_items(o, p, wanted, [&](Py_ssize_t count, PyObject** items) {
    value.reserve(static_cast<size_t>(count));
    for (Py_ssize_t i = 0; i < count; ++i) {
      if (!is_tensor(items[i])) fail_argument(p, wanted, items[i]);
      value.push_back(tensor_of(items[i]));
    }
  });
}

Argument<const std::vector<OptTensor>&>::Argument(PyObject* o, Place p) {
  with_items(o, p, "a list or tuple of Tensors and None", [&](Py_ssize_t count, PyObject** items) {
    value.reserve(static_cast<size_t>(count));
    for (Py_ssize_t i = 0; i < count; ++i) value.push_back(Argument<const OptTensor&>(items[i], p).get());
  });
}

Argument<std::array<int64_t, 2>>::Argument(PyObject* o, Place p) {
  const Dims dims = to_dims(o, p);
  if (dims.size() != 1 && dims.size() != 2) fail_argument(p, "an int or a pair of ints", o);
  value = {dims[0], dims.back()};
}

std::string to_text(PyObject* o) {
  const char* text = PyUnicode_AsUTF8(o);
  if (!text) rethrow_python();
  return text;
}

ops::Reduction to_reduction(PyObject* o, Place place) {
  if (PyUnicode_Check(o)) {
    if (PyUnicode_CompareWithASCIIString(o, "mean") == 0) return ops::Reduction::mean;
    if (PyUnicode_CompareWithASCIIString(o, "sum") == 0) return ops::Reduction::sum;
    if (PyUnicode_CompareWithASCIIString(o, "none") == 0) return ops::Reduction::none;
    fail<ValueError>("{}: reduction must be 'none', 'mean' or 'sum'. Got '{}'.", place.function, to_text(o));
  }
  fail_argument(place, "'none', 'mean' or 'sum'", o);
}

PyObject* to_python(const std::pair<Tensor, Tensor>& pair) {
  PyObject* tuple = PyTuple_New(2);
  if (!tuple) rethrow_python();
  PyTuple_SET_ITEM(tuple, 0, wrap(pair.first));
  PyTuple_SET_ITEM(tuple, 1, wrap(pair.second));
  return tuple;
}
PyObject* to_python(const std::vector<Tensor>& list) {
  PyObject* tuple = PyTuple_New(static_cast<Py_ssize_t>(list.size()));
  if (!tuple) rethrow_python();
  for (size_t i = 0; i < list.size(); ++i) PyTuple_SET_ITEM(tuple, static_cast<Py_ssize_t>(i), wrap(list[i]));
  return tuple;
}

}  // namespace dlx::bindings
