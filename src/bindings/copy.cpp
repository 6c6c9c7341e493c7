#include "ops/copy.h"

#include "bindings/def.h"

namespace dlx::bindings {
namespace {

Tensor empty_of(const Dims& size, std::optional<DType> dtype, std::optional<Device> device) {
  return empty(size, dtype.value_or(default_dtype()), device.value_or(kCpu));
}
Tensor full_of(const Dims& size, Scalar value, std::optional<DType> dtype, std::optional<Device> device) {
  return ops::full(size, value, dtype.value_or(value.dtype()), device.value_or(kCpu));
}
Tensor zeros_of(const Dims& size, std::optional<DType> dtype, std::optional<Device> device) {
  return ops::full(size, Scalar(0), dtype.value_or(default_dtype()), device.value_or(kCpu));
}
Tensor ones_of(const Dims& size, std::optional<DType> dtype, std::optional<Device> device) {
  return ops::full(size, Scalar(1), dtype.value_or(default_dtype()), device.value_or(kCpu));
}
Tensor zeros_like_of(const Tensor& input, std::optional<DType> dtype, std::optional<Device> device, ops::MemoryFormat format) {
  return ops::fill_(ops::empty_like(input, dtype, device, format), Scalar(0));
}
Tensor ones_like_of(const Tensor& input, std::optional<DType> dtype, std::optional<Device> device, ops::MemoryFormat format) {
  return ops::fill_(ops::empty_like(input, dtype, device, format), Scalar(1));
}
Tensor arange_of(Scalar start, Scalar end, Scalar step, std::optional<DType> dtype, std::optional<Device> device) {
  return ops::arange(start, end, step, dtype, device.value_or(kCpu));
}

}  // namespace

DLX_BINDINGS(copy) {
  def<"copy_", &ops::copy_>(m);
  def<"fill_", &ops::fill_>(m);
  def<"clone", &ops::clone>(m);
  def<"contiguous", &ops::contiguous>(m);
  def<"to", &ops::to>(m);
  def<"empty_like", &ops::empty_like>(m);
  def<"empty", &empty_of>(m);
  def<"full", &full_of>(m);
  def<"zeros", &zeros_of>(m);
  def<"ones", &ones_of>(m);
  def<"zeros_like", &zeros_like_of>(m);
  def<"ones_like", &ones_like_of>(m);
  def<"arange", &arange_of>(m);
}

}  // namespace dlx::bindings
