// Normalisation of rows: layers, groups, instances, root mean squares. A thread takes whole rows.
//
// A row's sums: parts of kPart elements by the Wide tree in the type of sums, the parts added in order in double. The mean stays
// double and is subtracted in two steps (its rounding to T, then the rest): at an offset of 1e4 the rounding alone would
// cost float half a thousandth of every result. Sums over rows, for the gradients of weight and bias: parts of kRowsPart rows, each row by
// row, the parts added in order in double; where a channel has more than one element, or there are several sets, each row's
// sums first.
#include "core/parallel.h"
#include "core/scratch.h"
#include "cpu/row.h"
#include "kernels/norm.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kPart = 4096;
constexpr int64_t kRowsPart = 64;

// x - mean, times rstd.
template <class C> struct Normal {
  Vec<C> high, low, rstd;
  DLX_INLINE Normal(double mean, double r) : high(static_cast<C>(mean)), low(static_cast<C>(mean - static_cast<double>(static_cast<C>(mean)))), rstd(static_cast<C>(r)) {}
  DLX_INLINE Vec<C> centred(Vec<C> x) const { return (x - high) - low; }
  DLX_INLINE Vec<C> of(Vec<C> x) const { return centred(x) * rstd; }
};

// f(index, lanes) summed over [0, n).
template <class C, class F> DLX_INLINE double sum_in_parts(int64_t n, const F& f) {
  double total = 0;
  for (int64_t i0 = 0; i0 < n; i0 += kPart)
    total += static_cast<double>(reduce_row_of<SumOf, C>(n - i0 < kPart ? n - i0 : kPart, [&](int64_t i, auto lanes) { return f(i0 + i, lanes); }));
  return total;
}
// Distances from the first element are summed: at an offset they are small, and the sum keeps its digits.
template <class T> __attribute__((noinline)) double mean_of_row(const T* x, int64_t n) {
  using C = compute_of<T>;
  const C first = static_cast<C>(*x);
  const double sum = sum_in_parts<C>(n, [&](int64_t i, auto lanes) { return load_lanes(x + i, lanes) - Vec<C>(first); });
  return static_cast<double>(first) + sum / static_cast<double>(n);
}
template <class T> __attribute__((noinline)) double sum_of_squares(const T* x, int64_t n, double mean) {
  using C = compute_of<T>;
  const Normal<C> normal(mean, 1);
  return sum_in_parts<C>(n, [&](int64_t i, auto lanes) {
    const Vec<C> d = normal.centred(load_lanes(x + i, lanes));
    return d * d;
  });
}
DLX_INLINE double root_of(double x) { return sqrt(Vec<double>(x)).v[0]; }

// `count` values of weight or bias in the type of sums; `otherwise` where it is undefined.
template <class C> void read_parameters(C* to, int64_t count, const Tensor& p, C otherwise) {
  if (!p.defined()) {
    for (int64_t i = 0; i < count; ++i) to[i] = otherwise;
  } else {
    dispatch_floating(p.dtype(), [&]<class T>() {
      for (int64_t i = 0; i < count; ++i) to[i] = static_cast<C>(static_cast<compute_of<T>>(p.data<T>()[i]));
    });
  }
}

// to = normal(x) * weight + bias over a channel of n elements, or (kEach) over channels of one element each.
template <bool kEach, class T>
__attribute__((noinline)) void apply_affine(T* to, const T* x, int64_t n, const Normal<compute_of<T>>& normal, const compute_of<T>* weight, const compute_of<T>* bias) {
  using C = compute_of<T>;
  const auto parameter = [](const C* p, int64_t i, auto lanes) { return kEach ? load_lanes(p + i, lanes) : Vec<C>(*p); };
  map_row(to, n, [&](int64_t i, auto lanes) {
    const Vec<C> scaled = normal.of(load_lanes(x + i, lanes)) * parameter(weight, i, lanes);
    return bias ? scaled + parameter(bias, i, lanes) : scaled;
  });
}

template <class T> void row_norm_as(Out out, Out mean, Out rstd, const Tensor& x, const OptTensor& weight, const OptTensor& bias, int64_t sets, double eps) {
  using C = compute_of<T>;
  const int64_t c = x.size(1), s = x.size(2), n = c * s;
  const Scratch<C> parameters(2 * sets * c);
  read_parameters(parameters.data(), sets * c, weight, C(1));
  read_parameters(parameters + sets * c, sets * c, bias, C(0));
  parallel_for(x.size(0), 3 * n, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const T* const from = x.data<T>() + r * n;
      T* const to = out.data<T>() + r * n;
      const double mu = mean.defined() ? mean_of_row(from, n) : 0;
      const double scale = 1 / root_of(sum_of_squares(from, n, mu) / static_cast<double>(n) + eps);
      if (mean.defined()) mean.data<double>()[r] = mu;
      rstd.data<double>()[r] = scale;
      const Normal<C> normal(mu, scale);
      const C* const w = parameters + r % sets * c;
      const C* const b = bias.defined() ? w + sets * c : nullptr;
      if (s == 1) apply_affine<true>(to, from, c, normal, w, b);
      else for (int64_t k = 0; k < c; ++k) apply_affine<false>(to + k * s, from + k * s, s, normal, w + k, b ? b + k : b);
    }
  });
}

// Sums over n elements of a row: of h and of h * d, where h = g * weight (weight null: h = g).
struct Sums {
  double h, hd;
};
template <class T>
__attribute__((noinline)) Sums gradient_sums(const T* g, const T* x, int64_t n, const Normal<compute_of<T>>& normal, const compute_of<T>* weight) {
  using C = compute_of<T>;
  const auto h = [&](int64_t i, auto lanes) {
    const Vec<C> v = load_lanes(g + i, lanes);
    return weight ? v * load_lanes(weight + i, lanes) : v;
  };
  return {sum_in_parts<C>(n, h), sum_in_parts<C>(n, [&](int64_t i, auto lanes) { return h(i, lanes) * normal.of(load_lanes(x + i, lanes)); })};
}

// to = rstd * (g * weight - mean_h - d * mean_hd)
template <bool kEach, class T>
__attribute__((noinline)) void apply_gradient(T* to, const T* g, const T* x, int64_t n, const Normal<compute_of<T>>& normal, const compute_of<T>* weight,
                                              double mean_h, double mean_hd) {
  using C = compute_of<T>;
  const Vec<C> of_h(static_cast<C>(mean_h)), of_hd(static_cast<C>(mean_hd));
  map_row(to, n, [&](int64_t i, auto lanes) {
    const Vec<C> h = load_lanes(g + i, lanes) * (kEach ? load_lanes(weight + i, lanes) : Vec<C>(*weight));
    return (h - of_h - normal.of(load_lanes(x + i, lanes)) * of_hd) * normal.rstd;
  });
}

template <class C> DLX_INLINE Normal<C> normal_of(const Tensor& mean, const Tensor& rstd, int64_t r) {
  return Normal<C>(mean.defined() ? mean.data<double>()[r] : 0, rstd.data<double>()[r]);
}

template <class T>
void input_gradient(Out gx, double* channel_sums, const Tensor& gy, const Tensor& x, const Tensor& mean, const Tensor& rstd, const OptTensor& weight, int64_t sets) {
  using C = compute_of<T>;
  const int64_t c = x.size(1), s = x.size(2), n = c * s;
  const Scratch<C> weights(sets * c);
  read_parameters(weights.data(), sets * c, weight, C(1));
  parallel_for(x.size(0), 4 * n, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const T* const from = x.data<T>() + r * n;
      const T* const g = gy.data<T>() + r * n;
      const C* const w = weights + r % sets * c;
      const Normal<C> normal = normal_of<C>(mean, rstd, r);
      double* const sums = channel_sums ? channel_sums + r * 2 * c : nullptr;
      Sums total{0, 0};
      if (s == 1) {
        if (gx.defined()) total = gradient_sums(g, from, c, normal, w);
        if (sums)
          each_register<C>(c, [&](int64_t i, auto lanes) {
            const Vec<C> v = load_lanes(g + i, lanes), vd = v * normal.of(load_lanes(from + i, lanes));
            for (int64_t l = 0; l < static_cast<int64_t>(lanes); ++l) sums[i + l] = static_cast<double>(v.v[l]), sums[c + i + l] = static_cast<double>(vd.v[l]);
          });
      } else {
        for (int64_t k = 0; k < c; ++k) {
          const Sums channel = gradient_sums<T>(g + k * s, from + k * s, s, normal, nullptr);
          total.h += channel.h * static_cast<double>(w[k]);
          total.hd += channel.hd * static_cast<double>(w[k]);
          if (sums) sums[k] = channel.h, sums[c + k] = channel.hd;
        }
      }
      if (!gx.defined()) continue;
      T* const to = gx.data<T>() + r * n;
      const double mean_h = mean.defined() ? total.h / static_cast<double>(n) : 0, mean_hd = total.hd / static_cast<double>(n);
      if (s == 1) apply_gradient<true>(to, g, from, c, normal, w, mean_h, mean_hd);
      else for (int64_t k = 0; k < c; ++k) apply_gradient<false>(to + k * s, g + k * s, from + k * s, s, normal, w + k, mean_h, mean_hd);
    }
  });
}

// One set, one element in a channel: sums across the rows, as they lie in memory.
template <class T> void parameter_gradients_across(Out gw, Out gb, const Tensor& gy, const Tensor& x, const Tensor& mean, const Tensor& rstd) {
  using C = compute_of<T>;
  const int64_t rows = x.size(0), c = x.size(1), parts = (rows - 1) / kRowsPart + 1;
  const Scratch<C> partial(parts * 2 * c);
  parallel_for(parts, kRowsPart * c, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; ++part) {
      C* const of_gd = partial + part * 2 * c;
      C* const of_g = of_gd + c;
      for (int64_t i = 0; i < 2 * c; ++i) of_gd[i] = 0;
      for (int64_t r = part * kRowsPart; r < rows && r < (part + 1) * kRowsPart; ++r) {
        const Normal<C> normal = normal_of<C>(mean, rstd, r);
        const T* const from = x.data<T>() + r * c;
        const T* const g = gy.data<T>() + r * c;
        each_register<C>(c, [&](int64_t i, auto lanes) {
          const Vec<C> v = load_lanes(g + i, lanes);
          store_lanes(of_gd + i, load_lanes(of_gd + i, lanes) + v * normal.of(load_lanes(from + i, lanes)), lanes);
          store_lanes(of_g + i, load_lanes(of_g + i, lanes) + v, lanes);
        });
      }
    }
  });
  parallel_for(c, 2 * parts, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      double of_gd = 0, of_g = 0;
      for (int64_t part = 0; part < parts; ++part) {
        of_gd += static_cast<double>(partial[part * 2 * c + i]);
        of_g += static_cast<double>(partial[part * 2 * c + c + i]);
      }
      gw.data<C>()[i] = static_cast<C>(of_gd);
      gb.data<C>()[i] = static_cast<C>(of_g);
    }
  });
}

template <class T>
void row_norm_backward_as(Out gx, Out gw, Out gb, const Tensor& gy, const Tensor& x, const Tensor& mean, const Tensor& rstd, const OptTensor& weight, int64_t sets) {
  using C = compute_of<T>;
  const int64_t rows = x.size(0), c = x.size(1);
  if (sets == 1 && x.size(2) == 1) {
    if (gx.defined()) input_gradient<T>(gx, nullptr, gy, x, mean, rstd, weight, sets);
    if (gw.defined()) parameter_gradients_across<T>(gw, gb, gy, x, mean, rstd);
    return;
  }
  const Scratch<double> sums(gw.defined() ? rows * 2 * c : 1);  // [row][of g, of g * d][channel]
  input_gradient<T>(gx, gw.defined() ? sums.data() : nullptr, gy, x, mean, rstd, weight, sets);
  if (!gw.defined()) return;
  parallel_for(sets * c, 2 * (rows / sets), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      double of_g = 0, of_gd = 0;
      for (int64_t r = i / c; r < rows; r += sets) {
        of_g += sums[r * 2 * c + i % c];
        of_gd += sums[r * 2 * c + c + i % c];
      }
      gw.data<C>()[i] = static_cast<C>(of_gd);
      gb.data<C>()[i] = static_cast<C>(of_g);
    }
  });
}

void row_norm(Out out, Out mean, Out rstd, const Tensor& x, const OptTensor& weight, const OptTensor& bias, int64_t sets, double eps) {
  dispatch_floating(x.dtype(), [&]<class T>() { row_norm_as<T>(out, mean, rstd, x, weight, bias, sets, eps); });
}
void row_norm_backward(Out gx, Out gw, Out gb, const Tensor& gy, const Tensor& x, const OptTensor& mean, const Tensor& rstd, const OptTensor& weight, int64_t sets) {
  dispatch_floating(x.dtype(), [&]<class T>() { row_norm_backward_as<T>(gx, gw, gb, gy, x, mean, rstd, weight, sets); });
}

DLX_REGISTER_CPU(kernels::row_norm, row_norm);
DLX_REGISTER_CPU(kernels::row_norm_backward, row_norm_backward);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
