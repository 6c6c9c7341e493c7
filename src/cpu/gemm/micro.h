// The micro-kernels: a tile of the product from two packed panels, all in registers.
#pragma once
#include "cpu/gemm/gemm.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// tile[i][j] = chain over p of a[p][i] * b[p][j]; `stride` from row to row of the tile. The chain starts from 0, and its sum is
// added to what the tile holds (add); or it goes on from there (go_on).
template <class Packed> using Micro = void(int64_t count, const Packed* a, const Packed* b, SumIn<Packed>* tile, int64_t stride, Start start);

// A step of the chain, as panels hold it: a register of B and one element of A in all lanes.
template <class Packed> struct Step {
  using Register = Vec<Packed>;
  static DLX_INLINE Register load(const Packed* p) { return Register::load(p); }
  static DLX_INLINE void store(Packed* p, Register x) { x.store(p); }
  static DLX_INLINE Register splat(const Packed* p) { return Register(*p); }
  static DLX_INLINE Vec<Packed> add(Register a, Register b, Vec<Packed> sum) { return fma(a, b, sum); }
};
template <> struct Step<Int16Pair> {
  using Register = Vec<uint32_t>;
  static DLX_INLINE Register load(const Int16Pair* p) { return Register::load(&p->bits); }
  static DLX_INLINE void store(Int16Pair* p, Register x) { x.store(&p->bits); }
  static DLX_INLINE Register splat(const Int16Pair* p) { return Register(p->bits); }
  static DLX_INLINE Vec<uint32_t> add(Register a, Register b, Vec<uint32_t> sum) {
#if defined(__x86_64__) && DLX_ISA_LEVEL >= 4
    return sum + Register::of((Register::Native)_mm512_madd_epi16((__m512i)a.v, (__m512i)b.v));
#elif defined(__x86_64__) && DLX_ISA_LEVEL == 3
    return sum + Register::of((Register::Native)_mm256_madd_epi16((__m256i)a.v, (__m256i)b.v));
#elif defined(__x86_64__)
    return sum + Register::of((Register::Native)_mm_madd_epi16((__m128i)a.v, (__m128i)b.v));
#else
    const auto low = [](Register x) { return reinterpret<uint32_t>(reinterpret<int32_t>(x << 16) >> 16); };
    const auto high = [](Register x) { return reinterpret<uint32_t>(reinterpret<int32_t>(x) >> 16); };
    return low(a) * low(b) + high(a) * high(b) + sum;
#endif
  }
};
#if DLX_ISA_LEVEL >= 5
template <> struct Step<BFloat16Pair> {
#ifdef __clang__
  // Clang 16's code generator dies of a broadcast __m512bh: the instruction by hand, on integers.
  using Register = __m512i;
  static DLX_INLINE Register load(const BFloat16Pair* p) { return _mm512_loadu_si512(p); }
  static DLX_INLINE void store(BFloat16Pair* p, Register x) { _mm512_storeu_si512(p, x); }
  static DLX_INLINE Register splat(const BFloat16Pair* p) { return _mm512_set1_epi32(static_cast<int>(p->bits)); }
  static DLX_INLINE Vec<float> add(Register a, Register b, Vec<float> sum) {
    __m512 s = (__m512)sum.v;
    asm("vdpbf16ps %2, %1, %0" : "+v"(s) : "v"(a), "v"(b));
    return Vec<float>::of((Vec<float>::Native)s);
  }
#else
  using Register = __m512bh;
  static DLX_INLINE Register load(const BFloat16Pair* p) { return (__m512bh)_mm512_loadu_si512(p); }
  static DLX_INLINE void store(BFloat16Pair* p, Register x) { _mm512_storeu_si512(p, (__m512i)x); }
  static DLX_INLINE Register splat(const BFloat16Pair* p) { return (__m512bh)_mm512_set1_epi32(static_cast<int>(p->bits)); }
  static DLX_INLINE Vec<float> add(Register a, Register b, Vec<float> sum) {
    return Vec<float>::of((Vec<float>::Native)_mm512_dpbf16_ps((__m512)sum.v, a, b));
  }
#endif
};
#endif

template <class T, int Rows, int Vectors> DLX_INLINE void start_sums(Vec<T> (&sum)[Rows][Vectors], const T* tile, int64_t stride, Start start) {
#pragma GCC unroll 12
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 8
    for (int j = 0; j < Vectors; ++j) sum[i][j] = start == Start::go_on ? Vec<T>::load(tile + i * stride + j * Vec<T>::kLanes) : Vec<T>(T(0));
}
template <class T, int Rows, int Vectors> DLX_INLINE void finish_sums(const Vec<T> (&sum)[Rows][Vectors], T* tile, int64_t stride, Start start) {
#pragma GCC unroll 12
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j < Vectors; ++j) {
      T* to = tile + i * stride + j * Vec<T>::kLanes;
      (start == Start::add ? Vec<T>::load(to) + sum[i][j] : sum[i][j]).store(to);
    }
  }
}
// The products of one step.
template <class Packed, int Rows, int Vectors>
DLX_INLINE void add_step(Vec<SumIn<Packed>> (&sum)[Rows][Vectors], const Packed* a, const typename Step<Packed>::Register (&column)[Vectors]) {
#pragma GCC unroll 12
  for (int i = 0; i < Rows; ++i) {
    const typename Step<Packed>::Register row = Step<Packed>::splat(a + i);
#pragma GCC unroll 8
    for (int j = 0; j < Vectors; ++j) sum[i][j] = Step<Packed>::add(row, column[j], sum[i][j]);
  }
}

template <class Packed, int Rows, int Vectors>
void micro_kernel(int64_t count, const Packed* a, const Packed* b, SumIn<Packed>* tile, int64_t stride, Start start) {
  using S = Step<Packed>;
  using T = SumIn<Packed>;
  Vec<T> sum[Rows][Vectors];
  // The output's lines come while the chain runs: 512x784x128 into an output in L3 78 -> 84 % of the peak (Zen 4, one thread).
#pragma GCC unroll 12
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) __builtin_prefetch(tile + i * stride + j * Vec<T>::kLanes, 1);
  start_sums(sum, tile, stride, start);
  for (int64_t p = 0; p < count; ++p, a += Rows, b += Vectors * Vec<T>::kLanes) {
    typename S::Register column[Vectors];
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) column[j] = S::load(b + j * Vec<T>::kLanes);
    add_step<Packed>(sum, a, column);
  }
  finish_sums(sum, tile, stride, start);
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

constexpr int kHeightCount = static_cast<int>(sizeof kHeights / sizeof kHeights[0]);
constexpr int usable_height(int index) { return kHeights[index] < kTileRows ? kHeights[index] : kTileRows; }

// By the panel's height and whether it has both vectors.
template <class Packed> struct MicroTable {
  Micro<Packed>* kernel[kHeightCount][2];
  template <int... I> static constexpr MicroTable of(std::integer_sequence<int, I...>) {
    return {{{micro_kernel<Packed, usable_height(I), 1>, micro_kernel<Packed, usable_height(I), 2>}...}};
  }
};
template <class Packed> constexpr MicroTable<Packed> kMicro = MicroTable<Packed>::of(std::make_integer_sequence<int, kHeightCount>());

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
