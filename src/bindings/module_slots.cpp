// The two slots of dlx.nn.Module that every use of a layer passes through.
//
// nn/modules/module.py defines both in Python, as __getattr__ and __call__. What CPython makes of these definitions is slow: before it
// asks __getattr__ for layer.weight it makes an AttributeError and drops it (590 ns; 50 so), and a call has a frame of its own, with
// *args and **kwargs (330 ns; 90 so, Zen 4). The slots here do the same. A class that defines either anew keeps what it wrote, and
// whoever writes Module.__call__ later gets it too, for CPython then sets the slot itself.
#include <pybind11/pybind11.h>

#include "bindings/def.h"

namespace dlx::bindings {
namespace {

// Interned, as CPython's own attribute names are.
struct Names {
  PyObject *getattribute, *getattr, *call, *forward;
  PyObject* kinds[3];  // where __getattr__ looks, in its order
  PyObject* hooks[4];
};
Names names;
// What Module defines, kept for good: borrowed by comparison, and called for all that is not plain.
PyObject *module_getattr = nullptr, *module_call = nullptr, *name_module = nullptr;

PyObject* dict_of(PyObject* self) {
  PyObject** dict = _PyObject_GetDictPtr(self);
  return dict ? *dict : nullptr;
}

PyObject* get_attribute(PyObject* self, PyObject* name) {
  PyObject* found = _PyObject_GenericGetAttrWithDict(self, name, nullptr, 1);  // null without an exception: there is none
  if (found || PyErr_Occurred()) return found;
  if (PyObject* own = dict_of(self)) {
    for (PyObject* kind : names.kinds) {
      PyObject* table = PyDict_GetItemWithError(own, kind);
      if (!table || !PyDict_Check(table)) continue;
      if (PyObject* value = PyDict_GetItemWithError(table, name)) return Py_NewRef(value);
    }
    if (PyErr_Occurred()) return nullptr;
  }
  PyObject* args[] = {self, name};
  return PyObject_Vectorcall(module_getattr, args, 2, nullptr);
}

bool has_hooks(PyObject* self) {
  PyObject* own = dict_of(self);
  for (PyObject* name : names.hooks) {
    PyObject* hooks = own ? PyDict_GetItemWithError(own, name) : nullptr;
    if (!hooks || !PyDict_Check(hooks) || PyDict_GET_SIZE(hooks) > 0) return true;  // or unknown: __call__ says
  }
  return false;
}

// The exception that is set passes through a module: name_module(error, module) puts the path into its text.
void note_module(PyObject* self) {
  PyObject *type, *error, *traceback;
  PyErr_Fetch(&type, &error, &traceback);
  PyErr_NormalizeException(&type, &error, &traceback);
  PyObject* args[] = {error, self};
  PyObject* done = PyObject_Vectorcall(name_module, args, 2, nullptr);
  if (done) Py_DECREF(done);
  else PyErr_Clear();
  PyErr_Restore(type, error, traceback);
}

PyObject* call(PyObject* self, PyObject* args, PyObject* kwargs) {
  if (has_hooks(self)) {
    PyErr_Clear();
    PyObject* bound = PyMethod_New(module_call, self);
    PyObject* result = bound ? PyObject_Call(bound, args, kwargs) : nullptr;
    Py_XDECREF(bound);
    return result;
  }
  PyObject* forward = PyObject_GetAttr(self, names.forward);
  PyObject* result = forward ? PyObject_Call(forward, args, kwargs) : nullptr;
  Py_XDECREF(forward);
  if (!result && PyErr_ExceptionMatches(PyExc_Exception)) [[unlikely]] note_module(self);
  return result;
}

// A class's slots: those above where it has Module's definitions.
void set_slots(const py::type& cls) {
  auto* type = reinterpret_cast<PyTypeObject*>(cls.ptr());
  const bool plain = _PyType_Lookup(type, names.getattribute) == _PyType_Lookup(&PyBaseObject_Type, names.getattribute);
  if (plain && _PyType_Lookup(type, names.getattr) == module_getattr) type->tp_getattro = get_attribute;
  if (_PyType_Lookup(type, names.call) == module_call) type->tp_call = call;
}

}  // namespace

DLX_BINDINGS(module_slots) {
  const auto interned = [](const char* text) { return PyUnicode_InternFromString(text); };
  names = {interned("__getattribute__"), interned("__getattr__"), interned("__call__"), interned("forward"),
           {interned("_parameters"), interned("_buffers"), interned("_modules")},
           {interned("_forward_hooks"), interned("_forward_pre_hooks"), interned("_backward_hooks"), interned("_backward_pre_hooks")}};
  m.def("_define_module", [](py::type cls, py::object on_error) {  // for Module itself, once
    module_getattr = py::object(cls.attr("__getattr__")).release().ptr();
    module_call = py::object(cls.attr("__call__")).release().ptr();
    name_module = on_error.release().ptr();
    set_slots(cls);
  });
  m.def("_define_module_class", [](py::type cls) { set_slots(cls); });  // for a class derived from it
}

}  // namespace dlx::bindings
