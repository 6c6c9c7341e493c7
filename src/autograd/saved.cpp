#include "autograd/saved.h"

#include "autograd/gradient.h"
#include "core/errors.h"

namespace dlx::autograd {

constinit thread_local uint32_t saves_made __attribute__((tls_model("initial-exec"))) = 0;

Saved save(const Tensor& x) {
  Saved saved;
  if (!x.defined() || !thread_state.grad_enabled) return saved;
  ++saves_made;
  saved.version_ = x.version();
  saved.edge_ = edge_of(x);
  saved.tensor_ = saved.edge_.leaf ? x : alias(x);
  return saved;
}

Tensor Saved::get() const {
  if (!tensor_.defined()) return {};
  check<RuntimeError>(tensor_.version() == version_,
                      "backward: a tensor saved by {} was changed in place (saved at version {}, now {}). "
                      "Use y = y + 1 instead of y += 1, or change a clone.",
                      running_op(), version_, tensor_.version());
  if (!edge_.node || !thread_state.grad_enabled) return tensor_;
  const Tensor x = alias(tensor_);
  set_history(x, edge_.node, edge_.output);
  return x;
}

void SavedOutput::keep(const Tensor& out, int32_t output) {
  saved_.version_ = out.version();
  saved_.tensor_ = alias(out);
  saved_.edge_.output = output;
}
Tensor SavedOutput::get(Node* node) const {
  if (!thread_state.grad_enabled) return saved_.get();
  const Tensor out = alias(saved_.get());
  set_history(out, Ref<Node>(node), saved_.edge_.output);
  return out;
}

}  // namespace dlx::autograd
