#include "core/tensor.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/errors.h"
#include "core/python_hooks.h"
#include "core/thread_state.h"

namespace dlx {

constinit PythonHooks python_hooks;

namespace {
// Tensors that lost their last reference while another one was being destroyed: a gradient of a gradient of a gradient...
// is freed without recursion.
constinit thread_local std::vector<TensorImpl*>* dying __attribute__((tls_model("initial-exec"))) = nullptr;
}  // namespace

void TensorImpl::destroy(TensorImpl* impl) noexcept {
  if (impl->owns_python && python_hooks.drop_object(impl)) return;
  count_live(&LiveCounts::tensors, -1);
  if (dying) {
    dying->push_back(impl);
    return;
  }
  std::vector<TensorImpl*> list;
  dying = &list;
  delete impl;
  while (!list.empty()) {
    TensorImpl* next = list.back();
    list.pop_back();
    delete next;
  }
  dying = nullptr;
}

namespace {

TensorImpl* new_impl(Ref<Storage> storage, DType dtype) {
  auto* impl = new TensorImpl;
  impl->dtype = dtype;
  impl->device = storage->device;
  impl->inference = thread_state.inference;
  impl->storage = std::move(storage);
  count_live(&LiveCounts::tensors, 1);
  return impl;
}

}  // namespace

Tensor empty(const Dims& shape, DType dtype, Device device, const char* op) {
  check<ShapeError>(shape.size() <= kMaxDims, "{}: a tensor has at most {} dimensions. Got shape {}.", op, kMaxDims, shape);
  const int64_t numel = checked_numel(shape, op);
  TensorImpl* impl = new_impl(allocate_storage(numel * itemsize(dtype), device), dtype);
  impl->shape = shape;
  impl->strides = contiguous_strides(shape);
  impl->numel = numel;
  return Tensor(Ref<TensorImpl>(impl));
}

Tensor empty_as(const Tensor& like, DType dtype) {
  TensorImpl* impl = new_impl(allocate_storage(like.numel() * itemsize(dtype), like.device()), dtype);
  impl->shape = like.shape();
  impl->strides = like.strides();
  impl->numel = like.numel();
  impl->contiguous = like.is_contiguous();
  return Tensor(Ref<TensorImpl>(impl));
}

Tensor empty_strided(const Dims& shape, const Dims& strides, DType dtype, Device device) {
  check<ShapeError>(shape.size() <= kMaxDims, "empty: a tensor has at most {} dimensions. Got shape {}.", kMaxDims, shape);
  const int64_t numel = checked_numel(shape, "empty_strided");
  const int64_t length = reach(shape, strides, 0);
  check<ShapeError>(length >= 0 && length <= INT64_MAX / 8, "empty_strided: strides {} do not fit shape {}.", strides, shape);
  TensorImpl* impl = new_impl(allocate_storage(length * itemsize(dtype), device), dtype);
  impl->shape = shape;
  impl->strides = strides;
  impl->numel = numel;
  impl->contiguous = is_contiguous(shape, strides);
  return Tensor(Ref<TensorImpl>(impl));
}

Tensor on_storage(Ref<Storage> storage, const Dims& shape, const Dims& strides, int64_t offset, DType dtype) {
  TensorImpl* impl = new_impl(std::move(storage), dtype);
  impl->shape = shape;
  impl->strides = strides;
  impl->offset = offset;
  impl->numel = checked_numel(shape, "tensor");
  impl->contiguous = is_contiguous(shape, strides);
  return Tensor(Ref<TensorImpl>(impl));
}

Tensor alias(const Tensor& x, Dims shape, Dims strides, int64_t offset) {
  TensorImpl* impl = new_impl(x.storage(), x.dtype());
  impl->own_version = x.impl()->own_version;
  impl->inference = x.impl()->inference;
  impl->numel = 1;
  for (const int64_t size : shape) impl->numel *= size;
  impl->shape = std::move(shape);
  impl->strides = std::move(strides);
  impl->offset = offset;
  impl->contiguous = is_contiguous(impl->shape, impl->strides);
  return Tensor(Ref<TensorImpl>(impl));
}

Tensor alias(const Tensor& x) {
  TensorImpl* impl = new_impl(x.storage(), x.dtype());
  impl->own_version = x.impl()->own_version;
  impl->inference = x.impl()->inference;
  impl->numel = x.numel();
  impl->shape = x.shape();
  impl->strides = x.strides();
  impl->offset = x.offset();
  impl->contiguous = x.is_contiguous();
  impl->is_number = x.is_number();
  return Tensor(Ref<TensorImpl>(impl));
}

Tensor reshaped(const Tensor& x, const Dims& shape) {
  if (!x.defined()) return x;
  return alias(x, shape, contiguous_strides(shape), x.offset());
}

Operand::Operand(Scalar number) {
  const DType dtype = number.kind == Kind::floating ? DType::float64 : number.kind == Kind::boolean ? DType::boolean : DType::int64;
  TensorImpl* impl = new_impl(allocate_storage(8, kCpu), dtype);
  impl->is_number = true;
  if (dtype == DType::float64) *static_cast<double*>(impl->storage->data) = number.floating;
  else if (dtype == DType::int64) *static_cast<int64_t*>(impl->storage->data) = number.integer;
  else *static_cast<bool*>(impl->storage->data) = number.integer != 0;
  ref() = Ref<TensorImpl>(impl);
}

bool is_contiguous(const Dims& shape, const Dims& strides) {
  int64_t expected = 1;
  bool contiguous = true;
  for (int64_t d = shape.size() - 1; d >= 0; --d) {
    if (shape[d] == 0) return true;
    contiguous &= shape[d] == 1 || strides[d] == expected;
    expected *= shape[d];
  }
  return contiguous;
}

namespace {
// The dimensions longer than 1, by rising stride.
int64_t sorted_by_stride(const Dims& shape, const Dims& strides, std::array<int64_t, kMaxDims>& order) {
  int64_t n = 0;
  for (int64_t d = 0; d < shape.size(); ++d)
    if (shape[d] != 1) order[static_cast<size_t>(n++)] = d;
  std::sort(order.begin(), order.begin() + n, [&](int64_t a, int64_t b) { return strides[a] < strides[b]; });
  return n;
}
}  // namespace

bool is_dense(const Dims& shape, const Dims& strides) {
  for (const int64_t size : shape)
    if (size == 0) return true;
  std::array<int64_t, kMaxDims> order;
  const int64_t n = sorted_by_stride(shape, strides, order);
  int64_t expected = 1;
  for (int64_t i = 0; i < n; ++i) {
    const int64_t d = order[static_cast<size_t>(i)];
    if (strides[d] != expected) return false;
    expected *= shape[d];
  }
  return true;
}

bool overlaps_itself(const Dims& shape, const Dims& strides) {
  for (const int64_t size : shape)
    if (size == 0) return false;
  std::array<int64_t, kMaxDims> order;
  const int64_t n = sorted_by_stride(shape, strides, order);
  int64_t last = 0;  // the largest index that the dimensions so far reach
  for (int64_t i = 0; i < n; ++i) {
    const int64_t d = order[static_cast<size_t>(i)];
    if (strides[d] <= last) return true;
    last += strides[d] * (shape[d] - 1);
  }
  return false;
}

Overlap overlap_of(const Tensor& a, const Tensor& b) {
  if (a.same(b)) return Overlap::same;
  if (a.numel() == 0 || b.numel() == 0 || a.device() != b.device()) return Overlap::none;
  // By address, not by storage: two storages may wrap the same NumPy memory.
  const char* a0 = static_cast<const char*>(a.raw_data());
  const char* b0 = static_cast<const char*>(b.raw_data());
  const char* a1 = a0 + reach(a.shape(), a.strides(), 0) * itemsize(a.dtype());
  const char* b1 = b0 + reach(b.shape(), b.strides(), 0) * itemsize(b.dtype());
  if (a1 <= b0 || b1 <= a0) return Overlap::none;
  if (a0 == b0 && a.dtype() == b.dtype() && a.shape() == b.shape()) {
    bool equal = true;
    for (int64_t d = 0; d < a.dim(); ++d) equal &= a.size(d) == 1 || a.stride(d) == b.stride(d);
    if (equal) return Overlap::same;
  }
  // Interleaved views of one matrix, such as two column ranges: the same strides, apart in one dimension.
  if (a.dtype() == b.dtype() && a.dim() == b.dim() && a.strides() == b.strides()) {
    int64_t apart = (b0 - a0) / itemsize(a.dtype());
    const bool swapped = apart < 0;
    const Dims& first = swapped ? b.shape() : a.shape();
    const Dims& second = swapped ? a.shape() : b.shape();
    apart = swapped ? -apart : apart;
    // Written as an index in the common strides, from the largest; a digit past the first tensor's size means disjoint.
    std::array<int64_t, kMaxDims> order;
    int64_t n = 0;
    for (int64_t d = 0; d < a.dim(); ++d)
      if (a.stride(d) > 0) order[static_cast<size_t>(n++)] = d;
    std::sort(order.begin(), order.begin() + n, [&](int64_t x, int64_t y) { return a.stride(x) > a.stride(y); });
    std::array<int64_t, kMaxDims> digit;
    for (int64_t i = 0; i < n; ++i) {
      digit[static_cast<size_t>(i)] = apart / a.stride(order[static_cast<size_t>(i)]);
      apart %= a.stride(order[static_cast<size_t>(i)]);
    }
    // Digits name an element uniquely if no dimension's range, both tensors taken, carries into the next larger one.
    bool disjoint = apart != 0;
    int64_t room = apart;
    for (int64_t i = n - 1; i >= 0; --i) {
      const int64_t d = order[static_cast<size_t>(i)], shift = digit[static_cast<size_t>(i)];
      if (room >= a.stride(d)) return Overlap::partial;
      room += a.stride(d) * (std::max(first[d], shift + second[d]) - 1);
      disjoint |= shift >= first[d];
    }
    if (disjoint) return Overlap::none;
  }
  return Overlap::partial;
}

int64_t reach(std::span<const int64_t> shape, std::span<const int64_t> strides, int64_t offset) {
  int64_t last = offset;
  bool bad = offset < 0;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == 0) return 0;
    int64_t step = 0;
    bad |= strides[d] < 0 || __builtin_mul_overflow(shape[d] - 1, strides[d], &step) || __builtin_add_overflow(last, step, &last);
  }
  return bad || last == INT64_MAX ? -1 : last + 1;
}

}  // namespace dlx
