#include "ops/resize.h"

#include <algorithm>
#include <cmath>

#include "ops/common.h"
#include "ops/copy.h"
#include "ops/taps.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

void check_image(const char* op, const Tensor& x, const Dims& size) {
  const int64_t spatial = size.size();
  check<ShapeError>(spatial >= 1 && spatial <= 3 && x.dim() == spatial + 2, "{}: input must have {} dimensions, (n, c) and those of size={}. Got shape {}.", op,
                    spatial + 2, size, x.shape());
  for (int64_t i = 0; i < spatial; ++i) {
    constexpr int64_t kLimit = int64_t{1} << 31;
    check<ValueError>(size[i] > 0 && size[i] < kLimit, "{}: sizes must be positive. Got size={} for input of shape {}.", op, size, x.shape());
    check<ShapeError>(x.size(2 + i) > 0 && x.size(1) > 0, "{}: only the batch may be empty. Got input of shape {}.", op, x.shape());
  }
}

// Maps each dimension by the taps that taps_of(n, m, factor) gives, the last one first: rows are short while it is done. Halves pass through
// float32 and round once.
template <class F> Tensor resized(const char* op, const Tensor& input, const Dims& size, const Factors& factors, const F& taps_of) {
  const bool half = is_half(input.dtype());
  Tensor x = half ? to(input, {}, DType::float32) : input;
  for (int64_t i = size.size() - 1; i >= 0; --i) x = map_taps(op, x, 2 + i, std::make_shared<const Taps>(taps_of(input.size(2 + i), size[i], factors[static_cast<size_t>(i)])));
  return half ? to(x, {}, input.dtype()) : x;
}

// Elements of the input for each of the output.
double step_of(int64_t n, int64_t m, std::optional<double> factor, bool align_corners) {
  if (align_corners) return m > 1 ? static_cast<double>(n - 1) / static_cast<double>(m - 1) : 0;
  return factor && *factor > 0 ? 1 / *factor : static_cast<double>(n) / static_cast<double>(m);
}

// The weights of the four elements around a point `t` beyond the second, by cubic convolution (Keys 1981) with parameter a.
double cubic(double distance, double a) {
  const double x = std::abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}
double triangle(double distance) { return std::max(0.0, 1 - std::abs(distance)); }

// Where it makes smaller, the filter is as much wider; weights are normalised at the edges.
template <class F> Taps smooth_taps(int64_t n, int64_t m, double step, double reach, const F& filter) {
  Taps taps;
  taps.n = n;
  const double wider = std::max(step, 1.0), support = reach * wider;
  for (int64_t j = 0; j < m; ++j, taps.end_result()) {
    const double centre = step * (static_cast<double>(j) + 0.5);
    const int64_t begin = std::max<int64_t>(static_cast<int64_t>(centre - support + 0.5), 0);
    const int64_t end = std::min<int64_t>(static_cast<int64_t>(centre + support + 0.5), n);
    const auto weight = [&](int64_t i) { return filter((static_cast<double>(i) - centre + 0.5) / wider); };
    double total = 0;
    for (int64_t i = begin; i < end; ++i) total += weight(i);
    for (int64_t i = begin; i < end; ++i) taps.add(i, total != 0 ? weight(i) / total : 0);
  }
  return taps;
}

// (*, c, h, w) with the last two dimensions and the one before as given; NHWC stays NHWC.
Tensor in_format_of(const Tensor& input, const Tensor& out) {
  if (input.dim() == 4 && is_channels_last(input)) return contiguous(out, MemoryFormat::channels_last);
  return out;
}

Dims pair_of(const char* op, const char* name, const Dims& values, int64_t least) {
  check<ValueError>(values.size() == 1 || values.size() == 2, "{}: {} must be an int or two ints. Got {}.", op, name, values);
  const Dims both = values.size() == 2 ? values : Dims(2, values[0]);
  constexpr int64_t kLimit = int64_t{1} << 31;
  for (const int64_t v : both) check<ValueError>(v >= least && v < kLimit, "{}: {} must be at least {}. Got {}.", op, name, least, values);
  return both;
}
// The patches of images of h x w: how they lie, and how many there are.
struct PatchGrid {
  Dims kernel, dilation, padding, stride, count;
};
PatchGrid patch_grid(const char* op, const Dims& size, const Dims& kernel, const Dims& dilation, const Dims& padding, const Dims& stride) {
  PatchGrid p{pair_of(op, "kernel_size", kernel, 1), pair_of(op, "dilation", dilation, 1), pair_of(op, "padding", padding, 0), pair_of(op, "stride", stride, 1), Dims(2)};
  for (int64_t i = 0; i < 2; ++i) {
    const int64_t span = p.dilation[i] * (p.kernel[i] - 1) + 1, room = size[i] + 2 * p.padding[i];
    check<ShapeError>(size[i] > 0 && span <= room, "{}: a patch spans {} by its size and dilation but the padded image is {} in {}. Got an image of {}.", op, span, room,
                      i == 0 ? "height" : "width", size);
    p.count[i] = (room - span) / p.stride[i] + 1;
  }
  return p;
}
TapsPtr taps_of(const PatchGrid& p, int64_t size, int64_t i) { return patch_taps(size, p.count[i], p.kernel[i], p.stride[i], p.padding[i], p.dilation[i]); }

}  // namespace

Tensor resize_nearest(const Tensor& input, const Dims& size, std::optional<double> f0, std::optional<double> f1, std::optional<double> f2, bool exact) {
  check_image("interpolate", input, size);
  const Factors factors{f0, f1, f2};
  Tensor x = input;
  for (int64_t i = size.size() - 1; i >= 0; --i) {
    Taps taps;
    taps.n = input.size(2 + i);
    const std::optional<double> factor = factors[static_cast<size_t>(i)];
    // float32, as in PyTorch: another rounding would choose other elements.
    const float step = factor && *factor > 0 ? static_cast<float>(1 / *factor) : static_cast<float>(taps.n) / static_cast<float>(size[i]);
    for (int64_t j = 0; j < size[i]; ++j, taps.end_result()) {
      const float at = exact ? (static_cast<float>(j) + 0.5f) * step : static_cast<float>(j) * step;
      taps.add(taps.n == size[i] ? j : std::min(static_cast<int64_t>(std::floor(at)), taps.n - 1));
    }
    x = map_taps("interpolate", x, 2 + i, std::make_shared<const Taps>(std::move(taps)));
  }
  return x;
}

Tensor resize_linear(const Tensor& input, const Dims& size, std::optional<double> f0, std::optional<double> f1, std::optional<double> f2, bool align_corners, bool antialias) {
  check_floating("interpolate", "input", input);
  check_image("interpolate", input, size);
  return resized("interpolate", input, size, {f0, f1, f2}, [&](int64_t n, int64_t m, std::optional<double> factor) {
    const double step = step_of(n, m, factor, align_corners);
    if (antialias) return smooth_taps(n, m, step, 1, triangle);
    Taps taps;
    taps.n = n;
    for (int64_t j = 0; j < m; ++j, taps.end_result()) {
      const double at = n == m ? static_cast<double>(j) : std::max(0.0, align_corners ? step * static_cast<double>(j) : step * (static_cast<double>(j) + 0.5) - 0.5);
      const int64_t i = std::min(static_cast<int64_t>(at), n - 1);
      const double beyond = std::min(at - static_cast<double>(i), 1.0);
      const bool alone = i == n - 1 || beyond == 0;
      taps.add(i, alone ? 1 : 1 - beyond);
      if (!alone) taps.add(i + 1, beyond);
    }
    return taps;
  });
}

Tensor resize_cubic(const Tensor& input, const Dims& size, std::optional<double> f0, std::optional<double> f1, std::optional<double> f2, bool align_corners, bool antialias) {
  check_floating("interpolate", "input", input);
  check_image("interpolate", input, size);
  return resized("interpolate", input, size, {f0, f1, f2}, [&](int64_t n, int64_t m, std::optional<double> factor) {
    const double step = step_of(n, m, factor, align_corners);
    if (antialias) return smooth_taps(n, m, step, 2, [](double x) { return cubic(x, -0.5); });
    Taps taps;
    taps.n = n;
    for (int64_t j = 0; j < m; ++j, taps.end_result()) {
      const double at = align_corners ? step * static_cast<double>(j) : step * (static_cast<double>(j) + 0.5) - 0.5, below = std::floor(at);
      for (int64_t k = -1; k <= 2; ++k)
        if (const double w = cubic(at - below - static_cast<double>(k), -0.75); w != 0) taps.add(std::clamp<int64_t>(static_cast<int64_t>(below) + k, 0, n - 1), w);
    }
    return taps;
  });
}

Tensor pixel_shuffle(const Tensor& x, int64_t r) {
  check<ShapeError>(x.dim() >= 3, "pixel_shuffle: input must have at least 3 dimensions (*, c, h, w). Got shape {}.", x.shape());
  check<ValueError>(r > 0 && r < (1 << 20), "pixel_shuffle: upscale_factor must be positive. Got {}.", r);
  const int64_t at = x.dim() - 3, c = x.size(at), h = x.size(at + 1), w = x.size(at + 2);
  check<ShapeError>(c % (r * r) == 0, "pixel_shuffle: the channels must be a multiple of upscale_factor^2 = {}. Got input of shape {}.", r * r, x.shape());
  Dims shape = x.shape();
  int64_t n = 1;
  for (int64_t d = 0; d < at; ++d) n *= x.size(d);
  shape[at] = c / (r * r), shape[at + 1] = h * r, shape[at + 2] = w * r;
  const Tensor moved = permute(reshape(x, {n, c / (r * r), r, r, h, w}), {0, 1, 4, 2, 5, 3});
  return in_format_of(x, reshape(contiguous(moved), shape));
}

Tensor pixel_unshuffle(const Tensor& x, int64_t r) {
  check<ShapeError>(x.dim() >= 3, "pixel_unshuffle: input must have at least 3 dimensions (*, c, h, w). Got shape {}.", x.shape());
  check<ValueError>(r > 0 && r < (1 << 20), "pixel_unshuffle: downscale_factor must be positive. Got {}.", r);
  const int64_t at = x.dim() - 3, c = x.size(at), h = x.size(at + 1), w = x.size(at + 2);
  check<ShapeError>(h % r == 0 && w % r == 0, "pixel_unshuffle: height and width must be multiples of downscale_factor {}. Got input of shape {}.", r, x.shape());
  Dims shape = x.shape();
  int64_t n = 1;
  for (int64_t d = 0; d < at; ++d) n *= x.size(d);
  shape[at] = c * r * r, shape[at + 1] = h / r, shape[at + 2] = w / r;
  const Tensor moved = permute(reshape(x, {n, c, h / r, r, w / r, r}), {0, 1, 3, 5, 2, 4});
  return in_format_of(x, reshape(contiguous(moved), shape));
}

Tensor channel_shuffle(const Tensor& x, int64_t groups) {
  check<ShapeError>(x.dim() >= 3, "channel_shuffle: input must have at least 3 dimensions (n, c, *). Got shape {}.", x.shape());
  const int64_t n = x.size(0), c = x.size(1);
  check<ValueError>(groups > 0 && c % groups == 0, "channel_shuffle: groups must divide the {} channels. Got {} with input of shape {}.", c, groups, x.shape());
  int64_t s = 1;
  for (int64_t d = 2; d < x.dim(); ++d) s *= x.size(d);
  const Tensor moved = permute(reshape(x, {n, groups, c / groups, s}), {0, 2, 1, 3});
  return in_format_of(x, reshape(contiguous(moved), x.shape()));
}

Tensor im2col(const Tensor& input, const Dims& kernel, const Dims& dilation, const Dims& padding, const Dims& stride) {
  check_floating("unfold", "input", input);
  check<ShapeError>(input.dim() == 4 || input.dim() == 3, "unfold: input must have 4 dimensions (n, c, h, w), or 3 without n. Got shape {}.", input.shape());
  const Tensor x = input.dim() == 3 ? unsqueeze(input, 0) : input;
  const int64_t n = x.size(0), c = x.size(1), h = x.size(2), w = x.size(3);
  check<ShapeError>(c > 0, "unfold: only the batch may be empty. Got input of shape {}.", input.shape());
  const PatchGrid p = patch_grid("unfold", {h, w}, kernel, dilation, padding, stride);
  const Tensor rows = map_taps("unfold", x, 2, taps_of(p, h, 0)), patches = map_taps("unfold", rows, 3, taps_of(p, w, 1));
  const Tensor columns = permute(reshape(patches, {n, c, p.kernel[0], p.count[0], p.kernel[1], p.count[1]}), {0, 1, 2, 4, 3, 5});
  const Tensor out = reshape(contiguous(columns), {n, c * p.kernel[0] * p.kernel[1], p.count[0] * p.count[1]});
  return input.dim() == 3 ? squeeze(out, Dims{0}) : out;
}

Tensor col2im(const Tensor& input, const Dims& output_size, const Dims& kernel, const Dims& dilation, const Dims& padding, const Dims& stride) {
  check_floating("fold", "input", input);
  check<ShapeError>(input.dim() == 3 || input.dim() == 2, "fold: input must have 3 dimensions (n, c * kh * kw, positions), or 2 without n. Got shape {}.", input.shape());
  const bool half = is_half(input.dtype());  // summed in float32, rounded once
  const Tensor wide = half ? to(input, {}, DType::float32) : input, x = input.dim() == 2 ? unsqueeze(wide, 0) : wide;
  const Dims size = pair_of("fold", "output_size", output_size, 1);
  const PatchGrid p = patch_grid("fold", size, kernel, dilation, padding, stride);
  const int64_t n = x.size(0), taps = p.kernel[0] * p.kernel[1], c = x.size(1) / taps;
  check<ShapeError>(x.size(1) > 0 && x.size(1) % taps == 0, "fold: the channels must be a multiple of the {} elements of a patch. Got input of shape {}.", taps, input.shape());
  check<ShapeError>(x.size(2) == p.count[0] * p.count[1], "fold: images of {} have {} x {} patches of this kind but input of shape {} has {}.", size, p.count[0],
                    p.count[1], input.shape(), x.size(2));
  const Tensor patches = permute(reshape(x, {n, c, p.kernel[0], p.kernel[1], p.count[0], p.count[1]}), {0, 1, 2, 4, 3, 5});
  const Tensor rows = map_taps("fold", reshape(patches, {n, c, p.kernel[0] * p.count[0], p.kernel[1] * p.count[1]}), 2, transposed(*taps_of(p, size[0], 0)));
  const Tensor sums = map_taps("fold", rows, 3, transposed(*taps_of(p, size[1], 1))), out = half ? to(sums, {}, input.dtype()) : sums;
  return input.dim() == 2 ? squeeze(out, Dims{0}) : out;
}

}  // namespace dlx::ops
