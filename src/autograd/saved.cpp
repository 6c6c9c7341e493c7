#include "autograd/saved.h"

#include "autograd/gradient.h"
#include "core/errors.h"

namespace dlx::autograd {

constinit thread_local uint32_t saves_made __attribute__((tls_model("initial-exec"))) = 0;

namespace {
void check_unchanged(const Tensor& x, uint32_t saved_version) {
  check<RuntimeError>(x.version() == saved_version,
                      "backward: a tensor saved by {} was changed in place (saved at version {}, now {}). "
                      "Use y = y + 1 instead of y += 1, or change a clone.",
                      running_op(), saved_version, x.version());
}
}  // namespace

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
  check_unchanged(tensor_, version_);
  if (!edge_.node || !thread_state.grad_enabled) return tensor_;
  const Tensor x = alias(tensor_);
  set_history(x, edge_.node, edge_.output);
  return x;
}

void SavedOutput::keep(const Tensor& out, int32_t output) {
  storage_ = out.storage();
  own_version_ = out.impl()->own_version;
  shape_ = out.shape();
  strides_ = out.strides();
  offset_ = out.offset();
  version_ = out.version();
  output_ = output;
  dtype_ = out.dtype();
}

Tensor SavedOutput::get(Node* node) const {
  const Tensor out = on_storage(storage_, shape_, strides_, offset_, dtype_);
  out.impl()->own_version = own_version_;
  check_unchanged(out, version_);
  if (thread_state.grad_enabled) set_history(out, Ref<Node>(node), output_);
  return out;
}

}  // namespace dlx::autograd
