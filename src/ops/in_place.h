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

// For an op that only exists in place. The kernel has run.
template <class F> void with_gradient_in_place(const char* op, const Tensor& x, autograd::Inputs inputs, F f) {
  if (autograd::recording(inputs)) rewrite_history(x, autograd::make_node(op, inputs, 1, std::move(f)));
}

}  // namespace dlx::ops
