#include "ops/creation.h"

#include "bindings/def.h"

namespace dlx::bindings {
namespace {

Tensor eye(int64_t n, std::optional<int64_t> m, std::optional<DType> dtype, std::optional<Device> device, const OptTensor& out) {
  return ops::eye(n, m, dtype, device.value_or(kCpu), out);
}
Tensor linspace(Scalar start, Scalar end, int64_t steps, std::optional<DType> dtype, std::optional<Device> device, const OptTensor& out) {
  return ops::linspace(start, end, steps, dtype, device.value_or(kCpu), out);
}
Tensor logspace(Scalar start, Scalar end, int64_t steps, double base, std::optional<DType> dtype, std::optional<Device> device, const OptTensor& out) {
  return ops::logspace(start, end, steps, base, dtype, device.value_or(kCpu), out);
}
Tensor triangle_indices(int64_t row, int64_t col, int64_t offset, bool upper, DType dtype, std::optional<Device> device) {
  return ops::triangle_indices(row, col, offset, upper, dtype, device.value_or(kCpu));
}

}  // namespace

DLX_BINDINGS(creation) {
  def<"eye", &eye>(m);
  def<"linspace", &linspace>(m);
  def<"logspace", &logspace>(m);
  def<"tril", &ops::tril>(m);
  def<"triu", &ops::triu>(m);
  def<"triangle_indices", &triangle_indices>(m);
}

}  // namespace dlx::bindings
