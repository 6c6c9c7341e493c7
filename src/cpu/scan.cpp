// Scans over the middle of (outer, n, inner). A thread takes strips of columns; those of a strip advance together, so memory is read in
// order. Sums and products along memory (inner = 1) go by chunks of kChunk elements: totals of the chunks first, if several threads
// are to share a row, then every chunk from where the ones before it end.
#include "kernels/scan.h"

#include "core/parallel.h"
#include "cpu/keyed.h"
#include "cpu/vec.h"
#include "kernels/math.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kColumns = 128;

template <class T> using WideOf = std::conditional_t<std::is_integral_v<T>, uint64_t, double>;  // integers wrap
template <class T> DLX_INLINE WideOf<T> widened(T x) {
  if constexpr (std::is_arithmetic_v<T>) return static_cast<WideOf<T>>(x);
  else return static_cast<double>(static_cast<float>(x));
}
template <class T> DLX_INLINE T narrowed(WideOf<T> x) {
  if constexpr (std::is_arithmetic_v<T>) return static_cast<T>(x);
  else return T(static_cast<float>(x));
}

// step(state of a column, offset of the element, its number along n) from the first element on, or from the last.
template <class State, class Step> void scan(const Tensor& x, int64_t cost, bool reverse, const Step& step) {
  const int64_t outer = x.size(0), n = x.size(1), inner = x.size(2);
  const int64_t strips = (inner + kColumns - 1) / kColumns, widest = inner < kColumns ? inner : kColumns;
  parallel_for(outer * strips, n * widest * cost + 16, [&](int64_t begin, int64_t end) {
    State state[kColumns];
    for (int64_t s = begin; s < end; ++s) {
      const int64_t first = s % strips * kColumns, o = s / strips;
      const int64_t width = inner - first < kColumns ? inner - first : kColumns;
      for (int64_t i = 0; i < width; ++i) state[i] = State();
      for (int64_t k = 0; k < n; ++k) {
        const int64_t at = reverse ? n - 1 - k : k, row = (o * n + at) * inner + first;
        for (int64_t i = 0; i < width; ++i) step(state[i], row + i, at);
      }
    }
  });
}

template <class T, bool kProduct> struct Total {
  WideOf<T> value = kProduct ? 1 : 0;
};
template <bool kProduct, class W> DLX_INLINE W joined(W a, W b) {
  if constexpr (kProduct) return a * b;
  else return a + b;
}

// --- sums and products along memory --------------------------------------------------------------------------------

constexpr int64_t kBlock = 512, kChunk = 32 * kBlock;

// x[i] becomes the sum (product) of x[0] ... x[i], after `before`; returns the last. Four at a time: the chain from one to the next is
// one addition for four elements, in an order that the place in the row fixes: a, ab, (ab)c, (ab)(cd).
template <bool kProduct, class W> DLX_INLINE W scan_block(W* x, int64_t n, W before) {
  typedef W Four __attribute__((vector_size(4 * sizeof(W)), aligned(alignof(W))));  // of every level
  constexpr W kNothing = kProduct ? 1 : 0;
  const Four nothing = {kNothing, kNothing, kNothing, kNothing};
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) {
    auto* at = reinterpret_cast<Four*>(x + i);
    const Four pairs = joined<kProduct>(*at, static_cast<Four>(__builtin_shufflevector(*at, nothing, 4, 0, 4, 2)));
    const Four all = joined<kProduct>(static_cast<Four>(__builtin_shufflevector(pairs, nothing, 4, 4, 1, 1)), pairs);
    *at = joined<kProduct>(Four{before, before, before, before}, all);
    before = joined<kProduct>(before, all[3]);
  }
  if (i == n) return before;
  W sum = x[i];
  x[i] = joined<kProduct>(before, sum);
  for (++i; i < n; ++i) {
    sum = joined<kProduct>(sum, x[i]);
    x[i] = joined<kProduct>(before, sum);
  }
  return x[n - 1];
}

// Chunk c of a row of n, counted from its end if `reverse`; `before`: what the earlier chunks come to. to: may be null, for the total alone.
template <bool kProduct, class T> WideOf<T> scan_chunk(T* to, const T* from, int64_t n, int64_t c, bool reverse, WideOf<T> before) {
  using W = WideOf<T>;
  const int64_t first = c * kChunk, last = first + kChunk < n ? first + kChunk : n;
  W total = kProduct ? 1 : 0;
  if constexpr (std::is_integral_v<T> && !kProduct) {  // in any order: they wrap
    const int64_t step = reverse ? -1 : 1, start = reverse ? n - 1 - first : first;
    const T* p = from + start;
    if (!to) {
      for (int64_t i = first; i < last; ++i, p += step) total += widened(*p);
      return total;
    }
    T* q = to + start;
    total = before;
    for (int64_t i = first; i < last; ++i, p += step, q += step) *q = narrowed<T>(total += widened(*p));
    return total - before;
  }
  alignas(64) W x[kBlock];
  for (int64_t i = first; i < last; i += kBlock) {
    const int64_t count = last - i < kBlock ? last - i : kBlock;
    const T* p = reverse ? from + n - i - count : from + i;
    for (int64_t k = 0; k < count; ++k) x[k] = widened(p[k]);
    if (reverse)
      for (int64_t k = 0; k < count / 2; ++k) {
        const W swap = x[k];
        x[k] = x[count - 1 - k];
        x[count - 1 - k] = swap;
      }
    total = scan_block<kProduct>(x, count, total);
    if (!to) continue;
    if (reverse) {
      T* q = to + n - 1 - i;
      for (int64_t k = 0; k < count; ++k) q[-k] = narrowed<T>(joined<kProduct>(before, x[k]));
    } else {
      T* q = to + i;
      for (int64_t k = 0; k < count; ++k) q[k] = narrowed<T>(joined<kProduct>(before, x[k]));
    }
  }
  return total;
}

template <bool kProduct, class T> void scan_rows(T* to, const T* from, int64_t rows, int64_t n, bool reverse) {
  using W = WideOf<T>;
  const int64_t chunks = (n + kChunk - 1) / kChunk;
  constexpr W kNothing = kProduct ? 1 : 0;
  if (rows >= 8 || chunks < 4 || num_threads() < 4) {  // in one pass, where two would not gain; the chunks join in the same order
    parallel_for(rows, 4 * n + 16, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        W before = kNothing;
        for (int64_t c = 0; c < chunks; ++c) before = joined<kProduct>(before, scan_chunk<kProduct>(to + r * n, from + r * n, n, c, reverse, before));
      }
    });
    return;
  }
  const Scratch<W> totals(rows * chunks);
  parallel_for(rows * chunks, 2 * kChunk, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) totals.data()[c] = scan_chunk<kProduct, T>(nullptr, from + c / chunks * n, n, c % chunks, reverse, kNothing);
  });
  W before = kNothing;
  for (int64_t c = 0; c < rows * chunks; ++c) {
    if (c % chunks == 0) before = kNothing;
    const W after = joined<kProduct>(before, totals.data()[c]);
    totals.data()[c] = before;
    before = after;
  }
  parallel_for(rows * chunks, 4 * kChunk, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) scan_chunk<kProduct>(to + c / chunks * n, from + c / chunks * n, n, c % chunks, reverse, totals.data()[c]);
  });
}

template <bool kProduct> void cumulative(Out out, const Tensor& x, bool reverse) {
  dispatch_all(x.dtype(), [&]<class T>() {
    const T* from = x.data<T>();
    T* to = out.data<T>();
    if (x.size(2) == 1) return scan_rows<kProduct>(to, from, x.size(0), x.size(1), reverse);
    scan<Total<T, kProduct>>(x, 2, reverse, [=](auto& total, int64_t at, int64_t) { to[at] = narrowed<T>(total.value = joined<kProduct>(total.value, widened(from[at]))); });
  });
}
void cumsum_kernel(Out out, const Tensor& x, bool reverse) { cumulative<false>(out, x, reverse); }
void cumprod_kernel(Out out, const Tensor& x) { cumulative<true>(out, x, false); }

struct Extreme {
  uint64_t key = 0;
  int64_t index = -1, at = 0;  // along n, and its offset
};
template <bool kMax> void cumulative_extreme(Out values, Out indices, const Tensor& x) {
  dispatch_all(x.dtype(), [&]<class T>() {
    const T* from = x.data<T>();
    T* to = values.data<T>();
    int64_t* places = indices.data<int64_t>();
    if (x.size(2) == 1) {  // along memory: the extreme stays for long, mostly through whole blocks
      const int64_t n = x.size(1);
      parallel_for(x.size(0), 4 * n + 16, [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r) {
          const auto number = [](T v) {
            if constexpr (std::is_arithmetic_v<T>) return v;
            else return static_cast<float>(v);
          };
          const T* row = from + r * n;
          T best = row[0];
          int64_t place = 0;
          const auto stays = [&](T v) { return kMax ? number(v) < number(best) : number(v) > number(best); };
          const auto step = [&](int64_t k) {
            if (!stays(row[k]) && (is_nan(row[k]) || !is_nan(best))) best = row[k], place = k;
            to[r * n + k] = best;
            places[r * n + k] = place;
          };
          constexpr int64_t kBlock = 16;
          int64_t k = 0;
          for (; k + kBlock <= n; k += kBlock) {
            int changes = 0;
            for (int64_t i = 0; i < kBlock; ++i) changes |= !stays(row[k + i]);
            if (changes) {
              for (int64_t i = 0; i < kBlock; ++i) step(k + i);
              continue;
            }
            for (int64_t i = 0; i < kBlock; ++i) to[r * n + k + i] = best;
            for (int64_t i = 0; i < kBlock; ++i) places[r * n + k + i] = place;
          }
          for (; k < n; ++k) step(k);
        }
      });
      return;
    }
    scan<Extreme>(x, 4, false, [=](Extreme& best, int64_t at, int64_t k) {
      uint64_t key = key_of(from[at]);
      if (!kMax && !is_nan(from[at])) key = ~key;  // a NaN stays the extreme
      if (best.index < 0 || key >= best.key) best = {key, k, at};
      to[at] = from[best.at];
      places[at] = best.index;
    });
  });
}
void cummax_kernel(Out values, Out indices, const Tensor& x) { cumulative_extreme<true>(values, indices, x); }
void cummin_kernel(Out values, Out indices, const Tensor& x) { cumulative_extreme<false>(values, indices, x); }

// log(sum exp) as the largest term so far and the sum of exp(term - largest). A block of elements makes its exponentials and logarithms
// as vectors between two short chains: 5 instead of 37 ns an element (Zen 4).
struct LogSum {
  double largest = -__builtin_huge_val(), sum = 0;
};
constexpr int64_t kTerms = 256;
// x: n terms, along memory; they become the results.
void log_sums(double* x, int64_t n, LogSum& s) {
  constexpr double kLowest = -__builtin_huge_val();
  alignas(64) double largest[kTerms], term[kTerms], keep[kTerms];
  bool rises = false;
  double top = s.largest;
  for (int64_t i = 0; i < n; ++i) {
    const double before = top;
    top = x[i] > top ? x[i] : top;
    largest[i] = top;
    rises |= top > before;
    // Of equal infinities the difference is 0, too.
    term[i] = x[i] == top ? 0 : x[i] - top;
    keep[i] = before == top ? 0 : before - top;
  }
  for (int64_t i = n; i < (n + 7) / 8 * 8; ++i) term[i] = keep[i] = 0;
  const auto each = [n](double* to, const auto& f) {
    for (int64_t i = 0; i < n; i += Vec<double>::kLanes) f(Vec<double>::load(to + i), i).store(to + i);
  };
  each(term, [](Vec<double> v, int64_t) { return Exp::apply(v); });
  if (rises) each(keep, [](Vec<double> v, int64_t) { return Exp::apply(v); });
  double sum = s.sum;
  for (int64_t i = 0; i < n; ++i) {
    if (rises) sum *= keep[i];
    term[i] = sum += term[i];
  }
  for (int64_t i = n; i < (n + 7) / 8 * 8; ++i) term[i] = largest[i] = 1;
  each(term, [&](Vec<double> v, int64_t i) {
    const Vec<double> m = Vec<double>::load(largest + i), sure = Log::apply(v);
    const auto only = (v == 1.0) | ((m == kLowest) & (v == v));
    return select(only, m, m + sure);
  });
  for (int64_t i = 0; i < n; ++i) x[i] = term[i];
  s = {top, sum};
}

void logcumsumexp_kernel(Out out, const Tensor& x) {
  dispatch_floating(x.dtype(), [&]<class T>() {
    const int64_t outer = x.size(0), n = x.size(1), inner = x.size(2);
    const T* from = x.data<T>();
    T* to = out.data<T>();
    parallel_for(outer * inner, 16 * n + 16, [&](int64_t begin, int64_t end) {
      alignas(64) double block[kTerms];
      for (int64_t c = begin; c < end; ++c) {
        const int64_t first = c / inner * n * inner + c % inner;
        LogSum state;
        for (int64_t k = 0; k < n; k += kTerms) {
          const int64_t count = n - k < kTerms ? n - k : kTerms;
          for (int64_t i = 0; i < count; ++i) block[i] = widened(from[first + (k + i) * inner]);
          log_sums(block, count, state);
          for (int64_t i = 0; i < count; ++i) to[first + (k + i) * inner] = narrowed<T>(block[i]);
        }
      }
    });
  });
}

void recurrence_kernel(Out out, const Tensor& x, const Tensor& a, bool reverse) {
  dispatch_floating(x.dtype(), [&]<class T>() {
    const T *from = x.data<T>(), *factor = a.data<T>();
    T* to = out.data<T>();
    scan<Total<T, false>>(x, 4, reverse, [=](auto& total, int64_t at, int64_t) {
      to[at] = narrowed<T>(total.value = widened(from[at]) + widened(factor[at]) * total.value);
    });
  });
}

DLX_REGISTER_CPU(kernels::recurrence, recurrence_kernel);
DLX_REGISTER_CPU(kernels::cumsum, cumsum_kernel);
DLX_REGISTER_CPU(kernels::cumprod, cumprod_kernel);
DLX_REGISTER_CPU(kernels::cummax, cummax_kernel);
DLX_REGISTER_CPU(kernels::cummin, cummin_kernel);
DLX_REGISTER_CPU(kernels::logcumsumexp, logcumsumexp_kernel);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
