// Writing in place: what forbids it, and what it does to histories.
#pragma once
#include "autograd/gradient.h"

namespace dlx::ops {

// Raises where x must not be written: read-only memory, an element reached twice and, if gradients are recorded, a leaf
// that requires a gradient, a view of one, an output of split or unbind, a view made under no_grad.
void check_in_place(const char* op, const Tensor& x, bool recorded);
// Gives x, which a kernel has just written, the history `node`. Where x is a view its root gets a history too: the old one
// with this slice replaced; other views of the root take theirs from it when they are next asked (autograd/meta.h).
// x is the node's output number `output`.
void rewrite_history(const Tensor& x, const Ref<autograd::Node>& node, int32_t output = 0);

// For ops that give a tensor another shape on its own memory: x takes shape, strides and history of a view of itself.
void check_own_view(const char* op, const Tensor& x);
void take_view(const Tensor& x, const Tensor& view);
template <class F> Tensor become_view(const char* op, const Tensor& x, F make_view) {
  check_own_view(op, x);
  // A history must fit the shape, so it follows under no_grad too.
  const GradMode tracked(thread_state.grad_enabled || (autograd::requires_grad(x) && !autograd::is_leaf(x)));
  take_view(x, make_view());
  return x;
}
// Makes x a leaf that wants no gradient.
void drop_history(const char* op, const Tensor& x);

// For an op that only exists in place. The kernel has run.
template <class F> void with_gradient_in_place(const char* op, const Tensor& x, autograd::Inputs inputs, F f) {
  if (autograd::recording(inputs)) rewrite_history(x, autograd::make_node(op, inputs, 1, std::move(f)));
}

}  // namespace dlx::ops
