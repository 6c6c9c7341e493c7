// Lanes of any floating dtype: float16 and bfloat16 compute as float. load_lanes and store_lanes take `n` lanes, a whole register
// where n is the constant kLanes (vec.h).
#pragma once
#include "core/dtype.h"
#include "cpu/vec.h"

namespace dlx::cpu::DLX_ISA {
namespace {

template <class T> struct ComputeOf { using type = T; };
template <> struct ComputeOf<Half> { using type = float; };
template <> struct ComputeOf<BFloat16> { using type = float; };
// The type in which T's arithmetic happens, and in which sums of T are kept where T is floating.
template <class T> using compute_of = typename ComputeOf<T>::type;

template <class T> DLX_INLINE Vec<T> load_lanes(const T* p, int64_t n) { return load_partial(p, n); }
template <class T> DLX_INLINE void store_lanes(T* p, Vec<T> x, int64_t n) { store_partial(p, x, n); }

#if defined(__x86_64__) && DLX_ISA_LEVEL >= 3
// 16 bits for each lane of Vec<float>: half a register.
#if DLX_ISA_LEVEL >= 4
using HalfRegister = __m256i;
DLX_INLINE HalfRegister load_half_register(const void* p, int64_t n) {
  if (n >= 16) return _mm256_loadu_si256(static_cast<const __m256i*>(p));
  return _mm256_maskz_loadu_epi16(static_cast<__mmask16>(_bzhi_u32(~0u, static_cast<unsigned>(n))), p);
}
DLX_INLINE void store_half_register(void* p, HalfRegister x, int64_t n) {
  if (n >= 16) return _mm256_storeu_si256(static_cast<__m256i*>(p), x);
  _mm256_mask_storeu_epi16(p, static_cast<__mmask16>(_bzhi_u32(~0u, static_cast<unsigned>(n))), x);
}
#else
using HalfRegister = __m128i;
DLX_INLINE HalfRegister load_half_register(const void* p, int64_t n) {
  if (n >= 8) return _mm_loadu_si128(static_cast<const __m128i*>(p));
  HalfRegister x = _mm_setzero_si128();
  __builtin_memcpy(&x, p, static_cast<size_t>(n) * 2);
  return x;
}
DLX_INLINE void store_half_register(void* p, HalfRegister x, int64_t n) {
  if (n >= 8) return _mm_storeu_si128(static_cast<__m128i*>(p), x);
  __builtin_memcpy(p, &x, static_cast<size_t>(n) * 2);
}
#endif

DLX_INLINE Vec<float> load_lanes(const Half* p, int64_t n) {
#if DLX_ISA_LEVEL >= 4
  return Vec<float>::of((Vec<float>::Native)_mm512_maskz_cvtph_ps(static_cast<__mmask16>(-1), load_half_register(p, n)));
#else
  return Vec<float>::of((Vec<float>::Native)_mm256_cvtph_ps(load_half_register(p, n)));
#endif
}
DLX_INLINE void store_lanes(Half* p, Vec<float> x, int64_t n) {
#if DLX_ISA_LEVEL >= 4
  store_half_register(p, _mm512_maskz_cvtps_ph(static_cast<__mmask16>(-1), (__m512)x.v, _MM_FROUND_TO_NEAREST_INT), n);
#else
  store_half_register(p, _mm256_cvtps_ph((__m256)x.v, _MM_FROUND_TO_NEAREST_INT), n);
#endif
}
DLX_INLINE Vec<float> load_lanes(const BFloat16* p, int64_t n) {
#if DLX_ISA_LEVEL >= 4
  // A lane's upper half from memory, its lower half 0: one instruction, where widening and shifting are two.
  const __m512i words = _mm512_castsi256_si512(load_half_register(p, n)), place = (__m512i)(iota<uint16_t>() >> 1).v;
  return Vec<float>::of((Vec<float>::Native)_mm512_maskz_permutexvar_epi16(0xaaaaaaaa, place, words));
#else
  const __m256i wide = _mm256_cvtepu16_epi32(load_half_register(p, n));
  return reinterpret<float>(Vec<uint32_t>::of((Vec<uint32_t>::Native)wide) << 16);
#endif
}
// The lanes of a, then those of b, as core/dtype.h rounds them: to nearest even, and a NaN stays one. Words of 16 bits, twice as many to a
// register: `high` gets the carry of low + 0x7fff + (1 where high is odd).
DLX_INLINE Vec<uint16_t> rounded_to_bfloat16(Vec<float> a, Vec<float> b) {
  using Words = Vec<uint16_t>;
#if DLX_ISA_LEVEL >= 4
  const auto words_from = [](int first, auto x, auto y) {
    const Words place = (iota<uint16_t>() << 1) + Words(static_cast<uint16_t>(first));
    return Words::of((Words::Native)_mm512_permutex2var_epi16((__m512i)x.v, (__m512i)place.v, (__m512i)y.v));
  };
  const auto high_words = [&](auto x, auto y) { return words_from(1, x, y); };
  const Words high = high_words(a, b), low = words_from(0, a, b);
  const auto average = [](Words x, Words y) { return Words::of((Words::Native)_mm512_avg_epu16((__m512i)x.v, (__m512i)y.v)); };
#else
  const auto packed = [](Vec<uint32_t> x, Vec<uint32_t> y) {  // by fours from both
    return Words::of((Words::Native)_mm256_packus_epi32((__m256i)x.v, (__m256i)y.v));
  };
  const auto high_words = [&](auto x, auto y) { return packed(reinterpret<uint32_t>(x) >> 16, reinterpret<uint32_t>(y) >> 16); };
  const Vec<uint32_t> mask(0xffff);
  const Words high = high_words(a, b), low = packed(reinterpret<uint32_t>(a) & mask, reinterpret<uint32_t>(b) & mask);
  const auto average = [](Words x, Words y) { return Words::of((Words::Native)_mm256_avg_epu16((__m256i)x.v, (__m256i)y.v)); };
#endif
  // The average is (low + 0x7ffe + odd + 1) / 2: its first bit is the carry.
  Words rounded = high + (average(low, (high & Words(1)) | Words(0x7ffe)) >> 15);
  if (any_nan(a, b)) [[unlikely]]
    rounded = select(reinterpret<int16_t>(high_words(a != a, b != b)), high | Words(0x40), rounded);
#if DLX_ISA_LEVEL == 3
  rounded = Words::of((Words::Native)_mm256_permute4x64_epi64((__m256i)rounded.v, 0xd8));
#endif
  return rounded;
}
DLX_INLINE void store_lanes(BFloat16* p, Vec<float> x, int64_t n) {
  const Vec<uint16_t> rounded = rounded_to_bfloat16(x, x);
#if DLX_ISA_LEVEL >= 4
  store_half_register(p, _mm512_castsi512_si256((__m512i)rounded.v), n);
#else
  store_half_register(p, _mm256_castsi256_si128((__m256i)rounded.v), n);
#endif
}
#else
// Without instructions for it: core/dtype.h's formulas, lane by lane.
#define DLX_HALF_LANES(H)                                                     \
  DLX_INLINE Vec<float> load_lanes(const H* p, int64_t n) {                   \
    float lanes[Vec<float>::kLanes] = {};                                     \
    for (int64_t i = 0; i < n; ++i) lanes[i] = static_cast<float>(p[i]);      \
    return Vec<float>::load(lanes);                                           \
  }                                                                           \
  DLX_INLINE void store_lanes(H* p, Vec<float> x, int64_t n) {                \
    float lanes[Vec<float>::kLanes];                                          \
    x.store(lanes);                                                           \
    for (int64_t i = 0; i < n; ++i) p[i] = H(lanes[i]);                       \
  }
DLX_HALF_LANES(Half)
DLX_HALF_LANES(BFloat16)
#undef DLX_HALF_LANES
#endif

// Two whole registers, neighbours in memory.
template <class T> DLX_INLINE void store_pair(T* p, Vec<compute_of<T>> a, Vec<compute_of<T>> b) {
#if defined(__x86_64__) && DLX_ISA_LEVEL >= 3
  if constexpr (std::is_same_v<T, BFloat16>) return rounded_to_bfloat16(a, b).store(&p->bits);
#endif
  constexpr int64_t kLanes = Vec<compute_of<T>>::kLanes;
  store_lanes(p, a, kLanes);
  store_lanes(p + kLanes, b, kLanes);
}

// Calls step(index, lanes) over [0, n): whole registers of T, then the rest under a mask. `lanes` is a constant for whole ones.
template <class T, class Step> DLX_INLINE void each_register(int64_t n, const Step& step) {
  constexpr int64_t kLanes = Vec<T>::kLanes;
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) step(i, std::integral_constant<int64_t, kLanes>());
  if (i < n) step(i, n - i);
}
// to_i = f(index, lanes). Halves are written two registers at a time: rounding bfloat16 costs half as much.
template <class T, class F> DLX_INLINE void map_row(T* to, int64_t n, const F& f) {
  using C = compute_of<T>;
  if constexpr (std::is_same_v<T, C>) {
    each_register<C>(n, [&](int64_t i, auto lanes) { store_lanes(to + i, f(i, lanes), lanes); });
  } else {
    constexpr std::integral_constant<int64_t, Vec<C>::kLanes> kWhole;
    int64_t i = 0;
    for (; i + 2 * kWhole <= n; i += 2 * kWhole) {
      const Vec<C> first = f(i, kWhole);
      store_pair(to + i, first, f(i + kWhole, kWhole));
    }
    for (; i < n; i += kWhole) {
      const int64_t lanes = n - i < kWhole ? n - i : kWhole;
      store_lanes(to + i, f(i, lanes), lanes);
    }
  }
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
