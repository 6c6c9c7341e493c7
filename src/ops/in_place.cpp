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

}  // namespace dlx::ops
