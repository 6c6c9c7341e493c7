#include "ops/taps.h"

#include <algorithm>

#include "kernels/taps.h"
#include "ops/common.h"

namespace dlx::ops {
namespace {

Tensor host_tensor(const std::vector<int64_t>& values) {
  Tensor t = empty({static_cast<int64_t>(values.size())}, DType::int64);
  std::copy(values.begin(), values.end(), t.data<int64_t>());
  return t;
}
Tensor host_tensor(const std::vector<double>& values, DType dtype) {
  Tensor t = empty({static_cast<int64_t>(values.size())}, dtype);
  if (dtype == DType::float64) std::copy(values.begin(), values.end(), t.data<double>());
  else std::transform(values.begin(), values.end(), t.data<float>(), [](double w) { return static_cast<float>(w); });
  return t;
}
Tensor on_device(const Tensor& host, Device device) {
  if (device == kCpu) return host;
  Tensor there = empty(host.shape(), host.dtype(), device);
  copy_untracked(there, host);
  return there;
}

}  // namespace

TapsPtr window_taps(int64_t n, int64_t m, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation) {
  Taps taps;
  taps.n = n;
  for (int64_t j = 0; j < m; ++j, taps.end_result()) {
    const int64_t before = padding - j * stride;  // elements of padding in front of the window's first one
    for (int64_t t = before > 0 ? (before - 1) / dilation + 1 : 0; t < kernel; ++t) {
      const int64_t at = t * dilation - before;
      if (at >= n) break;
      taps.add(at);
    }
  }
  return std::make_shared<const Taps>(std::move(taps));
}

TapsPtr patch_taps(int64_t n, int64_t m, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation) {
  Taps taps;
  taps.n = n;
  for (int64_t t = 0; t < kernel; ++t)
    for (int64_t j = 0; j < m; ++j, taps.end_result())
      if (const int64_t at = j * stride - padding + t * dilation; at >= 0 && at < n) taps.add(at);
  return std::make_shared<const Taps>(std::move(taps));
}

TapsPtr adaptive_taps(int64_t n, int64_t m) {
  Taps taps;
  taps.n = n;
  for (int64_t j = 0; j < m; ++j, taps.end_result())
    for (int64_t at = j * n / m; at < ((j + 1) * n + m - 1) / m; ++at) taps.add(at);
  return std::make_shared<const Taps>(std::move(taps));
}

TapsPtr transposed(const Taps& taps) {
  Taps t;
  t.n = taps.m();
  t.first.assign(static_cast<size_t>(taps.n) + 1, 0);
  t.index.resize(taps.index.size());
  t.weight.resize(taps.weight.size());
  for (const int64_t i : taps.index) ++t.first[static_cast<size_t>(i) + 1];
  for (size_t i = 1; i < t.first.size(); ++i) t.first[i] += t.first[i - 1];
  std::vector<int64_t> next(t.first.begin(), t.first.end() - 1);
  for (int64_t j = 0; j < taps.m(); ++j)
    for (int64_t k = taps.first[static_cast<size_t>(j)]; k < taps.first[static_cast<size_t>(j) + 1]; ++k) {
      const auto to = static_cast<size_t>(next[static_cast<size_t>(taps.index[static_cast<size_t>(k)])]++);
      t.index[to] = j;
      if (!taps.weight.empty()) t.weight[to] = taps.weight[static_cast<size_t>(k)];
    }
  return std::make_shared<const Taps>(std::move(t));
}

Tensor map_taps(const char* op, const Tensor& x, int64_t dim, const TapsPtr& taps) {
  const bool last = x.dim() == 4 && is_channels_last(x);
  constexpr int64_t kOrder[] = {0, 2, 3, 1}, kBack[] = {0, 3, 1, 2};
  Dims shape = x.shape();
  shape[dim] = taps->m();
  Tensor out;
  if (checked_numel(shape, op) == 0 || x.numel() == 0) {
    out = zeros(shape, x.dtype(), x.device());
  } else {
    const Tensor from = last ? permuted(x, kOrder) : as_contiguous(x);
    const int64_t d = last ? (dim == 1 ? 3 : dim == 0 ? 0 : dim - 1) : dim;
    Dims to_shape = from.shape();
    to_shape[d] = taps->m();
    const Tensor to = empty(to_shape, x.dtype(), x.device());
    const Dims rows = around(from, d);
    const OptTensor weight = taps->weight.empty() ? Tensor() : on_device(host_tensor(taps->weight, sum_dtype(x.dtype())), x.device());
    run(kernels::sum_taps, reshaped(to, {rows[0], taps->m(), rows[2]}), reshaped(from, rows), on_device(host_tensor(taps->first), x.device()),
        on_device(host_tensor(taps->index), x.device()), weight);
    out = last ? permuted(to, kBack) : to;
  }
  return with_gradient(op, out, {x}, [op, dim, taps](const Tensor& g) { return map_taps(op, g, dim, transposed(*taps)); });
}

}  // namespace dlx::ops
