// Batch normalisation. Two layouts: planes (n, c, s), each channel's elements along memory, and rows (n*s, c), across it.
//
// Sums over a channel, whatever the threads: its elements are cut into parts of about kPart elements (whole planes, or a stretch
// of one; rows: kPartRows). A part is summed in the type of sums, along memory by the Wide tree, across it row by row; the
// parts are added in order in double. The variance: each part's mean, then the squares of the distances from it while the part lies in
// the cache, merged in double: one pass over memory, no cancellation.
#include "kernels/norm.h"

#include "core/parallel.h"
#include "core/scratch.h"
#include "cpu/row.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kPart = 2048;     // floats of x and of its gradient: 16 KB, read twice from L1
constexpr int64_t kPartRows = 128;

DLX_INLINE int64_t parts_of(int64_t count, int64_t part) { return (count + part - 1) / part; }

// How x lies, and how its channels are cut into parts.
struct Layout {
  int64_t n, c, s;
  bool rows;
  int64_t group, groups, cuts;  // planes: groups of `group` planes of a channel, or `cuts` stretches of one plane
  DLX_INLINE explicit Layout(const Tensor& x)
      : n(x.size(0)), c(x.size(1)), s(x.size(2)), rows(c > 1 && (s == 1 || x.stride(1) == 1)),
        group(s >= kPart ? 1 : kPart / s), groups(parts_of(n, group)), cuts(parts_of(s, kPart)) {
    if (rows) n = n * s, s = 1, group = kPartRows, groups = parts_of(n, kPartRows), cuts = 1;
  }
  DLX_INLINE int64_t parts() const { return groups * cuts; }
};

// Terms of a channel's sums and formulas of results, on registers. `y` is a second tensor, or x again where there is none.
template <class T> struct Distance {
  static DLX_INLINE Vec<T> of(Vec<T> x, Vec<T>, Vec<T> center) { return x - center; }
};
template <class T> struct SquaredDistance {
  static DLX_INLINE Vec<T> of(Vec<T> x, Vec<T>, Vec<T> center) { return (x - center) * (x - center); }
};
template <class T> struct Gradient {
  static DLX_INLINE Vec<T> of(Vec<T>, Vec<T> y, Vec<T>) { return y; }
};
template <class T> struct GradientTimesDistance {
  static DLX_INLINE Vec<T> of(Vec<T> x, Vec<T> y, Vec<T> center) { return y * (x - center); }
};
template <class T> struct ScaleShift {
  static constexpr int kParameters = 2;
  static DLX_INLINE Vec<T> of(Vec<T> x, Vec<T>, const Vec<T> (&p)[2]) { return fma(x, p[0], p[1]); }
};
template <class T> struct Scale {
  static constexpr int kParameters = 1;
  static DLX_INLINE Vec<T> of(Vec<T> x, Vec<T>, const Vec<T> (&p)[1]) { return x * p[0]; }
};
template <class T> struct TrainingGradient {  // parameters: mean, weight * rstd, gb / count, rstd * gw / count
  static constexpr int kParameters = 4;
  static DLX_INLINE Vec<T> of(Vec<T> x, Vec<T> y, const Vec<T> (&p)[4]) { return (y - p[2] - (x - p[0]) * p[3]) * p[1]; }
};

// The loops over registers: functions of their own, so that each is there once.
template <class Term, class T> __attribute__((noinline)) void add_along(Wide<compute_of<T>>& into, const T* x, const T* y, int64_t count, compute_of<T> center) {
  using C = compute_of<T>;
  Wide<C> sums = into;
  along<C>(count, [&](int k, int64_t i, auto lanes) {
    const Vec<C> more = Term::of(load_lanes(x + i, lanes), load_lanes(y + i, lanes), Vec<C>(center));
    if constexpr (std::is_same_v<decltype(lanes), int64_t>) sums.r[k] += select(first_lanes<C>(lanes), more, Vec<C>(C(0)));
    else sums.r[k] += more;
  });
  into = sums;
}
template <class Term, class T>
__attribute__((noinline)) void add_across(compute_of<T>* sums, const T* x, const T* y, const compute_of<T>* center, int64_t count) {
  each_register<compute_of<T>>(count, [&](int64_t i, auto lanes) {
    store_lanes(sums + i, load_lanes(sums + i, lanes) + Term::of(load_lanes(x + i, lanes), load_lanes(y + i, lanes), load_lanes(center + i, lanes)), lanes);
  });
}
// Parameter k is p[k * stride], for all elements (kAcross: for the first one, its neighbours' follow).
template <class Formula, bool kAcross, class T>
__attribute__((noinline)) void map_loop(bool past, T* to, const T* x, const T* y, int64_t count, const compute_of<T>* p, int64_t stride) {
  using C = compute_of<T>;
  Vec<C> of_all[Formula::kParameters];
  for (int k = 0; k < Formula::kParameters; ++k) of_all[k] = Vec<C>(p[k * stride]);
  map_row_past(past, to, count, [&](int64_t i, auto lanes) {
    const Vec<C> vx = load_lanes(x + i, lanes), vy = load_lanes(y + i, lanes);
    if constexpr (kAcross) {
      Vec<C> of_each[Formula::kParameters];
      for (int k = 0; k < Formula::kParameters; ++k) of_each[k] = load_lanes(p + k * stride + i, lanes);
      return Formula::of(vx, vy, of_each);
    } else {
      return Formula::of(vx, vy, of_all);
    }
  });
}

// visit(x's rows of the part: first, last) where channels run fastest, else visit(channel, part, offset of its first element, planes, count):
// the part's elements are `count` in each plane, c * s apart.
template <class Rows, class Planes> DLX_INLINE void each_part(const Layout& l, const Rows& of_rows, const Planes& of_planes) {
  const int64_t parts = l.parts();
  if (l.rows) {
    parallel_for(parts, 2 * kPartRows * l.c, [&](int64_t begin, int64_t end) {
      for (int64_t part = begin; part < end; ++part) of_rows(part, part * kPartRows, (part + 1) * kPartRows < l.n ? (part + 1) * kPartRows : l.n);
    });
  } else {
    parallel_for(l.c * parts, 2 * (l.s < kPart ? l.group * l.s : kPart), [&](int64_t begin, int64_t end) {
      for (int64_t item = begin; item < end; ++item) {
        const int64_t channel = item / parts, part = item % parts, n0 = part / l.cuts * l.group, i0 = part % l.cuts * kPart;
        const int64_t planes = l.n - n0 < l.group ? l.n - n0 : l.group, count = l.s - i0 < kPart ? l.s - i0 : kPart;
        of_planes(channel, part, (n0 * l.c + channel) * l.s + i0, planes, count);
      }
    });
  }
}

// One pass over a part in which channels run along memory. Two terms go one after the other: two Wides at once do not fit AVX2's
// registers, and the second pass reads L1.
template <class Term, class T> compute_of<T> sum_of_planes(const Layout& l, const T* x, const T* y, int64_t planes, int64_t count, compute_of<T> center) {
  using C = compute_of<T>;
  Wide<C> sums{Vec<C>(C(0))};
  for (int64_t n = 0; n < planes; ++n) add_along<Term>(sums, x + n * l.c * l.s, y + n * l.c * l.s, count, center);
  return sums.fold([](Vec<C> a, Vec<C> b) { return a + b; });
}
template <class Term, class T>
void sums_of_rows(const Layout& l, compute_of<T>* sums, const T* x, const T* y, int64_t first, int64_t last, const compute_of<T>* center) {
  for (int64_t i = 0; i < l.c; ++i) sums[i] = 0;
  for (int64_t r = first; r < last; ++r) add_across<Term>(sums, x + r * l.c, y + r * l.c, center, l.c);
}

// totals[channel] = sum over the channel of First, totals[c + channel] of Second. center: (c).
template <template <class> class First, template <class> class Second, class T>
void channel_sums(double* totals, const Layout& l, const T* x, const T* y, const compute_of<T>* center) {
  using C = compute_of<T>;
  const int64_t c = l.c, parts = l.parts();
  const Scratch<C> partial(parts * c * 2);  // [part][term][channel]
  each_part(l,
      [&](int64_t part, int64_t first, int64_t last) {
        sums_of_rows<First<C>>(l, partial + part * 2 * c, x, y, first, last, center);
        sums_of_rows<Second<C>>(l, partial + (part * 2 + 1) * c, x, y, first, last, center);
      },
      [&](int64_t channel, int64_t part, int64_t at, int64_t planes, int64_t count) {
        partial[part * 2 * c + channel] = sum_of_planes<First<C>>(l, x + at, y + at, planes, count, center[channel]);
        partial[(part * 2 + 1) * c + channel] = sum_of_planes<Second<C>>(l, x + at, y + at, planes, count, center[channel]);
      });
  for (int64_t i = 0; i < 2 * c; ++i) totals[i] = 0;
  for (int64_t part = 0; part < parts; ++part)
    for (int64_t i = 0; i < 2 * c; ++i) totals[i] += static_cast<double>(partial[part * 2 * c + i]);
}

// The moments of each channel: of parts, each read twice from the cache, merged in order.
template <class T> void channel_moments(Moments* moments, const Layout& l, const T* x) {
  using C = compute_of<T>;
  const int64_t c = l.c, parts = l.parts();
  const Scratch<Moments> partial(parts * c);  // [part][channel]
  const Scratch<double> counts(parts);
  // The mean as C is what distances are taken from; what its rounding adds to their squares is taken off again.
  const auto about = [](C first, C sum, double n) { return static_cast<double>(first) + static_cast<double>(sum) / n; };
  const auto squares = [](C sum, double mean, double n) {
    const double d = mean - static_cast<double>(static_cast<C>(mean)), rest = static_cast<double>(sum) - n * d * d;
    return rest < 0 ? 0.0 : rest;
  };
  each_part(l,
      [&](int64_t part, int64_t first, int64_t last) {
        const double n = static_cast<double>(last - first);
        const Scratch<C> memory(2 * c);
        C *const center = memory.data(), *const sums = center + c;
        for (int64_t i = 0; i < c; ++i) center[i] = static_cast<C>(x[first * c + i]);
        sums_of_rows<Distance<C>>(l, sums, x, x, first, last, center);
        for (int64_t i = 0; i < c; ++i) {
          partial[part * c + i].mean = about(center[i], sums[i], n);
          center[i] = static_cast<C>(partial[part * c + i].mean);
        }
        sums_of_rows<SquaredDistance<C>>(l, sums, x, x, first, last, center);
        for (int64_t i = 0; i < c; ++i) partial[part * c + i].squares = squares(sums[i], partial[part * c + i].mean, n);
        counts[part] = n;
      },
      [&](int64_t channel, int64_t part, int64_t at, int64_t planes, int64_t count) {
        const double n = static_cast<double>(planes) * static_cast<double>(count);
        Moments& m = partial[part * c + channel];
        const C first = static_cast<C>(x[at]);
        m.mean = about(first, sum_of_planes<Distance<C>>(l, x + at, x + at, planes, count, first), n);
        m.squares = squares(sum_of_planes<SquaredDistance<C>>(l, x + at, x + at, planes, count, static_cast<C>(m.mean)), m.mean, n);
        if (channel == 0) counts[part] = n;
      });
  for (int64_t i = 0; i < c; ++i) moments[i] = partial[i];
  double n = counts[0];
  for (int64_t part = 1; part < parts; n += counts[part++])
    for (int64_t i = 0; i < c; ++i) merge_moments(moments[i], n, partial[part * c + i], counts[part]);
}

// out = Formula(x, y, parameters of the channel), element by element. parameters: arrays of (c), one after the other.
template <template <class> class Formula, class T>
void map_channels(const Layout& l, T* out, const T* x, const T* y, const compute_of<T>* parameters) {
  using F = Formula<compute_of<T>>;
  const bool past = l.n * l.c * l.s * static_cast<int64_t>(sizeof(T)) >= kPastCache;
  if (l.rows) {
    parallel_for(l.n, l.c, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin * l.c; r < end * l.c; r += l.c) map_loop<F, true>(past, out + r, x + r, y + r, l.c, parameters, l.c);
      if (past) finish_past_cache();
    });
  } else {
    parallel_for(l.n * l.c, l.s, [&](int64_t begin, int64_t end) {
      for (int64_t plane = begin; plane < end; ++plane)
        map_loop<F, false>(past, out + plane * l.s, x + plane * l.s, y + plane * l.s, l.s, parameters + plane % l.c, l.c);
      if (past) finish_past_cache();
    });
  }
}

// The channels' values of `x`; `otherwise` where it is undefined.
__attribute__((noinline)) void read_channels(double* to, int64_t c, const Tensor& x, double otherwise) {
  if (!x.defined()) {
    for (int64_t i = 0; i < c; ++i) to[i] = otherwise;
  } else {
    dispatch_floating(x.dtype(), [&]<class T>() {
      for (int64_t i = 0; i < c; ++i) to[i] = static_cast<double>(static_cast<compute_of<T>>(x.data<T>()[i]));
    });
  }
}
DLX_INLINE double root(double x) { return sqrt(Vec<double>(x)).v[0]; }
DLX_INLINE double count_of(const Layout& l) { return static_cast<double>(l.n) * static_cast<double>(l.s); }

void batch_norm_stats(Out mean, Out var, const Tensor& x) {
  dispatch_floating(x.dtype(), [&]<class T>() {
    using C = compute_of<T>;
    const Layout l(x);
    const Scratch<Moments> moments(l.c);
    channel_moments(moments.data(), l, x.data<T>());
    for (int64_t i = 0; i < l.c; ++i) {
      mean.data<C>()[i] = static_cast<C>(moments[i].mean);
      var.data<C>()[i] = static_cast<C>(moments[i].squares / count_of(l));
    }
  });
}

void batch_norm_update(InOut running_mean, InOut running_var, const Tensor& mean, const Tensor& var, double momentum, int64_t count) {
  const int64_t c = mean.size(0);
  const Scratch<double> values(2 * c);
  const auto update = [&](const Tensor& running, const Tensor& value, double factor) {
    read_channels(values.data(), c, value, 0);
    read_channels(values + c, c, running, 0);
    dispatch_floating(running.dtype(), [&]<class T>() {
      for (int64_t i = 0; i < c; ++i)
        running.data<T>()[i] = static_cast<T>(static_cast<compute_of<T>>((1 - momentum) * values[c + i] + momentum * (factor * values[i])));
    });
  };
  update(running_mean, mean, 1);
  update(running_var, var, static_cast<double>(count) / static_cast<double>(count - 1));
}

void batch_norm(Out out, const Tensor& x, const Tensor& mean, const Tensor& var, const OptTensor& weight, const OptTensor& bias, double eps) {
  const Layout l(x);
  const int64_t c = l.c;
  const Scratch<double> values(4 * c);
  double* const means = values.data();
  double* const scale = means + c;
  double* const shift = scale + c;
  double* const variances = shift + c;
  read_channels(means, c, mean, 0);
  read_channels(variances, c, var, 0);
  read_channels(scale, c, weight, 1);
  read_channels(shift, c, bias, 0);
  for (int64_t i = 0; i < c; ++i) {
    scale[i] /= root(variances[i] + eps);
    shift[i] -= means[i] * scale[i];
  }
  dispatch_floating(x.dtype(), [&]<class T>() {
    const Scratch<compute_of<T>> parameters(2 * c);
    for (int64_t i = 0; i < 2 * c; ++i) parameters[i] = static_cast<compute_of<T>>(scale[i]);
    map_channels<ScaleShift>(l, out.data<T>(), x.data<T>(), x.data<T>(), parameters.data());
  });
}

void batch_norm_backward(Out gx, Out gw, Out gb, const Tensor& gy, const Tensor& x, const Tensor& mean, const Tensor& var,
                         const OptTensor& weight, double eps, bool training) {
  const Layout l(x);
  const int64_t c = l.c;
  const Scratch<double> values(5 * c);
  double* const means = values.data();
  double* const rstd = means + c;
  double* const scale = rstd + c;
  double* const sum_g = scale + c;
  double* const sum_gd = sum_g + c;  // of gy * (x - mean), one behind the other as channel_sums writes them
  read_channels(means, c, mean, 0);
  read_channels(rstd, c, var, 0);
  read_channels(scale, c, weight, 1);
  dispatch_floating(x.dtype(), [&]<class T>() {
    using C = compute_of<T>;
    const Scratch<C> parameters(4 * c);  // TrainingGradient's
    C* const p = parameters.data();
    for (int64_t i = 0; i < c; ++i) p[i] = static_cast<C>(means[i]);
    channel_sums<Gradient, GradientTimesDistance>(sum_g, l, x.data<T>(), gy.data<T>(), p);
    for (int64_t i = 0; i < c; ++i) {
      const double r = 1 / root(rstd[i] + eps), gwi = sum_gd[i] * r;
      gw.data<C>()[i] = static_cast<C>(gwi);
      gb.data<C>()[i] = static_cast<C>(sum_g[i]);
      p[c + i] = static_cast<C>(scale[i] * r);
      p[2 * c + i] = static_cast<C>(sum_g[i] / count_of(l));
      p[3 * c + i] = static_cast<C>(r * gwi / count_of(l));
    }
    if (!gx.defined()) return;
    if (training) map_channels<TrainingGradient>(l, gx.data<T>(), x.data<T>(), gy.data<T>(), p);
    else map_channels<Scale>(l, gx.data<T>(), gy.data<T>(), gy.data<T>(), p + c);
  });
}

DLX_REGISTER_CPU(kernels::batch_norm_stats, batch_norm_stats);
DLX_REGISTER_CPU(kernels::batch_norm_update, batch_norm_update);
DLX_REGISTER_CPU(kernels::batch_norm, batch_norm);
DLX_REGISTER_CPU(kernels::batch_norm_backward, batch_norm_backward);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
