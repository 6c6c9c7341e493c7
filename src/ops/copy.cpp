#include "ops/copy.h"

#include <cmath>

#include "kernels/copy.h"
#include "ops/common.h"

namespace dlx::ops {
namespace {

Dims strides_in(const char* op, const Tensor& x, MemoryFormat format) {
  switch (format) {
    case MemoryFormat::contiguous: return contiguous_strides(x.shape());
    case MemoryFormat::channels_last:
      check<ShapeError>(x.dim() == 4, "{}: channels_last is for tensors of 4 dimensions. Got shape {}.", op, x.shape());
      return channels_last_strides(x.shape());
    case MemoryFormat::preserve: break;
  }
  if (is_dense(x.shape(), x.strides())) return x.strides();
  const Tensor* list[] = {&x};
  return result_strides(x.shape(), list);
}

Tensor copied(const char* op, const Tensor& x, const Dims& strides, DType dtype, Device device) {
  Tensor out = empty_strided(x.shape(), strides, dtype, device);
  copy_untracked(out, device != x.device() ? as_contiguous(x) : x);
  return with_gradient(op, out, {x}, [from = x.device()](const Tensor& g) { return g.device() == from ? g : to(g, from, {}); });
}

}  // namespace

Tensor copy_(const Tensor& self, const Tensor& src) {
  check<ShapeError>(broadcasts_to(src.shape(), self.shape()), "copy_: a tensor of shape {} does not broadcast to {}.", src.shape(), self.shape());
  check_in_place("copy_", self, recording({self, src}));
  const Overlap overlap = overlap_of(self, src);
  if (overlap == Overlap::same && self.dtype() == src.dtype()) return self;
  check<RuntimeError>(overlap == Overlap::none, "copy_: source and destination share part of their memory. Copy from a clone.");
  copy_untracked(self, src);
  with_gradient_in_place("copy_", self, {self, src}, [from = src.device()](const Tensor& g, Needs needs) -> Gradients {
    return {Tensor(), !needs[1] ? Tensor() : g.device() == from ? g : to(g, from, {})};
  });
  return self;
}

Tensor fill_(const Tensor& self, const Operand& value) {
  check<ShapeError>(value.dim() == 0, "fill_: value must be a number or a 0-d tensor. Got shape {}.", value.shape());
  if (!value.is_number()) return copy_(self, value);
  check_in_place("fill_", self, recording({self}));
  if (self.numel() > 0) run(kernels::fill, self, host_scalar(value, "fill_"));
  with_gradient_in_place("fill_", self, {self}, [](const Tensor&) { return Gradients(); });
  return self;
}

Tensor clone(const Tensor& x, MemoryFormat format) { return copied("clone", x, strides_in("clone", x, format), x.dtype(), x.device()); }

Tensor contiguous(const Tensor& x, MemoryFormat format) {
  const Dims strides = strides_in("contiguous", x, format);
  bool already = true;
  for (int64_t d = 0; d < x.dim(); ++d) already &= x.size(d) == 1 || x.stride(d) == strides[d];
  return already || x.numel() == 0 ? x : copied("contiguous", x, strides, x.dtype(), x.device());
}

Tensor to(const Tensor& x, std::optional<Device> device, std::optional<DType> dtype, bool copy, MemoryFormat format) {
  const Device where = device.value_or(x.device());
  const DType type = dtype.value_or(x.dtype());
  const Dims strides = strides_in("to", x, format);
  if (!copy && where == x.device() && type == x.dtype() && (format == MemoryFormat::preserve || strides == x.strides())) return x;
  if (where != x.device() && type != x.dtype())  // cast first: a device's copy then moves bytes only
    return to(copied("to", x, strides, type, x.device()), where, {}, false, format);
  return copied("to", x, where != x.device() ? contiguous_strides(x.shape()) : strides, type, where);
}

Tensor empty_like(const Tensor& x, std::optional<DType> dtype, std::optional<Device> device, MemoryFormat format) {
  return empty_strided(x.shape(), strides_in("empty_like", x, format), dtype.value_or(x.dtype()), device.value_or(x.device()));
}

Tensor full(const Dims& size, Scalar value, DType dtype, Device device) {
  Tensor out = empty(size, dtype, device, "full");
  if (out.numel() > 0) run(kernels::fill, out, value);
  return out;
}

Tensor arange(Scalar start, Scalar end, Scalar step, std::optional<DType> dtype, Device device) {
  const bool whole = start.kind != Kind::floating && end.kind != Kind::floating && step.kind != Kind::floating;
  const DType type = dtype.value_or(whole ? DType::int64 : default_dtype());
  check<DtypeError>(type != DType::boolean, "arange: dtype must not be bool.");
  check<ValueError>(!step.is(0), "arange: step must not be 0.");
  int64_t n = 0;
  if (whole) {
    const __int128 span = static_cast<__int128>(end.integer) - start.integer, by = step.integer;
    check<ValueError>(span == 0 || (span > 0) == (by > 0), "arange: end {} cannot be reached from start {} with step {}.", end.as_double(),
                      start.as_double(), step.as_double());
    const __int128 count = span / by + (span % by != 0);
    check<ShapeError>(count <= (int64_t{1} << 60), "arange: it would have more than 2^60 elements.");
    n = static_cast<int64_t>(count);
  } else {
    const double span = end.as_double() - start.as_double(), count = std::ceil(span / step.as_double());
    check<ValueError>(std::isfinite(start.as_double()) && std::isfinite(end.as_double()), "arange: start and end must be finite. Got {} and {}.",
                      start.as_double(), end.as_double());
    check<ValueError>(count >= 0 || span == 0, "arange: end {} cannot be reached from start {} with step {}.", end.as_double(), start.as_double(),
                      step.as_double());
    check<ShapeError>(count <= 1152921504606846976.0, "arange: it would have more than 2^60 elements.");
    n = static_cast<int64_t>(std::max(count, 0.0));
  }
  Tensor out = empty({n}, type, device);
  if (n > 0) run(kernels::arange, out, start, step);
  return out;
}

}  // namespace dlx::ops
