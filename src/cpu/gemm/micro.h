// The micro-kernels: a tile of the product from two packed panels, all in registers.
#pragma once
#include "cpu/gemm/gemm.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// tile[i][j] = chain over p of a[p][i] * b[p][j], added to what the tile holds if `add`. `step`: from one row of b to the next.
template <class T> using Micro = void(int64_t count, const T* a, const T* b, int64_t step, T* tile, bool add);

template <class T, int Rows, int Vectors> void micro_kernel(int64_t count, const T* a, const T* b, int64_t step, T* tile, bool add) {
  constexpr int kLanes = Vec<T>::kLanes;
  Vec<T> sum[Rows][Vectors];
#pragma GCC unroll 12
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) sum[i][j] = Vec<T>(T(0));
  for (int64_t p = 0; p < count; ++p) {
    Vec<T> column[Vectors];
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) column[j] = Vec<T>::load(b + j * kLanes);
#pragma GCC unroll 12
    for (int i = 0; i < Rows; ++i) {
      const Vec<T> row(a[i]);
#pragma GCC unroll 2
      for (int j = 0; j < Vectors; ++j) sum[i][j] = fma(row, column[j], sum[i][j]);
    }
    a += Rows;
    b += step;
  }
#pragma GCC unroll 12
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) {
      T* to = tile + i * kTileCols<T> + j * kLanes;
      (add ? Vec<T>::load(to) + sum[i][j] : sum[i][j]).store(to);
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
