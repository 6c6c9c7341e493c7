// autograd.Function: a node whose two halves are written in Python; and hooks on what the graph saves.
#include <pybind11/pybind11.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <set>

#include "autograd/gradient.h"
#include "bindings/def.h"
#include "bindings/node.h"
#include "core/python_hooks.h"
#include "ops/common.h"
#include "ops/view.h"

namespace dlx::bindings {
namespace {

using autograd::Gradients;
using autograd::Needs;
using autograd::Node;

// Names of nodes outlive them: messages and profiles refer to them. One for each Function class.
const char* lasting_name(const std::string& name) {
  static std::mutex mutex;
  static std::set<std::string> names;
  const std::lock_guard lock(mutex);
  return names.insert(name).first->c_str();
}

class FunctionNode;

// How a context finds its node, which holds the context: not the other way round, or neither would end.
struct Link {
  FunctionNode* node = nullptr;
};

class FunctionNode final : public Node {
 public:
  struct Kept {  // what save_for_backward was given: None, an output of the node, or another tensor
    std::optional<autograd::SavedOutput> output;
    autograd::Saved other;
  };

  FunctionNode(const char* name, int64_t inputs, int64_t outputs, PyObject* context)
      : Node(name, inputs, outputs), link(std::make_shared<Link>()), context_(context) {
    link->node = this;
  }
  ~FunctionNode() override { link->node = nullptr; }

  Gradients apply(std::span<const Tensor> gradients, Needs needs) override;
  void release() override { kept.clear(); }

  int visit_python(int (*visit)(void*, void*), void* context) override {
    if (context_.get())
      if (const int stop = visit(context_.get(), context)) return stop;
    return Node::visit_python(visit, context);
  }
  void clear_python() override {
    const Held context = std::move(context_);
    Node::clear_python();
  }

  py::tuple saved_tensors() {
    check<RuntimeError>(!released,
                        "saved_tensors: {} went backward before, which freed them. Pass retain_graph=True to the first backward to go through the graph twice.", name);
    py::tuple list(kept.size());
    for (size_t i = 0; i < kept.size(); ++i)
      list[i] = py::reinterpret_steal<py::object>(wrap(kept[i].output ? kept[i].output->get(this) : kept[i].other.get()));
    return list;
  }

  PyObject* context() const { return context_.get(); }

  std::vector<Kept> kept;
  std::vector<bool> tensor_inputs;    // by argument: is it a tensor?
  std::vector<bool> tensor_outputs;   // by output: a tensor that takes a gradient?
  bool materialize = true;            // zeros for undefined gradients
  const std::shared_ptr<Link> link;

 private:
  Held context_;
};

Gradients FunctionNode::apply(std::span<const Tensor> gradients, Needs) {
  const Gil gil;
  check<RuntimeError>(context_.get() != nullptr, "backward: the context of {} was collected as garbage.", name);
  py::tuple arguments(gradients.size());
  for (size_t i = 0; i < gradients.size(); ++i) {
    Tensor g = gradients[i];
    const autograd::OutputInfo& info = outputs[static_cast<int64_t>(i)];
    if (!g.defined() && materialize && tensor_outputs[i]) g = ops::zeros(info.shape, info.dtype, info.device);
    arguments[i] = py::reinterpret_steal<py::object>(wrap(g));
  }
  const py::object context = py::reinterpret_borrow<py::object>(context_.get());
  py::object result = context.attr("_run_backward")(*arguments);
  if (!PyTuple_Check(result.ptr()) && !PyList_Check(result.ptr())) result = py::make_tuple(result);
  const py::tuple list(result);

  // More than there are arguments: allowed if they are None, as for arguments with defaults.
  const size_t wanted = tensor_inputs.size();
  bool fits = list.size() >= wanted;
  for (size_t i = wanted; i < list.size(); ++i) fits &= list[i].is_none();
  check<RuntimeError>(fits, "backward: {} must return one gradient for each argument of forward: {}. Got {}.", name, wanted, list.size());
  Gradients out;
  int64_t at = 0;
  for (size_t i = 0; i < wanted; ++i) {
    const py::object item = list[i];
    check<TypeError>(item.is_none() || is_tensor(item.ptr()), "backward: {} must return Tensors or None. Got {} at position {}.", name,
                     Py_TYPE(item.ptr())->tp_name, i);
    if (tensor_inputs[i]) {
      out[at++] = item.is_none() ? Tensor() : tensor_of(item.ptr());
      continue;
    }
    check<RuntimeError>(item.is_none(), "backward: {} returned a gradient at position {}, but that argument of forward was no Tensor. Return None there.", name, i);
  }
  return out;
}

std::vector<Tensor> tensors_in(const py::object& context, const char* attribute, const char* method, bool none_allowed = false) {
  std::vector<Tensor> list;
  for (const py::handle item : py::tuple(context.attr(attribute))) {
    check<TypeError>(is_tensor(item.ptr()) || (none_allowed && item.is_none()), "{}: takes Tensors{}. Got {}.", method, none_allowed ? " and None" : "",
                     Py_TYPE(item.ptr())->tp_name);
    list.push_back(item.is_none() ? Tensor() : tensor_of(item.ptr()));
  }
  return list;
}

bool contains(const std::vector<Tensor>& list, const Tensor& x) {
  return std::any_of(list.begin(), list.end(), [&](const Tensor& y) { return y.defined() && y.same(x); });
}

// After forward has run: gives its outputs their place in the graph. `recording`: some input wants a gradient.
py::object record_function(const std::string& name, const py::object& context, const py::tuple& arguments, const py::object& returned, bool recording) {
  const char* const lasting = lasting_name(name);
  const bool single = !PyTuple_Check(returned.ptr()) && !PyList_Check(returned.ptr());
  const py::tuple outputs = single ? py::make_tuple(returned) : py::tuple(returned);
  std::vector<Tensor> inputs;
  for (const py::handle a : arguments)
    if (is_tensor(a.ptr())) inputs.push_back(tensor_of(a.ptr()));
  std::vector<Tensor> results;  // undefined for what is no tensor
  for (const py::handle o : outputs) results.push_back(is_tensor(o.ptr()) ? tensor_of(o.ptr()) : Tensor());

  const std::vector<Tensor> dirty = tensors_in(context, "_dirty", "mark_dirty");
  const std::vector<Tensor> fixed = tensors_in(context, "_non_differentiable", "mark_non_differentiable");
  for (const Tensor& x : dirty) {
    check<RuntimeError>(contains(inputs, x), "mark_dirty: {} marked a tensor that is none of its inputs.", name);
    check<RuntimeError>(contains(results, x), "mark_dirty: {} must return the inputs that it changed in place.", name);
  }
  const std::vector<Tensor> to_save = tensors_in(context, "_to_save", "save_for_backward", true);
  // Returned as it is, an input stays one: the output is another tensor.
  const auto is_made_here = [&](const Tensor& x) { return contains(results, x) && (contains(dirty, x) || !contains(inputs, x)); };

  Ref<FunctionNode> node;
  if (recording) {
    node = Ref<FunctionNode>(new FunctionNode(lasting, static_cast<int64_t>(inputs.size()), static_cast<int64_t>(results.size()), context.ptr()));
    for (const py::handle a : arguments) node->tensor_inputs.push_back(is_tensor(a.ptr()));
    for (size_t i = 0; i < inputs.size(); ++i) node->inputs[static_cast<int64_t>(i)] = autograd::edge_of(inputs[i]);
    node->materialize = py::cast<bool>(context.attr("_materialize"));
    // Inputs are saved with the histories that they had: before the dirty ones get new ones.
    for (const Tensor& x : to_save) {
      FunctionNode::Kept kept;
      if (x.defined() && !is_made_here(x)) kept.other = autograd::save(x);
      node->kept.push_back(std::move(kept));
    }
    autograd::saves_made = 0;
    node->saves = !to_save.empty();
    context.attr("_link") = py::cast(node->link);
  }

  py::list wrapped;
  std::vector<Tensor> seen;
  for (size_t i = 0; i < results.size(); ++i) {
    Tensor x = results[i];
    if (!x.defined()) {
      wrapped.append(outputs[i]);
      if (node) node->tensor_outputs.push_back(false);
      continue;
    }
    const auto number = static_cast<int32_t>(i);
    const bool is_input = contains(inputs, x), is_dirty = contains(dirty, x);
    const bool differentiable = node && is_floating(x.dtype()) && !contains(fixed, x);
    if (node) {
      node->tensor_outputs.push_back(differentiable);
      node->outputs[number] = {x.shape(), x.dtype(), x.device()};
    }
    if (!differentiable) {
      if ((is_input && !is_dirty) || autograd::requires_grad(x)) x = ops::detach(x);
    } else if (is_dirty) {
      ops::check_in_place(lasting, x, true);
      ops::rewrite_history(x, node, number);
    } else if (is_input || autograd::requires_grad(x) || contains(seen, x)) {
      const Tensor before = x;
      x = alias(x);
      if (is_input) {
        x.impl()->root = before.impl()->root ? before.impl()->root : before.ref();
        x.impl()->root_count = x.impl()->root->history_count;
        x.impl()->multi_view = true;
      }
      autograd::set_history(x, node, number);
    } else {
      autograd::set_history(x, node, number);
    }
    for (size_t k = 0; node && k < to_save.size(); ++k)
      if (to_save[k].defined() && to_save[k].same(results[i]) && is_made_here(results[i])) node->kept[k].output.emplace().keep(x, number);
    seen.push_back(results[i]);
    wrapped.append(py::reinterpret_steal<py::object>(wrap(x)));
  }
  if (single) return wrapped[0];
  return py::tuple(wrapped);
}

// --- hooks on saved tensors -----------------------------------------------------------------------------------------

struct PythonPacked final : autograd::Packed {
  PythonPacked(PyObject* object, PyObject* unpack) : object(object), function(unpack) {}
  Tensor unpack() override {
    const Gil gil;
    const py::object x = py::reinterpret_borrow<py::object>(function.get())(py::handle(object.get()));
    check<TypeError>(is_tensor(x.ptr()), "saved_tensors_hooks: the unpack hook must return a Tensor. Got {}.", Py_TYPE(x.ptr())->tp_name);
    return tensor_of(x.ptr());
  }
  Held object, function;
};

// One pair of hooks; the thread's stack of them is a list through `outer`.
class PythonSavedHooks final : public autograd::SavedHooks {
 public:
  PythonSavedHooks(PyObject* pack, PyObject* unpack, autograd::SavedHooks* outer) : outer(outer), pack_(pack), unpack_(unpack) {}
  Ref<autograd::Packed> pack(const Tensor& x) override {
    const Gil gil;
    const py::object argument = py::reinterpret_steal<py::object>(wrap(x));
    const uint32_t version = x.version();
    const py::object packed = py::reinterpret_borrow<py::object>(pack_.get())(argument);
    check<RuntimeError>(x.version() == version, "saved_tensors_hooks: the pack hook must not change the tensor in place.");
    return Ref<autograd::Packed>(new PythonPacked(packed.ptr(), unpack_.get()));
  }
  autograd::SavedHooks* const outer;

 private:
  Held pack_, unpack_;
};

void push_saved_hooks(const py::object& pack, const py::object& unpack) {
  for (const py::object& f : {pack, unpack})
    check<TypeError>(PyCallable_Check(f.ptr()), "saved_tensors_hooks: hooks must be callable. Got {}.", Py_TYPE(f.ptr())->tp_name);
  thread_state.saved_hooks = new PythonSavedHooks(pack.ptr(), unpack.ptr(), thread_state.saved_hooks);
}
void pop_saved_hooks() {
  auto* top = static_cast<PythonSavedHooks*>(thread_state.saved_hooks);
  check<RuntimeError>(top != nullptr, "saved_tensors_hooks: this thread has none.");
  thread_state.saved_hooks = top->outer;
  delete top;
}

}  // namespace

PyObject* context_of(const Node& node) {
  const auto* function = dynamic_cast<const FunctionNode*>(&node);
  return function ? function->context() : nullptr;
}

void define_function(py::module_& m) {
  py::class_<Link, std::shared_ptr<Link>>(m, "_FunctionLink").def("saved_tensors", [](const Link& link) {
    check<RuntimeError>(link.node != nullptr, "saved_tensors: the graph that they belonged to is gone.");
    const Ref<Node> alive(link.node);
    return link.node->saved_tensors();
  });
  m.def("_record_function", &record_function);
  m.def("_push_saved_hooks", &push_saved_hooks);
  m.def("_pop_saved_hooks", &pop_saved_hooks);
}

}  // namespace dlx::bindings
