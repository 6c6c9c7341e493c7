#include "ops/common.h"

#include "kernels/copy.h"
#include "ops/copy.h"

namespace dlx::ops {

void check_floating(const char* op, const char* name, const Tensor& x) {
  check<DtypeError>(is_floating(x.dtype()), "{}: {} must be floating point. Got {}; convert it with .to(dlx.float32).", op, name, x.dtype());
}
void check_integer(const char* op, const char* name, const Tensor& x) {
  check<DtypeError>(kind_of(x.dtype()) == Kind::integer, "{}: {} must be of an integer dtype. Got {}.", op, name, x.dtype());
}
void check_dim(const char* op, const char* name, const Tensor& x, int64_t ndim) {
  check<ShapeError>(x.dim() == ndim, "{}: {} must have {} dimensions. Got shape {}.", op, name, ndim, x.shape());
}
void check_shape(const char* op, const char* name, const Tensor& x, const Dims& shape) {
  check<ShapeError>(x.shape() == shape, "{}: {} must have shape {}. Got {}.", op, name, shape, x.shape());
}
void check_dtype(const char* op, const char* name, const Tensor& x, DType dtype) {
  check<DtypeError>(x.dtype() == dtype, "{}: {} must be of dtype {}. Got {}.", op, name, dtype, x.dtype());
}
void check_same_dtype(const char* op, const char* name, const Tensor& x, const char* other_name, const Tensor& other) {
  check<DtypeError>(x.dtype() == other.dtype(), "{}: {} and {} must have one dtype. Got {} and {}; convert one with .to().", op,
                    name, other_name, x.dtype(), other.dtype());
}

namespace {
void look_for_device(const char* op, const Tensor& x, std::optional<Device>& device) {
  if (!x.defined() || x.is_number()) return;
  check<RuntimeError>(!device || *device == x.device(), "{}: all tensors must be on one device. Got {} and {}; move one with .to().", op,
                      device.value_or(kCpu), x.device());
  device = x.device();
}
}  // namespace

Device common_device(const char* op, Inputs inputs) {
  std::optional<Device> device;
  for (const Tensor& x : inputs) look_for_device(op, x, device);
  return device.value_or(kCpu);
}
Device common_device(const char* op, std::span<const Tensor> inputs) {
  std::optional<Device> device;
  for (const Tensor& x : inputs) look_for_device(op, x, device);
  return device.value_or(kCpu);
}

DType result_type(Inputs inputs) {
  // By rank of category: dimensioned tensors, 0-d tensors, numbers.
  std::optional<DType> category[3];
  for (const Tensor& x : inputs) {
    if (!x.defined()) continue;
    DType dtype = x.dtype();
    if (x.is_number() && dtype == DType::float64) dtype = default_dtype();
    auto& c = category[x.is_number() ? 2 : x.dim() == 0 ? 1 : 0];
    c = c ? promote_types(*c, dtype) : dtype;
  }
  std::optional<DType> result;
  for (int c = 2; c >= 0; --c) {
    if (!category[c]) continue;
    const bool lower_kind_wins = result && kind_of(*result) > kind_of(*category[c]);
    result = lower_kind_wins ? promote_types(*result, *category[c]) : *category[c];
  }
  return result.value_or(default_dtype());
}

Tensor as_contiguous(const Tensor& x) { return !x.defined() || x.is_contiguous() ? x : untracked_copy(x); }

Tensor untracked_copy(const Tensor& x) {
  Tensor out = empty(x.shape(), x.dtype(), x.device());
  copy_untracked(out, x);
  return out;
}

void copy_untracked(const Tensor& to, const Tensor& from) {
  if (to.numel() == 0) return;
  run(kernels::copy, to, from);
  if (to.device() == from.device()) [[likely]] return;
  const Device device = to.device().type == DeviceType::cpu ? from.device() : to.device();
  backend_of(device.type)->synchronize(device.index);
}

Tensor as_dtype(const Tensor& x, DType dtype) {
  if (!x.defined() || x.dtype() == dtype) return x;
  Tensor out = empty_strided(x.shape(), is_dense(x.shape(), x.strides()) ? x.strides() : contiguous_strides(x.shape()), dtype, x.device());
  if (x.numel() > 0) run(kernels::copy, out, x);
  return out;
}

Tensor filled(const Dims& shape, Scalar value, DType dtype, Device device) {
  Tensor out = empty(shape, dtype, device);
  if (out.numel() > 0) run(kernels::fill, out, value);
  return out;
}
Tensor zeros(const Dims& shape, DType dtype, Device device) { return filled(shape, Scalar(0), dtype, device); }

Tensor permuted(const Tensor& x, std::span<const int64_t> order) {
  Dims shape = Dims::uninitialised(x.dim()), strides = Dims::uninitialised(x.dim());
  for (int64_t d = 0; d < x.dim(); ++d) {
    shape[d] = x.size(order[static_cast<size_t>(d)]);
    strides[d] = x.stride(order[static_cast<size_t>(d)]);
  }
  return alias(x, std::move(shape), std::move(strides), x.offset());
}

Dims around(const Tensor& x, int64_t dim) {
  if (x.dim() == 0) return {1, 1, 1};
  int64_t outer = 1, inner = 1;
  for (int64_t d = 0; d < dim; ++d) outer *= x.size(d);
  for (int64_t d = dim + 1; d < x.dim(); ++d) inner *= x.size(d);
  return {outer, x.size(dim), inner};
}

bool is_channels_last(const Tensor& x) {
  return !x.is_contiguous() && x.stride(1) == 1 && is_dense(x.shape(), x.strides()) && x.stride(3) == x.size(1) && x.stride(2) == x.size(1) * x.size(3);
}
Dims channels_last_strides(const Dims& shape) { return {shape[1] * shape[2] * shape[3], 1, shape[1] * shape[3], shape[1]}; }
Dims image_strides(const Tensor& x, const Dims& shape) { return is_channels_last(x) ? channels_last_strides(shape) : contiguous_strides(shape); }

namespace {
const Tensor kUndefined;
}

Result::Result(const char* op, const OptTensor& out, Inputs inputs, const Dims& shape, const Dims* strides, DType dtype, Device device)
    : op_(op), recording_(ops::recording(inputs)), inputs_{std::cref(kUndefined), std::cref(kUndefined), std::cref(kUndefined), std::cref(kUndefined)} {
  for (const Tensor& x : inputs) inputs_[static_cast<size_t>(count_++)] = std::cref(x);
  if (!out.defined()) {
    tensor_ = strides ? empty_strided(shape, *strides, dtype, device) : empty(shape, dtype, device, op);
    return;
  }
  for (const Tensor& x : inputs) in_place_ |= out.same(x);
  check<ShapeError>(out.shape() == shape, "{}: {} has shape {} but the result has shape {}.", op,
                    in_place_ ? "the tensor to change in place" : "out", out.shape(), shape);
  check<DtypeError>(can_cast(dtype, out.dtype()), "{}: a result of dtype {} cannot be written to {} of dtype {}.", op, dtype,
                    in_place_ ? "the tensor" : "out", out.dtype());
  check<RuntimeError>(out.device() == device, "{}: out is on {} but the result on {}.", op, out.device(), device);
  if (!in_place_)
    check<RuntimeError>(!recording_ && !(thread_state.grad_enabled && autograd::requires_grad(out)),
                        "{}: out= cannot be used while gradients are recorded. Use the result instead, or dlx.no_grad().", op);
  check_in_place(op, out, recording_);
  for (const Tensor& x : inputs)
    if (x.defined() && !x.is_number())
      check<RuntimeError>(overlap_of(out, x) != Overlap::partial,
                          "{}: the result would be written over part of an input's memory. Use a clone of one of them.", op);
  tensor_ = out;
}

Result::Result(const char* op, Inputs inputs, Tensor made)
    : op_(op), tensor_(std::move(made)), recording_(ops::recording(inputs)), inputs_{std::cref(kUndefined), std::cref(kUndefined), std::cref(kUndefined), std::cref(kUndefined)} {
  for (const Tensor& x : inputs) inputs_[static_cast<size_t>(count_++)] = std::cref(x);
}

Saved Result::save(const Tensor& x, bool needed) const {
  if (!recording_ || !needed || !x.defined()) return {};
  if (!in_place_ || overlap_of(tensor_, x) == Overlap::none) return autograd::save(x);
  // In place: the gradient needs the value from before. The clone takes x's place in the graph too.
  const Tensor before = untracked_copy(x);
  if (autograd::requires_grad(x)) {
    const autograd::Edge edge = autograd::edge_of(x);
    if (edge.node) autograd::set_history(before, edge.node, edge.output);
  }
  return autograd::save(before);
}

Result elementwise_result(const char* op, const OptTensor& out, Inputs inputs, DType dtype) {
  const Tensor* list[4];
  size_t n = 0;
  const Tensor* like = nullptr;  // the first that is not a number
  for (const Tensor& x : inputs) {
    list[n++] = &x;
    if (!like && !x.is_number()) like = &x;
  }
  bool alike = like && !out.defined();
  for (size_t i = 0; alike && i < n; ++i) {
    const Tensor& x = *list[i];
    alike = x.is_number() || (x.is_contiguous() && x.device() == like->device() && x.shape() == like->shape());
  }
  if (alike) return Result(op, inputs, empty_as(*like, dtype));  // nearly every call
  const Device device = common_device(op, inputs);
  Dims shape = list[0]->shape();
  for (size_t i = 1; i < n; ++i) shape = broadcast_shape(op, shape, list[i]->shape());
  return out.defined() ? Result(op, out, inputs, shape, dtype, device) : Result(op, out, inputs, shape, result_strides(shape, {list, n}), dtype, device);
}

Tensor written_to(const char* op, const OptTensor& out, Inputs inputs, const Tensor& made) {
  if (!out.defined()) return made;
  const Result r(op, out, inputs, made.shape(), made.dtype(), made.device());
  for (const Tensor& x : inputs)
    if (out.same(x)) return copy_(out, made);
  copy_untracked(r.tensor(), made);
  return out;
}

Tensor host_copy(const Tensor& x, const char* what) {
  if (thread_state.observer && !x.is_number()) thread_state.observer->host_read(x, what);
  if (x.device().type != DeviceType::cpu) {
    Tensor here = empty(x.shape(), x.dtype(), kCpu);
    copy_untracked(here, as_contiguous(x));
    return here;
  }
  return as_contiguous(x);
}

Scalar host_scalar(const Tensor& x, const char* what) {
  check<ValueError>(x.numel() == 1, "{}: the tensor must have one element. Got shape {}.", what, x.shape());
  const Tensor here = host_copy(x, what);
  return dispatch_all(here.dtype(), [&]<class T>() -> Scalar {
    const T value = *here.data<T>();
    if constexpr (std::is_same_v<T, bool>) return Scalar(value);
    else if constexpr (std::is_integral_v<T>) return Scalar(static_cast<int64_t>(value));
    else if constexpr (std::is_floating_point_v<T>) return Scalar(static_cast<double>(value));
    else return Scalar(static_cast<double>(static_cast<float>(value)));
  });
}

}  // namespace dlx::ops
