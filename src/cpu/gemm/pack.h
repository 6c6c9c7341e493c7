// Packing: operands from memory into panels. What is contiguous along the lanes is copied, what is contiguous along the chain
// is transposed in registers, 4 x 4 at a time (scalar packing would halve the speed of a Linear of 32 rows); halves and small
// integers are converted on the way.
#pragma once
#include "cpu/gemm/gemm.h"

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
// 16 rows of 16 elements, `stride` apart, become to[p * width + 0..15]. Whole lines are read: rows a power of two apart share L1's sets,
// and a line would be gone before its next quarter (so prefetching costs more than it brings). A Linear of one row of 1024 to 1024: 142 -> 130
// us against 4 x 4 blocks (one thread, Zen 4).
DLX_INLINE void transpose_sixteen(float* to, int64_t width, const float* from, int64_t stride) {
  __m512 r[16], t[16];
  const auto low = [](__m512 a, __m512 b) { return (__m512)_mm512_unpacklo_pd((__m512d)a, (__m512d)b); };
  const auto high = [](__m512 a, __m512 b) { return (__m512)_mm512_unpackhi_pd((__m512d)a, (__m512d)b); };
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) {
    r[i] = _mm512_loadu_ps(from + i * stride);
  }
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]), t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    r[i] = low(t[i], t[i + 2]), r[i + 1] = high(t[i], t[i + 2]);
    r[i + 2] = low(t[i + 1], t[i + 3]), r[i + 3] = high(t[i + 1], t[i + 3]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    t[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88), t[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
    t[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88), t[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    _mm512_storeu_ps(to + i * width, _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88));
    _mm512_storeu_ps(to + (i + 8) * width, _mm512_shuffle_f32x4(t[i], t[i + 8], 0xdd));
    _mm512_storeu_ps(to + (i + 4) * width, _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0x88));
    _mm512_storeu_ps(to + (i + 12) * width, _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0xdd));
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
    for (int64_t q = 0; q < count; ++q) {
      if constexpr (std::is_same_v<T, Source>) {
        for (int l = 0; l < width; l += 4) *reinterpret_cast<typename Four<T>::loose*>(to + q * width + l) = *reinterpret_cast<const typename Four<T>::loose*>(from + q * x.chain + l);
      } else {
        convert_row(to + q * width, from + q * x.chain, width);
      }
    }
  } else if (x.chain == 1 && x.lane != 1) {
#if DLX_ISA_LEVEL >= 4 && defined(__x86_64__)
    if constexpr (std::is_same_v<T, float> && std::is_same_v<Source, float>) {
      if (lanes == width && width % 16 == 0) {
        const int64_t whole = count / 16 * 16;
        for (int64_t q = 0; q < whole; q += kStrip)
          for (int l = 0; l < lanes; l += 16)
            for (int64_t p = q; p < whole && p < q + kStrip; p += 16) transpose_sixteen(to + p * width + l, width, from + l * x.lane + p, x.lane);
        if (count == whole) return;
        count -= whole, from += whole, to += whole * width;
      }
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
    for (int64_t q = 0; q < count; ++q)
      for (int l = 0; l < lanes; ++l) to[q * width + l] = static_cast<T>(from[q * x.chain + l * x.lane]);
    clear_lanes(to, lanes, width, count);
  }
}

// `source` must outlive the product.
template <class T, class Source> Operand<T> strided_operand(const Strided<Source>& source) {
  Operand<T> operand{pack_strided<T, Source>, &source};
  operand.one_batch = source.batch == 0;
  if constexpr (std::is_same_v<T, Source>) {
    if (source.lane == 1) {
      operand.direct = source.data;
      operand.chain = source.chain;
      operand.batch = source.batch;
    }
  }
  return operand;
}

#if DLX_ISA_LEVEL >= 5
// The same for pairs of bfloat16; k is the length of the chain in elements. After an odd one comes a zero.
struct StridedPairs {
  Strided<BFloat16> x;
  int64_t k;
};
void pack_pairs(const void* source, BFloat16Pair* to, int64_t batch, int64_t lane, int lanes, int width, int64_t p, int64_t count) {
  const auto& [x, k] = *static_cast<const StridedPairs*>(source);
  const BFloat16* from = x.data + batch * x.batch + lane * x.lane + 2 * p * x.chain;
  auto* const pairs = reinterpret_cast<uint32_t*>(to);
  const int64_t whole = 2 * (p + count) <= k ? count : count - 1;
  if (x.chain == 1 && x.lane != 1) {
    pack_rows<uint32_t>(pairs, lanes, width, count, [&](int l, int64_t q, int64_t now, uint32_t* buffer) -> const uint32_t* {
      const BFloat16* row = from + l * x.lane + 2 * q;
      const bool odd = q + now > whole;
      __builtin_memcpy(buffer, row, static_cast<size_t>(odd ? now - 1 : now) * sizeof(uint32_t));
      if (odd) buffer[now - 1] = row[2 * (now - 1)].bits;
      return buffer;
    });
    return;
  }
  const auto interleave = [&](auto lane_stride, auto lane_count) {
    for (int64_t q = 0; q < count; ++q) {
      const BFloat16* first = from + 2 * q * x.chain;
      const BFloat16* second = first + x.chain;
      if (q < whole) for (int l = 0; l < lane_count; ++l) pairs[q * width + l] = first[l * lane_stride].bits | uint32_t{second[l * lane_stride].bits} << 16;
      else for (int l = 0; l < lane_count; ++l) pairs[q * width + l] = first[l * lane_stride].bits;
    }
  };
  if (x.lane == 1 && lanes == kTileCols<float>) interleave(std::integral_constant<int64_t, 1>(), std::integral_constant<int, kTileCols<float>>());
  else interleave(x.lane, lanes);
  clear_lanes(pairs, lanes, width, count);
}
DLX_INLINE Operand<BFloat16Pair> pairs_operand(const StridedPairs& source) {
  Operand<BFloat16Pair> operand{pack_pairs, &source};
  operand.one_batch = source.x.batch == 0;
  return operand;
}
#endif

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
