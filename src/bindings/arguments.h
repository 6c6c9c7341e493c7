// Converters between Python objects and the types of ops' signatures.
// Each throws TypeError naming the function and the argument, by number as the caller counts.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "bindings/tensor.h"
#include "ops/copy.h"
#include "ops/loss.h"
#include "ops/random.h"

namespace dlx::bindings {

// Which argument of which function is being converted.
struct Place {
  const char* function;
  int index;  // from 0
};
[[noreturn]] void fail_argument(Place place, const char* wanted, PyObject* got);

DType to_dtype(PyObject* o, Place place);
std::optional<DType> dtype_if_any(PyObject* o);    // a dlx.dtype
Device to_device(PyObject* o, Place place);
int64_t to_int(PyObject* o, Place place);
double to_double(PyObject* o, Place place);
Dims to_dims(PyObject* o, Place place);           // a sequence of ints, or one int
std::optional<Scalar> number_if_any(PyObject* o);  // a Python or NumPy number; ValueError if it does not fit in 64 bits
std::string to_text(PyObject* o);                  // of a str, for messages; what cannot be written in UTF-8 raises
PyObject* from_dims(const Dims& dims);             // dlx.Size
PyObject* from_dtype(DType dtype);
PyObject* from_device(Device device);
PyObject* strided_layout();                        // dlx.strided

// Argument<T>(object, place).get() gives what a parameter of type T takes; it lives while the call runs.
template <class T> struct Argument;

template <> struct Argument<const Tensor&> {
  const Tensor& value;
  static const Tensor& convert(PyObject* o, Place p) {
    if (!is_tensor(o)) [[unlikely]] fail_argument(p, "a Tensor", o);
    return tensor_of(o);
  }
  Argument(PyObject* o, Place p) : value(convert(o, p)) {}
  const Tensor& get() const { return value; }
};
template <> struct Argument<const OptTensor&> {
  OptTensor value;
  Argument(PyObject* o, Place p) {
    if (o == Py_None) return;
    if (!is_tensor(o)) [[unlikely]] fail_argument(p, "a Tensor or None", o);
    value = OptTensor(tensor_of(o));
  }
  const OptTensor& get() const { return value; }
};
template <> struct Argument<const Operand&> {
  Operand value;
  Argument(PyObject* o, Place p) {
    if (is_tensor(o)) [[likely]] {
      value = Operand(tensor_of(o));
    } else if (const auto number = number_if_any(o)) {
      value = Operand(*number);
    } else {
      fail_argument(p, "a Tensor or a number", o);
    }
  }
  const Operand& get() const { return value; }
};
template <> struct Argument<const std::vector<Tensor>&> {
  std::vector<Tensor> value;
  Argument(PyObject* o, Place p);
  const std::vector<Tensor>& get() const { return value; }
};
template <> struct Argument<const std::vector<OptTensor>&> {
  std::vector<OptTensor> value;
  Argument(PyObject* o, Place p);
  const std::vector<OptTensor>& get() const { return value; }
};
template <> struct Argument<const Dims&> {
  Dims value;
  Argument(PyObject* o, Place p) : value(to_dims(o, p)) {}
  const Dims& get() const { return value; }
};
template <> struct Argument<const std::optional<Dims>&> {
  std::optional<Dims> value;
  Argument(PyObject* o, Place p) {
    if (o != Py_None) value = to_dims(o, p);
  }
  const std::optional<Dims>& get() const { return value; }
};
template <> struct Argument<std::array<int64_t, 2>> {  // a pair, or one number for both
  std::array<int64_t, 2> value;
  Argument(PyObject* o, Place p);
  std::array<int64_t, 2> get() const { return value; }
};
template <> struct Argument<const ops::GeneratorPtr&> {
  ops::GeneratorPtr value;
  Argument(PyObject* o, Place p);
  const ops::GeneratorPtr& get() const { return value; }
};

#define DLX_VALUE_ARGUMENT(type, conversion)                                     \
  template <> struct Argument<type> {                                            \
    type value;                                                                  \
    Argument(PyObject* o, [[maybe_unused]] Place p) : value(conversion) {}       \
    type get() const { return value; }                                           \
  }
Scalar to_scalar(PyObject* o, Place place);
ops::MemoryFormat to_memory_format(PyObject* o, Place place);
ops::Reduction to_reduction(PyObject* o, Place place);
bool to_bool(PyObject* o, Place place);
DLX_VALUE_ARGUMENT(int64_t, to_int(o, p));
DLX_VALUE_ARGUMENT(double, to_double(o, p));
DLX_VALUE_ARGUMENT(bool, to_bool(o, p));
DLX_VALUE_ARGUMENT(Scalar, to_scalar(o, p));
DLX_VALUE_ARGUMENT(DType, to_dtype(o, p));
DLX_VALUE_ARGUMENT(Device, to_device(o, p));
DLX_VALUE_ARGUMENT(ops::MemoryFormat, to_memory_format(o, p));
DLX_VALUE_ARGUMENT(ops::Reduction, to_reduction(o, p));
#undef DLX_VALUE_ARGUMENT
template <class T> struct Argument<std::optional<T>> {
  std::optional<T> value;
  Argument(PyObject* o, Place p) {
    if (o != Py_None) value = Argument<T>(o, p).get();
  }
  std::optional<T> get() const { return value; }
};

// Results.
inline PyObject* to_python(const Tensor& x) { return wrap(x); }
inline PyObject* to_python(bool x) { return PyBool_FromLong(x); }
PyObject* to_python(const std::pair<Tensor, Tensor>& pair);
PyObject* to_python(const std::vector<Tensor>& list);  // a tuple

}  // namespace dlx::bindings
