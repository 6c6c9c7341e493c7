// Reductions and maps over one contiguous row. Each reduction has the fixed shape of Wide (vec.h), so its bits depend on the row's
// length and values alone; halves compute in float.
#pragma once
#include "cpu/vec_half.h"
#include "cpu/vec_stream.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// How values combine, and what leaves them as they are.
struct SumOf {
  template <class V> static DLX_INLINE V combine(V a, V b) { return a + b; }
  template <class T> static constexpr T identity() { return T(0); }
};
struct MaxOf {
  template <class V> static DLX_INLINE V combine(V a, V b) { return maximum(a, b); }
  template <class T> static constexpr T identity() {
    if constexpr (std::is_same_v<T, float>) return -__builtin_huge_valf();
    else if constexpr (std::is_same_v<T, double>) return -__builtin_huge_val();
    else if constexpr (std::is_unsigned_v<T>) return T(0);
    else return static_cast<T>(T(1) << (8 * sizeof(T) - 1));
  }
};
// Of numbers: a NaN in b is passed over. One instruction instead of four, where a NaN shows in another way.
struct HighestOf {
  template <class V> static DLX_INLINE V combine(V a, V b) { return select(b > a, b, a); }
  template <class T> static constexpr T identity() { return MaxOf::identity<T>(); }
};
struct MinOf {
  template <class V> static DLX_INLINE V combine(V a, V b) { return minimum(a, b); }
  template <class T> static constexpr T identity() {
    if constexpr (std::is_same_v<T, float>) return __builtin_huge_valf();
    else if constexpr (std::is_same_v<T, double>) return __builtin_huge_val();
    else if constexpr (std::is_unsigned_v<T>) return static_cast<T>(~T(0));
    else return static_cast<T>(~(T(1) << (8 * sizeof(T) - 1)));
  }
};

template <class R, class T> DLX_INLINE T fold_wide(const Wide<T>& wide) {
  return wide.fold([](Vec<T> a, Vec<T> b) { return R::combine(a, b); });
}

// The lanes beyond `n` replaced by `other`; nothing to do where n is the constant kLanes.
template <class T, class N> DLX_INLINE Vec<T> lanes_or(Vec<T> x, N n, T other) {
  if constexpr (std::is_same_v<N, int64_t>) return select(first_lanes<T>(n), x, Vec<T>(other));
  else return x;
}

// f(index, lanes) -> Vec<T> over [0, n), combined by R. Lanes beyond the end may hold anything.
template <class R, class T, class F> DLX_INLINE T reduce_row_of(int64_t n, const F& f) {
  Wide<T> wide(Vec<T>(R::template identity<T>()));
  along<T>(n, [&](int k, int64_t i, auto lanes) {
    wide.r[k] = R::combine(wide.r[k], lanes_or(f(i, lanes), lanes, R::template identity<T>()));
  });
  return fold_wide<R>(wide);
}
template <class R, class T> DLX_INLINE compute_of<T> reduce_row(const T* x, int64_t n) {
  return reduce_row_of<R, compute_of<T>>(n, [&](int64_t i, auto lanes) { return load_lanes(x + i, lanes); });
}
// For several rows at once. The first steps of fold_wide's tree: what is left is one register.
template <class R, class T> DLX_INLINE Vec<T> fold_registers(const Wide<T>& wide) {
  Vec<T> s[Wide<T>::kRegisters];
#pragma GCC unroll kUnroll
  for (int i = 0; i < Wide<T>::kRegisters; ++i) s[i] = wide.r[i];
#pragma GCC unroll kUnroll
  for (int half = Wide<T>::kRegisters / 2; half >= 1; half /= 2)
#pragma GCC unroll kUnroll
    for (int i = 0; i < half; ++i) s[i] = R::combine(s[i], s[i + half]);
  return s[0];
}
// Lane i of the result is lane i / Span * 2 Span + i % Span of a and b as one, combined with the lane Span beyond.
template <class R, int Span, class T, int... I> DLX_INLINE Vec<T> fold_pair_of(Vec<T> a, Vec<T> b, std::integer_sequence<int, I...>) {
  return R::combine(Vec<T>::of(__builtin_shufflevector(a.v, b.v, (I / Span * 2 * Span + I % Span)...)),
                    Vec<T>::of(__builtin_shufflevector(a.v, b.v, (I / Span * 2 * Span + I % Span + Span)...)));
}
// The last steps for kLanes rows: lane r of the result is row r folded, by the same tree as one alone.
template <class R, int Span, class T> DLX_INLINE Vec<T> fold_rows(Vec<T>* row) {
  constexpr int kLeft = 2 * Span;  // registers
#pragma GCC unroll 16
  for (int i = 0; i < kLeft / 2; ++i) row[i] = fold_pair_of<R, Span>(row[2 * i], row[2 * i + 1], std::make_integer_sequence<int, Vec<T>::kLanes>());
  if constexpr (Span == 1) return row[0];
  else return fold_rows<R, Span / 2>(row);
}

// sum_i a_i * b_i, one fma chain in each lane.
template <class T> DLX_INLINE compute_of<T> dot_row(const T* a, const T* b, int64_t n) {
  using C = compute_of<T>;
  Wide<C> sum(Vec<C>(C(0)));
  along<C>(n, [&](int k, int64_t i, auto lanes) { sum.r[k] = fma(load_lanes(a + i, lanes), load_lanes(b + i, lanes), sum.r[k]); });
  return fold_wide<SumOf>(sum);
}
// map_row; `past` the caches, through a block in L1 (finish_past_cache() after the last row).
template <class T, class F> DLX_INLINE void map_row_past(bool past, T* to, int64_t n, const F& f) {
  if (!past) return map_row(to, n, f);
  constexpr int64_t kBlock = 1024;
  alignas(64) T block[kBlock];
  for (int64_t at = 0; at < n;) {  // blocks end with lines of memory
    const int64_t whole = kBlock - static_cast<int64_t>(reinterpret_cast<uintptr_t>(to + at) & 63) / static_cast<int64_t>(sizeof(T));
    const int64_t count = n - at < whole ? n - at : whole;
    map_row(block, count, [&](int64_t i, auto lanes) { return f(at + i, lanes); });
    copy_past_cache(to + at, block, count * static_cast<int64_t>(sizeof(T)));
    at += count;
  }
}

// x - mean, times rstd. The mean is subtracted in two steps (its rounding to C, then the rest): at an offset of 1e4 the rounding alone
// would cost float half a thousandth of every result.
template <class C> struct Normal {
  Vec<C> high, low, rstd;
  DLX_INLINE Normal(double mean, double r) : high(static_cast<C>(mean)), low(static_cast<C>(mean - static_cast<double>(static_cast<C>(mean)))), rstd(static_cast<C>(r)) {}
  DLX_INLINE Vec<C> centred(Vec<C> x) const { return (x - high) - low; }
  DLX_INLINE Vec<C> of(Vec<C> x) const { return centred(x) * rstd; }
};

// The mean of n values, and the sum of the squares of their distances from it.
struct Moments {
  double mean, squares;
};
// `more` of m values joins `into` of n.
DLX_INLINE void merge_moments(Moments& into, double n, const Moments& more, double m) {
  const double d = more.mean - into.mean, share = m / (n + m);
  into.mean += d * share;
  into.squares += more.squares + d * d * n * share;
}
// Distances from the first element are summed, and their squares: at an offset they are small, and the sums keep their digits. Where the
// mean turns out to be far from that element (2 standard deviations: one row in twenty) the squares lose too many, or overflow, and the
// distances from the mean are taken, while the n <= kMomentsPart values lie in the cache.
inline constexpr int64_t kMomentsPart = 4096;
template <class T> __attribute__((noinline)) Moments moments_of_part(const T* x, int64_t n) {
  using C = compute_of<T>;
  const C first = static_cast<C>(*x);
  const Vec<C> zero(C(0));
  const auto distance = [&](int64_t i, auto lanes) { return lanes_or(load_lanes(x + i, lanes) - Vec<C>(first), lanes, C(0)); };
  Wide<C> sums(zero), squares(zero);
  if constexpr (kVecBytes == 64) {
    along<C>(n, [&](int k, int64_t i, auto lanes) {
      const Vec<C> d = distance(i, lanes);
      sums.r[k] += d;
      squares.r[k] = fma(d, d, squares.r[k]);
    });
  } else {  // two Wides at once fit AVX-512's registers alone
    along<C>(n, [&](int k, int64_t i, auto lanes) { sums.r[k] += distance(i, lanes); });
    along<C>(n, [&](int k, int64_t i, auto lanes) {
      const Vec<C> d = distance(i, lanes);
      squares.r[k] = fma(d, d, squares.r[k]);
    });
  }
  const double count = static_cast<double>(n), sum = static_cast<double>(fold_wide<SumOf>(sums));
  const double shift = sum / count, spread = static_cast<double>(fold_wide<SumOf>(squares)) - sum * shift;
  const double mean = static_cast<double>(first) + shift;
  if (sum * shift <= 4 * spread && spread - spread == 0) [[likely]] return {mean, spread};
  const Normal<C> normal(mean, 1);
  return {mean, static_cast<double>(reduce_row_of<SumOf, C>(n, [&](int64_t i, auto lanes) {
            const Vec<C> d = normal.centred(load_lanes(x + i, lanes));
            return d * d;
          }))};
}

// Parts merged in order.
template <class T> Moments moments_of_row(const T* x, int64_t n) {
  Moments all = moments_of_part(x, n < kMomentsPart ? n : kMomentsPart);
  for (int64_t i = kMomentsPart; i < n; i += kMomentsPart) {
    const int64_t count = n - i < kMomentsPart ? n - i : kMomentsPart;
    merge_moments(all, static_cast<double>(i), moments_of_part(x + i, count), static_cast<double>(count));
  }
  return all;
}

// A vector formula on one value.
template <class Op, class T> DLX_INLINE T of_one(T x) { return Op::apply(Vec<T>(x)).v[0]; }

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
