// Softmax, its derivative, and the logarithm of a sum of exponentials.
//
// Along memory a row is taken in chunks of kPeakChunk: the chunk's largest value, its exponentials (kept) and their sum, while it lies in
// L1; then the chunks' peaks are merged, and what was kept is scaled. So a row comes from memory once and each exponential is taken
// once. Across memory the same runs over strips of columns and chunks of rows. A row of many chunks is shared by threads where there
// are few rows; the arithmetic is the same.
#include "kernels/softmax.h"

#include "core/parallel.h"
#include "core/scratch.h"
#include "cpu/peak.h"
#include "kernels/reduce.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kStrip = 512;      // columns
constexpr int64_t kStripRows = 64;   // 128 KB of float: in L2 between two passes
constexpr int64_t kSharedRows = 16;  // fewer long rows than this are shared by threads, chunk by chunk

int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// A tensor around one of its dimensions.
struct Around {
  int64_t outer = 1, n = 1, inner = 1;
  Around(const Tensor& x, int64_t dim) {
    for (int64_t d = 0; d < x.dim(); ++d) (d < dim ? outer : d == dim ? n : inner) *= x.size(d);
  }
};

// --- along memory ------------------------------------------------------------------------------------------------------

DLX_INLINE int64_t chunk_count(int64_t n, int64_t chunk) { return smaller(n - chunk * kPeakChunk, kPeakChunk); }
// Whether a row's chunks are shared by threads.
DLX_INLINE bool is_shared(int64_t rows, int64_t n) { return rows < kSharedRows && n > kPeakChunk; }

// f(number of the chunk, offset, count) for all chunks of all rows.
template <class F> DLX_INLINE void each_chunk(int64_t rows, int64_t n, const F& f) {
  const int64_t chunks = peak_chunks(n);
  parallel_for(rows * chunks, kPeakChunk * kExpCost, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) f(i, i / chunks * n + i % chunks * kPeakChunk, chunk_count(n, i % chunks));
  });
}

template <class T, class C> Peak<C> keep_exponentials(C* kept, const T* x, int64_t n) {
  return peak_of_chunk(x, n, [&](int64_t i, auto lanes, Vec<C> e) { store_lanes(kept + i, e, lanes); });
}
// Each chunk's factor takes the place of its sum.
template <class C> void peaks_to_factors(Peak<C>* peak, int64_t chunks) {
  const Peak<C> all = merged_peak(peak, chunks);
  for (int64_t c = 0; c < chunks; ++c) peak[c].sum = (chunks == 1 ? C(1) : of_one<Exp>(peak[c].max - all.max)) / all.sum;
}
template <class T, class C> void scale_kept(bool past, T* out, const C* kept, int64_t n, C factor) {
  map_row_past(past, out, n, [&](int64_t i, auto lanes) { return load_lanes(kept + i, lanes) * Vec<C>(factor); });
}

// Exponentials are kept in the result where it has their type and stays in the cache, else beside it.
template <class T> void softmax_rows(T* out, const T* x, int64_t rows, int64_t n) {
  using C = compute_of<T>;
  constexpr bool kSame = std::is_same_v<T, C>;
  const int64_t chunks = peak_chunks(n);
  if (is_shared(rows, n)) {
    const Scratch<Peak<C>> peaks(rows * chunks);
    const Scratch<C> beside(kSame ? 1 : rows * n);
    C* const kept = kSame ? reinterpret_cast<C*>(out) : beside.data();
    each_chunk(rows, n, [&](int64_t i, int64_t at, int64_t count) { peaks[i] = keep_exponentials(kept + at, x + at, count); });
    for (int64_t r = 0; r < rows; ++r) peaks_to_factors(peaks + r * chunks, chunks);
    each_chunk(rows, n, [&](int64_t i, int64_t at, int64_t count) { scale_kept(false, out + at, kept + at, count, peaks[i].sum); });
    return;
  }
  const bool past = rows * n * static_cast<int64_t>(sizeof(T)) >= kPastCache;
  parallel_for(rows, n * kExpCost, [&](int64_t begin, int64_t end) {
    const Scratch<Peak<C>> peaks(chunks);
    const Scratch<C> beside(kSame && !past ? 1 : n);
    for (int64_t at = begin * n; at < end * n; at += n) {
      C* const kept = kSame && !past ? reinterpret_cast<C*>(out + at) : beside.data();
      for (int64_t c = 0; c < chunks; ++c) peaks[c] = keep_exponentials(kept + c * kPeakChunk, x + at + c * kPeakChunk, chunk_count(n, c));
      peaks_to_factors(peaks.data(), chunks);
      for (int64_t c = 0; c < chunks; ++c) scale_kept(past, out + at + c * kPeakChunk, kept + c * kPeakChunk, chunk_count(n, c), peaks[c].sum);
    }
    if (past) finish_past_cache();
  });
}

// Peaks of all rows, with a row's chunks by several threads where rows are few.
template <class T> void peaks_of_rows(Peak<compute_of<T>>* peak, const T* x, int64_t rows, int64_t n) {
  using C = compute_of<T>;
  if (!is_shared(rows, n)) {
    parallel_for(rows, n * kExpCost, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) peak[r] = peak_of_row(x + r * n, n);
    });
    return;
  }
  const int64_t chunks = peak_chunks(n);
  const Scratch<Peak<C>> peaks(rows * chunks);
  each_chunk(rows, n, [&](int64_t i, int64_t at, int64_t count) { peaks[i] = peak_of_chunk(x + at, count, [](int64_t, auto, Vec<C>) {}); });
  for (int64_t r = 0; r < rows; ++r) peak[r] = merged_peak(peaks + r * chunks, chunks);
}

template <class T> void log_softmax_rows(T* out, const T* x, int64_t rows, int64_t n) {
  using C = compute_of<T>;
  const bool past = rows * n * static_cast<int64_t>(sizeof(T)) >= kPastCache;
  const auto subtract = [=](int64_t at, int64_t count, const Peak<C>& peak) {
    const Vec<C> max(peak.max), log_sum(of_one<Log>(peak.sum));
    map_row_past(past, out + at, count, [&](int64_t i, auto lanes) { return load_lanes(x + at + i, lanes) - max - log_sum; });
  };
  if (is_shared(rows, n)) {
    const Scratch<Peak<C>> peaks(rows);
    peaks_of_rows(peaks.data(), x, rows, n);
    each_chunk(rows, n, [&](int64_t i, int64_t at, int64_t count) {
      subtract(at, count, peaks[i / peak_chunks(n)]);
      if (past) finish_past_cache();
    });
    return;
  }
  parallel_for(rows, n * kExpCost, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) subtract(r * n, n, peak_of_row(x + r * n, n));
    if (past) finish_past_cache();
  });
}

// The sums of g (log) or of g * y, chunks added in order; then the gradient.
template <class T> void backward_rows(T* out, const T* g, const T* y, int64_t rows, int64_t n, bool log) {
  using C = compute_of<T>;
  const bool past = rows * n * static_cast<int64_t>(sizeof(T)) >= kPastCache;
  const int64_t chunks = peak_chunks(n);
  const auto sum = [=](int64_t at, int64_t count) { return log ? reduce_row<SumOf>(g + at, count) : dot_row(g + at, y + at, count); };
  const auto apply = [=](int64_t at, int64_t count, C total) {
    const Vec<C> t(total);
    if (log) map_row_past(past, out + at, count, [&](int64_t i, auto lanes) { return fma(-Exp::apply(load_lanes(y + at + i, lanes)), t, load_lanes(g + at + i, lanes)); });
    else map_row_past(past, out + at, count, [&](int64_t i, auto lanes) { return load_lanes(y + at + i, lanes) * (load_lanes(g + at + i, lanes) - t); });
  };
  const int64_t cost = log ? kExpCost : 3;
  if (is_shared(rows, n)) {
    const Scratch<C> sums(rows * chunks);
    each_chunk(rows, n, [&](int64_t i, int64_t at, int64_t count) { sums[i] = sum(at, count); });
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 1; c < chunks; ++c) sums[r * chunks] += sums[r * chunks + c];
    each_chunk(rows, n, [&](int64_t i, int64_t at, int64_t count) {
      apply(at, count, sums[i / chunks * chunks]);
      if (past) finish_past_cache();
    });
    return;
  }
  parallel_for(rows, n * cost, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      C total = sum(r * n, chunk_count(n, 0));
      for (int64_t c = 1; c < chunks; ++c) total += sum(r * n + c * kPeakChunk, chunk_count(n, c));
      apply(r * n, n, total);
    }
    if (past) finish_past_cache();
  });
}

// --- across memory -----------------------------------------------------------------------------------------------------

// The peaks of `width` columns of n <= kStripRows rows, `stride` apart. keep(row, index, lanes, exponential).
template <class T, class Keep>
DLX_INLINE void peaks_of_columns(compute_of<T>* max, compute_of<T>* sum, const T* x, int64_t n, int64_t stride, int64_t width, const Keep& keep) {
  using C = compute_of<T>;
  alignas(64) C shift[kStrip];
  map_row(max, width, [&](int64_t, auto) { return Vec<C>(-Format<C>::kInfinity); });
  int64_t k = 0;
  for (; k + 4 <= n; k += 4)
    map_row(max, width, [&, row = x + k * stride](int64_t i, auto lanes) {
      const auto at = [&](int64_t r) { return load_lanes(row + r * stride + i, lanes); };
      const auto higher = [](Vec<C> a, Vec<C> b) { return HighestOf::combine(a, b); };
      return higher(higher(higher(higher(load_lanes(max + i, lanes), at(0)), at(1)), at(2)), at(3));
    });
  for (; k < n; ++k)
    map_row(max, width, [&, row = x + k * stride](int64_t i, auto lanes) { return HighestOf::combine(load_lanes(max + i, lanes), load_lanes(row + i, lanes)); });
  map_row(shift, width, [&](int64_t i, auto lanes) {
    const Vec<C> m = load_lanes(max + i, lanes);
    return select(m == Vec<C>(-Format<C>::kInfinity), Vec<C>(C(0)), m);
  });
  map_row(sum, width, [&](int64_t, auto) { return Vec<C>(C(0)); });
  for (k = 0; k < n; ++k)
    map_row(sum, width, [&, row = x + k * stride](int64_t i, auto lanes) {
      __builtin_prefetch(row + n * stride + i);  // of the rows that come next, while this pass leaves memory idle
      const Vec<C> e = Exp::apply(load_lanes(row + i, lanes) - load_lanes(shift + i, lanes));
      keep(k, i, lanes, e);
      return load_lanes(sum + i, lanes) + e;
    });
}
// Of chunks' peaks, [chunks][kStrip], those of whole columns.
template <class C> void merge_columns(C* max, C* sum, C* all_max, C* all_sum, int64_t chunks, int64_t width) {
  map_row(all_max, width, [&](int64_t i, auto lanes) {
    Vec<C> m = load_lanes(max + i, lanes);
    for (int64_t c = 1; c < chunks; ++c) m = HighestOf::combine(m, load_lanes(max + c * kStrip + i, lanes));
    return m;
  });
  map_row(all_sum, width, [&](int64_t i, auto lanes) {
    Vec<C> s(C(0));
    const Vec<C> m = load_lanes(all_max + i, lanes);
    for (int64_t c = 0; c < chunks; ++c) s = s + load_lanes(sum + c * kStrip + i, lanes) * Exp::apply(load_lanes(max + c * kStrip + i, lanes) - m);
    return s;
  });
}

template <class T> struct Columns {
  using C = compute_of<T>;
  int64_t n, stride, chunks;
  Scratch<C> memory;
  C *max, *sum, *all_max, *all_sum;
  Columns(int64_t rows, int64_t row_stride)
      : n(rows), stride(row_stride), chunks((rows - 1) / kStripRows + 1), memory(2 * (chunks + 1) * kStrip),
        max(memory), sum(max + chunks * kStrip), all_max(sum + chunks * kStrip), all_sum(all_max + kStrip) {}
  template <class Keep> DLX_INLINE void find_peaks(const T* x, int64_t width, const Keep& keep) {
    for (int64_t c = 0; c < chunks; ++c) {
      const int64_t first = c * kStripRows;
      peaks_of_columns(max + c * kStrip, sum + c * kStrip, x + first * stride, smaller(n - first, kStripRows), stride, width,
                       [&](int64_t k, int64_t i, auto lanes, Vec<C> e) { keep(first + k, i, lanes, e); });
    }
    merge_columns(max, sum, all_max, all_sum, chunks, width);
  }
};

// Exponentials are kept in the result, or beside it where it is a half.
template <class T> void softmax_strip(Columns<T>& columns, T* out, const T* x, int64_t width) {
  using C = compute_of<T>;
  constexpr bool kSame = std::is_same_v<T, C>;
  const int64_t n = columns.n, stride = columns.stride;
  const Scratch<C> beside(kSame ? 1 : n * kStrip);
  C* const kept = kSame ? reinterpret_cast<C*>(out) : beside.data();
  const int64_t kept_stride = kSame ? stride : kStrip;
  columns.find_peaks(x, width, [&](int64_t k, int64_t i, auto lanes, Vec<C> e) { store_lanes(kept + k * kept_stride + i, e, lanes); });
  for (int64_t c = 0; c < columns.chunks; ++c) {
    C* const factor = columns.sum + c * kStrip;
    map_row(factor, width, [&](int64_t i, auto lanes) {
      return Exp::apply(load_lanes(columns.max + c * kStrip + i, lanes) - load_lanes(columns.all_max + i, lanes)) / load_lanes(columns.all_sum + i, lanes);
    });
    for (int64_t k = c * kStripRows; k < n && k < (c + 1) * kStripRows; ++k)
      map_row(out + k * stride, width, [&](int64_t i, auto lanes) { return load_lanes(kept + k * kept_stride + i, lanes) * load_lanes(factor + i, lanes); });
  }
}
template <class T> void log_softmax_strip(Columns<T>& columns, T* out, const T* x, int64_t width) {
  using C = compute_of<T>;
  columns.find_peaks(x, width, [](int64_t, int64_t, auto, Vec<C>) {});
  C *const max = columns.all_max, *const log_sum = columns.all_sum;
  map_row(log_sum, width, [&](int64_t i, auto lanes) { return Log::apply(load_lanes(log_sum + i, lanes)); });
  for (int64_t k = 0; k < columns.n; ++k)
    map_row(out + k * columns.stride, width, [&, row = x + k * columns.stride](int64_t i, auto lanes) {
      return load_lanes(row + i, lanes) - load_lanes(max + i, lanes) - load_lanes(log_sum + i, lanes);
    });
}

template <class T> void backward_strip(T* out, const T* g, const T* y, int64_t n, int64_t stride, int64_t width, bool log) {
  using C = compute_of<T>;
  alignas(64) C sum[kStrip];
  map_row(sum, width, [&](int64_t, auto) { return Vec<C>(C(0)); });
  int64_t k = 0;
  for (; k + 4 <= n; k += 4)
    map_row(sum, width, [&, p = g + k * stride, q = y + k * stride](int64_t i, auto lanes) {
      const auto term = [&](int64_t r) {
        const Vec<C> grad = load_lanes(p + r * stride + i, lanes);
        return log ? grad : grad * load_lanes(q + r * stride + i, lanes);
      };
      return load_lanes(sum + i, lanes) + ((term(0) + term(1)) + (term(2) + term(3)));
    });
  for (; k < n; ++k)
    map_row(sum, width, [&, p = g + k * stride, q = y + k * stride](int64_t i, auto lanes) {
      const Vec<C> s = load_lanes(sum + i, lanes), grad = load_lanes(p + i, lanes);
      return log ? s + grad : s + grad * load_lanes(q + i, lanes);
    });
  for (k = 0; k < n; ++k)
    map_row(out + k * stride, width, [&, p = g + k * stride, q = y + k * stride](int64_t i, auto lanes) {
      const Vec<C> s = load_lanes(sum + i, lanes), grad = load_lanes(p + i, lanes), value = load_lanes(q + i, lanes);
      return log ? fma(-Exp::apply(value), s, grad) : value * (grad - s);
    });
}

// strip(offset, width) for each strip of columns; make() is called once for those that a thread takes.
template <class Make, class Strip> DLX_INLINE void each_strip(const Around& x, const Make& make, const Strip& strip) {
  const int64_t strips = (x.inner - 1) / kStrip + 1;
  parallel_for(x.outer * strips, x.n * kExpCost * smaller(x.inner, kStrip), [&](int64_t begin, int64_t end) {
    auto&& columns = make();
    for (int64_t s = begin; s < end; ++s) {
      const int64_t first = s % strips * kStrip;
      strip(columns, s / strips * x.n * x.inner + first, smaller(x.inner - first, kStrip));
    }
  });
}

void forward(Out out, const Tensor& x, int64_t dim, bool log) {
  dispatch_floating(x.dtype(), [&]<class T>() {
    T* to = out.data<T>();
    const T* from = x.data<T>();
    const Around around(x, dim);
    if (around.inner == 1) return log ? log_softmax_rows(to, from, around.outer, around.n) : softmax_rows(to, from, around.outer, around.n);
    each_strip(around, [&] { return Columns<T>(around.n, around.inner); }, [&](Columns<T>& columns, int64_t at, int64_t width) {
      if (log) log_softmax_strip(columns, to + at, from + at, width);
      else softmax_strip(columns, to + at, from + at, width);
    });
  });
}
void backward(Out out, const Tensor& g, const Tensor& y, int64_t dim, bool log) {
  dispatch_floating(y.dtype(), [&]<class T>() {
    T* to = out.data<T>();
    const T *grad = g.data<T>(), *value = y.data<T>();
    const Around around(y, dim);
    if (around.inner == 1) return backward_rows(to, grad, value, around.outer, around.n, log);
    each_strip(around, [] { return 0; }, [&](int, int64_t at, int64_t width) {
      backward_strip(to + at, grad + at, value + at, around.n, around.inner, width, log);
    });
  });
}

void softmax_kernel(Out out, const Tensor& x, int64_t dim) { forward(out, x, dim, false); }
void log_softmax_kernel(Out out, const Tensor& x, int64_t dim) { forward(out, x, dim, true); }
void softmax_backward_kernel(Out out, const Tensor& g, const Tensor& y, int64_t dim) { backward(out, g, y, dim, false); }
void log_softmax_backward_kernel(Out out, const Tensor& g, const Tensor& y, int64_t dim) { backward(out, g, y, dim, true); }

// --- the logarithm of the sum --------------------------------------------------------------------------------------------

// Of n values, `stride` apart. Relative to an infinite largest one nothing is left: the result is that one, or NaN if one is among them.
template <class T> compute_of<T> log_of_peak(const Peak<compute_of<T>>& peak, const T* x, int64_t n, int64_t stride) {
  using C = compute_of<T>;
  if (peak.max - peak.max == C(0)) [[likely]] return peak.max + of_one<Log>(peak.sum);
  for (int64_t k = 0; k < n; ++k)
    if (const C v = static_cast<C>(x[k * stride]); v != v) return v;
  return peak.max;
}

void logsumexp_kernel(Out out, const Tensor& x) {
  dispatch_floating(x.dtype(), [&]<class T>() {
    using C = compute_of<T>;
    T* to = out.data<T>();
    const T* from = x.data<T>();
    const Around around(x, 1);
    if (around.inner == 1) {
      const Scratch<Peak<C>> peaks(around.outer);
      peaks_of_rows(peaks.data(), from, around.outer, around.n);
      for (int64_t r = 0; r < around.outer; ++r) to[r] = static_cast<T>(log_of_peak(peaks[r], from + r * around.n, around.n, 1));
      return;
    }
    each_strip(around, [&] { return Columns<T>(around.n, around.inner); }, [&](Columns<T>& columns, int64_t at, int64_t width) {
      columns.find_peaks(from + at, width, [](int64_t, int64_t, auto, Vec<C>) {});
      T* const results = to + at / (around.n * around.inner) * around.inner + at % (around.n * around.inner);
      for (int64_t i = 0; i < width; ++i)
        results[i] = static_cast<T>(log_of_peak(Peak<C>{columns.all_max[i], columns.all_sum[i]}, from + at + i, around.n, around.inner));
    });
  });
}

DLX_REGISTER_CPU(kernels::softmax, softmax_kernel);
DLX_REGISTER_CPU(kernels::log_softmax, log_softmax_kernel);
DLX_REGISTER_CPU(kernels::softmax_backward, softmax_backward_kernel);
DLX_REGISTER_CPU(kernels::log_softmax_backward, log_softmax_backward_kernel);
DLX_REGISTER_CPU(kernels::logsumexp, logsumexp_kernel);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
