// A node of the graph as Python sees it: grad_fn, and what its next_functions name.
#pragma once
#include <pybind11/pybind11.h>

#include "autograd/meta.h"
#include "bindings/python.h"

namespace dlx::bindings {

// A node; or, without one, where the gradient of a leaf is accumulated.
struct NodeView {
  Ref<autograd::Node> node;
  Tensor leaf;
};

// The node of an op that is written in Python holds the context that its two halves share; null for other nodes.
PyObject* context_of(const autograd::Node& node);

}  // namespace dlx::bindings
