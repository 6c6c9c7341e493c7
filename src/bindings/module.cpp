// The extension module dlx._C.
#include <pybind11/pybind11.h>

#include <deque>
#include <unordered_map>

#include "bindings/def.h"

namespace dlx::bindings {

namespace {
std::unordered_map<const PyMethodDef*, int>& argument_counts() {
  static auto* counts = new std::unordered_map<const PyMethodDef*, int>;
  return *counts;
}
}  // namespace

int argument_count(const PyMethodDef* definition) {
  const auto found = argument_counts().find(definition);
  return found == argument_counts().end() ? -1 : found->second;
}

void add_function(py::module_& m, PyMethodDef& definition, int arguments, std::string signature) {
  argument_counts()[&definition] = arguments;
  static std::deque<std::string> signatures;  // the function object refers to its text
  definition.ml_doc = signatures.emplace_back(std::move(signature)).c_str();
  const py::object module_name = m.attr("__name__");
  PyObject* function = PyCFunction_NewEx(&definition, nullptr, module_name.ptr());
  if (!function) rethrow_python();
  m.add_object(definition.ml_name, py::reinterpret_steal<py::object>(function), true);
}

}  // namespace dlx::bindings

PYBIND11_MODULE(_C, m) {
  using namespace dlx::bindings;
  m.doc() = "The C++ side of dlx. Public functions and their documentation are in dlx and its submodules.";
  define_errors(m);
  py::register_exception_translator([](std::exception_ptr p) {  // for what pybind11 dispatches
    try {
      std::rethrow_exception(p);
    } catch (const dlx::Error&) {
      set_python_error();
    }
  });
  define_types(m);
  define_tensor(m);
  define_autograd(m);
  define_function(m);
  define_node(m);
  define_numpy(m);
  define_state(m);
  define_observe(m);
  for (Family* family = Family::first; family; family = family->next) family->define(m);
}
