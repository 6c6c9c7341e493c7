// x[...] and x[...] = value. Ints, slices, None and Ellipsis give views. Tensors, lists, ranges and masks give a copy.
#include <cstring>

#include "bindings/arguments.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/index.h"
#include "ops/view.h"

namespace dlx::bindings {
namespace {

// The view that the ints, slices and Nones of a key give, and the tensors of indices that are left, by its dimensions.
struct Parsed {
  Tensor view;
  std::vector<OptTensor> indices;
  bool advanced = false;
};

bool is_mask(const Tensor& t) { return t.dtype() == DType::boolean || t.dtype() == DType::uint8; }
bool is_numpy(PyObject* o, const char* type) { return std::strcmp(Py_TYPE(o)->tp_name, type) == 0; }
bool is_bool(PyObject* o) { return PyBool_Check(o) || std::strncmp(Py_TYPE(o)->tp_name, "numpy.bool", 10) == 0; }
// Lists, ranges, arrays: what becomes a tensor of indices.
bool is_sequence(PyObject* o) {
  return is_numpy(o, "numpy.ndarray") || (PySequence_Check(o) && !PyUnicode_Check(o) && !PyBytes_Check(o) && !PyByteArray_Check(o));
}

Tensor index_of(PyObject* o) {
  const Tensor t = is_tensor(o) ? tensor_of(o) : tensor_from(o, {});
  if (t.numel() == 0 && is_floating(t.dtype()) && !is_tensor(o)) return ops::to(t, {}, DType::int64);  // an empty list
  check<IndexError>(!is_floating(t.dtype()), "index: tensors used as indices must hold integers or booleans. Got {}.", t.dtype());
  return t;
}

// One item of a key, with the tensor that it becomes, if any.
struct Item {
  PyObject* object;
  OptTensor tensor;
  enum { rest, new_dim, slice, integer, flag, positions } kind;
  int64_t consumed() const { return kind == slice || kind == integer ? 1 : kind != positions ? 0 : is_mask(tensor) ? tensor.dim() : 1; }
};

Item item_of(PyObject* o) {
  if (o == Py_Ellipsis) return {o, {}, Item::rest};
  if (o == Py_None) return {o, {}, Item::new_dim};
  if (PySlice_Check(o)) return {o, {}, Item::slice};
  if (is_bool(o)) return {o, {}, Item::flag};
  if (is_tensor(o) || is_sequence(o)) {
    OptTensor t = index_of(o);
    if (t.dim() > 0) return {o, std::move(t), Item::positions};
    return {o, t, is_mask(t) ? Item::flag : Item::integer};
  }
  if (PyIndex_Check(o)) return {o, {}, Item::integer};
  fail<TypeError>("index: an index must be an int, a slice, None, ..., a bool, or a tensor, array or list of these. Got {}.", Py_TYPE(o)->tp_name);
}

Tensor sliced(const Tensor& x, int64_t d, PyObject* o) {
  Py_ssize_t start, stop, step;
  if (PySlice_Unpack(o, &start, &stop, &step) < 0) rethrow_python();
  check<ValueError>(step > 0, "slice: the step must be positive. Got {}. Use flip to reverse.", static_cast<int64_t>(step));
  if (start == 0 && step == 1 && stop >= x.size(d)) return x;
  return ops::slice(x, d, start, stop, step);
}

Parsed parse(const Tensor& x, PyObject* key) {
  const Owned objects(PyTuple_Check(key) ? Py_NewRef(key) : PyTuple_Pack(1, key));
  const Py_ssize_t n = PyTuple_GET_SIZE(objects.get());
  std::vector<Item> items;
  int64_t used = 0, ellipses = 0;
  for (Py_ssize_t i = 0; i < n; ++i) {
    items.push_back(item_of(PyTuple_GET_ITEM(objects.get(), i)));
    used += items.back().consumed();
    ellipses += items.back().kind == Item::rest;
  }
  check<IndexError>(ellipses <= 1, "index: only one ... can stand in an index.");
  check<IndexError>(used <= x.dim(), "index: {} indices are too many for a tensor of {} dimensions.", used, x.dim());
  Parsed p{x, {}, false};
  int64_t d = 0;
  const auto put = [&](const Tensor& index) {
    p.indices.resize(static_cast<size_t>(d));
    p.indices.emplace_back(index);
    p.advanced = true;
  };
  // Masks take several places; `indices` has one entry for each item, so dimensions that a mask covers are not counted twice.
  int64_t covered = 0;
  for (const Item& item : items) {
    switch (item.kind) {
      case Item::rest: d += x.dim() - used; break;
      case Item::new_dim: p.view = ops::unsqueeze(p.view, covered + d++); break;
      case Item::slice:
        p.view = sliced(p.view, covered + d, item.object);
        ++d;
        break;
      case Item::integer: {
        const int64_t at = to_int(item.object, {"index", 0}), size = p.view.size(covered + d);
        check<IndexError>(at >= -size && at < size, "index: index {} is out of bounds for dimension {} with size {}.", at, covered + d, size);
        p.view = ops::select(p.view, covered + d, at);
        break;
      }
      case Item::flag: {  // a dimension of size 1 that stays or goes
        const bool keep = item.tensor.defined() ? !ops::host_scalar(item.tensor, "index").is(0) : PyObject_IsTrue(item.object) == 1;
        p.view = ops::unsqueeze(p.view, covered + d);
        put(ops::filled({1}, Scalar(keep), DType::boolean, x.device()));
        ++d;
        break;
      }
      case Item::positions:
        put(item.tensor);
        ++d;
        if (is_mask(item.tensor)) covered += item.tensor.dim() - 1;
        break;
    }
  }
  return p;
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

// Is there one index, a mask that fits the dimensions which it covers?
bool only_mask(const Parsed& p) {
  const Tensor& mask = p.indices.back();
  if (mask.dtype() != DType::boolean) return false;
  const int64_t d = static_cast<int64_t>(p.indices.size()) - 1;
  for (int64_t i = 0; i < d; ++i)
    if (p.indices[static_cast<size_t>(i)].defined()) return false;
  for (int64_t i = 0; i < mask.dim(); ++i)
    if (mask.size(i) != p.view.size(d + i)) return false;  // index_put says what is wrong
  return mask.device() == p.view.device();
}
// How many dimensions x[key] has.
int64_t result_dim(const Parsed& p) {
  int64_t ndim = p.view.dim(), broadcast = 0;
  for (const OptTensor& index : p.indices) {
    if (!index.defined()) continue;
    ndim -= is_mask(index) ? index.dim() : 1;
    broadcast = std::max(broadcast, is_mask(index) ? 1 : index.dim());
  }
  return ndim + broadcast;
}

Operand value_of(PyObject* value, const Tensor& like) {
  if (is_tensor(value)) return tensor_of(value);
  if (const auto number = number_if_any(value)) return Operand(*number);
  return tensor_from(value, like.dtype());
}

}  // namespace

PyObject* subscript(PyObject* self, PyObject* key) {
  try {
    const Tensor& x = tensor_of(self);
    const Parsed p = parse(x, key);
    if (p.advanced) return wrap(ops::index(p.view, p.indices));
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
    // PyTorch lets the value have more leading dimensions of size 1.
    const auto trimmed = [&](int64_t ndim) -> Tensor {
      Dims shape = v.shape();
      while (shape.size() > ndim && shape[0] == 1) shape.erase(0);
      return shape == v.shape() ? Tensor(v) : ops::reshape(v, shape);
    };
    if (!p.advanced) {
      const Tensor view = p.view;
      // x[i] += w ends in x[i] = x[i]: the work is done.
      if (is_view_of_itself(view, v)) return 0;
      if (v.is_number()) ops::fill_(view, v);
      else ops::copy_(view, trimmed(view.dim()));
      return 0;
    }
    const Tensor values = v.is_number() ? ops::filled({}, ops::host_scalar(v, "index_put"), x.dtype(), x.device())
                                        : ops::to(trimmed(result_dim(p)), x.device(), x.dtype());
    if (values.dim() == 0 && only_mask(p)) {  // one pass instead of two
      Dims shape = p.indices.back().shape();
      for (size_t i = 1; i < p.indices.size(); ++i) shape.insert(0, 1);
      while (shape.size() < p.view.dim()) shape.push_back(1);
      ops::copy_(p.view, ops::where(ops::reshape(p.indices.back(), shape), Operand(values), Operand(p.view)));
      return 0;
    }
    ops::index_put(p.view, p.indices, values, false, p.view);
    return 0;
  } catch (...) {
    set_python_error();
    return -1;
  }
}

}  // namespace dlx::bindings
