// The backward engine: runs a graph from its outputs to its leaves, in topological order and without recursion.
// Its notes belong to one run, never to a node: runs nest, and threads may share a graph. It works on the calling thread.
#pragma once
#include <span>
#include <vector>

#include "autograd/meta.h"

namespace dlx::autograd {

struct BackwardOptions {
  bool retain_graph = false;  // keep what the nodes saved
  bool create_graph = false;  // record the backward pass itself
  bool accumulate = true;     // add into .grad of the leaves (of `inputs` alone, if there are any); else return them
  bool allow_unused = false;
};

// gradients: of `outputs`, undefined for ones (then the output must have one element).
// Without accumulate: the gradients of `inputs`, undefined where an input was not reached.
DLX_API std::vector<Tensor> run_backward(std::span<const Tensor> outputs, std::span<const Tensor> gradients,
                                         std::span<const Tensor> inputs, const BackwardOptions& options);

}  // namespace dlx::autograd
