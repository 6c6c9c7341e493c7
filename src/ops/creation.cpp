#include "ops/creation.h"

#include <algorithm>
#include <cmath>

#include "kernels/copy.h"
#include "kernels/creation.h"
#include "ops/common.h"
#include "ops/copy.h"

namespace dlx::ops {
namespace {

// What makes a tensor from nothing writes where the caller says, or makes the tensor.
Result made(const char* op, const OptTensor& out, const Dims& shape, std::optional<DType> dtype, DType otherwise, Device device) {
  if (!out.defined()) return Result(op, out, {}, shape, dtype.value_or(otherwise), device);
  check<DtypeError>(!dtype || *dtype == out.dtype(), "{}: dtype {} differs from {}, which out has.", op, dtype.value_or(otherwise), out.dtype());
  return Result(op, out, {}, shape, out.dtype(), out.device());
}

Tensor triangle(const char* op, const Tensor& x, int64_t diagonal, bool upper, const OptTensor& out) {
  check<ShapeError>(x.dim() >= 2, "{}: input must have at least 2 dimensions. Got shape {}.", op, x.shape());
  const Result r(op, out, {x}, x.shape(), x.dtype(), x.device());
  const int64_t rows = x.size(x.dim() - 2), columns = x.size(x.dim() - 1);
  const int64_t k = std::clamp(diagonal, -rows - 1, columns + 1);
  if (x.numel() > 0) {
    const Dims shape{x.numel() / (rows * columns), rows, columns};
    const Tensor from = as_contiguous(x);
    const bool direct = r.tensor().is_contiguous() && r.tensor().dtype() == x.dtype();
    const Tensor to = direct ? r.tensor() : empty(x.shape(), x.dtype(), x.device());
    run(kernels::triangle, reshaped(to, shape), reshaped(from, shape), k, upper);
    if (!direct) copy_untracked(r, to);
  }
  return r.with_gradient([op, k, upper](const Tensor& g) { return triangle(op, g, k, upper, {}); });
}

}  // namespace

Tensor eye(int64_t n, std::optional<int64_t> m, std::optional<DType> dtype, Device device, const OptTensor& out) {
  check<ValueError>(n >= 0 && m.value_or(n) >= 0, "eye: sizes must not be negative. Got {} and {}.", n, m.value_or(n));
  const Result r = made("eye", out, {n, m.value_or(n)}, dtype, default_dtype(), device);
  const Tensor& x = r.tensor();
  if (x.numel() == 0) return x;
  run(kernels::fill, x, Scalar(0));
  run(kernels::fill, alias(x, {std::min(n, m.value_or(n))}, {x.stride(0) + x.stride(1)}, x.offset()), Scalar(1));
  return x;
}

Tensor linspace(Scalar start, Scalar end, int64_t steps, std::optional<DType> dtype, Device device, const OptTensor& out) {
  check<ValueError>(steps >= 0, "linspace: steps must not be negative. Got {}.", steps);
  const Result r = made("linspace", out, {steps}, dtype, default_dtype(), device);
  const DType type = r.tensor().dtype();
  check<DtypeError>(type != DType::boolean, "linspace: dtype must not be bool.");
  const auto rounded = [&](Scalar x) { return is_floating(type) ? x.as_double() : static_cast<double>(x.to<int64_t>()); };
  const Tensor to = r.tensor().is_contiguous() ? r.tensor() : empty({steps}, type, device);
  if (steps > 0) run(kernels::linspace, to, rounded(start), rounded(end));
  if (!to.same(r.tensor())) copy_untracked(r, to);
  return r.tensor();
}

Tensor logspace(Scalar start, Scalar end, int64_t steps, double base, std::optional<DType> dtype, Device device, const OptTensor& out) {
  check<ValueError>(steps >= 0, "logspace: steps must not be negative. Got {}.", steps);
  const Result r = made("logspace", out, {steps}, dtype, default_dtype(), device);
  const Tensor values = linspace(start, end, steps, DType::float64, kCpu, {});
  double* v = values.data<double>();
  for (int64_t i = 0; i < steps; ++i) v[i] = std::pow(base, v[i]);
  copy_untracked(r, r.tensor().device() == kCpu ? values : as_dtype(values, r.tensor().dtype()));
  return r.tensor();
}

Tensor tril(const Tensor& x, int64_t diagonal, const OptTensor& out) { return triangle("tril", x, diagonal, false, out); }
Tensor triu(const Tensor& x, int64_t diagonal, const OptTensor& out) { return triangle("triu", x, diagonal, true, out); }

Tensor triangle_indices(int64_t rows, int64_t columns, int64_t offset, bool upper, DType dtype, Device device) {
  const char* op = upper ? "triu_indices" : "tril_indices";
  check<ValueError>(rows >= 0 && columns >= 0, "{}: row and col must not be negative. Got {} and {}.", op, rows, columns);
  check<DtypeError>(dtype == DType::int64 || dtype == DType::int32, "{}: dtype must be int64 or int32. Got {}.", op, dtype);
  checked_numel(Dims{2, rows, columns}, op);
  const int64_t k = std::clamp(offset, -rows - 1, columns + 1);
  const auto cut = [&](int64_t r) { return std::clamp<int64_t>(r + k + (upper ? 0 : 1), 0, columns); };
  int64_t count = 0;
  for (int64_t r = 0; r < rows; ++r) count += upper ? columns - cut(r) : cut(r);
  const Tensor out = empty({2, count}, DType::int64);
  int64_t *row = out.data<int64_t>(), *column = row + count;
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = upper ? cut(r) : 0; c < (upper ? columns : cut(r)); ++c) {
      *row++ = r;
      *column++ = c;
    }
  return to(as_dtype(out, dtype), device, {});
}

}  // namespace dlx::ops
