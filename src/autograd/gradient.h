// with_gradient: gives the result of an op its place in the graph, with the gradient as a lambda.
#pragma once
#include <concepts>
#include <functional>
#include <initializer_list>
#include <optional>

#include "autograd/saved.h"

namespace dlx::autograd {

using Inputs = std::initializer_list<std::reference_wrapper<const Tensor>>;

// Is an op on these inputs to be recorded?
DLX_INLINE bool recording(Inputs inputs) {
  if (!thread_state.grad_enabled) return false;
  for (const Tensor& x : inputs)
    if (requires_grad(x)) return true;
  return false;
}
inline bool recording(std::span<const Tensor> inputs) {
  if (!thread_state.grad_enabled) return false;
  for (const Tensor& x : inputs)
    if (requires_grad(x)) return true;
  return false;
}

// How many Saved the thread has made since the last op: the node that is made next holds something of them.
DLX_API extern constinit thread_local uint32_t saves_made __attribute__((tls_model("initial-exec")));

template <class F>
concept WantsOutput = std::invocable<F&, const Tensor&, const Tensor&> || std::invocable<F&, const Tensor&, const Tensor&, Needs>;

// A node whose gradient is a lambda: (g), (g, needs), (g, out), (g, out, needs), or (span of g, needs) for several outputs.
template <class F> class LambdaNode final : public Node {
 public:
  LambdaNode(const char* op, int64_t input_count, int64_t output_count, F f) : Node(op, input_count, output_count), f_(std::move(f)) {}
  Gradients apply(std::span<const Tensor> g, Needs needs) override {
    F& f = *f_;
    if constexpr (std::invocable<F&, std::span<const Tensor>, Needs>) return f(g, needs);
    else if constexpr (std::invocable<F&, const Tensor&, const Tensor&, Needs>) return f(g[0], out_.get(this), needs);
    else if constexpr (std::invocable<F&, const Tensor&, const Tensor&>) return f(g[0], out_.get(this));
    else if constexpr (std::invocable<F&, const Tensor&, Needs>) return f(g[0], needs);
    else return f(g[0]);
  }
  void release() override {
    f_.reset();
    out_.clear();
  }
  SavedOutput out_;

 private:
  std::optional<F> f_;
};

DLX_API void attach_outputs(const Ref<Node>& node, std::span<const Tensor> outputs);

// A node for an op on `inputs`, not yet attached to an output.
template <class List, class F> Ref<LambdaNode<F>> make_node(const char* op, const List& inputs, int64_t outputs, F f) {
  Ref<LambdaNode<F>> node(new LambdaNode<F>(op, static_cast<int64_t>(inputs.size()), outputs, std::move(f)));
  node->saves = saves_made != 0 || WantsOutput<F>;
  saves_made = 0;
  int64_t i = 0;
  for (const Tensor& x : inputs) node->inputs[i++] = edge_of(x);
  return node;
}

// Sets the history of `out`, which must be fresh: not a view, nobody else's.
template <class F> Tensor with_gradient(const char* op, Tensor out, Inputs inputs, F f) {
  if (recording(inputs)) {
    const auto node = make_node(op, inputs, 1, std::move(f));
    if constexpr (WantsOutput<F>) node->out_.keep(out, 0);
    attach_outputs(node, {&out, 1});
  }
  saves_made = 0;
  return out;
}
// For an op on a list of tensors.
template <class F> Tensor with_gradient(const char* op, Tensor out, std::span<const Tensor> inputs, F f) {
  if (recording(inputs)) attach_outputs(make_node(op, inputs, 1, std::move(f)), {&out, 1});
  saves_made = 0;
  return out;
}
// Several outputs; the lambda takes a span of gradients, undefined where unused. Integer outputs stay without a history.
template <class F> void with_gradients(const char* op, std::span<const Tensor> outs, Inputs inputs, F f) {
  if (recording(inputs)) attach_outputs(make_node(op, inputs, static_cast<int64_t>(outs.size()), std::move(f)), outs);
  saves_made = 0;
}

}  // namespace dlx::autograd
