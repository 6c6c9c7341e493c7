#include "ops/grid.h"

#include <vector>

#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/index.h"
#include "ops/matmul.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

// Coordinates and weights are tensors (n, 1, places). What decides which pixel is read is not tracked; weights are.
Tensor constant_like(const Tensor& x, double value) { return filled({}, Scalar(value), x.dtype(), x.device()); }

// Beyond this, and at nan, a place is far outside: whole numbers of the dtype end near it.
double far_away(DType dtype) { return dtype == DType::float64 ? 0x1p50 : 0x1p22; }

Tensor floor_of(const Tensor& x) {  // |x| < far_away; nothing is recorded
  const GradMode untracked(false);
  const Tensor whole = to(to(x, {}, DType::int64), {}, x.dtype());
  return where(lt(x, whole), sub(whole, number(1)), whole);
}
Tensor round_of(const Tensor& x) {  // to even: so large a number has no room for a fraction
  const GradMode untracked(false);
  const double shift = x.dtype() == DType::float64 ? 0x1.8p52 : 0x1.8p23;
  return sub(add(x, number(shift)), number(shift));
}

Tensor clipped(const Tensor& x, int64_t size) {
  const Tensor zero = constant_like(x, 0), last = constant_like(x, static_cast<double>(size - 1)), above = where(lt(x, zero), zero, x);
  return where(gt(above, last), last, above);
}
// Mirrored at the edges (or at the outer pixels' centres) as often as it takes.
Tensor reflected(const Tensor& x, int64_t size, bool align_corners) {
  const double low = align_corners ? 0 : -0.5, span = static_cast<double>(align_corners ? size - 1 : size);
  if (span == 0) return mul(x, number(0));
  const Tensor distance = abs(sub(x, number(low))), turns = floor_of(div(distance, number(span)));
  const Tensor extra = sub(distance, mul(turns, number(span)));
  const Tensor half = mul(turns, number(0.5)), even = eq(floor_of(half), half);
  return where(even, add(extra, number(low)), sub(number(span + low), extra));
}
Tensor padded(const Tensor& x, int64_t size, GridPadding padding, bool align_corners) {
  if (padding == GridPadding::border) return clipped(x, size);
  if (padding == GridPadding::reflection) return clipped(reflected(x, size, align_corners), size);
  return x;
}

// One pixel of one dimension: its index, as a float, and its weight, 0 where there is no such pixel.
struct Tap {
  Tensor index, weight;
};
Tap tap_at(const Tensor& at, const Tensor& weight, int64_t size) {
  Tensor inside;
  {
    const GradMode untracked(false);
    inside = mul(ge(at, number(0)), le(at, number(static_cast<double>(size - 1))));
  }
  return {at, where(inside, weight, constant_like(weight, 0))};
}

// The weight of a pixel `distance` away, by cubic convolution (Keys 1981) with a = -0.75; near: distance <= 1, else below 2.
Tensor cubic_weight(const Tensor& distance, bool near) {
  constexpr double a = -0.75;
  const auto horner = [&](double c3, double c2, double c1, double c0) {
    return add(mul(add(mul(add(mul(distance, number(c3)), number(c2)), distance), number(c1)), distance), number(c0));
  };
  return near ? horner(a + 2, -(a + 3), 0, 1) : horner(a, -5 * a, 8 * a, -4 * a);
}

// Image coordinates from those in [-1, 1]; what is far away or nan goes to one place outside.
Tensor unnormalized(const Tensor& x, int64_t size, bool align_corners) {
  const double s = static_cast<double>(size);
  const Tensor at = align_corners ? mul(add(x, number(1)), number((s - 1) / 2)) : sub(mul(add(x, number(1)), number(s / 2)), number(0.5));
  return where(lt(abs(at), number(far_away(x.dtype()))), at, constant_like(at, -8));
}

std::vector<Tap> taps_of(const Tensor& x, int64_t size, GridMode mode, GridPadding padding, bool align_corners) {
  const Tensor raw = unnormalized(x, size, align_corners);
  if (mode == GridMode::cubic) {
    const Tensor below = floor_of(raw), t = sub(raw, below);
    std::vector<Tap> taps;
    for (int k = -1; k <= 2; ++k) {
      const Tensor distance = k <= 0 ? add(t, number(-k)) : sub(number(k), t);
      Tensor at;
      {
        const GradMode untracked(false);
        at = padded(add(below, number(k)), size, padding, align_corners);
      }
      taps.push_back(tap_at(at, cubic_weight(distance, k == 0 || k == 1), size));
    }
    return taps;
  }
  const Tensor at = padded(raw, size, padding, align_corners);
  if (mode == GridMode::nearest) {
    const GradMode untracked(false);
    return {tap_at(round_of(at), filled(at.shape(), Scalar(1), at.dtype(), at.device()), size)};
  }
  const Tensor below = floor_of(at), t = sub(at, below);
  Tensor next;
  {
    const GradMode untracked(false);
    next = add(below, number(1));
  }
  return {tap_at(below, sub(number(1), t), size), tap_at(next, t, size)};
}

void check_places(const char* op, const Tensor& input, const Tensor& grid) {
  check_floating(op, "input", input);
  check<ShapeError>(input.dim() == 4 || input.dim() == 5, "{}: input must have 4 dimensions (n, c, h, w) or 5 (n, c, d, h, w). Got shape {}.", op, input.shape());
  check<ShapeError>(grid.dim() == input.dim() && grid.size(0) == input.size(0) && grid.shape().back() == input.dim() - 2,
                    "{}: grid must have as many dimensions as input, its batch, and {} coordinates in the last one. Got grid of shape {} for input of shape {}.", op,
                    input.dim() - 2, grid.shape(), input.shape());
  check_same_dtype(op, "grid", grid, "input", input);
  common_device(op, {input, grid});
  for (int64_t d = 1; d < input.dim(); ++d)
    check<ShapeError>(input.size(d) > 0, "{}: only the batch may be empty. Got input of shape {}.", op, input.shape());
}

}  // namespace

Tensor grid_sample(const Tensor& input_in, const Tensor& grid_in, int64_t mode_in, int64_t padding_in, bool align_corners) {
  const auto mode = static_cast<GridMode>(mode_in);
  const auto padding = static_cast<GridPadding>(padding_in);
  check_places("grid_sample", input_in, grid_in);
  check<ShapeError>(mode != GridMode::cubic || input_in.dim() == 4, "grid_sample: mode 'bicubic' is for images (n, c, h, w). Got input of shape {}.", input_in.shape());
  const bool half = is_half(input_in.dtype());  // computed in float32, rounded once
  const Tensor input = half ? to(input_in, {}, DType::float32) : input_in, grid = half ? to(grid_in, {}, DType::float32) : grid_in;
  const int64_t spatial = input.dim() - 2, n = input.size(0), c = input.size(1);
  Dims shape{n, c};
  int64_t places = 1, size = 1;
  for (int64_t i = 0; i < spatial; ++i) {
    shape.push_back(grid.size(1 + i));
    places *= grid.size(1 + i);
    size *= input.size(2 + i);
  }
  const Tensor flat = reshape(input, {n, c, size}), points = reshape(grid, {n, 1, places, spatial});
  std::vector<std::vector<Tap>> taps;  // of each dimension, the first one first
  for (int64_t i = 0; i < spatial; ++i)
    taps.push_back(taps_of(select(points, 3, spatial - 1 - i), input.size(2 + i), mode, padding, align_corners));

  // Every combination of taps, one of each dimension.
  Tensor out;
  std::vector<size_t> at(static_cast<size_t>(spatial), 0);
  for (bool more = true; more;) {
    Tensor index, weight;
    for (size_t i = 0; i < at.size(); ++i) {
      const Tap& tap = taps[i][at[i]];
      const int64_t of_dim = input.size(2 + static_cast<int64_t>(i));
      const GradMode untracked(false);
      const Tensor pixel = to(clipped(tap.index, of_dim), {}, DType::int64);
      index = index.defined() ? add(mul(index, Operand(Scalar(of_dim))), pixel) : pixel;
    }
    for (size_t i = 0; i < at.size(); ++i) weight = weight.defined() ? mul(weight, taps[i][at[i]].weight) : taps[i][at[i]].weight;
    const Tensor term = mul(gather(flat, 2, expand(index, {n, c, places})), weight);
    out = out.defined() ? add(out, term) : term;
    more = false;
    for (size_t i = at.size(); i-- > 0 && !more;) {
      if (++at[i] < taps[i].size()) more = true;
      else at[i] = 0;
    }
  }
  const Tensor result = half ? to(out, {}, input_in.dtype()) : out;
  // The nearest pixel does not change with the grid: its gradient is zero, not nothing.
  if (mode == GridMode::nearest && recording({grid_in})) {
    const Tensor copied = with_gradient("grid_sample", untracked_copy(result), {result, grid_in}, [shape = grid_in.shape()](const Tensor& g) -> Gradients {
      return {g, zeros(shape, g.dtype(), g.device())};
    });
    return reshape(copied, shape);
  }
  return reshape(result, shape);
}

Tensor affine_grid(const Tensor& theta, const Dims& size, bool align_corners) {
  check_floating("affine_grid", "theta", theta);
  const int64_t spatial = size.size() - 2;
  check<ValueError>(spatial == 2 || spatial == 3, "affine_grid: size must be (n, c, h, w) or (n, c, d, h, w). Got {}.", size);
  for (const int64_t s : size) check<ValueError>(s > 0, "affine_grid: sizes must be positive. Got {}.", size);
  check_shape("affine_grid", "theta", theta, {size[0], spatial, spatial + 1});
  checked_numel(size, "affine_grid");
  int64_t places = 1;
  Dims shape{size[0]};
  for (int64_t i = 0; i < spatial; ++i) places *= size[2 + i], shape.push_back(size[2 + i]);
  shape.push_back(spatial);
  // (x, y[, z], 1) of every pixel.
  const Tensor host = empty({places, spatial + 1}, DType::float64);
  double* to_place = host.data<double>();
  for (int64_t p = 0; p < places; ++p, to_place += spatial + 1) {
    int64_t rest = p;
    for (int64_t i = spatial - 1; i >= 0; --i) {
      const auto s = static_cast<double>(size[2 + i]), k = static_cast<double>(rest % size[2 + i]);
      to_place[spatial - 1 - i] = align_corners ? (s > 1 ? 2 * k / (s - 1) - 1 : 0) : (2 * k + 1) / s - 1;
      rest /= size[2 + i];
    }
    to_place[spatial] = 1;
  }
  return reshape(matmul(to(host, theta.device(), theta.dtype()), transpose(theta, 1, 2)), shape);
}

}  // namespace dlx::ops
