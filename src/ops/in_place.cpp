#include "ops/in_place.h"

#include "autograd/engine_ops.h"
#include "core/errors.h"

namespace dlx::ops {

void check_in_place(const char* op, const Tensor& x, bool recorded) {
  const TensorImpl& impl = *x.impl();
  check<RuntimeError>(!impl.storage->read_only,
                      "{}: the tensor's memory is read-only (a NumPy array without the write flag, or a mapped file). Write to a clone.", op);
  check<RuntimeError>(!overlaps_itself(x.shape(), x.strides()),
                      "{}: some elements of the tensor share one place in memory (an expanded tensor?), so it cannot be written in place. "
                      "Got shape {} with strides {}. Write to a clone.",
                      op, x.shape(), x.strides());
  check<RuntimeError>(!impl.inference || thread_state.inference,
                      "{}: a tensor made in inference mode cannot be changed in place outside of it. Change a clone.", op);
  if (!thread_state.grad_enabled) return;
  const bool has_gradient = autograd::requires_grad(x);
  check<RuntimeError>(!has_gradient || !autograd::is_leaf(x),
                      "{}: a leaf tensor that requires a gradient cannot be changed in place. Do it under dlx.no_grad(), or on a clone.", op);
  if (!impl.root) return;
  const Tensor root{impl.root};
  const bool root_leaf = autograd::requires_grad(root) && autograd::is_leaf(root);
  check<RuntimeError>(!root_leaf,
                      "{}: a view of a leaf tensor that requires a gradient cannot be changed in place. Do it under dlx.no_grad(), or on a clone.", op);
  const bool tracked = recorded || autograd::requires_grad(root);
  check<RuntimeError>(!tracked || !impl.multi_view,
                      "{}: an output of split, chunk or unbind, or an input that a Function returned as it is, cannot be changed in place while gradients are "
                      "recorded. Change a clone, or a slice.", op);
  check<RuntimeError>(!tracked || !impl.view_without_grad,
                      "{}: a view that was made under no_grad cannot be changed in place while gradients are recorded. "
                      "Make the view again outside of no_grad.", op);
}

void rewrite_history(const Tensor& x, const Ref<autograd::Node>& node, int32_t output) {
  node->outputs[output] = {x.shape(), x.dtype(), x.device()};
  if (!x.impl()->root) {
    autograd::set_history(x, node, output);
    ++x.impl()->history_count;
    return;
  }
  const Tensor root{x.impl()->root};
  const autograd::ViewGeometry at{root.shape(), root.strides(), x.shape(), x.strides(), root.offset(), x.offset()};
  const auto slice = autograd::make_node("copy_slices", autograd::Inputs{root, x}, 1,
                                         [at](const Tensor& g, autograd::Needs needs) -> autograd::Gradients {
    return {needs[0] ? autograd::without_view(g, at) : Tensor(), needs[1] ? autograd::view_of(g, at) : Tensor()};
  });
  slice->inputs[1] = {node, {}, output};
  slice->outputs[0] = {root.shape(), root.dtype(), root.device()};
  autograd::set_history(root, slice, 0);
  ++root.impl()->history_count;
  autograd::refresh_view(x.impl());
}

void check_own_view(const char* op, const Tensor& x) {
  check<RuntimeError>(!thread_state.grad_enabled || !autograd::requires_grad(x) || !autograd::is_leaf(x),
                      "{}: a leaf tensor that requires a gradient cannot be changed in place. Do it under dlx.no_grad(), or on a clone.", op);
  check<RuntimeError>(!x.impl()->multi_view || !autograd::requires_grad(x),
                      "{}: an output of split, chunk or unbind cannot be changed in place while gradients are recorded. Change a clone, or a slice.", op);
}

void take_view(const Tensor& x, const Tensor& view) {
  TensorImpl& impl = *x.impl();
  const autograd::Edge edge = autograd::edge_of(view);  // leads to x's old history, not to x
  impl.shape = view.shape();
  impl.strides = view.strides();
  impl.offset = view.offset();
  impl.contiguous = view.is_contiguous();
  impl.is_number = false;
  ++impl.version();  // a leaf is saved as itself
  if (edge.node) autograd::set_history(x, edge.node, edge.output);
}

void drop_history(const char* op, const Tensor& x) {
  check<RuntimeError>(!x.impl()->root, "{}: a view cannot be detached in place, for its history is its root's. Use detach().", op);
  if (autograd::Meta* meta = autograd::meta_if_any(x.impl()); meta && meta->node) {
    if (meta->retains_grad) {
      const autograd::NodeLock lock(*meta->node);
      if (autograd::Node::Extras* some = meta->node->extras_if_any())
        std::erase_if(some->retained, [&](const autograd::Node::Retained& r) { return r.tensor == x.impl(); });
      meta->retains_grad = false;
    }
    meta->node = {};
  }
  x.impl()->requires_grad = false;
  ++x.impl()->history_count;
}

}  // namespace dlx::ops
