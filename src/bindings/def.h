// def<"softmax", &ops::softmax>(m): adds a function to a module, all arguments positional. No defaults, no logic: those are
// in the Python face. A vectorcall costs half of what a general dispatcher does, and its errors are ours.
// def<"matmul", &ops::matmul, Autocast::lower>(m) says what dlx.autocast does to its tensors.
#pragma once
#include "bindings/arguments.h"
#include "bindings/signature.h"
#include "ops/autocast.h"

namespace dlx::bindings {

template <size_t N> struct Name {
  char text[N];
  constexpr Name(const char (&from)[N]) {
    for (size_t i = 0; i < N; ++i) text[i] = from[i];
  }
};

[[noreturn]] void fail_count(const char* function, size_t wanted, Py_ssize_t got);

using ops::Autocast;

// Arguments under autocast: tensors are cast, all else passes.
inline void widen(DType& widest, const Tensor& x) {
  if (x.defined() && !x.is_number() && is_floating(x.dtype()) && x.dtype() != DType::float64) widest = promote_types(widest, x.dtype());
}
inline void widen(DType& widest, const std::vector<Tensor>& list) {
  for (const Tensor& x : list) widen(widest, x);
}
template <class T> void widen(DType&, const T&) {}
inline Tensor cast_argument(Autocast policy, const Tensor& x, DType widest) { return ops::autocast(policy, x, widest); }
inline OptTensor cast_argument(Autocast policy, const OptTensor& x, DType widest) { return ops::autocast(policy, x, widest); }
inline Operand cast_argument(Autocast policy, const Operand& x, DType widest) { return ops::autocast(policy, x, widest); }
inline std::vector<Tensor> cast_argument(Autocast policy, const std::vector<Tensor>& list, DType widest) {
  std::vector<Tensor> out;
  for (const Tensor& x : list) out.push_back(ops::autocast(policy, x, widest));
  return out;
}
template <class T> const T& cast_argument(Autocast, const T& x, DType) { return x; }

template <class R, class... A, class... Values> __attribute__((noinline)) PyObject* call_cast(Autocast policy, R (*f)(A...), const Values&... values) {
  DType widest = DType::float16;
  if (policy == Autocast::widest) {
    bool any = false;  // promotion begins with the first floating-point tensor, for float16 and bfloat16 give float32
    const auto look = [&](const auto& value) {
      DType own = DType::boolean;
      widen(own, value);
      if (own == DType::boolean) return;
      widest = any ? promote_types(widest, own) : own;
      any = true;
    };
    (look(values), ...);
  }
  return to_python(f(cast_argument(policy, values, widest)...));
}

template <Name name, Autocast policy, class R, class... A, size_t... I>
PyObject* call_with(R (*f)(A...), PyObject* const* args, std::index_sequence<I...>) {
  std::tuple<Argument<A>...> converted{Argument<A>(args[I], Place{name.text, static_cast<int>(I)})...};
  if constexpr (policy != Autocast::none)
    if (ops::autocast_active()) [[unlikely]] return call_cast(policy, f, std::get<I>(converted).get()...);
  if constexpr (std::is_void_v<R>) {
    f(std::get<I>(converted).get()...);
    Py_RETURN_NONE;
  } else {
    return to_python(f(std::get<I>(converted).get()...));
  }
}

template <Name name, auto f, Autocast policy> struct Binding;
template <Name name, class R, class... A, R (*f)(A...), Autocast policy> struct Binding<name, f, policy> {
  static constexpr int kArguments = sizeof...(A);
  static PyObject* call(PyObject*, PyObject* const* args, Py_ssize_t count) noexcept {
    try {
      if (count != kArguments) [[unlikely]] fail_count(name.text, kArguments, count);
      return call_with<name, policy>(f, args, std::index_sequence_for<A...>());
    } catch (...) {
      set_python_error();
      return nullptr;
    }
  }
  static inline PyMethodDef definition{name.text, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&call)), METH_FASTCALL, nullptr};
};

// Adds the function that `definition` describes, with its signature as documentation: tools/stubs.py reads it.
void add_function(py::module_& m, PyMethodDef& definition, int arguments, std::string signature);
// How many arguments a function that was added so takes; -1 for any other.
int argument_count(const PyMethodDef* definition);

template <Name name, auto f, Autocast policy = Autocast::none> void def(py::module_& m) {
  using This = Binding<name, f, policy>;
  add_function(m, This::definition, This::kArguments, signature_of(name.text, f));
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
