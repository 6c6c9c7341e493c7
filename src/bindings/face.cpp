// Face: a public function that is written in Python, called without Python where its body would only pass its arguments on.
//
// Signature, defaults and documentation of an op stand in its Python face, which calls the extension. Running that body costs more than
// many an op (Zen 4, CPython 3.11: 45 ns, 130 with keyword-only parameters or *args, where x + y takes 130 in all). Face(definition, f) binds the
// arguments by the definition's signature and calls f with the first of them, as many as f takes. Whatever is not so plain - a missing or
// unknown argument, or one that f does not take - goes to the definition, which knows what to do or to say.
#include <pybind11/pybind11.h>
#include <structmember.h>

#include <algorithm>
#include <array>

#include "bindings/def.h"

namespace dlx::bindings {
namespace {

constexpr Py_ssize_t kMost = 16;  // arguments of f

struct Face {
  PyObject_HEAD
  vectorcallfunc vectorcall;
  PyObject *definition, *of;
  Py_ssize_t taken;                       // parameters that f takes: the first ones
  Py_ssize_t positional;                  // of these, those that may be given without a name, *sizes aside
  bool rest;                              // (x, *sizes, dtype=None): sizes, taken after x, come as several arguments or as one sequence
  std::array<PyObject*, kMost> names;     // interned
  std::array<PyObject*, kMost> defaults;  // null: there is none
};

Face* face_of(PyObject* o) { return reinterpret_cast<Face*>(o); }

PyObject* call_of(const Face& face, PyObject* const* args, Py_ssize_t count) {
  auto* f = reinterpret_cast<_PyCFunctionFast>(reinterpret_cast<void (*)()>(PyCFunction_GET_FUNCTION(face.of)));
  return f(PyCFunction_GET_SELF(face.of), args, count);
}

// Where the argument called `name` belongs; -1 if f takes none of that name.
Py_ssize_t index_of(const Face& face, PyObject* name) {
  for (Py_ssize_t i = 0; i < face.taken; ++i)
    if (face.names[static_cast<size_t>(i)] == name) return i;
  return -1;
}

PyObject* face_call(PyObject* o, PyObject* const* args, size_t flags, PyObject* keywords) {
  const Face& face = *face_of(o);
  const Py_ssize_t given = PyVectorcall_NARGS(flags), named = keywords ? PyTuple_GET_SIZE(keywords) : 0;
  const Py_ssize_t placed = std::min(given, face.positional), more = given - placed;
  const auto by_definition = [&] { return PyObject_Vectorcall(face.definition, args, flags, keywords); };
  if (face.rest ? more == 0 : more > 0) return by_definition();
  std::array<PyObject*, kMost> values;
  for (Py_ssize_t i = 0; i < face.taken; ++i) values[static_cast<size_t>(i)] = i < placed ? args[i] : face.defaults[static_cast<size_t>(i)];
  if (face.rest) values[static_cast<size_t>(placed)] = args[placed];
  for (Py_ssize_t k = 0; k < named; ++k) {
    const Py_ssize_t i = index_of(face, PyTuple_GET_ITEM(keywords, k));
    if (i < placed) return by_definition();
    values[static_cast<size_t>(i)] = args[given + k];
  }
  for (Py_ssize_t i = placed; i < face.taken; ++i)
    if (!values[static_cast<size_t>(i)]) return by_definition();
  if (more <= 1) return call_of(face, values.data(), face.taken);
  PyObject* sizes = PyTuple_New(more);
  if (!sizes) return nullptr;
  for (Py_ssize_t i = 0; i < more; ++i) PyTuple_SET_ITEM(sizes, i, Py_NewRef(args[placed + i]));
  values[static_cast<size_t>(placed)] = sizes;
  PyObject* result = call_of(face, values.data(), face.taken);
  Py_DECREF(sizes);
  return result;
}

// Reads the definition's signature into the face. `required`: a parameter whose default only the definition understands, or null.
void read_signature(Face& face, py::handle definition, int taken, PyObject* required) {
  const py::object code = definition.attr("__code__");
  const py::tuple names = code.attr("co_varnames");
  const auto positional = py::cast<Py_ssize_t>(code.attr("co_argcount")), keyword_only = py::cast<Py_ssize_t>(code.attr("co_kwonlyargcount"));
  const auto flags = py::cast<int>(code.attr("co_flags"));
  constexpr int kRest = 0x04, kKeywords = 0x08;  // inspect.CO_VARARGS, CO_VARKEYWORDS
  face.taken = taken;
  face.positional = std::min<Py_ssize_t>(positional, taken);
  face.rest = (flags & kRest) != 0;
  const Py_ssize_t rest = face.rest ? 1 : 0;
  const bool plain = taken <= positional + rest + keyword_only && taken >= (face.rest ? positional + 1 : 0);
  if (!plain || (flags & kKeywords) != 0 || taken > kMost || py::cast<int>(code.attr("co_posonlyargcount")) != 0)
    fail<TypeError>("Face: the first parameters of {} are not the {} arguments of {}.", py::cast<std::string>(definition.attr("__name__")), taken,
                    reinterpret_cast<PyCFunctionObject*>(face.of)->m_ml->ml_name);
  const py::object defaults = definition.attr("__defaults__"), by_name = definition.attr("__kwdefaults__");
  const Py_ssize_t first = positional - (defaults.is_none() ? 0 : PyTuple_GET_SIZE(defaults.ptr()));  // that has a default
  for (Py_ssize_t i = 0; i < taken; ++i) {
    if (face.rest && i == positional) continue;
    PyObject* name = PyTuple_GET_ITEM(names.ptr(), i > positional ? i - rest : i);  // *sizes stands last there
    PyObject* value = nullptr;
    if (i >= positional) value = by_name.is_none() ? nullptr : PyDict_GetItem(by_name.ptr(), name);
    else if (i >= first) value = PyTuple_GET_ITEM(defaults.ptr(), i - first);
    if (required && PyUnicode_Compare(name, required) == 0) value = nullptr;
    face.names[static_cast<size_t>(i)] = Py_NewRef(name);
    face.defaults[static_cast<size_t>(i)] = Py_XNewRef(value);
  }
}

PyObject* face_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  try {
    PyObject *definition = nullptr, *of = nullptr, *required = nullptr;
    const bool some = !(kwargs && PyDict_GET_SIZE(kwargs) > 0) && PyArg_UnpackTuple(args, "Face", 2, 3, &definition, &of, &required);
    const int taken = some && PyCFunction_Check(of) ? argument_count(reinterpret_cast<PyCFunctionObject*>(of)->m_ml) : -1;
    if (taken < 0 || !PyFunction_Check(definition) || (required && !PyUnicode_Check(required))) {
      PyErr_Clear();
      fail<TypeError>("Face: takes a Python function, a function of this module, and a parameter's name if one has no default there.");
    }
    const py::object made = py::reinterpret_steal<py::object>(type->tp_alloc(type, 0));
    if (!made) rethrow_python();
    Face& face = *face_of(made.ptr());
    face.vectorcall = face_call;
    face.definition = Py_NewRef(definition);
    face.of = Py_NewRef(of);
    read_signature(face, definition, taken, required);
    return py::object(made).release().ptr();
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

void face_dealloc(PyObject* o) {
  PyTypeObject* type = Py_TYPE(o);
  Face& face = *face_of(o);
  for (PyObject* held : {face.definition, face.of}) Py_XDECREF(held);
  for (PyObject* held : face.names) Py_XDECREF(held);
  for (PyObject* held : face.defaults) Py_XDECREF(held);
  type->tp_free(o);
  Py_DECREF(type);
}

PyObject* face_get(PyObject* o, PyObject* instance, PyObject*) { return instance && instance != Py_None ? PyMethod_New(o, instance) : Py_NewRef(o); }
PyObject* face_repr(PyObject* o) { return PyObject_Repr(face_of(o)->definition); }
PyObject* face_reduce(PyObject* o, PyObject*) { return PyObject_GetAttrString(face_of(o)->definition, "__qualname__"); }  // pickled by name
// All else that a function has is the definition's.
PyObject* face_getattr(PyObject* o, PyObject* name) {
  PyObject* own = PyObject_GenericGetAttr(o, name);
  if (own || !PyErr_ExceptionMatches(PyExc_AttributeError)) return own;
  PyErr_Clear();
  return PyObject_GetAttr(face_of(o)->definition, name);
}
PyObject* get_wrapped(PyObject* o, void*) { return Py_NewRef(face_of(o)->definition); }
PyObject* get_of_definition(PyObject* o, void* name) { return PyObject_GetAttrString(face_of(o)->definition, static_cast<const char*>(name)); }
void* text(const char* name) { return const_cast<char*>(name); }

PyGetSetDef getset[] = {{"__wrapped__", get_wrapped, nullptr, "The Python function.", nullptr},
                        {"__doc__", get_of_definition, nullptr, nullptr, text("__doc__")},
                        {"__module__", get_of_definition, nullptr, nullptr, text("__module__")},
                        {}};
PyMethodDef methods[] = {{"__reduce__", face_reduce, METH_NOARGS, nullptr}, {}};
PyMemberDef members[] = {{"__vectorcalloffset__", T_PYSSIZET, offsetof(Face, vectorcall), READONLY, nullptr}, {}};

PyType_Slot slots[] = {{Py_tp_new, slot(face_new)},
                       {Py_tp_dealloc, slot(face_dealloc)},
                       {Py_tp_call, slot(PyVectorcall_Call)},
                       {Py_tp_descr_get, slot(face_get)},
                       {Py_tp_getattro, slot(face_getattr)},
                       {Py_tp_repr, slot(face_repr)},
                       {Py_tp_getset, getset},
                       {Py_tp_methods, methods},
                       {Py_tp_members, members},
                       {0, nullptr}};
PyType_Spec spec{"dlx._C.Face", sizeof(Face), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR, slots};

}  // namespace

DLX_BINDINGS(face) { add_type(m, spec); }

}  // namespace dlx::bindings
