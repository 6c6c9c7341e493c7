// The Python type Tensor, written with CPython's C API: what costs in pybind11 is its registry of instances and its dispatcher.
//
// Who owns whom. A Tensor object and its C++ tensor live and die together, so that a class, attributes and identity are kept
// (`x.grad is x.grad`). Usually the object holds the tensor. When Python drops the object but C++ still holds the tensor,
// and the object carries something (a subclass, attributes, weak references), ownership turns round: the tensor holds the
// object (owns_python) and the object's handle stops counting. wrap() turns it back. A plain object is simply forgotten.
#include "bindings/tensor.h"

#include <pybind11/pybind11.h>
#include <structmember.h>

#include "autograd/meta.h"
#include "bindings/arguments.h"
#include "core/python_hooks.h"
#include "ops/autocast.h"
#include "ops/common.h"
#include "ops/bitwise.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/reduce.h"
#include "ops/view.h"

namespace dlx::bindings {

PyTypeObject* tensor_type = nullptr;

namespace {

PyTensor* self_of(PyObject* o) { return reinterpret_cast<PyTensor*>(o); }

// Runs f and gives its result; a C++ exception becomes a Python one and `failed` the result.
template <class F, class R = std::invoke_result_t<F>> R guarded(R failed, F f) noexcept {
  try {
    return f();
  } catch (...) {
    set_python_error();
    return failed;
  }
}
template <class F> PyObject* guarded(F f) noexcept {
  return guarded<F, PyObject*>(nullptr, std::move(f));
}

// --- life and death -------------------------------------------------------------------------------------------------

void tensor_dealloc(PyObject* o);

PyObject* allocate(PyTypeObject* type, const Tensor& tensor) {
  // Objects of Python subclasses would pass through subtype_dealloc, which clears attributes before it asks us.
  if (type->tp_dealloc != tensor_dealloc) type->tp_dealloc = tensor_dealloc;
  PyObject* o = type->tp_alloc(type, 0);
  if (!o) rethrow_python();
  new (&self_of(o)->tensor) Tensor(tensor);
  tensor.impl()->python = o;
  return o;
}

void clear_slots(PyTypeObject* type, PyObject* o) {  // of subclasses that declare __slots__
  for (; type && type != tensor_type; type = type->tp_base) {
    const PyMemberDef* member = type->tp_members;
    for (Py_ssize_t i = 0; member && i < Py_SIZE(type); ++i, ++member) {
      if (member->type != T_OBJECT_EX || (member->flags & READONLY)) continue;
      PyObject** slot = reinterpret_cast<PyObject**>(reinterpret_cast<char*>(o) + member->offset);
      Py_CLEAR(*slot);
    }
  }
}

bool carries_something(PyObject* o) {
  const PyTensor* self = self_of(o);
  return Py_TYPE(o) != tensor_type || self->weakrefs || (self->dict && PyDict_GET_SIZE(self->dict) > 0);
}

// The object's last reference went. True: C++ keeps the tensor, which from now on keeps the object.
bool turned_over(PyObject* o) {
  TensorImpl* impl = self_of(o)->tensor.impl();
  if (!impl || impl->references.load(std::memory_order_acquire) == 1 || !carries_something(o)) return false;
  Py_SET_REFCNT(o, 1);
  impl->owns_python = true;
  if (impl->references.fetch_sub(1, std::memory_order_acq_rel) == 1) TensorImpl::destroy(impl);  // C++ let go meanwhile
  return true;
}

void tensor_dealloc(PyObject* o) {
  PyTypeObject* type = Py_TYPE(o);
  if (type->tp_finalize && type != tensor_type && PyObject_CallFinalizerFromDealloc(o) < 0) return;  // a subclass's __del__
  if (turned_over(o)) return;
  PyObject_GC_UnTrack(o);
  Py_TRASHCAN_BEGIN(o, tensor_dealloc);
  PyTensor* self = self_of(o);
  if (self->tensor.defined()) self->tensor.impl()->python = nullptr;  // before anything that can run Python
  const Tensor last = std::move(self->tensor);
  self->tensor.~Tensor();
  if (self->weakrefs) PyObject_ClearWeakRefs(o);
  Py_CLEAR(self->dict);
  if (type != tensor_type) clear_slots(type, o);
  type->tp_free(o);
  Py_DECREF(type);
  Py_TRASHCAN_END;
}

bool drop_object(TensorImpl* impl) noexcept {
  if (interpreter_is_ending()) return false;
  const Gil gil;
  PyObject* o = static_cast<PyObject*>(impl->python);
  if (Py_REFCNT(o) > 1) {  // a weak reference handed it out since: the object holds the tensor again
    impl->owns_python = false;
    impl->references.store(1, std::memory_order_release);
    Py_DECREF(o);
    return true;
  }
  impl->owns_python = false;
  impl->python = nullptr;
  (void)self_of(o)->tensor.ref().leak();  // the handle did not count
  Py_DECREF(o);
  return false;
}

// Hooks are held by the tensor or its node; the collector may look through those that nobody else holds.
int visit_hooks(const Tensor& x, int (*visit)(void*, void*), void* context) {
  if (!x.defined() || x.impl()->references.load(std::memory_order_relaxed) != 1) return 0;
  const autograd::Meta* meta = autograd::meta_if_any(x.impl());
  if (!meta) return 0;
  for (const auto* list : {&meta->hooks, &meta->post_hooks})
    for (const autograd::HookEntry& h : *list)
      if (h.hook->python && h.hook.use_count() == 1)
        if (const int stop = visit(h.hook->python, context)) return stop;
  if (meta->node && meta->node->references.load(std::memory_order_relaxed) == 1) return meta->node->visit_python(visit, context);
  return 0;
}

struct Visit {
  visitproc visit;
  void* arg;
};

int tensor_traverse(PyObject* o, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(o));
  Py_VISIT(self_of(o)->dict);
  for (PyTypeObject* type = Py_TYPE(o); type && type != tensor_type; type = type->tp_base) {
    const PyMemberDef* member = type->tp_members;
    for (Py_ssize_t i = 0; member && i < Py_SIZE(type); ++i, ++member)
      if (member->type == T_OBJECT_EX) Py_VISIT(*reinterpret_cast<PyObject**>(reinterpret_cast<char*>(o) + member->offset));
  }
  Visit v{visit, arg};
  return visit_hooks(
      self_of(o)->tensor,
      [](void* object, void* context) {
        const Visit& v = *static_cast<Visit*>(context);
        return v.visit(static_cast<PyObject*>(object), v.arg);
      },
      &v);
}

int tensor_clear(PyObject* o) {
  const Tensor& x = self_of(o)->tensor;
  if (x.defined() && x.impl()->references.load(std::memory_order_relaxed) == 1) {
    if (autograd::Meta* meta = autograd::meta_if_any(x.impl())) {
      const auto mine = std::move(meta->hooks), later = std::move(meta->post_hooks);
      meta->hooks.clear();
      meta->post_hooks.clear();
      if (meta->node && meta->node->references.load(std::memory_order_relaxed) == 1) meta->node->clear_python();
    }
  }
  Py_CLEAR(self_of(o)->dict);
  return 0;
}

// Tensor(data): a new tensor object on another tensor's memory, or dlx.tensor(data) in the default floating dtype.
PyObject* tensor_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  return guarded([&]() -> PyObject* {
    PyObject* data = nullptr;
    if (type == tensor_type && kwargs && PyDict_GET_SIZE(kwargs) > 0) fail<TypeError>("Tensor: it takes no keyword arguments. Use dlx.tensor.");
    if (PyTuple_GET_SIZE(args) > 0) data = PyTuple_GET_ITEM(args, 0);
    if (!data) return allocate(type, empty({0}, default_dtype()));
    if (is_tensor(data)) return allocate(type, ops::detach(tensor_of(data)));
    if (PyIndex_Check(data)) return allocate(type, empty(to_dims(args, {"Tensor", 0}), default_dtype()));
    return allocate(type, ops::detach(tensor_from(data, default_dtype())));
  });
}

// --- questions ------------------------------------------------------------------------------------------------------

PyObject* get_shape(PyObject* o, void*) { return guarded([&] { return from_dims(tensor_of(o).shape()); }); }
PyObject* get_dtype(PyObject* o, void*) { return from_dtype(tensor_of(o).dtype()); }
PyObject* get_device(PyObject* o, void*) { return guarded([&] { return from_device(tensor_of(o).device()); }); }
PyObject* get_layout(PyObject*, void*) { return strided_layout(); }
PyObject* get_ndim(PyObject* o, void*) { return PyLong_FromLongLong(tensor_of(o).dim()); }
PyObject* get_itemsize(PyObject* o, void*) { return PyLong_FromLongLong(itemsize(tensor_of(o).dtype())); }
PyObject* get_nbytes(PyObject* o, void*) { return PyLong_FromLongLong(tensor_of(o).nbytes()); }
PyObject* get_version(PyObject* o, void*) {
  return guarded([&] {
    check<RuntimeError>(!tensor_of(o).impl()->inference, "_version: a tensor made in inference mode has no version counter.");
    return PyLong_FromUnsignedLong(tensor_of(o).version());
  });
}
PyObject* get_requires_grad(PyObject* o, void*) { return guarded([&] { return PyBool_FromLong(autograd::requires_grad(tensor_of(o))); }); }
PyObject* get_is_leaf(PyObject* o, void*) { return guarded([&] { return PyBool_FromLong(autograd::is_leaf(tensor_of(o))); }); }
PyObject* get_is_cuda(PyObject* o, void*) { return PyBool_FromLong(tensor_of(o).device().type == DeviceType::cuda); }
PyObject* get_is_cpu(PyObject* o, void*) { return PyBool_FromLong(tensor_of(o).device().type == DeviceType::cpu); }
PyObject* get_retains_grad(PyObject* o, void*) {
  const autograd::Meta* meta = autograd::meta_if_any(tensor_of(o).impl());
  return PyBool_FromLong(meta && meta->retains_grad);
}
PyObject* get_transposed(PyObject* o, void*) {
  return guarded([&] {
    const Tensor& x = tensor_of(o);
    Dims order = Dims::uninitialised(x.dim());
    for (int64_t d = 0; d < x.dim(); ++d) order[d] = x.dim() - 1 - d;
    return wrap(ops::permute(x, order));
  });
}
PyObject* get_matrix_transposed(PyObject* o, void*) {
  return guarded([&] {
    check<ShapeError>(tensor_of(o).dim() >= 2, "mT: the tensor must have at least 2 dimensions. Got shape {}.", tensor_of(o).shape());
    return wrap(ops::transpose(tensor_of(o), -2, -1));
  });
}
PyObject* get_grad(PyObject* o, void*) {
  return guarded([&]() -> PyObject* {
    const autograd::Meta* meta = autograd::meta_if_any(tensor_of(o).impl());
    return wrap(meta ? meta->grad : Tensor());
  });
}
int set_grad(PyObject* o, PyObject* value, void*) {
  return guarded(-1, [&] {
    const Tensor& x = tensor_of(o);
    if (!value || value == Py_None) {
      if (autograd::Meta* meta = autograd::meta_if_any(x.impl())) {
        const Tensor old = std::move(meta->grad);  // dropped after the field is empty: its end may run Python
        meta->grad = Tensor();
      }
      return 0;
    }
    const Tensor& g = Argument<const Tensor&>(value, {"grad", 0}).get();
    check<RuntimeError>(!g.same(x), "grad: a tensor cannot be its own gradient.");
    check<ShapeError>(g.shape() == x.shape(), "grad: the gradient must have the tensor's shape {}. Got {}.", x.shape(), g.shape());
    check<DtypeError>(g.dtype() == x.dtype(), "grad: the gradient must have the tensor's dtype {}. Got {}.", x.dtype(), g.dtype());
    check<RuntimeError>(g.device() == x.device(), "grad: the gradient must be on {}. Got {}.", x.device(), g.device());
    const Tensor old = std::move(autograd::meta_of(x).grad);
    autograd::meta_of(x).grad = g;
    return 0;
  });
}
int set_requires_grad(PyObject* o, PyObject* value, void*) {
  return guarded(-1, [&] {
    if (!value) fail<TypeError>("requires_grad: it cannot be deleted.");
    autograd::set_requires_grad(tensor_of(o), to_bool(value, {"requires_grad", 0}));
    return 0;
  });
}
PyObject* get_data(PyObject* o, void*) {
  return guarded([&] {
    const Tensor data = alias(tensor_of(o));
    data.impl()->own_version = Ref<VersionCounter>(new VersionCounter);  // writes through it do not disturb the graph
    return wrap(data);
  });
}
int set_data(PyObject* o, PyObject* value, void*) {
  return guarded(-1, [&] {
    if (!value) fail<TypeError>("data: it cannot be deleted.");
    const Tensor& from = Argument<const Tensor&>(value, {"data", 0}).get();
    TensorImpl& to = *tensor_of(o).impl();
    check<DtypeError>(!to.requires_grad || is_floating(from.dtype()), "data: a tensor that requires a gradient must stay floating point. Got {}.", from.dtype());
    check<RuntimeError>(!to.root, "data: the memory of a view cannot be exchanged.");
    to.storage = from.storage();
    to.shape = from.shape();
    to.strides = from.strides();
    to.offset = from.offset();
    to.numel = from.numel();
    to.contiguous = from.is_contiguous();
    to.dtype = from.dtype();
    to.device = from.device();
    return 0;
  });
}

PyGetSetDef getset[] = {
    {"shape", get_shape, nullptr, "The sizes of the dimensions: a dlx.Size.", nullptr},
    {"dtype", get_dtype, nullptr, "The type of the elements.", nullptr},
    {"device", get_device, nullptr, "Where the memory is.", nullptr},
    {"layout", get_layout, nullptr, "How the elements are kept: dlx.strided.", nullptr},
    {"ndim", get_ndim, nullptr, "The number of dimensions.", nullptr},
    {"itemsize", get_itemsize, nullptr, "Bytes in one element.", nullptr},
    {"nbytes", get_nbytes, nullptr, "Bytes in all elements.", nullptr},
    {"requires_grad", get_requires_grad, set_requires_grad, "Whether operations on the tensor are recorded for gradients.", nullptr},
    {"grad", get_grad, set_grad, "The gradient that backward has accumulated, or None.", nullptr},
    {"is_leaf", get_is_leaf, nullptr, "Whether no recorded operation made the tensor.", nullptr},
    {"retains_grad", get_retains_grad, nullptr, "Whether a tensor with a history keeps its gradient in grad.", nullptr},
    {"data", get_data, set_data, "The same memory without history; writes through it are not noticed by autograd.", nullptr},
    {"T", get_transposed, nullptr, "The tensor with its dimensions in reverse order.", nullptr},
    {"mT", get_matrix_transposed, nullptr, "The tensor with its last two dimensions exchanged.", nullptr},
    {"is_cuda", get_is_cuda, nullptr, "Whether the memory is on a CUDA device.", nullptr},
    {"is_cpu", get_is_cpu, nullptr, "Whether the memory is the host's.", nullptr},
    {"_version", get_version, nullptr, "How often the memory was written.", nullptr},
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
    {}};

PyObject* stride(PyObject* o, PyObject* const* args, Py_ssize_t n) {
  return guarded([&]() -> PyObject* {
    const Tensor& x = tensor_of(o);
    if (n == 1) {
      check<IndexError>(x.dim() > 0, "stride: a 0-d tensor has no dimensions.");
      return PyLong_FromLongLong(x.stride(normalized_dim("stride", to_int(args[0], {"stride", 0}), x.dim())));
    }
    const py::object size = py::reinterpret_steal<py::object>(from_dims(x.strides()));
    return PyTuple_GetSlice(size.ptr(), 0, x.dim());
  });
}
PyObject* size(PyObject* o, PyObject* const* args, Py_ssize_t n) {
  return guarded([&]() -> PyObject* {
    const Tensor& x = tensor_of(o);
    if (n == 0) return from_dims(x.shape());
    check<IndexError>(x.dim() > 0, "size: a 0-d tensor has no dimensions.");
    return PyLong_FromLongLong(x.size(normalized_dim("size", to_int(args[0], {"size", 0}), x.dim())));
  });
}
PyObject* storage_offset(PyObject* o, PyObject*) { return PyLong_FromLongLong(tensor_of(o).offset()); }
PyObject* data_ptr(PyObject* o, PyObject*) { return PyLong_FromVoidPtr(tensor_of(o).raw_data()); }
PyObject* storage_data_ptr(PyObject* o, PyObject*) { return PyLong_FromVoidPtr(tensor_of(o).storage()->data); }
PyObject* storage_nbytes(PyObject* o, PyObject*) { return PyLong_FromLongLong(tensor_of(o).storage()->bytes); }
PyObject* numel(PyObject* o, PyObject*) { return PyLong_FromLongLong(tensor_of(o).numel()); }
PyObject* dim(PyObject* o, PyObject*) { return PyLong_FromLongLong(tensor_of(o).dim()); }
PyObject* is_inference(PyObject* o, PyObject*) { return PyBool_FromLong(tensor_of(o).impl()->inference); }
PyObject* element_size(PyObject* o, PyObject*) { return get_itemsize(o, nullptr); }
PyObject* is_contiguous_method(PyObject* o, PyObject* args, PyObject* kwargs) {
  return guarded([&]() -> PyObject* {
    static const char* names[] = {"memory_format", nullptr};
    PyObject* format = nullptr;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:is_contiguous", const_cast<char**>(names), &format)) return nullptr;
    const Tensor& x = tensor_of(o);
    if (!format || to_memory_format(format, {"is_contiguous", 0}) != ops::MemoryFormat::channels_last) return PyBool_FromLong(x.is_contiguous());
    if (x.dim() != 4) Py_RETURN_FALSE;
    const GradMode untracked(false);
    return PyBool_FromLong(ops::contiguous(x, ops::MemoryFormat::channels_last).same(x));
  });
}
PyObject* item(PyObject* o, PyObject*) { return guarded([&] { return to_python_number(tensor_of(o)); }); }
PyObject* tolist(PyObject* o, PyObject*) { return guarded([&] { return nested_lists(ops::host_copy(tensor_of(o), "tolist")); }); }
PyObject* numpy(PyObject* o, PyObject* args, PyObject* kwargs) {
  return guarded([&]() -> PyObject* {
    static const char* names[] = {"force", nullptr};
    int force = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$p:numpy", const_cast<char**>(names), &force)) return nullptr;
    if (!force) return to_numpy(tensor_of(o));
    return to_numpy(ops::host_copy(ops::detach(tensor_of(o)), "numpy"));
  });
}
PyObject* array(PyObject* o, PyObject* args, PyObject* kwargs) {
  return guarded([&]() -> PyObject* {
    static const char* names[] = {"dtype", "copy", nullptr};
    PyObject *dtype = Py_None, *copy = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OO:__array__", const_cast<char**>(names), &dtype, &copy)) return nullptr;
    py::object out = py::reinterpret_steal<py::object>(to_numpy(tensor_of(o)));
    if (dtype != Py_None) {
      const bool may_copy = copy != Py_False;
      const py::object before = out;
      out = out.attr("astype")(py::handle(dtype), py::arg("copy") = false);
      if (!may_copy && !out.is(before)) fail<ValueError>("__array__: another dtype takes a copy, which copy=False forbids.");
    }
    if (copy == Py_True) out = out.attr("copy")();
    return out.release().ptr();
  });
}
PyObject* requires_grad_(PyObject* o, PyObject* args, PyObject* kwargs) {
  return guarded([&]() -> PyObject* {
    static const char* names[] = {"requires_grad", nullptr};
    int value = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|p:requires_grad_", const_cast<char**>(names), &value)) return nullptr;
    autograd::set_requires_grad(tensor_of(o), value != 0);
    return Py_NewRef(o);
  });
}
PyObject* detach(PyObject* o, PyObject*) { return guarded([&] { return wrap(ops::detach(tensor_of(o))); }); }
PyObject* retain_grad(PyObject* o, PyObject*) {
  return guarded([&]() -> PyObject* {
    autograd::retain_grad(tensor_of(o));
    Py_RETURN_NONE;
  });
}
// Tensor._make_subclass(cls, data, requires_grad=False): an object of a subclass on data's memory.
PyObject* make_subclass(PyObject*, PyObject* const* args, Py_ssize_t n) {
  return guarded([&]() -> PyObject* {
    if (n < 2 || n > 3 || !PyType_Check(args[0]) || !PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(args[0]), tensor_type))
      fail<TypeError>("_make_subclass: takes a subclass of Tensor, a Tensor and requires_grad.");
    const Tensor data = ops::detach(Argument<const Tensor&>(args[1], {"_make_subclass", 1}).get());
    if (n == 3) autograd::set_requires_grad(data, to_bool(args[2], {"_make_subclass", 2}));
    return allocate(reinterpret_cast<PyTypeObject*>(args[0]), data);
  });
}

template <class F> PyCFunction method(F f) { return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(f)); }

PyMethodDef methods[] = {
    {"stride", method(stride), METH_FASTCALL, "stride(dim=None): elements between neighbours along each dimension, or along dim."},
    {"size", method(size), METH_FASTCALL, "size(dim=None): the shape, or the size of one dimension."},
    {"storage_offset", storage_offset, METH_NOARGS, "The first element's place in the storage, in elements."},
    {"data_ptr", data_ptr, METH_NOARGS, "The address of the first element."},
    {"_storage_data_ptr", storage_data_ptr, METH_NOARGS, "The address of the storage."},
    {"_storage_nbytes", storage_nbytes, METH_NOARGS, "Bytes in the storage."},
    {"numel", numel, METH_NOARGS, "The number of elements."},
    {"nelement", numel, METH_NOARGS, "The number of elements."},
    {"dim", dim, METH_NOARGS, "The number of dimensions."},
    {"ndimension", dim, METH_NOARGS, "The number of dimensions."},
    {"is_inference", is_inference, METH_NOARGS, "Whether the tensor was made in inference mode."},
    {"element_size", element_size, METH_NOARGS, "Bytes in one element."},
    {"is_contiguous", method(is_contiguous_method), METH_VARARGS | METH_KEYWORDS, "Whether memory walks the dimensions in order, without gaps."},
    {"item", item, METH_NOARGS, "The value of a tensor of one element, as a Python number."},
    {"tolist", tolist, METH_NOARGS, "The values as nested lists of Python numbers."},
    {"numpy", method(numpy), METH_VARARGS | METH_KEYWORDS, "numpy(*, force=False): a NumPy array on the same memory; with force a copy where that cannot be."},
    {"__array__", method(array), METH_VARARGS | METH_KEYWORDS, "NumPy's way to ask for numpy()."},
    {"requires_grad_", method(requires_grad_), METH_VARARGS | METH_KEYWORDS, "requires_grad_(requires_grad=True): sets requires_grad and returns the tensor."},
    {"detach", detach, METH_NOARGS, "The same memory and version counter, without history."},
    {"retain_grad", retain_grad, METH_NOARGS, "Keeps the gradient of a tensor with a history in grad too."},
    {"_make_subclass", method(make_subclass), METH_FASTCALL | METH_STATIC, nullptr},
    {}};

// --- operators ------------------------------------------------------------------------------------------------------

// An operand of + and the like; nothing where Python should ask the other object.
bool to_operand(PyObject* o, Operand& out) {
  if (is_tensor(o)) [[likely]] {
    out = Operand(tensor_of(o));
    return true;
  }
  const auto number = number_if_any(o);
  if (number) out = Operand(*number);
  return number.has_value();
}

template <class F> PyObject* binary(PyObject* a, PyObject* b, F f) {
  return guarded([&]() -> PyObject* {
    if (is_tensor(a) && is_tensor(b)) [[likely]] {  // no handle is copied
      return wrap(f(static_cast<const Operand&>(tensor_of(a)), static_cast<const Operand&>(tensor_of(b))));
    }
    Operand x, y;
    if (!to_operand(a, x) || !to_operand(b, y)) Py_RETURN_NOTIMPLEMENTED;
    return wrap(f(x, y));
  });
}
template <class F> PyObject* in_place(PyObject* a, PyObject* b, F f) {
  return guarded([&]() -> PyObject* {
    Operand y;
    if (!to_operand(b, y)) Py_RETURN_NOTIMPLEMENTED;
    f(Operand(tensor_of(a)), y, OptTensor(tensor_of(a)));
    return Py_NewRef(a);
  });
}

// A slot for an op, and for the op in place.
using BinaryOp = Tensor(const Operand&, const Operand&, const OptTensor&);
template <BinaryOp* op> PyObject* nb(PyObject* a, PyObject* b) {
  return binary(a, b, [](const Operand& x, const Operand& y) { return op(x, y, {}); });
}
template <BinaryOp* op> PyObject* nb_in_place(PyObject* a, PyObject* b) { return in_place(a, b, op); }

Tensor plus(const Operand& x, const Operand& y, const OptTensor& out) { return ops::add(x, y, 1, out); }
Tensor minus(const Operand& x, const Operand& y, const OptTensor& out) { return ops::sub(x, y, 1, out); }

PyObject* nb_power(PyObject* a, PyObject* b, PyObject* modulus) {
  if (modulus != Py_None) {
    PyErr_SetString(PyExc_TypeError, "pow: tensors have no power with a modulus.");
    return nullptr;
  }
  return nb<ops::pow>(a, b);
}
PyObject* nb_in_place_power(PyObject* a, PyObject* b, PyObject*) { return nb_in_place<ops::pow>(a, b); }
PyObject* nb_matmul(PyObject* a, PyObject* b) {
  if (!is_tensor(a) || !is_tensor(b)) Py_RETURN_NOTIMPLEMENTED;
  return guarded([&] {
    if (ops::autocast_active()) [[unlikely]] {
      const auto lower = [](PyObject* o) { return ops::autocast(ops::Autocast::lower, tensor_of(o), DType::float32); };
      return wrap(ops::matmul(lower(a), lower(b)));
    }
    return wrap(ops::matmul(tensor_of(a), tensor_of(b)));
  });
}
PyObject* nb_negative(PyObject* a) { return guarded([&] { return wrap(ops::neg(tensor_of(a))); }); }
PyObject* nb_positive(PyObject* a) {
  return guarded([&] {
    check<DtypeError>(tensor_of(a).dtype() != DType::boolean, "positive: booleans have no sign.");
    return Py_NewRef(a);
  });
}
PyObject* nb_invert(PyObject* a) { return guarded([&] { return wrap(ops::bitwise_not(tensor_of(a))); }); }
PyObject* nb_absolute(PyObject* a) { return guarded([&] { return wrap(ops::abs(tensor_of(a))); }); }

int nb_bool(PyObject* a) {
  return guarded(-1, [&] {
    const Tensor& x = tensor_of(a);
    check<RuntimeError>(x.numel() == 1, "bool: a tensor of {} elements is neither true nor false. Use .any() or .all().", x.numel());
    const Scalar s = ops::host_scalar(x, "bool");
    return s.is(0) ? 0 : 1;
  });
}
PyObject* nb_int(PyObject* a) {
  return guarded([&]() -> PyObject* {
    const py::object number = py::reinterpret_steal<py::object>(to_python_number(tensor_of(a)));
    return PyNumber_Long(number.ptr());
  });
}
PyObject* nb_float(PyObject* a) { return guarded([&] { return PyFloat_FromDouble(ops::host_scalar(tensor_of(a), "float").as_double()); }); }
PyObject* nb_index(PyObject* a) {
  return guarded([&]() -> PyObject* {
    const Tensor& x = tensor_of(a);
    check<TypeError>(!is_floating(x.dtype()) && x.numel() == 1, "index: only an integer tensor of one element can be an index. Got {} of shape {}.", x.dtype(), x.shape());
    return PyLong_FromLongLong(ops::host_scalar(x, "index").integer);
  });
}

PyObject* rich_compare(PyObject* a, PyObject* b, int how) {
  static_assert(Py_LT == 0 && Py_LE == 1 && Py_EQ == 2 && Py_NE == 3 && Py_GT == 4 && Py_GE == 5);
  static constexpr BinaryOp* comparisons[] = {ops::lt, ops::le, ops::eq, ops::ne, ops::gt, ops::ge};
  return binary(a, b, [op = comparisons[how]](const Operand& x, const Operand& y) { return op(x, y, {}); });
}

Py_hash_t identity_hash(PyObject* o) {
  const auto address = reinterpret_cast<uintptr_t>(o);
  return static_cast<Py_hash_t>(address >> 4 | address << (8 * sizeof(address) - 4));
}

Py_ssize_t length(PyObject* o) {
  return guarded(Py_ssize_t{-1}, [&]() -> Py_ssize_t {
    check<TypeError>(tensor_of(o).dim() > 0, "len: a 0-d tensor has no length.");
    return tensor_of(o).size(0);
  });
}
PyObject* iterate(PyObject* o) {
  return guarded([&]() -> PyObject* {
    check<TypeError>(tensor_of(o).dim() > 0, "iter: a 0-d tensor cannot be iterated.");
    const py::object rows = py::reinterpret_steal<py::object>(to_python(ops::unbind(tensor_of(o), 0)));
    return PyObject_GetIter(rows.ptr());
  });
}
int contains(PyObject* o, PyObject* value) {
  return guarded(-1, [&] {
    Operand y;
    if (!to_operand(value, y)) fail<TypeError>("in: a tensor holds numbers. Got {}.", Py_TYPE(value)->tp_name);
    const GradMode untracked(false);
    return ops::host_scalar(ops::any(ops::eq(Operand(tensor_of(o)), y), {}, false), "in").integer != 0 ? 1 : 0;
  });
}
PyObject* repr(PyObject* o) {
  return guarded([&] { return py::module_::import("dlx._repr").attr("tensor_repr")(py::handle(o)).release().ptr(); });
}

PyMemberDef members[] = {{"__dictoffset__", T_PYSSIZET, offsetof(PyTensor, dict), READONLY, nullptr},
                         {"__weaklistoffset__", T_PYSSIZET, offsetof(PyTensor, weakrefs), READONLY, nullptr},
                         {}};

PyType_Slot slots[] = {
    {Py_tp_new, slot(tensor_new)},
    {Py_tp_dealloc, slot(tensor_dealloc)},
    {Py_tp_traverse, slot(tensor_traverse)},
    {Py_tp_clear, slot(tensor_clear)},
    {Py_tp_getset, getset},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {Py_tp_repr, slot(repr)},
    {Py_tp_hash, slot(identity_hash)},
    {Py_tp_richcompare, slot(rich_compare)},
    {Py_tp_iter, slot(iterate)},
    {Py_tp_doc, const_cast<char*>("An array of numbers that remembers how it was made. Use dlx.tensor to make one.")},
    {Py_mp_length, slot(length)},
    {Py_mp_subscript, slot(subscript)},
    {Py_mp_ass_subscript, slot(assign_subscript)},
    {Py_sq_contains, slot(contains)},
    {Py_nb_add, slot(nb<plus>)},
    {Py_nb_subtract, slot(nb<minus>)},
    {Py_nb_multiply, slot(nb<ops::mul>)},
    {Py_nb_true_divide, slot(nb<ops::div>)},
    {Py_nb_floor_divide, slot(nb<ops::floor_divide>)},
    {Py_nb_remainder, slot(nb<ops::remainder>)},
    {Py_nb_power, slot(nb_power)},
    {Py_nb_matrix_multiply, slot(nb_matmul)},
    {Py_nb_and, slot(nb<ops::bitwise_and>)},
    {Py_nb_or, slot(nb<ops::bitwise_or>)},
    {Py_nb_xor, slot(nb<ops::bitwise_xor>)},
    {Py_nb_lshift, slot(nb<ops::bitwise_left_shift>)},
    {Py_nb_rshift, slot(nb<ops::bitwise_right_shift>)},
    {Py_nb_inplace_add, slot(nb_in_place<plus>)},
    {Py_nb_inplace_subtract, slot(nb_in_place<minus>)},
    {Py_nb_inplace_multiply, slot(nb_in_place<ops::mul>)},
    {Py_nb_inplace_true_divide, slot(nb_in_place<ops::div>)},
    {Py_nb_inplace_floor_divide, slot(nb_in_place<ops::floor_divide>)},
    {Py_nb_inplace_remainder, slot(nb_in_place<ops::remainder>)},
    {Py_nb_inplace_power, slot(nb_in_place_power)},
    {Py_nb_inplace_and, slot(nb_in_place<ops::bitwise_and>)},
    {Py_nb_inplace_or, slot(nb_in_place<ops::bitwise_or>)},
    {Py_nb_inplace_xor, slot(nb_in_place<ops::bitwise_xor>)},
    {Py_nb_inplace_lshift, slot(nb_in_place<ops::bitwise_left_shift>)},
    {Py_nb_inplace_rshift, slot(nb_in_place<ops::bitwise_right_shift>)},
    {Py_nb_negative, slot(nb_negative)},
    {Py_nb_positive, slot(nb_positive)},
    {Py_nb_absolute, slot(nb_absolute)},
    {Py_nb_invert, slot(nb_invert)},
    {Py_nb_bool, slot(nb_bool)},
    {Py_nb_int, slot(nb_int)},
    {Py_nb_float, slot(nb_float)},
    {Py_nb_index, slot(nb_index)},
    {0, nullptr}};

PyType_Spec spec{"dlx.Tensor", sizeof(PyTensor), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, slots};

// The Python lines that are running, innermost last, without those of dlx itself.
std::string describe_stack() {
  if (interpreter_is_ending()) return {};
  const Gil gil;
  try {
    const py::object lines = py::module_::import("dlx.autograd._anomaly").attr("stack")();
    return py::cast<std::string>(lines);
  } catch (py::error_already_set&) {
    return {};
  }
}

}  // namespace

Tensor tensor_from(PyObject* data, std::optional<DType> dtype) {
  const py::object own = dtype ? py::reinterpret_steal<py::object>(from_dtype(*dtype)) : py::object(py::none());
  return tensor_of(py::object(py::module_::import("dlx").attr("tensor")(py::handle(data), py::arg("dtype") = own)).ptr());
}

PyObject* wrap(const Tensor& tensor) {
  if (!tensor.defined()) Py_RETURN_NONE;
  TensorImpl* impl = tensor.impl();
  if (PyObject* o = static_cast<PyObject*>(impl->python)) {
    if (impl->owns_python) {  // the object holds the tensor again, and its one reference is the caller's
      impl->owns_python = false;
      impl->references.fetch_add(1, std::memory_order_relaxed);
      return o;
    }
    if (Py_REFCNT(o) > 0) return Py_NewRef(o);
  }
  return allocate(tensor_type, tensor);
}

void define_tensor(py::module_& m) {
  tensor_type = add_type(m, spec);
  m.attr("Tensor").attr("__array_priority__") = 1000;  // NumPy's scalars leave their operators to ours
  python_hooks.drop_object = drop_object;
  python_hooks.describe_stack = describe_stack;
  python_hooks.release_gil = []() -> void* { return PyGILState_Check() ? static_cast<void*>(PyEval_SaveThread()) : nullptr; };
  python_hooks.reacquire_gil = [](void* token) { PyEval_RestoreThread(static_cast<PyThreadState*>(token)); };
}

}  // namespace dlx::bindings
