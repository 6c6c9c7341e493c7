#include "ops/pad.h"

#include <algorithm>

#include "ops/common.h"
#include "ops/copy.h"
#include "ops/taps.h"

namespace dlx::ops {
namespace {

// How many elements are put before and after dimension d.
struct Ends {
  int64_t before, after;
};
Ends ends_of(const Tensor& x, const Dims& pad, int64_t d) {
  const int64_t i = x.dim() - 1 - d;
  return 2 * i < pad.size() ? Ends{pad[2 * i], pad[2 * i + 1]} : Ends{0, 0};
}
Dims padded_shape(const Tensor& x, const Dims& pad) {
  check<ValueError>(pad.size() % 2 == 0, "pad: pad must have an even number of values, before and after each dimension from the last on. Got {}.", pad);
  check<ValueError>(pad.size() / 2 <= x.dim(), "pad: pad has values for {} dimensions. Got input of shape {}.", pad.size() / 2, x.shape());
  Dims shape = x.shape();
  for (int64_t d = 0; d < x.dim(); ++d) {
    constexpr int64_t kLimit = int64_t{1} << 40;
    const auto [before, after] = ends_of(x, pad, d);
    check<ValueError>(before > -kLimit && after > -kLimit && before < kLimit && after < kLimit, "pad: no size may be beyond 2^40. Got {}.", pad);
    shape[d] += before + after;
    check<ShapeError>(shape[d] >= 0, "pad: padding ({}, {}) leaves dimension {} a negative size. Got input of shape {}.", before, after, d, x.shape());
  }
  checked_numel(shape, "pad");
  return shape;
}

// Each dimension's elements, where `element` says which one stands at place j of the result.
template <class F> Tensor copied(const Tensor& x, const Dims& pad, const F& element) {
  const Dims shape = padded_shape(x, pad);
  Tensor out = x;
  for (int64_t d = x.dim() - 1; d >= 0; --d) {
    const Ends ends = ends_of(x, pad, d);
    if (ends.before == 0 && ends.after == 0) continue;
    Taps taps;
    taps.n = x.size(d);
    for (int64_t j = 0; j < shape[d]; ++j, taps.end_result()) taps.add(element(j - ends.before, taps.n));
    out = map_taps("pad", out, d, std::make_shared<const Taps>(std::move(taps)));
  }
  return out.same(x) ? clone(x) : out;
}

// Padding that copies is for images and their like: up to three dimensions behind channels, or behind batch and channels.
void check_rank(const char* mode, const Tensor& x, const Dims& pad) {
  const int64_t spatial = pad.size() / 2;
  check<ShapeError>(spatial >= 1 && spatial <= 3 && (x.dim() == spatial + 1 || x.dim() == spatial + 2),
                    "pad: mode '{}' pads the last 1, 2 or 3 dimensions of an input with channels, or with batch and channels, before them. "
                    "Got pad={} and input of shape {}.", mode, pad, x.shape());
}

// Padding that copies needs something to copy. reach: how much of a dimension may be added, less than its size or as much.
void check_reach(const char* mode, const Tensor& x, const Dims& pad, bool whole) {
  for (int64_t d = 0; d < x.dim(); ++d) {
    const auto [before, after] = ends_of(x, pad, d);
    const int64_t most = whole ? x.size(d) : x.size(d) - 1;
    check<ShapeError>((before <= 0 && after <= 0) || (before <= most && after <= most), "pad: mode '{}' can add at most {} to dimension {} of size {}. Got ({}, {}) and input of shape {}.", mode,
                      most, d, x.size(d), before, after, x.shape());
  }
}

}  // namespace

Tensor constant_pad(const Tensor& x, const Dims& pad, Scalar value) {
  const Dims shape = padded_shape(x, pad);
  Tensor out = x.dim() == 4 ? empty_strided(shape, image_strides(x, shape), x.dtype(), x.device()) : empty(shape, x.dtype(), x.device());
  Dims inner = x.shape();
  int64_t from = x.offset(), at = out.offset();
  bool nothing = false;
  for (int64_t d = 0; d < x.dim(); ++d) {
    const auto [before, after] = ends_of(x, pad, d);
    inner[d] += std::min<int64_t>(before, 0) + std::min<int64_t>(after, 0);
    nothing |= inner[d] <= 0;
    from -= std::min<int64_t>(before, 0) * x.stride(d);
    at += std::max<int64_t>(before, 0) * out.stride(d);
  }
  if (out.numel() > 0) {
    const GradMode untracked(false);
    if (nothing || inner != shape) fill_(out, Operand(value));
    if (!nothing) copy_untracked(alias(out, inner, out.strides(), at), alias(x, inner, x.strides(), from));
  }
  return with_gradient("pad", out, {x}, [pad](const Tensor& g) {
    Dims back = pad;
    for (int64_t& p : back) p = -p;
    return constant_pad(g, back, Scalar(0));
  });
}

Tensor reflection_pad(const Tensor& x, const Dims& pad) {
  padded_shape(x, pad);
  check_rank("reflect", x, pad);
  check_reach("reflect", x, pad, false);
  return copied(x, pad, [](int64_t i, int64_t n) { return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i; });
}
Tensor replication_pad(const Tensor& x, const Dims& pad) {
  const Dims shape = padded_shape(x, pad);
  check_rank("replicate", x, pad);
  for (int64_t d = 0; d < x.dim(); ++d)
    check<ShapeError>(x.size(d) > 0 || shape[d] == 0, "pad: mode 'replicate' needs an element to repeat. Got input of shape {}.", x.shape());
  return copied(x, pad, [](int64_t i, int64_t n) { return std::clamp<int64_t>(i, 0, n - 1); });
}
Tensor circular_pad(const Tensor& input, const Dims& pad_in) {
  padded_shape(input, pad_in);
  check_rank("circular", input, pad_in);
  Dims cut = pad_in, pad = pad_in;  // what is cut off does not come round
  bool cuts = false;
  for (int64_t i = 0; i < pad.size(); ++i) {
    cuts |= cut[i] < 0;
    cut[i] = std::min<int64_t>(cut[i], 0);
    pad[i] = std::max<int64_t>(pad[i], 0);
  }
  const Tensor x = cuts ? constant_pad(input, cut, Scalar(0)) : input;
  check_reach("circular", x, pad, true);
  return copied(x, pad, [](int64_t i, int64_t n) { return i < 0 ? i + n : i >= n ? i - n : i; });
}

}  // namespace dlx::ops
