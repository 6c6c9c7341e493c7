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

Ref<Packed> packed(const Tensor& x) {
  const GradMode untracked(false);
  Ref<Packed> packed = thread_state.saved_hooks->pack(alias(x));
  packed->shape = x.shape();
  packed->dtype = x.dtype();
  return packed;
}

// What the hooks gave back, without whatever history it has of its own.
Tensor unpacked(Packed& packed) {
  Tensor x;
  {
    const GradMode untracked(false);
    x = packed.unpack();
  }
  check<RuntimeError>(x.defined() && x.shape() == packed.shape && x.dtype() == packed.dtype,
                      "backward: the unpack hook gave {} of shape {} for a tensor of shape {} that {} saved.",
                      x.defined() ? name_of(x.dtype()) : "nothing", x.defined() ? x.shape() : Dims(), packed.shape, running_op());
  return alias(x);
}

}  // namespace

Saved save(const Tensor& x) {
  Saved saved;
  if (!x.defined() || !thread_state.grad_enabled) return saved;
  ++saves_made;
  check<RuntimeError>(!x.impl()->inference,
                      "save: a tensor made in inference mode cannot be saved for backward. Use a clone of it, made outside of inference mode.");
  saved.edge_ = edge_of(x);
  if (thread_state.saved_hooks) [[unlikely]] {
    saved.packed_ = packed(x);
    return saved;
  }
  saved.version_ = x.version();
  saved.tensor_ = saved.edge_.leaf ? x : alias(x);
  return saved;
}

Tensor Saved::get() const {
  if (!tensor_.defined() && !packed_) return {};
  Tensor x;
  if (packed_) {
    x = unpacked(*packed_);
    if (edge_.leaf && thread_state.grad_enabled) {  // the leaf is another tensor: lead its gradient there
      const Tensor leaf(edge_.leaf);
      return with_gradient("saved", x, Inputs{leaf}, [](const Tensor& g) { return g; });
    }
  } else {
    check_unchanged(tensor_, version_);
    x = tensor_;
  }
  if (!edge_.node || !thread_state.grad_enabled) return x;
  if (!packed_) x = alias(x);
  set_history(x, edge_.node, edge_.output);
  return x;
}

void SavedOutput::keep(const Tensor& out, int32_t output) {
  if (thread_state.saved_hooks) [[unlikely]] packed_ = packed(out);
  else storage_ = out.storage();
  own_version_ = out.impl()->own_version;
  shape_ = out.shape();
  strides_ = out.strides();
  offset_ = out.offset();
  version_ = out.version();
  output_ = output;
  dtype_ = out.dtype();
}

Tensor SavedOutput::get(Node* node) const {
  Tensor out;
  if (packed_) {
    out = unpacked(*packed_);
  } else {
    out = on_storage(storage_, shape_, strides_, offset_, dtype_);
    out.impl()->own_version = own_version_;
    check_unchanged(out, version_);
  }
  if (thread_state.grad_enabled) set_history(out, Ref<Node>(node), output_);
  return out;
}

}  // namespace dlx::autograd
