// The micro-kernels: a tile of the product from two packed panels, all in registers.
#pragma once
#include "cpu/gemm/gemm.h"

#if DLX_ISA_LEVEL >= 3 && defined(__x86_64__)
#include <immintrin.h>
#endif

namespace dlx::cpu::DLX_ISA {
namespace {

template <class T> struct VectorOf {
  typedef T type __attribute__((vector_size(kVectorBytes)));
  typedef T loose __attribute__((vector_size(kVectorBytes), aligned(alignof(T))));  // for loads and stores at any address
};

template <class T, class V = typename VectorOf<T>::type> DLX_INLINE V multiply_add(V a, V b, V c) {
#if DLX_ISA_LEVEL >= 4 && defined(__x86_64__)
  if constexpr (__is_same(T, float)) return (V)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
  else if constexpr (__is_same(T, double)) return (V)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
  else return a * b + c;
#elif DLX_ISA_LEVEL == 3 && defined(__x86_64__)
  if constexpr (__is_same(T, float)) return (V)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
  else if constexpr (__is_same(T, double)) return (V)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
  else return a * b + c;
#else
  return a * b + c;  // rounded twice: no FMA here
#endif
}

// tile[i][j] = chain over p of a[p][i] * b[p][j], added to what the tile holds if `add`. `step`: from one row of b to the next.
template <class T> using Micro = void(int64_t count, const T* a, const T* b, int64_t step, T* tile, bool add);

template <class T, int Rows, int Vectors> void micro_kernel(int64_t count, const T* a, const T* b, int64_t step, T* tile, bool add) {
  using V = typename VectorOf<T>::type;
  using Loose = typename VectorOf<T>::loose;
  constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(T));
  V sum[Rows][Vectors] = {};
  for (int64_t p = 0; p < count; ++p) {
    V column[Vectors];
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) column[j] = *reinterpret_cast<const Loose*>(b + j * kLanes);
#pragma GCC unroll 12
    for (int i = 0; i < Rows; ++i) {
      const V row = a[i] - V{};  // splat; x - 0 is x, with its sign and NaN, and folds to a broadcast
#pragma GCC unroll 2
      for (int j = 0; j < Vectors; ++j) sum[i][j] = multiply_add<T>(row, column[j], sum[i][j]);
    }
    a += Rows;
    b += step;
  }
#pragma GCC unroll 12
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) {
      Loose* to = reinterpret_cast<Loose*>(tile + i * kTileCols<T> + j * kLanes);
      *to = add ? *to + sum[i][j] : sum[i][j];
    }
  }
}

// Heights of a panel of A: the last one is as high as it needs to be, up to the next of these.
constexpr int kHeights[] = {1, 2, 3, 4, 6, 8, 12};
DLX_INLINE constexpr int height_index(int64_t rows) {
  int i = 0;
  while (kHeights[i] < rows && kHeights[i] < kTileRows) ++i;
  return i;
}
DLX_INLINE constexpr int panel_height(int64_t rows) { return kHeights[height_index(rows)]; }
// Widths of a panel of B: one vector or two.
template <class T> DLX_INLINE constexpr int panel_width(int64_t cols) { return cols <= kTileCols<T> / 2 ? kTileCols<T> / 2 : kTileCols<T>; }

#define DLX_HEIGHT(h) {micro_kernel<T, (h) < kTileRows ? (h) : kTileRows, 1>, micro_kernel<T, (h) < kTileRows ? (h) : kTileRows, 2>}
template <class T> constexpr Micro<T>* kMicro[7][2] = {DLX_HEIGHT(1), DLX_HEIGHT(2), DLX_HEIGHT(3), DLX_HEIGHT(4),
                                                       DLX_HEIGHT(6), DLX_HEIGHT(8), DLX_HEIGHT(12)};
#undef DLX_HEIGHT

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
