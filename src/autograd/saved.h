// Saved: a tensor that a gradient will need. It notices a change in place since, and gives the history back when a graph
// of the backward pass is wanted.
#pragma once
#include "autograd/meta.h"

namespace dlx::autograd {

// Where saved tensors go instead of into their node: to the host, to a file, into a promise to compute them again.
struct DLX_API Packed {
  std::atomic<int32_t> references{0};
  Dims shape;      // of what was packed
  DType dtype = DType::float32;
  virtual ~Packed() = default;
  virtual Tensor unpack() = 0;
  static void destroy(Packed* packed) noexcept { delete packed; }
};
class DLX_API SavedHooks {
 public:
  virtual ~SavedHooks() = default;
  virtual Ref<Packed> pack(const Tensor& x) = 0;  // x has no history
};

class DLX_API Saved {
 public:
  Saved() = default;
  // The tensor, with its history if gradients are being recorded. RuntimeError naming the op if it was changed in place.
  Tensor get() const;
  bool defined() const { return tensor_.defined() || packed_; }

 private:
  friend DLX_API Saved save(const Tensor& x);
  OptTensor tensor_;  // a leaf itself; else an alias, so that a tensor written in place later is not tied to its own graph
  Edge edge_;
  Ref<Packed> packed_;
  uint32_t version_ = 0;
};

// Nothing is kept while no gradients are recorded.
DLX_API Saved save(const Tensor& x);

// A node's own output: handed to the gradient by the node, since a tensor in its own node would never be freed.
class DLX_API SavedOutput {
 public:
  void keep(const Tensor& out, int32_t output);
  Tensor get(Node* node) const;
  void clear() {
    packed_ = nullptr;
    storage_ = nullptr;
    own_version_ = nullptr;
  }

 private:
  // What it takes to make the tensor again: cheaper to keep than a tensor, which most graphs never ask for.
  Ref<Storage> storage_;
  Ref<VersionCounter> own_version_;
  Ref<Packed> packed_;
  Dims shape_, strides_;
  int64_t offset_ = 0;
  uint32_t version_ = 0;
  int32_t output_ = 0;
  DType dtype_ = DType::float32;
};

// The op whose gradient this thread is taking, for messages.
DLX_API const char* running_op();

}  // namespace dlx::autograd
