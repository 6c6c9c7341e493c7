// What autograd keeps of a tensor, and the questions everyone asks of it.
#pragma once
#include "autograd/node.h"
#include "core/thread_state.h"

namespace dlx::autograd {

struct DLX_API Meta : TensorMeta {
  ~Meta() override;
  TensorImpl* owner = nullptr;
  Ref<Node> node;               // the op that made the tensor; null for a leaf
  int32_t output = 0;           // which output of it
  bool retains_grad = false;    // a tensor with a history that keeps its gradient too
  Tensor grad;
  std::vector<HookEntry> hooks;             // of a leaf
  std::vector<HookEntry> post_hooks;        // of a leaf, called with the leaf once its gradient has been accumulated
};

DLX_API Meta& meta_of(const Tensor& x);                   // made at first use
DLX_INLINE Meta* meta_if_any(const TensorImpl* impl) { return static_cast<Meta*>(impl->meta.get()); }

// A view whose root was written to since takes its history from the root's new one.
DLX_API void refresh_view(TensorImpl* view);
DLX_INLINE bool view_is_stale(const TensorImpl* impl) {
  return impl->root && impl->root_count != impl->root->history_count;
}

DLX_INLINE bool requires_grad(const Tensor& x) {
  if (!x.defined()) return false;
  if (view_is_stale(x.impl())) [[unlikely]] refresh_view(x.impl());
  return x.impl()->requires_grad;
}
DLX_API bool is_leaf(const Tensor& x);
DLX_API Ref<Node> node_of(const Tensor& x);               // null for a leaf
DLX_API Edge edge_of(const Tensor& x);                    // nobody if x wants no gradient
// RuntimeError where it makes no sense: not floating point, or a tensor with a history.
DLX_API void set_requires_grad(const Tensor& x, bool value);
DLX_API void set_history(const Tensor& x, Ref<Node> node, int32_t output);
DLX_API void retain_grad(const Tensor& x);

// Hooks run in the order of registration. The id removes the hook again.
DLX_API int64_t add_hook(const Tensor& x, std::shared_ptr<Hook> hook);
DLX_API void remove_hook(const Tensor& x, int64_t id);
DLX_API int64_t add_post_accumulate_hook(const Tensor& leaf, std::shared_ptr<Hook> hook);
// `after`: once the node has run; else before.
DLX_API int64_t add_node_hook(const Ref<Node>& node, bool after, std::shared_ptr<NodeHook> hook);
DLX_API void remove_node_hook(const Ref<Node>& node, int64_t id);

}  // namespace dlx::autograd
