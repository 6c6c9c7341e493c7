// The extension module dlx._C.
#include <pybind11/pybind11.h>

#include <cstring>
#include <deque>
#include <unordered_map>

#include "bindings/def.h"

namespace dlx::bindings {

namespace {
std::unordered_map<const PyMethodDef*, int>& argument_counts() {
  static auto* counts = new std::unordered_map<const PyMethodDef*, int>;
  return *counts;
}

// An object of a class of pybind11 that __new__ alone has made holds nothing; pybind11 would give what uses it uninitialised memory. And
// what has no __reduce__ copies and pickles as such an object, or (pickle's first protocols) ends the process.
void refuse_unmade(const py::module_& m) {
  auto* const base = reinterpret_cast<PyTypeObject*>(py::detail::get_internals().instance_base);
  for (const auto& [name, value] : py::dict(m.attr("__dict__"))) {
    if (!PyType_Check(value.ptr()) || !PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(value.ptr()), base)) continue;
    py::detail::get_type_info(reinterpret_cast<PyTypeObject*>(value.ptr()))->operator_new = [](size_t) -> void* {
      fail<TypeError>("an object that __new__ has made without __init__ cannot be used.");
    };
    if (!value.attr("__dict__").contains("__reduce__"))
      value.attr("__reduce__") = py::cpp_function(
          [name = py::cast<std::string>(name)](py::handle) { fail<TypeError>("{} cannot be pickled or copied.", name); }, py::is_method(value));
  }
}
}  // namespace

PyTypeObject* add_type(py::module_& m, PyType_Spec& spec, PyObject* bases) {
  PyObject* type = PyType_FromSpecWithBases(&spec, bases);
  if (!type) rethrow_python();
  m.attr(std::strrchr(spec.name, '.') + 1) = py::handle(type);
  return reinterpret_cast<PyTypeObject*>(type);
}

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
  refuse_unmade(m);
}
