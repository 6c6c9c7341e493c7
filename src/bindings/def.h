// def<"softmax", &ops::softmax>(m): adds a function to a module, all arguments positional. No defaults, no logic: those are
// in the Python face. A vectorcall costs half of what a general dispatcher does, and its errors are ours.
#pragma once
#include "bindings/arguments.h"
#include "bindings/signature.h"

namespace dlx::bindings {

template <size_t N> struct Name {
  char text[N];
  constexpr Name(const char (&from)[N]) {
    for (size_t i = 0; i < N; ++i) text[i] = from[i];
  }
};

[[noreturn]] void fail_count(const char* function, size_t wanted, Py_ssize_t got);

template <Name name, class R, class... A, size_t... I>
PyObject* call_with(R (*f)(A...), PyObject* const* args, std::index_sequence<I...>) {
  std::tuple<Argument<A>...> converted{Argument<A>(args[I], Place{name.text, static_cast<int>(I)})...};
  if constexpr (std::is_void_v<R>) {
    f(std::get<I>(converted).get()...);
    Py_RETURN_NONE;
  } else {
    return to_python(f(std::get<I>(converted).get()...));
  }
}

template <Name name, auto f> struct Binding;
template <Name name, class R, class... A, R (*f)(A...)> struct Binding<name, f> {
  static PyObject* call(PyObject*, PyObject* const* args, Py_ssize_t count) noexcept {
    try {
      if (count != static_cast<Py_ssize_t>(sizeof...(A))) [[unlikely]] fail_count(name.text, sizeof...(A), count);
      return call_with<name>(f, args, std::index_sequence_for<A...>());
    } catch (...) {
      set_python_error();
      return nullptr;
    }
  }
  static inline PyMethodDef definition{name.text, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&call)), METH_FASTCALL, nullptr};
};

// Adds the function that `definition` describes, with its signature as documentation: tools/stubs.py reads it.
void add_function(py::module_& m, PyMethodDef& definition, std::string signature);

template <Name name, auto f> void def(py::module_& m) {
  add_function(m, Binding<name, f>::definition, signature_of(name.text, f));
}

// Each family's bindings register themselves: DLX_BINDINGS(softmax) { def<"softmax", &ops::softmax>(m); }
struct Family {
  using Define = void (*)(py::module_&);
  explicit Family(Define define) : define(define), next(first) { first = this; }
  Define define;
  Family* next;
  static inline Family* first = nullptr;
};
#define DLX_BINDINGS(family)                                   \
  static void define_##family(::dlx::bindings::py::module_&);  \
  static ::dlx::bindings::Family family##_registered(define_##family); \
  static void define_##family(::dlx::bindings::py::module_& m)

}  // namespace dlx::bindings
