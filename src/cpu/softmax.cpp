// Softmax and its derivative. Along memory a row is read two or three times while it lies in L1; across memory the same passes
// run over strips of columns, a vector of columns at a time.
#include "kernels/softmax.h"

#include "core/parallel.h"
#include "cpu/row.h"
#include "kernels/math.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kExpCost = 10;  // of one element, passes included
constexpr int64_t kStrip = 256;   // columns: their maxima and sums stay in registers and L1

// A half in memory is not what the sum was taken of: its exponentials are computed a second time instead of being kept.
template <class T> constexpr bool kKeepsExp = std::is_same_v<T, compute_of<T>>;

template <class T> void softmax_row(T* out, const T* x, int64_t n, bool log) {
  using C = compute_of<T>;
  const Vec<C> max(reduce_row<MaxOf>(x, n));
  const C sum = reduce_row_of<SumOf, C>(n, [&](int64_t i, auto lanes) {
    const Vec<C> e = Exp::apply(load_lanes(x + i, lanes) - max);
    if constexpr (kKeepsExp<T>) {
      if (!log) store_lanes(out + i, e, lanes);
    }
    return e;
  });
  if (log) {
    const Vec<C> log_sum(of_one<Log>(sum));
    return map_row(out, n, [&](int64_t i, auto lanes) { return load_lanes(x + i, lanes) - max - log_sum; });
  }
  const Vec<C> scale(C(1) / sum);
  map_row(out, n, [&](int64_t i, auto lanes) {
    if constexpr (kKeepsExp<T>) return load_lanes(out + i, lanes) * scale;
    else return Exp::apply(load_lanes(x + i, lanes) - max) * scale;
  });
}

template <class T> void softmax_backward_row(T* out, const T* g, const T* y, int64_t n, bool log) {
  using C = compute_of<T>;
  if (log) {
    const Vec<C> sum(reduce_row<SumOf>(g, n));
    return map_row(out, n, [&](int64_t i, auto lanes) { return fma(-Exp::apply(load_lanes(y + i, lanes)), sum, load_lanes(g + i, lanes)); });
  }
  const Vec<C> dot(dot_row(g, y, n));
  map_row(out, n, [&](int64_t i, auto lanes) { return load_lanes(y + i, lanes) * (load_lanes(g + i, lanes) - dot); });
}

// The same over `width` columns of n rows, `stride` apart.
template <class T> void softmax_strip(T* out, const T* x, int64_t n, int64_t stride, int64_t width, bool log) {
  using C = compute_of<T>;
  alignas(64) C max[kStrip], sum[kStrip];
  map_row(max, width, [&](int64_t, auto) { return Vec<C>(MaxOf::identity<C>()); });
  map_row(sum, width, [&](int64_t, auto) { return Vec<C>(C(0)); });
  for (int64_t k = 0; k < n; ++k)
    map_row(max, width, [&, row = x + k * stride](int64_t i, auto lanes) { return maximum(load_lanes(max + i, lanes), load_lanes(row + i, lanes)); });
  for (int64_t k = 0; k < n; ++k)
    map_row(sum, width, [&, row = x + k * stride](int64_t i, auto lanes) {
      const Vec<C> e = Exp::apply(load_lanes(row + i, lanes) - load_lanes(max + i, lanes));
      if constexpr (kKeepsExp<T>) {
        if (!log) store_lanes(out + k * stride + i, e, lanes);
      }
      return load_lanes(sum + i, lanes) + e;
    });
  if (log) map_row(sum, width, [&](int64_t i, auto lanes) { return Log::apply(load_lanes(sum + i, lanes)); });
  else map_row(sum, width, [&](int64_t i, auto lanes) { return Vec<C>(C(1)) / load_lanes(sum + i, lanes); });
  for (int64_t k = 0; k < n; ++k)
    map_row(out + k * stride, width, [&, row = x + k * stride](int64_t i, auto lanes) {
      const Vec<C> m = load_lanes(max + i, lanes), s = load_lanes(sum + i, lanes);
      if (log) return load_lanes(row + i, lanes) - m - s;
      if constexpr (kKeepsExp<T>) return load_lanes(out + k * stride + i, lanes) * s;
      else return Exp::apply(load_lanes(row + i, lanes) - m) * s;
    });
}

template <class T> void softmax_backward_strip(T* out, const T* g, const T* y, int64_t n, int64_t stride, int64_t width, bool log) {
  using C = compute_of<T>;
  alignas(64) C sum[kStrip];
  map_row(sum, width, [&](int64_t, auto) { return Vec<C>(C(0)); });
  for (int64_t k = 0; k < n; ++k)
    map_row(sum, width, [&, p = g + k * stride, q = y + k * stride](int64_t i, auto lanes) {
      const Vec<C> s = load_lanes(sum + i, lanes), grad = load_lanes(p + i, lanes);
      return log ? s + grad : fma(grad, load_lanes(q + i, lanes), s);
    });
  for (int64_t k = 0; k < n; ++k)
    map_row(out + k * stride, width, [&, p = g + k * stride, q = y + k * stride](int64_t i, auto lanes) {
      const Vec<C> s = load_lanes(sum + i, lanes), grad = load_lanes(p + i, lanes), value = load_lanes(q + i, lanes);
      return log ? fma(-Exp::apply(value), s, grad) : value * (grad - s);
    });
}

// A tensor around one of its dimensions.
struct Around {
  int64_t outer = 1, n = 1, inner = 1;
  Around(const Tensor& x, int64_t dim) {
    for (int64_t d = 0; d < x.dim(); ++d) (d < dim ? outer : d == dim ? n : inner) *= x.size(d);
  }
};

// row(offset) for each row along memory, else strip(offset, width) for each strip of columns.
template <class Row, class Strip> DLX_INLINE void each_row(const Around& x, const Row& row, const Strip& strip) {
  const int64_t outer = x.outer, n = x.n, inner = x.inner;
  if (inner == 1) {
    parallel_for(outer, n * kExpCost, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) row(r * n);
    });
    return;
  }
  const int64_t strips = (inner - 1) / kStrip + 1;
  parallel_for(outer * strips, n * kExpCost * (inner < kStrip ? inner : kStrip), [&](int64_t begin, int64_t end) {
    for (int64_t s = begin; s < end; ++s) {
      const int64_t first = s % strips * kStrip;
      strip(s / strips * n * inner + first, inner - first < kStrip ? inner - first : kStrip);
    }
  });
}

void forward(Out out, const Tensor& x, int64_t dim, bool log) {
  dispatch_floating(x.dtype(), [&]<class T>() {
    T* to = out.data<T>();
    const T* from = x.data<T>();
    const Around rows(x, dim);
    const int64_t n = rows.n, inner = rows.inner;
    each_row(rows, [&](int64_t at) { softmax_row(to + at, from + at, n, log); },
             [&](int64_t at, int64_t width) { softmax_strip(to + at, from + at, n, inner, width, log); });
  });
}
void backward(Out out, const Tensor& g, const Tensor& y, int64_t dim, bool log) {
  dispatch_floating(y.dtype(), [&]<class T>() {
    T* to = out.data<T>();
    const T *grad = g.data<T>(), *value = y.data<T>();
    const Around rows(y, dim);
    const int64_t n = rows.n, inner = rows.inner;
    each_row(rows, [&](int64_t at) { softmax_backward_row(to + at, grad + at, value + at, n, log); },
             [&](int64_t at, int64_t width) { softmax_backward_strip(to + at, grad + at, value + at, n, inner, width, log); });
  });
}

void softmax_kernel(Out out, const Tensor& x, int64_t dim) { forward(out, x, dim, false); }
void log_softmax_kernel(Out out, const Tensor& x, int64_t dim) { forward(out, x, dim, true); }
void softmax_backward_kernel(Out out, const Tensor& g, const Tensor& y, int64_t dim) { backward(out, g, y, dim, false); }
void log_softmax_backward_kernel(Out out, const Tensor& g, const Tensor& y, int64_t dim) { backward(out, g, y, dim, true); }

DLX_REGISTER_CPU(kernels::softmax, softmax_kernel);
DLX_REGISTER_CPU(kernels::log_softmax, log_softmax_kernel);
DLX_REGISTER_CPU(kernels::softmax_backward, softmax_backward_kernel);
DLX_REGISTER_CPU(kernels::log_softmax_backward, log_softmax_backward_kernel);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
