// Packing: operands from memory into panels. What is contiguous along the lanes is copied, what is contiguous along the chain
// is transposed in registers, 4 x 4 at a time (scalar packing would halve the speed of a Linear of 32 rows); halves and small
// integers are converted on the way.
#pragma once
#include "cpu/gemm/micro.h"

namespace dlx::cpu::DLX_ISA {
namespace {

template <class T> struct Four {
  typedef T type __attribute__((vector_size(4 * sizeof(T))));
  typedef T loose __attribute__((vector_size(4 * sizeof(T)), aligned(alignof(T))));
};

// to[0..count) = from[0..count), converted. A function of its own: it is called from many places and vectorised in one.
template <class T, class Source> __attribute__((noinline)) void convert_row(T* __restrict to, const Source* __restrict from, int64_t count) {
  if constexpr (std::is_same_v<Source, Half> || std::is_same_v<Source, BFloat16> || std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) {
    each_register<float>(count, [&](int64_t i, auto lanes) { store_lanes(to + i, load_lanes(from + i, lanes), lanes); });
  } else {
    for (int64_t i = 0; i < count; ++i) to[i] = static_cast<T>(from[i]);
  }
}

// The four rows from[0..3][0..count) become to[p * width + 0..3].
template <class T> DLX_INLINE void transpose_four(T* to, int64_t width, const T* const (&from)[4], int64_t count) {
  using V = typename Four<T>::type;
  using Loose = typename Four<T>::loose;
  int64_t p = 0;
  for (; p + 4 <= count; p += 4) {
    const V r0 = *reinterpret_cast<const Loose*>(from[0] + p), r1 = *reinterpret_cast<const Loose*>(from[1] + p);
    const V r2 = *reinterpret_cast<const Loose*>(from[2] + p), r3 = *reinterpret_cast<const Loose*>(from[3] + p);
    const V low01 = __builtin_shufflevector(r0, r1, 0, 4, 1, 5), high01 = __builtin_shufflevector(r0, r1, 2, 6, 3, 7);
    const V low23 = __builtin_shufflevector(r2, r3, 0, 4, 1, 5), high23 = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
    T* at = to + p * width;
    *reinterpret_cast<Loose*>(at) = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
    *reinterpret_cast<Loose*>(at + width) = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
    *reinterpret_cast<Loose*>(at + 2 * width) = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
    *reinterpret_cast<Loose*>(at + 3 * width) = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
  }
  for (; p < count; ++p)
    for (int l = 0; l < 4; ++l) to[p * width + l] = from[l][p];
}

#if DLX_ISA_LEVEL >= 4 && defined(__x86_64__)
// A register whose lower half comes from `first` and whose upper half from `second`, converted.
DLX_INLINE __m512d joined(const void* first, const void* second) {
  const __m256d a = _mm256_loadu_pd(static_cast<const double*>(first)), b = _mm256_loadu_pd(static_cast<const double*>(second));
  return _mm512_mask_broadcast_f64x4(_mm512_castpd256_pd512(a), 0xf0, b);  // in the load ports, where an insertion is a shuffle
}
DLX_INLINE __m256i joined_halves(const void* first, const void* second) {
  return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(static_cast<const __m128i*>(first))), _mm_loadu_si128(static_cast<const __m128i*>(second)), 1);
}
DLX_INLINE __m512d joined(const Half* first, const Half* second) {
  return (__m512d)_mm512_maskz_cvtph_ps(static_cast<__mmask16>(-1), joined_halves(first, second));
}
DLX_INLINE __m512d widened(const BFloat16* first, const BFloat16* second) {
  return (__m512d)(_mm512_maskz_cvtepu16_epi32(static_cast<__mmask16>(-1), joined_halves(first, second)) << 16);
}

// The lines of 4 * E rows, each of 4 * E elements of 16 / E bytes, become columns. join(i, j, h): half h of line i beside that of line j.
// Both halves of a line are read together: rows a power of two apart share L1's sets, and a line would be gone before its second half.
// 48 shuffles for 16 x 16: halves joined while they are loaded save 16.
template <int E, bool InOrder, class Join> DLX_INLINE void transpose_lines(__m512d (&column)[4 * E], const Join& join) {
  [[maybe_unused]] constexpr __mmask16 kAll = 0xffff;  // GCC 12 warns of the plain intrinsics' undefined pass-through; the code is the same
  constexpr __mmask8 kAll8 = 0xff;
  __m512d x[2][2][E];  // half, rows below or above 2 * E, row in a group
#pragma GCC unroll 2
  for (int g = 0; g < 2; ++g)
#pragma GCC unroll 4
    for (int i = 0; i < E; ++i)
#pragma GCC unroll 2
      for (int h = 0; h < 2; ++h) {
        x[h][g][i] = join(2 * E * g + i, 2 * E * g + E + i, h);
        if constexpr (InOrder) asm volatile("" : "+v"(x[h][g][i]));  // GCC would put the second halves off
      }
#pragma GCC unroll 2
  for (int h = 0; h < 2; ++h) {
#pragma GCC unroll 2
    for (int g = 0; g < 2; ++g) {  // E x E blocks, within 128 bits
      auto& r = x[h][g];
      if constexpr (E == 4) {
        const auto low = [](__m512d a, __m512d b) { return (__m512d)_mm512_maskz_unpacklo_ps(kAll, (__m512)a, (__m512)b); };
        const auto high = [](__m512d a, __m512d b) { return (__m512d)_mm512_maskz_unpackhi_ps(kAll, (__m512)a, (__m512)b); };
        const __m512d low01 = low(r[0], r[1]), high01 = high(r[0], r[1]), low23 = low(r[2], r[3]), high23 = high(r[2], r[3]);
        r[0] = _mm512_maskz_unpacklo_pd(kAll8, low01, low23), r[1] = _mm512_maskz_unpackhi_pd(kAll8, low01, low23);
        r[2] = _mm512_maskz_unpacklo_pd(kAll8, high01, high23), r[3] = _mm512_maskz_unpackhi_pd(kAll8, high01, high23);
      } else {
        const __m512d low = _mm512_maskz_unpacklo_pd(kAll8, r[0], r[1]), high = _mm512_maskz_unpackhi_pd(kAll8, r[0], r[1]);
        r[0] = low, r[1] = high;
      }
    }
#pragma GCC unroll 4
    for (int t = 0; t < E; ++t) {
      column[2 * E * h + t] = _mm512_maskz_shuffle_f64x2(kAll8, x[h][0][t], x[h][1][t], 0x88);
      column[2 * E * h + E + t] = _mm512_maskz_shuffle_f64x2(kAll8, x[h][0][t], x[h][1][t], 0xdd);
    }
  }
}

// column[p]: step p of the chain for a register of lanes, which lie `stride` apart and go along the chain.
template <class Packed, bool InOrder = true, class Source, class Register, int Lanes>
DLX_INLINE void load_transposed(const Source* from, int64_t stride, Register (&column)[Lanes]) {
  constexpr int E = 4 / (sizeof(SumIn<Packed>) / 4);
  static_assert(Lanes == 4 * E);
  constexpr int64_t kHalf = 32 / sizeof(Packed) * kElementsOf<Packed>;  // a half line, in elements of Source
  __m512d columns[Lanes];
  transpose_lines<E, InOrder>(columns, [&](int i, int j, int h) {
    const Source *first = from + i * stride + h * kHalf, *second = from + j * stride + h * kHalf;
    if constexpr (std::is_same_v<Source, Half>) return joined(first, second);
    else if constexpr (std::is_same_v<Source, BFloat16> && !std::is_same_v<Packed, BFloat16Pair>) return widened(first, second);
    else return joined(static_cast<const void*>(first), static_cast<const void*>(second));
  });
#pragma GCC unroll 16
  for (int p = 0; p < Lanes; ++p) {
    if constexpr (requires { column[p].v; }) column[p] = Register::of((typename Register::Native)columns[p]);
    else column[p] = (Register)columns[p];
  }
}
#endif

template <class T> DLX_INLINE void clear_lanes(T* to, int lanes, int width, int64_t count) {
  if (lanes == width) return;
  for (int64_t p = 0; p < count; ++p)
    for (int l = lanes; l < width; ++l) to[p * width + l] = T(0);
}

// Packs lanes that are contiguous along the chain. row(l, q, count, buffer) gives lane l's elements q..q+count: a pointer to them, or
// to `buffer`, which it then has filled. In strips, so that the written part of the panel (8 KB of 48) stays in L1.
constexpr int64_t kStrip = 64;
template <class T, class Row> DLX_INLINE void pack_rows(T* to, int lanes, int width, int64_t count, const Row& row) {
  T buffer[4][kStrip];
  for (int64_t q = 0; q < count; q += kStrip, to += kStrip * width) {
    const int64_t now = count - q < kStrip ? count - q : kStrip;
    int l = 0;
    for (; l + 4 <= lanes; l += 4) {
      const T* const rows[4] = {row(l, q, now, buffer[0]), row(l + 1, q, now, buffer[1]), row(l + 2, q, now, buffer[2]),
                                row(l + 3, q, now, buffer[3])};
      transpose_four(to + l, width, rows, now);
    }
    for (; l < lanes; ++l) {
      const T* from = row(l, q, now, buffer[0]);
      for (int64_t p = 0; p < now; ++p) to[p * width + l] = from[p];
    }
    clear_lanes(to, lanes, width, now);
  }
}

#if DLX_ISA_LEVEL >= 4 && defined(__x86_64__)
// Packs whole blocks of lines, as many of the chain's steps as there are in such; returns how many.
template <class Packed, class Source> DLX_INLINE int64_t pack_lines(Packed* to, const Source* from, int64_t stride, int lanes, int width, int64_t count) {
  using S = Step<Packed>;
  constexpr int kLanes = Vec<SumIn<Packed>>::kLanes;
  constexpr int kElements = kElementsOf<Packed>;
  if (lanes != width || width % kLanes != 0) return 0;
  const int64_t whole = count / kLanes * kLanes;
  for (int64_t q = 0; q < whole; q += kStrip)
    for (int l = 0; l < lanes; l += kLanes)
      for (int64_t p = q; p < whole && p < q + kStrip; p += kLanes) {
        typename S::Register column[kLanes];
        load_transposed<Packed>(from + l * stride + p * kElements, stride, column);
#pragma GCC unroll 16
        for (int t = 0; t < kLanes; ++t) S::store(to + (p + t) * width + l, column[t]);
      }
  return whole;
}
#endif

// Rows of Width lanes, `stride` apart. Read far ahead: from row to row the machine's own prefetching sees little.
template <int Width, class T> DLX_INLINE void copy_rows(T* __restrict to, const T* __restrict from, int64_t stride, int64_t count, int64_t to_stride = Width) {
  constexpr int64_t kAhead = 32;
  for (int64_t q = 0; q < count; ++q, to += to_stride, from += stride) {
#pragma GCC unroll 4
    for (int at = 0; at < Width; at += 64 / static_cast<int>(sizeof(T))) __builtin_prefetch(from + kAhead * stride + at, 0, 2);
    __builtin_memcpy(to, from, Width * sizeof(T));
  }
}

// An operand at given strides, in elements.
template <class Source> struct Strided {
  const Source* data;
  int64_t lane, chain, batch;
};

template <class T, class Source>
void pack_strided(const void* source, T* to, int64_t batch, int64_t lane, int lanes, int width, int64_t p, int64_t count) {
  const auto& x = *static_cast<const Strided<Source>*>(source);
  const Source* from = x.data + batch * x.batch + lane * x.lane + p * x.chain;
  if (x.lane == 1 && lanes == width && width % 4 == 0) {
    if constexpr (std::is_same_v<T, Source>) {
      if (width == kTileRows) copy_rows<kTileRows>(to, from, x.chain, count);
      else if (width == kTileCols<T>) copy_rows<kTileCols<T>>(to, from, x.chain, count);
      else if (width == kTileCols<T> / 2) copy_rows<kTileCols<T> / 2>(to, from, x.chain, count);
      else for (int l = 0; l < width; l += 4) copy_rows<4>(to + l, from + l, x.chain, count, width);
    } else {
      for (int64_t q = 0; q < count; ++q) convert_row(to + q * width, from + q * x.chain, width);
    }
  } else if (x.chain == 1 && x.lane != 1) {
#if DLX_ISA_LEVEL >= 4 && defined(__x86_64__)
    if constexpr (std::is_floating_point_v<T>) {
      const int64_t whole = pack_lines(to, from, x.lane, lanes, width, count);
      count -= whole, from += whole, to += whole * width;
      if (count == 0) return;
    }
#endif
    pack_rows<T>(to, lanes, width, count, [&](int l, int64_t q, int64_t now, T* buffer) -> const T* {
      if constexpr (std::is_same_v<T, Source>) {
        return from + l * x.lane + q;
      } else {
        convert_row(buffer, from + l * x.lane + q, now);
        return buffer;
      }
    });
  } else {
    if constexpr (std::is_same_v<compute_of<Source>, T>) {
      if (width == 1 && x.chain == 1) return convert_row(to, from, count);  // a vector
      if (x.lane == 1 && width >= 4) {  // not a multiple of 4 lanes: under masks
        for (int64_t q = 0; q < count; ++q)
          for (int l = 0; l < width; l += Vec<T>::kLanes)
            store_lanes(to + q * width + l, load_lanes(from + q * x.chain + l, lanes > l ? lanes - l : 0), width - l);
        return;
      }
    }
    for (int64_t q = 0; q < count; ++q)
      for (int l = 0; l < lanes; ++l) to[q * width + l] = static_cast<T>(from[q * x.chain + l * x.lane]);
    clear_lanes(to, lanes, width, count);
  }
}

// `source` must outlive the product.
template <class T, class Source> Operand<T> strided_operand(const Strided<Source>& source) {
  Operand<T> operand{pack_strided<T, Source>, &source};
  operand.one_batch = source.batch == 0;
  return operand;
}

#if DLX_ISA_LEVEL >= 4 && defined(__x86_64__)
// 32 columns of two neighbours of the chain become pairs.
template <class Source, class Register> DLX_INLINE void interleave_rows(const Source* first, const Source* second, Register* low, Register* high) {
  static_assert(sizeof(Source) == 2);
  alignas(64) static constexpr uint16_t kLow[32] = {0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39, 8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47};
  alignas(64) static constexpr uint16_t kHigh[32] = {16, 48, 17, 49, 18, 50, 19, 51, 20, 52, 21, 53, 22, 54, 23, 55, 24, 56, 25, 57, 26, 58, 27, 59, 28, 60, 29, 61, 30, 62, 31, 63};
  const __m512i a = _mm512_loadu_si512(first), b = _mm512_loadu_si512(second);
  *low = (Register)_mm512_permutex2var_epi16(a, _mm512_load_si512(kLow), b);
  *high = (Register)_mm512_permutex2var_epi16(a, _mm512_load_si512(kHigh), b);
}
#endif

// Pairs of bfloat16 or of small integers; k is the length of the chain in elements. After an odd one comes a zero.
template <class Source> struct StridedPairs {
  Strided<Source> x;
  int64_t k;
};
DLX_INLINE uint32_t bits_of(BFloat16 x) { return x.bits; }
template <class Source> requires std::is_integral_v<Source>
DLX_INLINE uint32_t bits_of(Source x) { return static_cast<uint16_t>(x); }

template <class Packed, class Source>
void pack_pairs(const void* source, Packed* to, int64_t batch, int64_t lane, int lanes, int width, int64_t p, int64_t count) {
  const auto& [x, k] = *static_cast<const StridedPairs<Source>*>(source);
  const Source* from = x.data + batch * x.batch + lane * x.lane + 2 * p * x.chain;
  auto* const pairs = reinterpret_cast<uint32_t*>(to);
  const bool odd = 2 * (p + count) > k;
  int64_t whole = odd ? count - 1 : count;
  if (x.chain == 1 && x.lane != 1) {
    int64_t done = 0;
#if DLX_ISA_LEVEL >= 4 && defined(__x86_64__)
    if constexpr (sizeof(Source) == 2) done = pack_lines(to, from, x.lane, lanes, width, whole);
#endif
    count -= done, whole -= done, from += 2 * done;
    pack_rows<uint32_t>(pairs + done * width, lanes, width, count, [&](int l, int64_t q, int64_t now, uint32_t* buffer) -> const uint32_t* {
      const Source* row = from + l * x.lane + 2 * q;
      const bool last = q + now > whole;
      if constexpr (sizeof(Source) == 2) __builtin_memcpy(buffer, row, static_cast<size_t>(now - last) * sizeof(uint32_t));
      else for (int64_t i = 0; i < now - last; ++i) buffer[i] = bits_of(row[2 * i]) | bits_of(row[2 * i + 1]) << 16;
      if (last) buffer[now - 1] = bits_of(row[2 * (now - 1)]);
      return buffer;
    });
    return;
  }
  for (int64_t q = 0; q < count; ++q) {
    const Source* first = from + 2 * q * x.chain;
    const Source* second = first + x.chain;
    const bool both = q < whole;
    uint32_t* const row = pairs + q * width;
#if DLX_ISA_LEVEL >= 4 && defined(__x86_64__)
    if constexpr (sizeof(Source) == 2) {
      if (x.lane == 1 && lanes == kTileCols<uint32_t> && both) {
        __m512i low, high;
        interleave_rows(first, second, &low, &high);
        _mm512_storeu_si512(row, low), _mm512_storeu_si512(row + 16, high);
        continue;
      }
      if (x.lane == 1) {
        const auto widened_lanes = [&](const Source* at, int64_t n) {
          return Vec<uint32_t>::of((Vec<uint32_t>::Native)_mm512_maskz_cvtepu16_epi32(static_cast<__mmask16>(-1), load_half_register(at, n)));
        };
        for (int l = 0; l < width; l += 16) {
          const int64_t there = lanes > l ? lanes - l : 0;
          store_partial(row + l, widened_lanes(first + l, there) | widened_lanes(second + l, both ? there : 0) << 16, width - l);
        }
        continue;
      }
    }
#endif
    if (x.lane == 1 && both) for (int l = 0; l < lanes; ++l) row[l] = bits_of(first[l]) | bits_of(second[l]) << 16;
    else for (int l = 0; l < lanes; ++l) row[l] = bits_of(first[l * x.lane]) | (both ? bits_of(second[l * x.lane]) << 16 : 0);
  }
  clear_lanes(pairs, lanes, width, count);
}
template <class Packed, class Source> DLX_INLINE Operand<Packed> pairs_operand(const StridedPairs<Source>& source) {
  Operand<Packed> operand{pack_pairs<Packed, Source>, &source};
  operand.one_batch = source.x.batch == 0;
  return operand;
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
