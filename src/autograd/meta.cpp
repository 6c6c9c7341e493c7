#include "autograd/meta.h"

#include <algorithm>

#include "autograd/engine_ops.h"
#include "autograd/gradient.h"
#include "core/errors.h"

namespace dlx::autograd {
namespace {

std::atomic<int64_t> next_hook_id{1};

void forget_retained(Node& node, TensorImpl* impl) {
  const NodeLock lock(node);
  if (Node::Extras* some = node.extras_if_any()) std::erase_if(some->retained, [&](const Node::Retained& r) { return r.tensor == impl; });
}

int64_t id_of(const HookEntry& entry) { return entry.id; }
int64_t id_of(const NodeHookEntry& entry) { return entry.id; }
int64_t id_of(const Node::OutputHook& hook) { return hook.entry.id; }
// Moves the entry with this id from the list to `dropped`; false if there is none. Its end may run Python, so it is not for the
// list, nor for a lock's scope, to destroy it.
template <class T> bool take(std::vector<T>& list, int64_t id, T& dropped) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const T& entry) { return id_of(entry) == id; });
  if (found == list.end()) return false;
  dropped = std::move(*found);
  list.erase(found);
  return true;
}

ViewGeometry geometry_of(const TensorImpl& view) {
  return {view.root->shape, view.root->strides, view.shape, view.strides, view.root->offset, view.offset};
}

}  // namespace

Meta::~Meta() {
  if (retains_grad && node) forget_retained(*node, owner);
}

Meta& meta_of(const Tensor& x) {
  TensorImpl* impl = x.impl();
  if (!impl->meta) {
    auto meta = std::make_unique<Meta>();
    meta->owner = impl;
    impl->meta = std::move(meta);
  }
  return *static_cast<Meta*>(impl->meta.get());
}

void refresh_view(TensorImpl* impl) {
  const Tensor view{Ref<TensorImpl>(impl)};
  const Tensor root{impl->root};
  impl->root_count = root.impl()->history_count;
  if (!requires_grad(root)) return;
  const auto node = make_node("as_strided", Inputs{root}, 1, [at = geometry_of(*impl)](const Tensor& g) { return spread_view(g, at); });
  node->outputs[0] = {view.shape(), view.dtype(), view.device()};
  set_history(view, node, 0);
}

bool is_leaf(const Tensor& x) { return !node_of(x); }

Ref<Node> node_of(const Tensor& x) {
  if (!requires_grad(x)) return {};
  const Meta* meta = meta_if_any(x.impl());
  return meta ? meta->node : Ref<Node>();
}

Edge edge_of(const Tensor& x) {
  if (!requires_grad(x)) return {};
  const Meta* meta = meta_if_any(x.impl());
  if (meta && meta->node) return {meta->node, {}, meta->output};
  return {{}, x.ref(), 0};
}

void set_requires_grad(const Tensor& x, bool value) {
  if (requires_grad(x) == value) return;
  check<RuntimeError>(!value || is_floating(x.dtype()),
                      "requires_grad: only floating point tensors can require gradients. Got a tensor of dtype {}.", x.dtype());
  check<RuntimeError>(!value || !x.impl()->inference || thread_state.inference,
                      "requires_grad: a tensor made in inference mode cannot require a gradient outside of it. Use x.clone().");
  check<RuntimeError>(value || is_leaf(x),
                      "requires_grad: it can be switched off for leaf tensors only. Use x.detach() for a tensor without its history.");
  x.impl()->requires_grad = value;
}

void set_history(const Tensor& x, Ref<Node> node, int32_t output) {
  Meta& meta = meta_of(x);
  if (meta.retains_grad && meta.node) forget_retained(*meta.node, x.impl());
  meta.node = std::move(node);
  meta.output = output;
  x.impl()->requires_grad = true;
  if (meta.retains_grad) {
    const NodeLock lock(*meta.node);
    meta.node->extras().retained.push_back({output, x.impl()});
  }
}

void attach_outputs(const Ref<Node>& node, std::span<const Tensor> outputs) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Tensor& out = outputs[i];
    if (!out.defined()) continue;
    node->outputs[static_cast<int64_t>(i)] = {out.shape(), out.dtype(), out.device()};
    if (is_floating(out.dtype())) set_history(out, node, static_cast<int32_t>(i));
  }
}

void retain_grad(const Tensor& x) {
  check<RuntimeError>(requires_grad(x), "retain_grad: the tensor does not require a gradient.");
  const Ref<Node> node = node_of(x);
  if (!node) return;  // a leaf keeps its gradient anyway
  Meta& meta = meta_of(x);
  if (meta.retains_grad) return;
  meta.retains_grad = true;
  const NodeLock lock(*node);
  node->extras().retained.push_back({meta.output, x.impl()});
}

int64_t add_hook(const Tensor& x, std::shared_ptr<Hook> hook) {
  check<RuntimeError>(requires_grad(x), "register_hook: the tensor does not require a gradient, so no gradient will come.");
  const int64_t id = next_hook_id++;
  const Ref<Node> node = node_of(x);
  Meta& meta = meta_of(x);
  if (node) {
    const NodeLock lock(*node);
    node->extras().output_hooks.push_back({meta.output, {id, std::move(hook)}});
  } else {
    meta.hooks.push_back({id, std::move(hook)});
  }
  return id;
}

void remove_hook(const Tensor& x, int64_t id) {
  Meta* meta = meta_if_any(x.impl());
  if (!meta) return;
  HookEntry of_leaf;
  Node::OutputHook of_node;  // outlives the lock, as take says
  const Ref<Node> node = meta->node;
  if (take(meta->hooks, id, of_leaf) || take(meta->post_hooks, id, of_leaf) || !node) return;
  const NodeLock lock(*node);
  if (Node::Extras* some = node->extras_if_any()) take(some->output_hooks, id, of_node);
}

int64_t add_post_accumulate_hook(const Tensor& leaf, std::shared_ptr<Hook> hook) {
  check<RuntimeError>(requires_grad(leaf) && is_leaf(leaf),
                      "register_post_accumulate_grad_hook: only a leaf that requires a gradient accumulates one.");
  const int64_t id = next_hook_id++;
  meta_of(leaf).post_hooks.push_back({id, std::move(hook)});
  return id;
}

int64_t add_node_hook(const Ref<Node>& node, bool after, std::shared_ptr<NodeHook> hook) {
  const int64_t id = next_hook_id++;
  const NodeLock lock(*node);
  Node::Extras& extras = node->extras();
  (after ? extras.after : extras.before).push_back({id, std::move(hook)});
  return id;
}

void remove_node_hook(const Ref<Node>& node, int64_t id) {
  NodeHookEntry dropped;  // outlives the lock, as take says
  const NodeLock lock(*node);
  Node::Extras* some = node->extras_if_any();
  if (some && !take(some->before, id, dropped)) take(some->after, id, dropped);
}

}  // namespace dlx::autograd
