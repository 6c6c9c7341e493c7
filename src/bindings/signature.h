// The signature of a bound function in Python's terms, from its C++ type: "softmax(Tensor, int, dtype | None) -> Tensor".
#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "ops/copy.h"
#include "ops/loss.h"
#include "ops/random.h"

namespace dlx::bindings {

// What Argument<T> accepts and to_python gives.
template <class T> struct PythonType;
#define DLX_PYTHON_TYPE(type, ...)                               \
  template <> struct PythonType<type> {                          \
    static std::string text() { return __VA_ARGS__; }            \
  }
DLX_PYTHON_TYPE(void, "None");
DLX_PYTHON_TYPE(bool, "bool");
DLX_PYTHON_TYPE(int64_t, "int");
DLX_PYTHON_TYPE(double, "float");
DLX_PYTHON_TYPE(Scalar, "float");  // to type checkers an int is a float, and a bool an int
DLX_PYTHON_TYPE(Tensor, "Tensor");
DLX_PYTHON_TYPE(OptTensor, "Tensor | None");
DLX_PYTHON_TYPE(Operand, "Tensor | float");
DLX_PYTHON_TYPE(Dims, "int | Sequence[int]");
DLX_PYTHON_TYPE(DType, "dtype");
DLX_PYTHON_TYPE(Device, "device | str | int");
DLX_PYTHON_TYPE(ops::GeneratorPtr, "Generator | None");
DLX_PYTHON_TYPE(ops::MemoryFormat, "memory_format");
DLX_PYTHON_TYPE(ops::Reduction, "str");
#undef DLX_PYTHON_TYPE
template <> struct PythonType<std::array<int64_t, 2>> {
  static std::string text() { return "int | Sequence[int]"; }
};
template <> struct PythonType<std::vector<Tensor>> {
  static std::string text() { return "Sequence[Tensor]"; }
};
template <> struct PythonType<std::vector<OptTensor>> {
  static std::string text() { return "Sequence[Tensor | None]"; }
};
template <> struct PythonType<std::pair<Tensor, Tensor>> {
  static std::string text() { return "tuple[Tensor, Tensor]"; }
};
template <class T> struct PythonType<std::optional<T>> {
  static std::string text() { return std::string(PythonType<T>::text()).append(" | None"); }
};

template <class R, class... A> std::string signature_of(const char* name, R (*)(A...)) {
  std::string text = name;
  const char* separator = "(";
  ((text += separator, text += PythonType<std::remove_cvref_t<A>>::text(), separator = ", "), ...);
  text += sizeof...(A) ? ") -> " : "() -> ";
  // A list of tensors comes back as a tuple.
  if constexpr (std::is_same_v<R, std::vector<Tensor>>) text += "tuple[Tensor, ...]";
  else text += PythonType<std::remove_cvref_t<R>>::text();
  return text;
}

}  // namespace dlx::bindings
