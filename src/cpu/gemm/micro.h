// The micro-kernels: a tile of the product from two packed panels, all in registers.
#pragma once
#include "cpu/gemm/gemm.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// tile[i][j] = chain over p of a[p][i] * b[p][j]. The chain starts from 0, and its sum is added to what the tile holds (add); or
// it goes on from there (go_on). `step`: from one row of b to the next.
enum class Start { from_zero, add, go_on };
template <class T, class Packed> using Micro = void(int64_t count, const Packed* a, const Packed* b, int64_t step, T* tile, Start start);

// A step of the chain, as panels hold it: a register of B and one element of A in all lanes.
template <class Packed> struct Step {
  using Register = Vec<Packed>;
  static DLX_INLINE Register load(const Packed* p) { return Register::load(p); }
  static DLX_INLINE Register splat(const Packed* p) { return Register(*p); }
  static DLX_INLINE Vec<Packed> add(Register a, Register b, Vec<Packed> sum) { return fma(a, b, sum); }
};
#if DLX_ISA_LEVEL >= 5
template <> struct Step<BFloat16Pair> {
#ifdef __clang__
  // Clang 16's code generator dies of a broadcast __m512bh: the instruction by hand, on integers.
  using Register = __m512i;
  static DLX_INLINE Register load(const BFloat16Pair* p) { return _mm512_loadu_si512(p); }
  static DLX_INLINE Register splat(const BFloat16Pair* p) { return _mm512_set1_epi32(static_cast<int>(p->bits)); }
  static DLX_INLINE Vec<float> add(Register a, Register b, Vec<float> sum) {
    __m512 s = (__m512)sum.v;
    asm("vdpbf16ps %2, %1, %0" : "+v"(s) : "v"(a), "v"(b));
    return Vec<float>::of((Vec<float>::Native)s);
  }
#else
  using Register = __m512bh;
  static DLX_INLINE Register load(const BFloat16Pair* p) { return (__m512bh)_mm512_loadu_si512(p); }
  static DLX_INLINE Register splat(const BFloat16Pair* p) { return (__m512bh)_mm512_set1_epi32(static_cast<int>(p->bits)); }
  static DLX_INLINE Vec<float> add(Register a, Register b, Vec<float> sum) {
    return Vec<float>::of((Vec<float>::Native)_mm512_dpbf16_ps((__m512)sum.v, a, b));
  }
#endif
};
#endif

template <class T, class Packed, int Rows, int Vectors>
void micro_kernel(int64_t count, const Packed* a, const Packed* b, int64_t step, T* tile, Start start) {
  using S = Step<Packed>;
  constexpr int kLanes = Vec<T>::kLanes;
  Vec<T> sum[Rows][Vectors];
#pragma GCC unroll 12
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) sum[i][j] = start == Start::go_on ? Vec<T>::load(tile + i * kTileCols<T> + j * kLanes) : Vec<T>(T(0));
  for (int64_t p = 0; p < count; ++p) {
    typename S::Register column[Vectors];
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) column[j] = S::load(b + j * kLanes);
#pragma GCC unroll 12
    for (int i = 0; i < Rows; ++i) {
      const typename S::Register row = S::splat(a + i);
#pragma GCC unroll 2
      for (int j = 0; j < Vectors; ++j) sum[i][j] = S::add(row, column[j], sum[i][j]);
    }
    a += Rows;
    b += step;
  }
#pragma GCC unroll 12
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) {
      T* to = tile + i * kTileCols<T> + j * kLanes;
      (start == Start::add ? Vec<T>::load(to) + sum[i][j] : sum[i][j]).store(to);
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

#define DLX_HEIGHT(h) {micro_kernel<T, Packed, (h) < kTileRows ? (h) : kTileRows, 1>, micro_kernel<T, Packed, (h) < kTileRows ? (h) : kTileRows, 2>}
template <class T, class Packed>
constexpr Micro<T, Packed>* kMicro[7][2] = {DLX_HEIGHT(1), DLX_HEIGHT(2), DLX_HEIGHT(3), DLX_HEIGHT(4), DLX_HEIGHT(6), DLX_HEIGHT(8), DLX_HEIGHT(12)};
#undef DLX_HEIGHT

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
