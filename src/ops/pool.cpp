#include "ops/pool.h"

#include <algorithm>
#include <vector>

#include "kernels/pool.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/index.h"
#include "ops/reduce.h"
#include "ops/taps.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

constexpr const char* kDimNames[] = {"depth", "height", "width"};

// The gradient of x's planes: g's elements added at the indices. Dimensions (n, c, *).
Tensor backward(const Tensor& g, const Tensor& indices, const Dims& x_shape) {
  const int64_t n = x_shape[0], c = x_shape[1];
  int64_t size = 1, count = 1;
  for (int64_t d = 2; d < x_shape.size(); ++d) size *= x_shape[d], count *= g.size(d);
  if (thread_state.grad_enabled) {  // the composed form: it can be differentiated again
    const Dims planes{n, c, count};
    return reshape(scatter_sum({n, c, size}, 2, reshape(indices, planes), reshape(g, planes)), x_shape);
  }
  if (x_shape.size() == 4) {
    Tensor gx = empty_strided(x_shape, image_strides(indices, x_shape), g.dtype(), g.device());
    if (gx.numel() > 0) run(kernels::max_pool2d_backward, gx, g, indices);
    return gx;
  }
  const Tensor gx = empty(x_shape, g.dtype(), g.device());
  const Dims wide{n, c, 1, size}, from{n, c, 1, count};
  if (gx.numel() > 0) run(kernels::max_pool2d_backward, reshaped(gx, wide), reshaped(as_contiguous(g), from), reshaped(as_contiguous(indices), from));
  return gx;
}

// Windows over the last `spatial` dimensions, checked: one number for each.
struct Windows {
  const char* op;
  int64_t spatial;
  Dims kernel, stride, padding, dilation, count;  // count: how many windows
};
Dims each_dim(const char* op, const char* name, const Dims& values, int64_t spatial) {
  check<ValueError>(values.size() == 1 || values.size() == spatial, "{}: {} must be an int or {} ints. Got {}.", op, name, spatial, values);
  return values.size() == spatial ? values : Dims(spatial, values[0]);
}
void check_rank(const char* op, const Tensor& input, int64_t spatial) {
  const char* const sizes = spatial == 1 ? "l" : spatial == 2 ? "h, w" : "d, h, w";
  check<ShapeError>(input.dim() == spatial + 2 || input.dim() == spatial + 1, "{}: input must have {} dimensions (n, c, {}), or {} without n. Got shape {}.", op,
                    spatial + 2, sizes, spatial + 1, input.shape());
}
Windows checked_windows(const char* op, int64_t spatial, const Tensor& input, const Dims& kernel, const Dims& stride, const Dims& padding, const Dims& dilation, bool ceil_mode) {
  check_rank(op, input, spatial);
  Windows w{op, spatial, each_dim(op, "kernel_size", kernel, spatial), Dims(), each_dim(op, "padding", padding, spatial), each_dim(op, "dilation", dilation, spatial), Dims(spatial)};
  w.stride = stride.empty() ? w.kernel : each_dim(op, "stride", stride, spatial);
  for (int64_t i = 0; i < spatial; ++i) {
    constexpr int64_t kLimit = int64_t{1} << 31;
    const int64_t k = w.kernel[i], s = w.stride[i], p = w.padding[i], d = w.dilation[i], size = input.size(input.dim() - spatial + i);
    check<ValueError>(k > 0 && s > 0 && d > 0 && p >= 0 && k < kLimit && s < kLimit && d < kLimit,
                      "{}: kernel_size, stride and dilation must be positive and padding not negative. Got {}, {}, {} and {}.", op, k, s, d, p);
    const int64_t span = d * (k - 1) + 1, room = size + 2 * p - span;
    check<ValueError>(2 * p <= span, "{}: padding must be at most half of what kernel_size and dilation span. Got {} and {}.", op, p, span);
    check<ShapeError>(input.size(input.dim() - spatial - 1) > 0 && size > 0 && room + (ceil_mode ? s - 1 : 0) >= 0,
                      "{}: the window spans {} but the padded input is {} in {}. Got input of shape {}.", op, span, size + 2 * p, kDimNames[3 - spatial + i], input.shape());
    w.count[i] = (room + (ceil_mode ? s - 1 : 0)) / s + 1;
    if (ceil_mode && (w.count[i] - 1) * s >= size + p) --w.count[i];  // a window must begin within the input
    for (int64_t j = 0; d > 1 && p > 0 && j < w.count[i]; ++j) {
      const int64_t start = j * s - p, first = start >= 0 ? 0 : (d - 1 - start) / d;
      check<ShapeError>(first < k && start + first * d < size, "{}: with dilation {} and padding {} a window meets no element of the {}. Got input of shape {}.", op, d, p,
                        kDimNames[3 - spatial + i], input.shape());
    }
  }
  return w;
}

// As (n, c, *); an input without n gets one.
Tensor batched(const Tensor& input, int64_t spatial) { return input.dim() == spatial + 1 ? unsqueeze(input, 0) : input; }
std::pair<Tensor, Tensor> as_given(const std::pair<Tensor, Tensor>& both, const Tensor& input, int64_t spatial) {
  if (input.dim() != spatial + 1) return both;
  return {squeeze(both.first, Dims{0}), squeeze(both.second, Dims{0})};
}

// x: (n, c, h, w).
std::pair<Tensor, Tensor> max_of_planes(const char* op, const Tensor& x, const kernels::Pool2d& pool, const Dims& shape) {
  check<ShapeError>((pool.dilation[0] * (pool.kernel[0] - 1) + 1) < (int64_t{1} << 31) / std::max<int64_t>(x.size(3), 1),
                    "{}: a window must span fewer than 2^31 elements of its plane. Got input of shape {}.", op, x.shape());
  const Dims strides = image_strides(x, shape);
  Tensor out = empty_strided(shape, strides, x.dtype(), x.device()), indices = empty_strided(shape, strides, DType::int64, x.device());
  if (out.numel() > 0) run(kernels::max_pool2d, out, indices, x, pool);
  const Tensor outs[] = {out, indices};
  with_gradients(op, outs, {x}, [at = recording({x}) ? save(indices) : Saved(), x_shape = x.shape()](std::span<const Tensor> g, Needs) -> Gradients {
    return backward(g[0], at.get(), x_shape);
  });
  return {out, indices};
}

// x: (n, c, *). places: of each window of each dimension, d, h and w one after the other, its first element and how many it has.
std::pair<Tensor, Tensor> max_of_windows(const char* op, const Tensor& x, const Dims& count, const std::vector<int64_t>& places, kernels::WindowDilation dilation) {
  Dims shape{x.size(0), x.size(1)}, planes{x.size(0) * x.size(1)}, of_planes{x.size(0) * x.size(1)};
  for (int64_t i = count.size(); i < 3; ++i) planes.push_back(1), of_planes.push_back(1);
  for (int64_t i = 0; i < count.size(); ++i) shape.push_back(count[i]), planes.push_back(count[i]), of_planes.push_back(x.size(2 + i));
  Tensor out = empty(shape, x.dtype(), x.device()), indices = empty(shape, DType::int64, x.device());
  if (out.numel() > 0) {
    Tensor windows = empty({static_cast<int64_t>(places.size())}, DType::int64);
    std::copy(places.begin(), places.end(), windows.data<int64_t>());
    if (x.device() != kCpu) {
      const Tensor there = empty(windows.shape(), DType::int64, x.device());
      copy_untracked(there, windows);
      windows = there;
    }
    run(kernels::max_windows, reshaped(out, planes), reshaped(indices, planes), reshaped(as_contiguous(x), of_planes), windows, dilation);
  }
  if (x.dim() == 4 && is_channels_last(x)) {
    const Dims strides = channels_last_strides(shape);
    const Tensor moved = empty_strided(shape, strides, x.dtype(), x.device()), moved_indices = empty_strided(shape, strides, DType::int64, x.device());
    copy_untracked(moved, out);
    copy_untracked(moved_indices, indices);
    out = moved, indices = moved_indices;
  }
  const Tensor outs[] = {out, indices};
  with_gradients(op, outs, {x}, [at = recording({x}) ? save(indices) : Saved(), x_shape = x.shape()](std::span<const Tensor> g, Needs) -> Gradients {
    return backward(g[0], at.get(), x_shape);
  });
  return {out, indices};
}

void check_numbers(const char* op, const Tensor& input) { check<DtypeError>(input.dtype() != DType::boolean, "{}: input must not be bool.", op); }

// output_size with -1 replaced, after all checks.
Dims checked_output(const char* op, int64_t spatial, const Tensor& input, const Dims& output_size) {
  check_rank(op, input, spatial);
  Dims count = each_dim(op, "output_size", output_size, spatial);
  for (int64_t i = 0; i < spatial; ++i) {
    const int64_t size = input.size(input.dim() - spatial + i);
    if (count[i] == -1) count[i] = size;
    check<ValueError>(count[i] >= 0, "{}: output_size must not be negative. Got {}.", op, output_size);
    check<ShapeError>(input.size(input.dim() - spatial - 1) > 0 && size > 0, "{}: only the batch may be empty. Got input of shape {}.", op, input.shape());
  }
  return count;
}

std::pair<Tensor, Tensor> adaptive_max_pool(const char* op, int64_t spatial, const Tensor& input, const Dims& output_size) {
  check_numbers(op, input);
  const Dims count = checked_output(op, spatial, input, output_size);
  const Tensor x = batched(input, spatial);
  std::vector<int64_t> places;
  for (int64_t i = spatial; i < 3; ++i) places.insert(places.end(), {0, 1});
  for (int64_t i = 0; i < spatial; ++i)
    for (int64_t j = 0, n = x.size(2 + i); j < count[i]; ++j) {
      const int64_t start = j * n / count[i], end = ((j + 1) * n + count[i] - 1) / count[i];
      places.insert(places.end(), {start, end - start});
    }
  return as_given(max_of_windows(op, x, count, places, {1, 1, 1}), input, spatial);
}

// Sums of windows divided by their sizes. sizes: of the windows of each dimension, empty where `divisor` counts.
Tensor mean_of_windows(const char* op, const Tensor& input, const std::vector<TapsPtr>& taps, const std::vector<std::vector<double>>& sizes, double divisor) {
  const int64_t spatial = static_cast<int64_t>(taps.size());
  const bool half = is_half(input.dtype());
  Tensor sums = half ? to(input, {}, DType::float32) : input;
  for (int64_t i = 0; i < spatial; ++i) sums = map_taps(op, sums, input.dim() - spatial + i, taps[static_cast<size_t>(i)]);
  Tensor out;
  bool uniform = true;
  for (const auto& of_dim : sizes)
    for (const double s : of_dim) uniform &= s == of_dim[0];
  if (uniform) {
    for (const auto& of_dim : sizes) divisor *= of_dim.empty() ? 1 : of_dim[0];
    out = div(sums, number(divisor));
  } else {
    Tensor product = filled({}, Scalar(divisor), sums.dtype(), input.device());
    for (int64_t i = 0; i < spatial; ++i) {
      const auto& of_dim = sizes[static_cast<size_t>(i)];
      Tensor host = empty({static_cast<int64_t>(of_dim.size())}, DType::float64);
      std::copy(of_dim.begin(), of_dim.end(), host.data<double>());
      Dims shape(spatial, 1);
      shape[i] = host.numel();
      product = mul(product, reshape(to(host, input.device(), sums.dtype()), shape));
    }
    out = div(sums, product);
  }
  return half ? to(out, {}, input.dtype()) : out;
}

Tensor avg_pool(const char* op, int64_t spatial, const Tensor& input, const Dims& kernel, const Dims& stride, const Dims& padding, bool ceil_mode,
                bool count_include_pad, std::optional<int64_t> divisor) {
  check_floating(op, "input", input);
  const Windows w = checked_windows(op, spatial, input, kernel, stride, padding, {1}, ceil_mode);
  check<ValueError>(!divisor || *divisor != 0, "{}: divisor_override must not be 0.", op);
  std::vector<TapsPtr> taps;
  std::vector<std::vector<double>> sizes;
  for (int64_t i = 0; i < spatial; ++i) {
    const int64_t n = input.size(input.dim() - spatial + i);
    taps.push_back(window_taps(n, w.count[i], w.kernel[i], w.stride[i], w.padding[i], 1));
    std::vector<double> of_dim;
    for (int64_t j = 0; j < w.count[i] && !divisor; ++j) {
      // With ceil_mode the last window may reach beyond the padding; what is there does not count.
      const int64_t start = j * w.stride[i] - w.padding[i], end = std::min(start + w.kernel[i], n + w.padding[i]);
      of_dim.push_back(static_cast<double>(count_include_pad ? end - start : std::min(end, n) - std::max<int64_t>(start, 0)));
    }
    sizes.push_back(of_dim);
  }
  return mean_of_windows(op, input, taps, sizes, divisor ? static_cast<double>(*divisor) : 1);
}

Tensor adaptive_avg_pool(const char* op, int64_t spatial, const Tensor& input, const Dims& output_size) {
  check_floating(op, "input", input);
  const Dims count = checked_output(op, spatial, input, output_size);
  if (count == Dims(spatial, 1) && input.numel() > 0) {
    Dims all;
    for (int64_t i = 0; i < spatial; ++i) all.push_back(input.dim() - spatial + i);
    return mean(input, all, true, {});
  }
  std::vector<TapsPtr> taps;
  std::vector<std::vector<double>> sizes;
  for (int64_t i = 0; i < spatial; ++i) {
    taps.push_back(adaptive_taps(input.size(input.dim() - spatial + i), count[i]));
    std::vector<double> of_dim;
    for (int64_t j = 0; j < count[i]; ++j)
      of_dim.push_back(static_cast<double>(taps.back()->first[static_cast<size_t>(j) + 1] - taps.back()->first[static_cast<size_t>(j)]));
    sizes.push_back(of_dim);
  }
  return mean_of_windows(op, input, taps, sizes, 1);
}

}  // namespace

std::pair<Tensor, Tensor> max_pool2d(const Tensor& input, Pair kernel, Pair stride, Pair padding, Pair dilation, bool ceil_mode) {
  check_numbers("max_pool2d", input);
  const Windows w = checked_windows("max_pool2d", 2, input, Dims(kernel), Dims(stride), Dims(padding), Dims(dilation), ceil_mode);
  const Tensor x = batched(input, 2);
  const kernels::Pool2d pool{{w.kernel[0], w.kernel[1]}, {w.stride[0], w.stride[1]}, {w.padding[0], w.padding[1]}, {w.dilation[0], w.dilation[1]}};
  return as_given(max_of_planes("max_pool2d", x, pool, {x.size(0), x.size(1), w.count[0], w.count[1]}), input, 2);
}

std::pair<Tensor, Tensor> max_pool1d(const Tensor& input, const Dims& kernel, const Dims& stride, const Dims& padding, const Dims& dilation, bool ceil_mode) {
  check_numbers("max_pool1d", input);
  const Windows w = checked_windows("max_pool1d", 1, input, kernel, stride, padding, dilation, ceil_mode);
  const Tensor x = unsqueeze(batched(input, 1), 2);
  const kernels::Pool2d pool{{1, w.kernel[0]}, {1, w.stride[0]}, {0, w.padding[0]}, {1, w.dilation[0]}};
  const auto [out, indices] = max_of_planes("max_pool1d", x, pool, {x.size(0), x.size(1), 1, w.count[0]});
  return as_given({squeeze(out, Dims{2}), squeeze(indices, Dims{2})}, input, 1);
}

std::pair<Tensor, Tensor> max_pool3d(const Tensor& input, const Dims& kernel, const Dims& stride, const Dims& padding, const Dims& dilation, bool ceil_mode) {
  check_numbers("max_pool3d", input);
  const Windows w = checked_windows("max_pool3d", 3, input, kernel, stride, padding, dilation, ceil_mode);
  const Tensor x = batched(input, 3);
  std::vector<int64_t> places;
  for (int64_t i = 0; i < 3; ++i)
    for (int64_t j = 0; j < w.count[i]; ++j) {
      const int64_t start = j * w.stride[i] - w.padding[i], d = w.dilation[i];
      const int64_t before = start >= 0 ? 0 : (d - 1 - start) / d, end = std::min(w.kernel[i], (x.size(2 + i) - 1 - start) / d + 1);
      places.insert(places.end(), {start + before * d, end - before});
    }
  return as_given(max_of_windows("max_pool3d", x, w.count, places, {w.dilation[0], w.dilation[1], w.dilation[2]}), input, 3);
}

std::pair<Tensor, Tensor> adaptive_max_pool1d(const Tensor& input, const Dims& output_size) { return adaptive_max_pool("adaptive_max_pool1d", 1, input, output_size); }
std::pair<Tensor, Tensor> adaptive_max_pool2d(const Tensor& input, const Dims& output_size) { return adaptive_max_pool("adaptive_max_pool2d", 2, input, output_size); }
std::pair<Tensor, Tensor> adaptive_max_pool3d(const Tensor& input, const Dims& output_size) { return adaptive_max_pool("adaptive_max_pool3d", 3, input, output_size); }

Tensor avg_pool1d(const Tensor& input, const Dims& kernel, const Dims& stride, const Dims& padding, bool ceil_mode, bool count_include_pad) {
  return avg_pool("avg_pool1d", 1, input, kernel, stride, padding, ceil_mode, count_include_pad, {});
}
Tensor avg_pool2d(const Tensor& input, const Dims& kernel, const Dims& stride, const Dims& padding, bool ceil_mode, bool count_include_pad,
                  std::optional<int64_t> divisor) {
  return avg_pool("avg_pool2d", 2, input, kernel, stride, padding, ceil_mode, count_include_pad, divisor);
}
Tensor avg_pool3d(const Tensor& input, const Dims& kernel, const Dims& stride, const Dims& padding, bool ceil_mode, bool count_include_pad,
                  std::optional<int64_t> divisor) {
  return avg_pool("avg_pool3d", 3, input, kernel, stride, padding, ceil_mode, count_include_pad, divisor);
}
Tensor adaptive_avg_pool1d(const Tensor& input, const Dims& output_size) { return adaptive_avg_pool("adaptive_avg_pool1d", 1, input, output_size); }
Tensor adaptive_avg_pool2d(const Tensor& input, const Dims& output_size) { return adaptive_avg_pool("adaptive_avg_pool2d", 2, input, output_size); }
Tensor adaptive_avg_pool3d(const Tensor& input, const Dims& output_size) { return adaptive_avg_pool("adaptive_avg_pool3d", 3, input, output_size); }

Tensor max_unpool(const Tensor& input, const Tensor& indices, const Dims& output_size) {
  const int64_t spatial = output_size.size();
  check_rank("max_unpool", input, spatial);
  check_dtype("max_unpool", "indices", indices, DType::int64);
  check_shape("max_unpool", "indices", indices, input.shape());
  common_device("max_unpool", {input, indices});
  Dims shape = input.shape();
  int64_t planes = 1, count = 1, size = 1;
  for (int64_t d = 0; d < input.dim(); ++d) {
    if (d < input.dim() - spatial) planes *= input.size(d);
    else count *= input.size(d), shape[d] = output_size[d - (input.dim() - spatial)];
  }
  checked_numel(shape, "max_unpool");
  for (int64_t i = 0; i < spatial; ++i) size *= output_size[i];
  check<ShapeError>(size > 0 && count > 0, "max_unpool: only the batch may be empty. Got input of shape {} and output_size {}.", input.shape(), output_size);
  const Tensor at = as_contiguous(indices), out = empty(shape, input.dtype(), input.device());
  if (out.numel() > 0) run(kernels::max_unpool, reshaped(out, {planes, size}), reshaped(as_contiguous(input), {planes, count}), reshaped(at, {planes, count}));
  return with_gradient("max_unpool", out, {input}, [at = save(at), planes, count, size, x_shape = input.shape()](const Tensor& g) {
    return reshape(gather(reshape(g, {planes, size}), 1, reshape(at.get(), {planes, count})), x_shape);
  });
}

}  // namespace dlx::ops
