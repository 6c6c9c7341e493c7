// Tensor: a handle on {storage, offset, shape, strides, dtype, autograd metadata}. Copying it copies a pointer.
#pragma once
#include <memory>
#include <span>

#include "core/dims.h"
#include "core/dtype.h"
#include "core/scalar.h"
#include "core/storage.h"

namespace dlx {

inline constexpr int64_t kMaxDims = 64;

// A version counter of its own, for x.data: the same memory, but writes do not disturb what x's graph saved.
struct VersionCounter {
  std::atomic<int32_t> references{0};
  std::atomic<uint32_t> value{0};
  static void destroy(VersionCounter* counter) noexcept { delete counter; }
};

// What autograd keeps of a tensor; core only owns it (autograd/meta.h).
struct TensorMeta {
  virtual ~TensorMeta() = default;
};

struct DLX_API TensorImpl {
  std::atomic<int32_t> references{0};
  DType dtype = DType::float32;
  Device device;
  bool contiguous = true;
  bool is_number = false;        // a Python number: 0-d, in host memory, weak in promotion
  bool requires_grad = false;    // a leaf that wants a gradient, or a tensor with a history
  bool multi_view = false;       // an output of split or unbind: writing in place is an error under grad
  bool view_without_grad = false;  // a view made under no_grad
  bool inference = false;        // made in inference mode: no graph may need it
  bool owns_python = false;      // only C++ holds the Python object, and this tensor keeps it alive
  uint32_t history_count = 0;    // how often a write through a view or in place has replaced the history
  uint32_t root_count = 0;       // of a view: the root's history_count that its own history was made for
  int64_t numel = 1;
  int64_t offset = 0;            // in elements
  Ref<Storage> storage;
  Ref<TensorImpl> root;          // of a differentiable view: the tensor it is a view of, itself never a view
  std::unique_ptr<TensorMeta> meta;
  Ref<VersionCounter> own_version;
  void* python = nullptr;        // its Python object, if there is one
  Dims shape;
  Dims strides;                  // in elements

  static void destroy(TensorImpl* impl) noexcept;
  std::atomic<uint32_t>& version() { return own_version ? own_version->value : storage->version; }
};

class DLX_API Tensor {
 public:
  Tensor() = default;
  DLX_INLINE explicit Tensor(Ref<TensorImpl> impl) : impl_(std::move(impl)) {}

  DLX_INLINE bool defined() const { return static_cast<bool>(impl_); }
  DLX_INLINE TensorImpl* impl() const { return impl_.get(); }
  DLX_INLINE const Ref<TensorImpl>& ref() const { return impl_; }
  DLX_INLINE Ref<TensorImpl>& ref() { return impl_; }

  DLX_INLINE DType dtype() const { return impl_->dtype; }
  DLX_INLINE Device device() const { return impl_->device; }
  DLX_INLINE const Dims& shape() const { return impl_->shape; }
  DLX_INLINE const Dims& strides() const { return impl_->strides; }
  DLX_INLINE int64_t dim() const { return impl_->shape.size(); }
  DLX_INLINE int64_t numel() const { return impl_->numel; }
  DLX_INLINE int64_t size(int64_t d) const { return impl_->shape[d]; }
  DLX_INLINE int64_t stride(int64_t d) const { return impl_->strides[d]; }
  DLX_INLINE int64_t offset() const { return impl_->offset; }
  DLX_INLINE int64_t nbytes() const { return impl_->numel * itemsize(impl_->dtype); }
  DLX_INLINE bool is_contiguous() const { return impl_->contiguous; }
  DLX_INLINE bool is_number() const { return impl_->is_number; }
  DLX_INLINE const Ref<Storage>& storage() const { return impl_->storage; }
  // The first element's address. Only kernels, and host reads through ops/host_read, may follow it.
  DLX_INLINE void* raw_data() const {
    return static_cast<char*>(impl_->storage->data) + impl_->offset * itemsize(impl_->dtype);
  }
  template <class T> DLX_INLINE T* data() const { return static_cast<T*>(raw_data()); }
  DLX_INLINE uint32_t version() const { return impl_->version().load(std::memory_order_relaxed); }
  DLX_INLINE bool same(const Tensor& other) const { return impl_ == other.impl_; }

 private:
  Ref<TensorImpl> impl_;
};

// A Tensor or None.
struct OptTensor : Tensor {
  OptTensor() = default;
  DLX_INLINE OptTensor(const Tensor& tensor) : Tensor(tensor) {}
  DLX_INLINE OptTensor(Tensor&& tensor) : Tensor(std::move(tensor)) {}
};

// A Tensor or a Python number, which becomes a weak 0-d tensor in host memory.
struct DLX_API Operand : Tensor {
  Operand() = default;
  DLX_INLINE Operand(const Tensor& tensor) : Tensor(tensor) {}
  DLX_INLINE Operand(Tensor&& tensor) : Tensor(std::move(tensor)) {}
  Operand(Scalar number);
};

// Untracked: none of these touches a graph.
// A new tensor, its elements undefined. ShapeError for negative or overflowing sizes, MemoryError.
DLX_API Tensor empty(const Dims& shape, DType dtype, Device device = kCpu, const char* op = "empty");
// With the shape and strides of `like`, which reach every element of its memory once: nothing is checked.
DLX_API Tensor empty_as(const Tensor& like, DType dtype);
DLX_API Tensor empty_strided(const Dims& shape, const Dims& strides, DType dtype, Device device = kCpu);
// Another tensor on the same memory, with the version counter that x has. The caller keeps it within the storage.
DLX_API Tensor alias(const Tensor& x, Dims shape, Dims strides, int64_t offset);
DLX_API Tensor alias(const Tensor& x);
// x's elements in order as another shape of the same number of elements; x is contiguous.
DLX_API Tensor reshaped(const Tensor& x, const Dims& shape);
// A tensor on `storage`, from `offset` elements on; the caller has checked the bounds.
DLX_API Tensor on_storage(Ref<Storage> storage, const Dims& shape, const Dims& strides, int64_t offset, DType dtype);

DLX_API bool is_contiguous(const Dims& shape, const Dims& strides);
// No element is reached by two indices (conservative), and none is skipped.
DLX_API bool is_dense(const Dims& shape, const Dims& strides);
// Some element is reached by two indices, as in an expanded tensor (conservative: true in doubt).
DLX_API bool overlaps_itself(const Dims& shape, const Dims& strides);
// How the memory of two tensors meets.
enum class Overlap : uint8_t { none, same, partial };
DLX_API Overlap overlap_of(const Tensor& a, const Tensor& b);
// One past the largest element index that shape and strides reach from `offset`; 0 if there is no element. -1: overflow or negative.
DLX_API int64_t reach(std::span<const int64_t> shape, std::span<const int64_t> strides, int64_t offset);

}  // namespace dlx
