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
  const __m512i wide = _mm512_maskz_cvtepu16_epi32(static_cast<__mmask16>(-1), load_half_register(p, n));
#else
  const __m256i wide = _mm256_cvtepu16_epi32(load_half_register(p, n));
#endif
  return reinterpret<float>(Vec<uint32_t>::of((Vec<uint32_t>::Native)wide) << 16);
}
DLX_INLINE void store_lanes(BFloat16* p, Vec<float> x, int64_t n) {
  // As in core/dtype.h: to nearest even, and a NaN stays one.
  const Vec<uint32_t> u = reinterpret<uint32_t>(x), high = u >> 16;
  const Vec<uint32_t> rounded = (u + 0x7fff + (high & Vec<uint32_t>(1))) >> 16;
  const Vec<uint32_t> bits = select(x != x, high | Vec<uint32_t>(0x40), rounded);
#if DLX_ISA_LEVEL >= 4
  store_half_register(p, _mm512_maskz_cvtepi32_epi16(static_cast<__mmask16>(-1), (__m512i)bits.v), n);
#else
  const __m256i packed = _mm256_packus_epi32((__m256i)bits.v, (__m256i)bits.v);  // within 128-bit lanes
  store_half_register(p, _mm256_castsi256_si128(_mm256_permute4x64_epi64(packed, 0x08)), n);
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

// Calls step(index, lanes) over [0, n): whole registers of T, then the rest under a mask. `lanes` is a constant for whole ones.
template <class T, class Step> DLX_INLINE void each_register(int64_t n, const Step& step) {
  constexpr int64_t kLanes = Vec<T>::kLanes;
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) step(i, std::integral_constant<int64_t, kLanes>());
  if (i < n) step(i, n - i);
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
