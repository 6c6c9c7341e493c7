// Normalisation of rows: layers, groups, instances, root mean squares. A thread takes whole rows.
//
// A row's sums: parts of kPart elements by the Wide tree in the type of sums, the parts added in order in double; its moments as row.h
// has them. Sums over rows, for the gradients of weight and bias, in the pass that makes the input's gradient: parts of rows, each row by
// row, the parts added in order in double; where a channel has more than one element, or there are several sets, each row's
// sums first.
#include "core/parallel.h"
#include "core/scratch.h"
#include "cpu/row.h"
#include "kernels/norm.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kPart = kMomentsPart;
// Rows whose sums for weight and bias one thread takes: fewer where there are few, so that several threads find work.
DLX_INLINE int64_t rows_part(int64_t rows) { return rows < 1024 ? 16 : 64; }

DLX_INLINE bool is_past_cache(const Tensor& x) { return x.numel() * itemsize(x.dtype()) >= kPastCache; }

// f(index, lanes) summed over [0, n).
template <class C, class F> DLX_INLINE double sum_in_parts(int64_t n, const F& f) {
  double total = 0;
  for (int64_t i0 = 0; i0 < n; i0 += kPart)
    total += static_cast<double>(reduce_row_of<SumOf, C>(n - i0 < kPart ? n - i0 : kPart, [&](int64_t i, auto lanes) { return f(i0 + i, lanes); }));
  return total;
}
template <class T> __attribute__((noinline)) double sum_of_squares(const T* x, int64_t n) {
  using C = compute_of<T>;
  return sum_in_parts<C>(n, [&](int64_t i, auto lanes) {
    const Vec<C> v = load_lanes(x + i, lanes);
    return v * v;
  });
}
DLX_INLINE double root_of(double x) { return sqrt(Vec<double>(x)).v[0]; }

// Rows of halves, which are read several times, become rows of floats first.
template <class T> struct RowAsSums {
  using C = compute_of<T>;
  static constexpr bool kSame = std::is_same_v<T, C>;
  const Scratch<C> memory;
  explicit RowAsSums(int64_t n) : memory(kSame ? 1 : n) {}
  DLX_INLINE const C* operator()(const T* x, int64_t n) const {
    if constexpr (kSame) {
      return x;
    } else {
      map_row(memory.data(), n, [&](int64_t i, auto lanes) {
        __builtin_prefetch(x + n + i, 0, 2);  // the next row, into L2: the passes over this one leave memory idle
        return load_lanes(x + i, lanes);
      });
      return memory.data();
    }
  }
};

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
__attribute__((noinline)) void apply_affine(bool past, T* to, const compute_of<T>* x, int64_t n, const Normal<compute_of<T>>& normal, const compute_of<T>* weight, const compute_of<T>* bias) {
  using C = compute_of<T>;
  const auto parameter = [](const C* p, int64_t i, auto lanes) { return kEach ? load_lanes(p + i, lanes) : Vec<C>(*p); };
  map_row_past(past, to, n, [&](int64_t i, auto lanes) {
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
  const bool past = is_past_cache(x);
  parallel_for(x.size(0), 3 * n, [&](int64_t begin, int64_t end) {
    const RowAsSums<T> row(n);
    for (int64_t r = begin; r < end; ++r) {
      const C* const from = row(x.data<T>() + r * n, n);
      T* const to = out.data<T>() + r * n;
      const Moments moments = mean.defined() ? moments_of_row(from, n) : Moments{0, sum_of_squares(from, n)};
      const double scale = 1 / root_of(moments.squares / static_cast<double>(n) + eps);
      if (mean.defined()) mean.data<double>()[r] = moments.mean;
      rstd.data<double>()[r] = scale;
      const Normal<C> normal(moments.mean, scale);
      const C* const w = parameters + r % sets * c;
      const C* const b = bias.defined() ? w + sets * c : nullptr;
      if (s == 1) apply_affine<true>(past, to, from, c, normal, w, b);
      else for (int64_t k = 0; k < c; ++k) apply_affine<false>(past, to + k * s, from + k * s, s, normal, w + k, b ? b + k : b);
    }
    if (past) finish_past_cache();
  });
}

// Sums over n elements of a row: of h and of h * d, where h = g * weight (weight null: h = g).
struct Sums {
  double h, hd;
};
template <class C> __attribute__((noinline)) Sums gradient_sums(const C* g, const C* x, int64_t n, const Normal<C>& normal, const C* weight) {
  Sums total{0, 0};
  const Vec<C> zero(C(0));
  for (int64_t i0 = 0; i0 < n; i0 += kPart) {
    const int64_t count = n - i0 < kPart ? n - i0 : kPart;
    const auto h = [&](int64_t i, auto lanes) {  // 0 beyond the end, as x - mean is not
      const Vec<C> v = load_lanes(g + i0 + i, lanes);
      return weight ? v * load_lanes(weight + i0 + i, lanes) : v;
    };
    const auto centred = [&](int64_t i, auto lanes) { return lanes_or(normal.centred(load_lanes(x + i0 + i, lanes)), lanes, C(0)); };
    Wide<C> of_h(zero), of_hd(zero);
    if constexpr (kVecBytes == 64) {
      along<C>(count, [&](int k, int64_t i, auto lanes) {
        const Vec<C> v = h(i, lanes);
        of_h.r[k] += v;
        of_hd.r[k] += v * centred(i, lanes);
      });
    } else {  // two Wides at once fit AVX-512's registers alone
      along<C>(count, [&](int k, int64_t i, auto lanes) { of_h.r[k] += h(i, lanes); });
      along<C>(count, [&](int k, int64_t i, auto lanes) { of_hd.r[k] += h(i, lanes) * centred(i, lanes); });
    }
    total.h += static_cast<double>(fold_wide<SumOf>(of_h));
    total.hd += static_cast<double>(fold_wide<SumOf>(of_hd));
  }
  total.hd *= static_cast<double>(normal.rstd.v[0]);
  return total;
}

// to = rstd * (g * weight - mean_h - d * mean_hd)
template <class T>
__attribute__((noinline)) void apply_gradient(bool past, T* to, const compute_of<T>* g, const compute_of<T>* x, int64_t n, const Normal<compute_of<T>>& normal, compute_of<T> weight,
                                              double mean_h, double mean_hd) {
  using C = compute_of<T>;
  const Vec<C> of_h(static_cast<C>(mean_h)), of_hd(static_cast<C>(mean_hd));
  map_row_past(past, to, n, [&](int64_t i, auto lanes) {
    return (load_lanes(g + i, lanes) * Vec<C>(weight) - of_h - normal.of(load_lanes(x + i, lanes)) * of_hd) * normal.rstd;
  });
}
// Where each channel has one element, the row's share of the sums for weight and bias is added while it is in registers: to[i] of
// g * d, to[n + i] of g. to_weight null: not wanted.
template <class T>
__attribute__((noinline)) void apply_gradient_of_each(bool past, T* to, compute_of<T>* to_weight, const compute_of<T>* g, const compute_of<T>* x, int64_t n,
                                                      const Normal<compute_of<T>>& normal, const compute_of<T>* weight, double mean_h, double mean_hd) {
  using C = compute_of<T>;
  const Vec<C> of_h(static_cast<C>(mean_h)), of_hd(static_cast<C>(mean_hd));
  const auto add = [&](int64_t i, auto lanes, Vec<C> v, Vec<C> d) {
    store_lanes(to_weight + i, load_lanes(to_weight + i, lanes) + v * d, lanes);
    store_lanes(to_weight + n + i, load_lanes(to_weight + n + i, lanes) + v, lanes);
  };
  if (!to) return each_register<C>(n, [&](int64_t i, auto lanes) { add(i, lanes, load_lanes(g + i, lanes), normal.of(load_lanes(x + i, lanes))); });
  const auto gradient = [&](int64_t i, auto lanes, Vec<C> v, Vec<C> d) { return (v * load_lanes(weight + i, lanes) - of_h - d * of_hd) * normal.rstd; };
  if (!to_weight)
    return map_row_past(past, to, n, [&](int64_t i, auto lanes) { return gradient(i, lanes, load_lanes(g + i, lanes), normal.of(load_lanes(x + i, lanes))); });
  map_row_past(past, to, n, [&](int64_t i, auto lanes) {
    if constexpr (RowAsSums<T>::kSame) {  // the next row, while this pass leaves memory idle
      __builtin_prefetch(g + n + i);
      __builtin_prefetch(x + n + i);
    }
    const Vec<C> v = load_lanes(g + i, lanes), d = normal.of(load_lanes(x + i, lanes));
    add(i, lanes, v, d);
    return gradient(i, lanes, v, d);
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
  const bool past = gx.defined() && is_past_cache(x);
  parallel_for(x.size(0), 4 * n, [&](int64_t begin, int64_t end) {
    const RowAsSums<T> row_of_x(n), row_of_g(n);
    for (int64_t r = begin; r < end; ++r) {
      const C* const from = row_of_x(x.data<T>() + r * n, n);
      const C* const g = row_of_g(gy.data<T>() + r * n, n);
      const C* const w = weights + r % sets * c;
      const Normal<C> normal = normal_of<C>(mean, rstd, r);
      double* const sums = channel_sums ? channel_sums + r * 2 * c : nullptr;
      Sums total{0, 0};
      if (s == 1) {
        if (gx.defined()) total = gradient_sums<C>(g, from, c, normal, w);
        if (sums)
          each_register<C>(c, [&](int64_t i, auto lanes) {
            const Vec<C> v = load_lanes(g + i, lanes), vd = v * normal.of(load_lanes(from + i, lanes));
            for (int64_t l = 0; l < static_cast<int64_t>(lanes); ++l) sums[i + l] = static_cast<double>(v.v[l]), sums[c + i + l] = static_cast<double>(vd.v[l]);
          });
      } else {
        for (int64_t k = 0; k < c; ++k) {
          const Sums channel = gradient_sums<C>(g + k * s, from + k * s, s, normal, nullptr);
          total.h += channel.h * static_cast<double>(w[k]);
          total.hd += channel.hd * static_cast<double>(w[k]);
          if (sums) sums[k] = channel.h, sums[c + k] = channel.hd;
        }
      }
      if (!gx.defined()) continue;
      T* const to = gx.data<T>() + r * n;
      const double mean_h = mean.defined() ? total.h / static_cast<double>(n) : 0, mean_hd = total.hd / static_cast<double>(n);
      if (s == 1) apply_gradient_of_each<T>(past, to, nullptr, g, from, c, normal, w, mean_h, mean_hd);
      else for (int64_t k = 0; k < c; ++k) apply_gradient<T>(past, to + k * s, g + k * s, from + k * s, s, normal, w[k], mean_h, mean_hd);
    }
    if (past) finish_past_cache();
  });
}

// One set, one element in a channel: a single pass over memory for all three gradients.
template <class T>
void gradients_of_rows(Out gx, Out gw, Out gb, const Tensor& gy, const Tensor& x, const Tensor& mean, const Tensor& rstd, const OptTensor& weight) {
  using C = compute_of<T>;
  const int64_t rows = x.size(0), c = x.size(1), part_rows = rows_part(rows), parts = (rows - 1) / part_rows + 1;
  const Scratch<C> weights(c), partial(gw.defined() ? parts * 2 * c : 1);
  read_parameters(weights.data(), c, weight, C(1));
  const bool past = gx.defined() && is_past_cache(x);
  parallel_for(parts, 6 * part_rows * c, [&](int64_t begin, int64_t end) {
    const RowAsSums<T> row_of_x(c), row_of_g(c);
    for (int64_t part = begin; part < end; ++part) {
      C* const sums = gw.defined() ? partial + part * 2 * c : nullptr;
      for (int64_t i = 0; sums && i < 2 * c; ++i) sums[i] = 0;
      for (int64_t r = part * part_rows; r < rows && r < (part + 1) * part_rows; ++r) {
        const C* const from = row_of_x(x.data<T>() + r * c, c);
        const C* const g = row_of_g(gy.data<T>() + r * c, c);
        const Normal<C> normal = normal_of<C>(mean, rstd, r);
        Sums total{0, 0};
        if (gx.defined()) total = gradient_sums<C>(g, from, c, normal, weights.data());
        const double n = static_cast<double>(c);
        apply_gradient_of_each<T>(past, gx.defined() ? gx.data<T>() + r * c : nullptr, sums, g, from, c, normal, weights, mean.defined() ? total.h / n : 0,
                                  total.hd / n);
      }
    }
    if (past) finish_past_cache();
  });
  if (!gw.defined()) return;
  constexpr int64_t kColumns = 128;
  parallel_for((c - 1) / kColumns + 1, 2 * parts * kColumns, [&](int64_t begin, int64_t end) {
    for (int64_t first = begin * kColumns; first < c && first < end * kColumns; first += kColumns) {
      const int64_t width = c - first < kColumns ? c - first : kColumns;
      double of_gd[kColumns] = {}, of_g[kColumns] = {};
      for (int64_t part = 0; part < parts; ++part) {
        const C* const sums = partial + part * 2 * c + first;
        for (int64_t i = 0; i < width; ++i) of_gd[i] += static_cast<double>(sums[i]), of_g[i] += static_cast<double>(sums[c + i]);
      }
      for (int64_t i = 0; i < width; ++i) gw.data<C>()[first + i] = static_cast<C>(of_gd[i]), gb.data<C>()[first + i] = static_cast<C>(of_g[i]);
    }
  });
}

template <class T>
void row_norm_backward_as(Out gx, Out gw, Out gb, const Tensor& gy, const Tensor& x, const Tensor& mean, const Tensor& rstd, const OptTensor& weight, int64_t sets) {
  using C = compute_of<T>;
  const int64_t rows = x.size(0), c = x.size(1);
  if (sets == 1 && x.size(2) == 1) return gradients_of_rows<T>(gx, gw, gb, gy, x, mean, rstd, weight);
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

void normalize_rows(Out out, const Tensor& x, double eps) {
  dispatch_floating(x.dtype(), [&]<class T>() {
    using C = compute_of<T>;
    const int64_t n = x.size(1);
    const bool past = is_past_cache(x);
    parallel_for(x.size(0), 4 * n, [&](int64_t begin, int64_t end) {
      const RowAsSums<T> row(n);
      for (int64_t r = begin; r < end; ++r) {
        const C* const from = row(x.data<T>() + r * n, n);
        const Vec<C> length(static_cast<C>(root_of(sum_of_squares(from, n))));
        const Vec<C> divisor = maximum(length, Vec<C>(static_cast<C>(eps)));
        map_row_past(past, out.data<T>() + r * n, n, [&](int64_t i, auto lanes) {
          if constexpr (RowAsSums<T>::kSame) __builtin_prefetch(from + n + i);  // the next row
          return load_lanes(from + i, lanes) / divisor;
        });
      }
      if (past) finish_past_cache();
    });
  });
}

void row_norm(Out out, Out mean, Out rstd, const Tensor& x, const OptTensor& weight, const OptTensor& bias, int64_t sets, double eps) {
  dispatch_floating(x.dtype(), [&]<class T>() { row_norm_as<T>(out, mean, rstd, x, weight, bias, sets, eps); });
}
void row_norm_backward(Out gx, Out gw, Out gb, const Tensor& gy, const Tensor& x, const OptTensor& mean, const Tensor& rstd, const OptTensor& weight, int64_t sets) {
  dispatch_floating(x.dtype(), [&]<class T>() { row_norm_backward_as<T>(gx, gw, gb, gy, x, mean, rstd, weight, sets); });
}

DLX_REGISTER_CPU(kernels::normalize, normalize_rows);
DLX_REGISTER_CPU(kernels::row_norm, row_norm);
DLX_REGISTER_CPU(kernels::row_norm_backward, row_norm_backward);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
