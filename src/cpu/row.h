// Reductions and maps over one contiguous row. Each reduction has the fixed shape of Wide (vec.h), so its bits depend on the row's
// length and values alone; halves compute in float.
#pragma once
#include "cpu/vec_half.h"

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
// sum_i a_i * b_i, one fma chain in each lane.
template <class T> DLX_INLINE compute_of<T> dot_row(const T* a, const T* b, int64_t n) {
  using C = compute_of<T>;
  Wide<C> sum(Vec<C>(C(0)));
  along<C>(n, [&](int k, int64_t i, auto lanes) { sum.r[k] = fma(load_lanes(a + i, lanes), load_lanes(b + i, lanes), sum.r[k]); });
  return fold_wide<SumOf>(sum);
}
// to_i = f(index, lanes)
template <class T, class F> DLX_INLINE void map_row(T* to, int64_t n, const F& f) {
  each_register<compute_of<T>>(n, [&](int64_t i, auto lanes) { store_lanes(to + i, f(i, lanes), lanes); });
}

// A vector formula on one value.
template <class Op, class T> DLX_INLINE T of_one(T x) { return Op::apply(Vec<T>(x)).v[0]; }

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
