// x[...] and x[...] = value. Ints, slices, None and Ellipsis give views. One tensor, list or mask of indices gives a copy.
#include <pybind11/pybind11.h>

#include <cstring>

#include "bindings/arguments.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/index.h"
#include "ops/view.h"

namespace dlx::bindings {
namespace {

// The view that the ints, slices and Nones of a key give, and the one index tensor that is left, if any.
struct Parsed {
  Tensor view;
  Tensor index;       // integers, or a mask
  int64_t dim = 0;    // of `view`, where it goes
};

Tensor index_of(PyObject* o) {
  if (is_tensor(o)) {
    const Tensor& t = tensor_of(o);
    check<IndexError>(!is_floating(t.dtype()), "index: tensors used as indices must hold integers or booleans. Got {}.", t.dtype());
    return t;
  }
  const py::object made = py::module_::import("dlx").attr("tensor")(py::handle(o));
  const Tensor& t = tensor_of(made.ptr());
  if (t.numel() == 0 && is_floating(t.dtype())) return ops::to(t, {}, DType::int64);  // an empty list
  return index_of(made.ptr());
}

bool is_index_list(PyObject* o) {
  return is_tensor(o) || PyList_Check(o) || std::strcmp(Py_TYPE(o)->tp_name, "numpy.ndarray") == 0;
}
int64_t consumed(PyObject* o) {
  if (o == Py_None || o == Py_Ellipsis || PyBool_Check(o)) return 0;
  if (is_tensor(o) && tensor_of(o).dtype() == DType::boolean) return tensor_of(o).dim();
  return 1;
}

Tensor sliced(const Tensor& x, int64_t d, PyObject* o) {
  Py_ssize_t start, stop, step;
  if (PySlice_Unpack(o, &start, &stop, &step) < 0) rethrow_python();
  check<ValueError>(step > 0, "slice: the step must be positive. Got {}. Use flip to reverse.", static_cast<int64_t>(step));
  if (start == 0 && step == 1 && stop >= x.size(d)) return x;
  return ops::slice(x, d, start, stop, step);
}

Parsed parse(const Tensor& x, PyObject* key) {
  const py::object items = PyTuple_Check(key) ? py::reinterpret_borrow<py::object>(key) : py::object(py::make_tuple(py::handle(key)));
  const Py_ssize_t n = PyTuple_GET_SIZE(items.ptr());
  int64_t used = 0, ellipses = 0;
  for (Py_ssize_t i = 0; i < n; ++i) {
    used += consumed(PyTuple_GET_ITEM(items.ptr(), i));
    ellipses += PyTuple_GET_ITEM(items.ptr(), i) == Py_Ellipsis;
  }
  check<IndexError>(ellipses <= 1, "index: only one ... can stand in an index.");
  check<IndexError>(used <= x.dim(), "index: {} indices are too many for a tensor of {} dimensions.", used, x.dim());
  Parsed p{x, {}, 0};
  int64_t d = 0;
  for (Py_ssize_t i = 0; i < n; ++i) {
    PyObject* o = PyTuple_GET_ITEM(items.ptr(), i);
    if (o == Py_Ellipsis) {
      d += x.dim() - used;
    } else if (o == Py_None) {
      p.view = ops::unsqueeze(p.view, d++);
    } else if (PySlice_Check(o)) {
      p.view = sliced(p.view, d, o);
      ++d;
    } else if (PyBool_Check(o)) {
      fail<NotImplementedError>("index: a single bool as an index is not part of dlx. Use None to add a dimension.");
    } else if (is_index_list(o) && !(is_tensor(o) && tensor_of(o).dim() == 0 && tensor_of(o).dtype() != DType::boolean)) {
      check<NotImplementedError>(!p.index.defined(), "index: one tensor or list of indices at a time. Index in two steps, or use gather.");
      p.index = index_of(o);
      p.dim = d;
      d += p.index.dtype() == DType::boolean ? std::max<int64_t>(p.index.dim(), 1) : 1;
    } else if (PyIndex_Check(o)) {
      const int64_t at = to_int(o, {"index", 0}), size = p.view.size(d);
      check<IndexError>(at >= -size && at < size, "index: {} is out of range for dimension {} of size {}.", at, d, size);
      p.view = ops::select(p.view, d, at);
    } else {
      fail<TypeError>("index: an index must be an int, a slice, None, ... or a tensor or list of these. Got {}.", Py_TYPE(o)->tp_name);
    }
  }
  return p;
}

// The positions at which a mask is true, counted in the order of its elements.
Tensor positions(const Tensor& mask) {
  const Tensor here = ops::host_copy(mask, "index");
  const bool* m = here.data<bool>();
  int64_t count = 0;
  for (int64_t i = 0; i < here.numel(); ++i) count += m[i];
  Tensor out = empty({count}, DType::int64);
  int64_t* to = out.data<int64_t>();
  for (int64_t i = 0; i < here.numel(); ++i)
    if (m[i]) *to++ = i;
  return ops::to(out, mask.device(), {});
}

Tensor taken(const Parsed& p) {
  Tensor view = p.view;
  if (p.index.dtype() == DType::boolean) {
    Dims covered;
    for (int64_t i = 0; i < p.index.dim(); ++i) covered.push_back(view.size(p.dim + i));
    check<IndexError>(covered == p.index.shape(), "index: the mask has shape {} but it covers dimensions of shape {}.", p.index.shape(), covered);
    check<IndexError>(p.index.dim() > 0, "index: a 0-d mask cannot index a tensor.");
    return ops::index_select(ops::flatten(view, p.dim, p.dim + p.index.dim() - 1), p.dim, positions(p.index));
  }
  const Tensor flat = reshaped(ops::as_contiguous(ops::as_dtype(p.index, DType::int64)), {p.index.numel()});
  const Tensor rows = ops::index_select(view, p.dim, flat);
  if (p.index.dim() == 1) return rows;
  Dims shape;
  for (int64_t d = 0; d < p.dim; ++d) shape.push_back(view.size(d));
  for (const int64_t size : p.index.shape()) shape.push_back(size);
  for (int64_t d = p.dim + 1; d < view.dim(); ++d) shape.push_back(view.size(d));
  return ops::reshape(rows, shape);
}

Dims identity_order(const Tensor& x) {
  Dims order = Dims::uninitialised(x.dim());
  for (int64_t d = 0; d < x.dim(); ++d) order[d] = d;
  return order;
}

bool is_view_of_itself(const Tensor& view, const Tensor& value) {
  return view.storage() == value.storage() && view.offset() == value.offset() && view.shape() == value.shape() && view.strides() == value.strides() &&
         view.dtype() == value.dtype();
}

Operand value_of(PyObject* value, const Tensor& like) {
  if (is_tensor(value)) return tensor_of(value);
  if (const auto number = number_if_any(value)) return Operand(*number);
  const py::object made = py::module_::import("dlx").attr("tensor")(py::handle(value), py::arg("dtype") = py::reinterpret_steal<py::object>(from_dtype(like.dtype())));
  return tensor_of(made.ptr());
}

}  // namespace

PyObject* subscript(PyObject* self, PyObject* key) {
  try {
    const Tensor& x = tensor_of(self);
    const Parsed p = parse(x, key);
    if (p.index.defined()) return wrap(taken(p));
    return wrap(p.view.same(x) ? ops::permute(x, identity_order(x)) : p.view);  // x[:] is a new view too
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

int assign_subscript(PyObject* self, PyObject* key, PyObject* value) {
  try {
    if (!value) fail<TypeError>("del: elements of a tensor cannot be deleted.");
    const Tensor& x = tensor_of(self);
    const Parsed p = parse(x, key);
    const Operand v = value_of(value, x);
    if (!p.index.defined()) {
      const Tensor view = p.view;
      // x[i] += w ends in x[i] = x[i]: the work is done.
      if (is_view_of_itself(view, v)) return 0;
      if (v.is_number()) {
        ops::fill_(view, v);
        return 0;
      }
      // PyTorch lets the value have more leading dimensions of size 1.
      Dims shape = v.shape();
      while (shape.size() > view.dim() && shape[0] == 1) shape.erase(0);
      ops::copy_(view, shape == v.shape() ? Tensor(v) : ops::reshape(v, shape));
      return 0;
    }
    check<NotImplementedError>(p.index.dtype() == DType::boolean && (v.is_number() || v.numel() == 1),
                               "index: assigning through a tensor of indices is not part of dlx yet; a mask with a number is. Use index_add_ or where.");
    Dims covered;
    for (int64_t i = 0; i < p.index.dim(); ++i) covered.push_back(p.view.size(p.dim + i));
    check<IndexError>(covered == p.index.shape(), "index: the mask has shape {} but it covers dimensions of shape {}.", p.index.shape(), covered);
    Dims shape = p.index.shape();
    for (int64_t d = 0; d < p.dim; ++d) shape.insert(0, 1);
    while (shape.size() < p.view.dim()) shape.push_back(1);
    const Tensor mask = ops::reshape(p.index, shape);
    const Tensor filled = ops::where(mask, v.is_number() ? v : Operand(ops::reshape(v, {})), Operand(p.view));
    ops::copy_(p.view, filled);
    return 0;
  } catch (...) {
    set_python_error();
    return -1;
  }
}

}  // namespace dlx::bindings
