// backward, grad, modes, hooks and grad_fn.
#include <pybind11/stl.h>

#include <cctype>

#include "autograd/engine.h"
#include "bindings/def.h"
#include "core/python_hooks.h"

namespace dlx::bindings {
namespace {

using Tensors = std::vector<Tensor>;

Tensors tensors_of(const py::object& list, const char* function, bool none_allowed = false) {
  Tensors out;
  if (list.is_none()) return out;
  int i = 0;
  for (const py::handle item : list) {
    if (item.is_none() && none_allowed) out.emplace_back();
    else out.push_back(Argument<const Tensor&>(item.ptr(), {function, i}).get());
    ++i;
  }
  return out;
}

// The GIL is given up as a whole: kernels need not give it up one by one, and hooks take it.
Tensors run(const Tensors& outputs, const Tensors& gradients, const Tensors& inputs, const autograd::BackwardOptions& options) {
  const ReleasedGil others_may_run(true);
  return autograd::run_backward(outputs, gradients, inputs, options);
}

void backward(const py::object& tensors, const py::object& gradients, bool retain_graph, bool create_graph, const py::object& inputs) {
  if (!inputs.is_none() && py::len(inputs) == 0) fail<RuntimeError>("backward: inputs must not be an empty list.");
  run(tensors_of(tensors, "backward"), tensors_of(gradients, "backward", true), tensors_of(inputs, "backward"),
      {.retain_graph = retain_graph, .create_graph = create_graph});
}

py::tuple grad(const py::object& outputs, const py::object& inputs, const py::object& gradients, bool retain_graph, bool create_graph, bool allow_unused) {
  const Tensors wanted = tensors_of(inputs, "grad");
  check<ValueError>(!wanted.empty(), "grad: inputs must not be empty.");
  const Tensors results = run(tensors_of(outputs, "grad"), tensors_of(gradients, "grad", true), wanted,
                              {.retain_graph = retain_graph, .create_graph = create_graph, .accumulate = false, .allow_unused = allow_unused});
  return py::reinterpret_steal<py::tuple>(to_python(results));
}

struct PythonHook final : autograd::Hook {
  explicit PythonHook(PyObject* f) : function(f) { python = f; }
  Tensor call(const Tensor& gradient) override {
    const Gil gil;
    const py::object g = py::reinterpret_steal<py::object>(wrap(gradient));
    const py::object result = py::reinterpret_steal<py::object>(PyObject_CallOneArg(function.get(), g.ptr()));
    if (!result) rethrow_python();
    if (result.is_none()) return {};
    check<TypeError>(is_tensor(result.ptr()), "hook: it must return a Tensor or None. Got {}.", Py_TYPE(result.ptr())->tp_name);
    return tensor_of(result.ptr());
  }
  Held function;
};

int64_t add_hook(const py::object& tensor, const py::object& function) {
  check<TypeError>(PyCallable_Check(function.ptr()), "register_hook: the hook must be callable. Got {}.", Py_TYPE(function.ptr())->tp_name);
  return autograd::add_hook(Argument<const Tensor&>(tensor.ptr(), {"register_hook", 0}).get(), std::make_shared<PythonHook>(function.ptr()));
}

// A node as Python sees it.
struct NodeView {
  Ref<autograd::Node> node;
};

// As PyTorch names them: MulBackward.
std::string node_name(const NodeView& n) {
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

PyObject* get_grad_fn(PyObject* o, void*) {
  try {
    Ref<autograd::Node> node = autograd::node_of(tensor_of(o));
    if (!node) Py_RETURN_NONE;
    return py::cast(NodeView{std::move(node)}).release().ptr();
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}
PyGetSetDef grad_fn_getset{"grad_fn", get_grad_fn, nullptr, "The node of the graph that made the tensor, or None for a leaf.", nullptr};

bool is_grad_enabled() { return thread_state.grad_enabled; }
void set_grad_enabled(bool value) { thread_state.grad_enabled = value; }

}  // namespace

void define_autograd(py::module_& m) {
  m.def("backward", &backward);
  m.def("grad", &grad);
  m.def("_add_hook", &add_hook);
  m.def("_remove_hook", [](const py::object& tensor, int64_t id) {
    autograd::remove_hook(Argument<const Tensor&>(tensor.ptr(), {"remove", 0}).get(), id);
  });
  def<"set_grad_enabled", &set_grad_enabled>(m);
  m.def("is_grad_enabled", &is_grad_enabled);

  py::class_<NodeView>(m, "Node", "An operation in the graph: grad_fn of its outputs.")
      .def("name", &node_name)
      .def("__repr__", [](const NodeView& n) { return "<" + node_name(n) + ">"; })
      .def_property_readonly("next_functions", [](const NodeView& n) {
        py::list next;
        for (const autograd::Edge& e : n.node->inputs)
          next.append(py::make_tuple(e.node ? py::cast(NodeView{e.node}) : py::object(py::none()), e.output));
        return py::tuple(next);
      })
      .def("__eq__", [](const NodeView& a, const py::object& b) { return py::isinstance<NodeView>(b) && a.node == py::cast<NodeView>(b).node; })
      .def("__hash__", [](const NodeView& n) { return reinterpret_cast<uintptr_t>(n.node.get()); });
  const py::object descriptor = py::reinterpret_steal<py::object>(PyDescr_NewGetSet(tensor_type, &grad_fn_getset));
  py::handle(reinterpret_cast<PyObject*>(tensor_type)).attr("grad_fn") = descriptor;
}

}  // namespace dlx::bindings
