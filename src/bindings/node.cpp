// grad_fn: the graph as Python walks it, and the hooks of its nodes.
#include "bindings/node.h"

#include <cctype>

#include "bindings/def.h"
#include "core/python_hooks.h"

namespace dlx::bindings {
namespace {

using autograd::Node;

// As PyTorch names them: MulBackward. A Function's own name is left as it is.
std::string node_name(const NodeView& n) {
  if (!n.node) return "AccumulateGrad";
  if (context_of(*n.node)) return std::string(n.node->name) + "Backward";
  std::string name;
  bool upper = true;
  for (const char* c = n.node->name; *c; ++c) {
    if (*c == '_') {
      upper = true;
      continue;
    }
    name += upper ? static_cast<char>(std::toupper(*c)) : *c;
    upper = false;
  }
  return name + "Backward";
}

py::tuple tuple_of(const std::vector<Tensor>& list) { return py::reinterpret_steal<py::tuple>(to_python(list)); }

// What a hook returned in place of `list`: None leaves it.
void replace(std::vector<Tensor>& list, const py::object& result, const char* what) {
  if (result.is_none()) return;
  std::vector<Tensor> other;
  if (is_tensor(result.ptr())) {
    other.push_back(tensor_of(result.ptr()));
  } else {
    check<TypeError>(PyTuple_Check(result.ptr()) || PyList_Check(result.ptr()), "hook: it must return None, a Tensor or a tuple of them. Got {}.",
                     Py_TYPE(result.ptr())->tp_name);
    for (const py::handle item : result) {
      check<TypeError>(item.is_none() || is_tensor(item.ptr()), "hook: {} must be Tensors or None. Got {}.", what, Py_TYPE(item.ptr())->tp_name);
      other.push_back(item.is_none() ? Tensor() : tensor_of(item.ptr()));
    }
  }
  check<RuntimeError>(other.size() == list.size(), "hook: it returned {} {}, but there are {}.", other.size(), what, list.size());
  for (size_t i = 0; i < list.size(); ++i)
    check<ShapeError>(!other[i].defined() || !list[i].defined() || other[i].shape() == list[i].shape(),
                      "hook: it returned a gradient of shape {} in place of one of shape {}.", other[i].defined() ? other[i].shape() : Dims(),
                      list[i].defined() ? list[i].shape() : Dims());
  list = std::move(other);
}

struct PythonNodeHook final : autograd::NodeHook {
  explicit PythonNodeHook(PyObject* f) : function(f) { python = f; }
  void before(std::vector<Tensor>& grad_outputs) override {
    const Gil gil;
    replace(grad_outputs, py::reinterpret_borrow<py::object>(function.get())(tuple_of(grad_outputs)), "grad_outputs");
  }
  void after(std::vector<Tensor>& grad_inputs, const std::vector<Tensor>& grad_outputs) override {
    const Gil gil;
    replace(grad_inputs, py::reinterpret_borrow<py::object>(function.get())(tuple_of(grad_inputs), tuple_of(grad_outputs)), "grad_inputs");
  }
  Held function;
};

// A leaf has no node: its hooks take the gradient alone, so these dress it as a node's would get it.
struct LeafHook final : autograd::Hook {
  LeafHook(PyObject* f, bool after) : function(f), after(after) { python = f; }
  Tensor call(const Tensor& x) override {
    const Gil gil;
    const py::object f = py::reinterpret_borrow<py::object>(function.get());
    if (after) {
      f(py::tuple(), py::make_tuple(py::none()));
      return {};
    }
    std::vector<Tensor> one{x};
    replace(one, f(tuple_of(one)), "grad_outputs");
    return one[0].same(x) ? Tensor() : one[0];
  }
  Held function;
  const bool after;
};

int64_t add_hook(const NodeView& n, const py::object& function, bool after) {
  check<TypeError>(PyCallable_Check(function.ptr()), "register_hook: the hook must be callable. Got {}.", Py_TYPE(function.ptr())->tp_name);
  if (n.node) return autograd::add_node_hook(n.node, after, std::make_shared<PythonNodeHook>(function.ptr()));
  const auto hook = std::make_shared<LeafHook>(function.ptr(), after);
  return after ? autograd::add_post_accumulate_hook(n.leaf, hook) : autograd::add_hook(n.leaf, hook);
}
void remove_hook(const NodeView& n, int64_t id) {
  if (n.node) autograd::remove_node_hook(n.node, id);
  else autograd::remove_hook(n.leaf, id);
}

py::object handle_of(const py::object& node, int64_t id) { return py::module_::import("dlx.autograd._tensor").attr("handle_of_node")(node, id); }

py::tuple next_functions(const NodeView& n) {
  py::list next;
  if (n.node)
    for (const autograd::Edge& e : n.node->inputs) {
      py::object view = py::none();
      if (e.node) view = py::cast(NodeView{e.node, {}});
      else if (e.leaf) view = py::cast(NodeView{{}, Tensor(e.leaf)});
      next.append(py::make_tuple(view, e.output));
    }
  return py::tuple(next);
}

const void* identity(const NodeView& n) { return n.node ? static_cast<const void*>(n.node.get()) : n.leaf.impl(); }

PyObject* get_grad_fn(PyObject* o, void*) {
  try {
    Ref<Node> node = autograd::node_of(tensor_of(o));
    if (!node) Py_RETURN_NONE;
    return py::cast(NodeView{std::move(node), {}}).release().ptr();
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}
PyGetSetDef grad_fn_getset{"grad_fn", get_grad_fn, nullptr, "The node of the graph that made the tensor, or None for a leaf.", nullptr};

PyObject* get_output_nr(PyObject* o, void*) {
  const autograd::Meta* meta = autograd::meta_if_any(tensor_of(o).impl());
  return PyLong_FromLong(meta && meta->node ? meta->output : 0);
}
PyGetSetDef output_nr_getset{"output_nr", get_output_nr, nullptr, "Which output of its grad_fn the tensor is.", nullptr};

}  // namespace

void define_node(py::module_& m) {
  py::class_<NodeView>(m, "Node", "An operation in the graph: grad_fn of its outputs.")
      .def("name", &node_name)
      .def("__repr__", [](const NodeView& n) { return "<" + node_name(n) + ">"; })
      .def_property_readonly("next_functions", &next_functions)
      .def_property_readonly("variable", [](const NodeView& n) -> py::object {
        if (n.node) throw py::attribute_error("variable: only AccumulateGrad, where a leaf's gradient is accumulated, has it.");
        return py::reinterpret_steal<py::object>(wrap(n.leaf));
      })
      .def("register_hook", [](const py::object& self, const py::object& hook) { return handle_of(self, add_hook(py::cast<NodeView&>(self), hook, true)); },
           py::arg("hook"), "Call hook(grad_inputs, grad_outputs) after the node has run; what it returns replaces grad_inputs.")
      .def("register_prehook", [](const py::object& self, const py::object& hook) { return handle_of(self, add_hook(py::cast<NodeView&>(self), hook, false)); },
           py::arg("hook"), "Call hook(grad_outputs) before the node runs; what it returns replaces them.")
      .def("_remove_hook", &remove_hook)
      // A Function's context: what its halves left for one another.
      .def("__getattr__", [](const NodeView& n, const std::string& name) -> py::object {
        PyObject* context = n.node ? context_of(*n.node) : nullptr;
        if (!context) throw py::attribute_error("Node '" + node_name(n) + "' has no attribute '" + name + "'");
        return py::reinterpret_borrow<py::object>(context).attr(name.c_str());
      })
      .def("__eq__", [](const NodeView& a, const py::object& b) { return py::isinstance<NodeView>(b) && identity(a) == identity(py::cast<NodeView>(b)); })
      .def("__hash__", [](const NodeView& n) { return reinterpret_cast<uintptr_t>(identity(n)); });
  for (PyGetSetDef* getset : {&grad_fn_getset, &output_nr_getset}) {
    const py::object descriptor = py::reinterpret_steal<py::object>(PyDescr_NewGetSet(tensor_type, getset));
    py::handle(reinterpret_cast<PyObject*>(tensor_type)).attr(getset->name) = descriptor;
  }
}

}  // namespace dlx::bindings
