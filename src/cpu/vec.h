// Vec<T>: one native register of T, over the compiler's vector extensions (GCC and Clang). Wide<T>: the fixed logical
// width of reductions along memory. All arithmetic is IEEE, lane by lane, so every level gives the same bits; only the
// number of lanes differs. Intrinsics stand here and in vec_half.h where the compiler has no operator.
#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "core/api.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace dlx::cpu::DLX_ISA {
namespace {

#if DLX_ISA_LEVEL >= 4
inline constexpr int kVecBytes = 64;
#elif DLX_ISA_LEVEL == 3
inline constexpr int kVecBytes = 32;
#else
inline constexpr int kVecBytes = 16;  // SSE, NEON
#endif

template <int Bytes> struct IntOfSize;
template <> struct IntOfSize<1> { using type = int8_t; };
template <> struct IntOfSize<2> { using type = int16_t; };
template <> struct IntOfSize<4> { using type = int32_t; };
template <> struct IntOfSize<8> { using type = int64_t; };
// The signed integer of T's size: its bits, and the lanes of its masks (0 or -1).
template <class T> using IntOf = typename IntOfSize<sizeof(T)>::type;

template <class T> struct Vec {
  static_assert(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>, "bool computes as uint8_t");
  using Scalar = T;
  static constexpr int kLanes = kVecBytes / static_cast<int>(sizeof(T));
  typedef T Native __attribute__((vector_size(kVecBytes)));
  typedef T Loose __attribute__((vector_size(kVecBytes), aligned(alignof(T)), may_alias));  // memory at any address

  // Integers wrap: signed vectors compute as unsigned ones, whose overflow is defined.
  template <class U> struct WrappingOf { using type = U; };
  template <class U>
    requires std::is_integral_v<U>
  struct WrappingOf<U> { using type = std::make_unsigned_t<U>; };
  typedef typename WrappingOf<T>::type Wrapping __attribute__((vector_size(kVecBytes)));

  Native v;

  Vec() = default;
  DLX_INLINE Vec(T splat) : v(splat - Native{}) {}  // x - 0 is x with its sign, and folds to a broadcast
  DLX_INLINE static Vec of(Native native) {
    Vec r;
    r.v = native;
    return r;
  }
  DLX_INLINE static Vec load(const T* p) { return of(*reinterpret_cast<const Loose*>(p)); }
  DLX_INLINE void store(T* p) const { *reinterpret_cast<Loose*>(p) = v; }

  friend DLX_INLINE Vec operator+(Vec a, Vec b) { return of((Native)((Wrapping)a.v + (Wrapping)b.v)); }
  friend DLX_INLINE Vec operator-(Vec a, Vec b) { return of((Native)((Wrapping)a.v - (Wrapping)b.v)); }
  friend DLX_INLINE Vec operator*(Vec a, Vec b) { return of((Native)((Wrapping)a.v * (Wrapping)b.v)); }
  friend DLX_INLINE Vec operator/(Vec a, Vec b) { return of(a.v / b.v); }
  friend DLX_INLINE Vec operator-(Vec a) { return of((Native)(-(Wrapping)a.v)); }
  friend DLX_INLINE Vec operator&(Vec a, Vec b) { return of(a.v & b.v); }
  friend DLX_INLINE Vec operator|(Vec a, Vec b) { return of(a.v | b.v); }
  friend DLX_INLINE Vec operator^(Vec a, Vec b) { return of(a.v ^ b.v); }
  friend DLX_INLINE Vec operator~(Vec a) { return of(~a.v); }
  friend DLX_INLINE Vec operator<<(Vec a, int bits) { return of((Native)((Wrapping)a.v << bits)); }
  friend DLX_INLINE Vec operator>>(Vec a, int bits) { return of(a.v >> bits); }  // arithmetic where T is signed
  DLX_INLINE Vec& operator+=(Vec b) { return *this = *this + b; }
  DLX_INLINE Vec& operator-=(Vec b) { return *this = *this - b; }
  DLX_INLINE Vec& operator*=(Vec b) { return *this = *this * b; }
};

// A lane is -1 where the condition holds, else 0.
template <class T> using Mask = Vec<IntOf<T>>;

// The same bits as another type.
template <class To, class T> DLX_INLINE Vec<To> reinterpret(Vec<T> a) {
  return Vec<To>::of((typename Vec<To>::Native)a.v);
}
// Value conversion between types of one size: float and int32, double and int64. Out of range: unspecified.
template <class To, class T> DLX_INLINE Vec<To> convert(Vec<T> a) {
  static_assert(sizeof(To) == sizeof(T));
  return Vec<To>::of(__builtin_convertvector(a.v, typename Vec<To>::Native));
}

#define DLX_VEC_COMPARISON(op)                                                                            \
  template <class T> DLX_INLINE Mask<T> operator op(Vec<T> a, Vec<T> b) {                                 \
    return Mask<T>::of((typename Mask<T>::Native)(a.v op b.v));                                           \
  }                                                                                                       \
  template <class T> DLX_INLINE Mask<T> operator op(Vec<T> a, std::type_identity_t<T> b) { return a op Vec<T>(b); }
DLX_VEC_COMPARISON(==)
DLX_VEC_COMPARISON(!=)
DLX_VEC_COMPARISON(<)
DLX_VEC_COMPARISON(<=)
DLX_VEC_COMPARISON(>)
DLX_VEC_COMPARISON(>=)
#undef DLX_VEC_COMPARISON

template <class T> DLX_INLINE Vec<T> select(Mask<T> m, Vec<T> yes, Vec<T> no) { return Vec<T>::of(m.v ? yes.v : no.v); }

template <class T> DLX_INLINE bool any(Vec<T> mask) {
#if DLX_ISA_LEVEL >= 4 && defined(__x86_64__)
  return _mm512_test_epi64_mask((__m512i)mask.v, (__m512i)mask.v) != 0;
#elif DLX_ISA_LEVEL == 3 && defined(__x86_64__)
  return !_mm256_testz_si256((__m256i)mask.v, (__m256i)mask.v);
#elif defined(__x86_64__)
  return !_mm_testz_si128((__m128i)mask.v, (__m128i)mask.v);
#else
  const auto w = reinterpret<int64_t>(mask);
  return (w.v[0] | w.v[1]) != 0;
#endif
}

// Whether a lane of either is a NaN.
DLX_INLINE bool any_nan(Vec<float> a, Vec<float> b) {
#if DLX_ISA_LEVEL >= 4 && defined(__x86_64__)
  return _mm512_cmp_ps_mask((__m512)a.v, (__m512)b.v, _CMP_UNORD_Q) != 0;
#elif DLX_ISA_LEVEL == 3 && defined(__x86_64__)
  return _mm256_movemask_ps(_mm256_cmp_ps((__m256)a.v, (__m256)b.v, _CMP_UNORD_Q)) != 0;
#else
  return any((a != a) | (b != b));
#endif
}

// --- one rounding --------------------------------------------------------------------------------------------------

// a * b + c rounded once; twice on x86-64-v2, which has no FMA (DESIGN, promise 3 names it). Integers wrap.
template <class T> DLX_INLINE Vec<T> fma(Vec<T> a, std::type_identity_t<Vec<T>> b, std::type_identity_t<Vec<T>> c) {
  using R = Vec<T>;
  (void)sizeof(R);
#if defined(__x86_64__) && DLX_ISA_LEVEL >= 4
  if constexpr (std::is_same_v<T, float>) return R::of((typename R::Native)_mm512_fmadd_ps((__m512)a.v, (__m512)b.v, (__m512)c.v));
  else if constexpr (std::is_same_v<T, double>) return R::of((typename R::Native)_mm512_fmadd_pd((__m512d)a.v, (__m512d)b.v, (__m512d)c.v));
  else return a * b + c;
#elif defined(__x86_64__) && DLX_ISA_LEVEL == 3
  if constexpr (std::is_same_v<T, float>) return R::of((typename R::Native)_mm256_fmadd_ps((__m256)a.v, (__m256)b.v, (__m256)c.v));
  else if constexpr (std::is_same_v<T, double>) return R::of((typename R::Native)_mm256_fmadd_pd((__m256d)a.v, (__m256d)b.v, (__m256d)c.v));
  else return a * b + c;
#elif defined(__aarch64__)
  if constexpr (std::is_same_v<T, float>) return R::of((typename R::Native)vfmaq_f32((float32x4_t)c.v, (float32x4_t)a.v, (float32x4_t)b.v));
  else if constexpr (std::is_same_v<T, double>) return R::of((typename R::Native)vfmaq_f64((float64x2_t)c.v, (float64x2_t)a.v, (float64x2_t)b.v));
  else return a * b + c;
#else
  return a * b + c;
#endif
}

// f on each native register: what the compilers have no vector operator for. Suffixes _ps and _pd of x86; of NEON, _f32 and _f64.
#if defined(__x86_64__) && DLX_ISA_LEVEL >= 4
// Under a full mask: GCC 12 warns of the plain ones' undefined pass-through (its bug 105593); the code is the same.
#define DLX_VEC_UNARY(name, x86, neon, rounding)                                                                         \
  DLX_INLINE Vec<float> name(Vec<float> a) {                                                                             \
    return Vec<float>::of((Vec<float>::Native)_mm512_maskz_##x86##_ps(static_cast<__mmask16>(-1), (__m512)a.v rounding)); \
  }                                                                                                                      \
  DLX_INLINE Vec<double> name(Vec<double> a) {                                                                           \
    return Vec<double>::of((Vec<double>::Native)_mm512_maskz_##x86##_pd(static_cast<__mmask8>(-1), (__m512d)a.v rounding)); \
  }
#define DLX_VEC_ROUND roundscale
#elif defined(__x86_64__) && DLX_ISA_LEVEL == 3
#define DLX_VEC_UNARY(name, x86, neon, rounding)                                                                              \
  DLX_INLINE Vec<float> name(Vec<float> a) { return Vec<float>::of((Vec<float>::Native)_mm256_##x86##_ps((__m256)a.v rounding)); } \
  DLX_INLINE Vec<double> name(Vec<double> a) { return Vec<double>::of((Vec<double>::Native)_mm256_##x86##_pd((__m256d)a.v rounding)); }
#define DLX_VEC_ROUND round
#elif defined(__x86_64__)
#define DLX_VEC_UNARY(name, x86, neon, rounding)                                                                           \
  DLX_INLINE Vec<float> name(Vec<float> a) { return Vec<float>::of((Vec<float>::Native)_mm_##x86##_ps((__m128)a.v rounding)); } \
  DLX_INLINE Vec<double> name(Vec<double> a) { return Vec<double>::of((Vec<double>::Native)_mm_##x86##_pd((__m128d)a.v rounding)); }
#define DLX_VEC_ROUND round
#else
#define DLX_VEC_UNARY(name, x86, neon, rounding)                                                                          \
  DLX_INLINE Vec<float> name(Vec<float> a) { return Vec<float>::of((Vec<float>::Native)neon##_f32((float32x4_t)a.v)); }   \
  DLX_INLINE Vec<double> name(Vec<double> a) { return Vec<double>::of((Vec<double>::Native)neon##_f64((float64x2_t)a.v)); }
#define DLX_VEC_ROUND round
#endif
#define DLX_VEC_COMMA ,
#define DLX_VEC_ROUNDING(name, x86, neon, mode) DLX_VEC_UNARY(name, x86, neon, DLX_VEC_COMMA(mode) | _MM_FROUND_NO_EXC)
DLX_VEC_UNARY(sqrt, sqrt, vsqrtq, )
DLX_VEC_ROUNDING(floor, DLX_VEC_ROUND, vrndmq, _MM_FROUND_TO_NEG_INF)
DLX_VEC_ROUNDING(ceil, DLX_VEC_ROUND, vrndpq, _MM_FROUND_TO_POS_INF)
DLX_VEC_ROUNDING(trunc, DLX_VEC_ROUND, vrndq, _MM_FROUND_TO_ZERO)
DLX_VEC_ROUNDING(round, DLX_VEC_ROUND, vrndnq, _MM_FROUND_TO_NEAREST_INT)  // halves to even, as Python and PyTorch round
#undef DLX_VEC_ROUNDING
#undef DLX_VEC_COMMA
#undef DLX_VEC_ROUND
#undef DLX_VEC_UNARY

template <class T> DLX_INLINE Vec<T> abs(Vec<T> a) {
  if constexpr (std::is_floating_point_v<T>) {
    using I = IntOf<T>;
    return reinterpret<T>(reinterpret<I>(a) & Vec<I>(static_cast<I>(~(I{1} << (8 * sizeof(T) - 1)))));
  } else if constexpr (std::is_unsigned_v<T>) {
    return a;
  } else {
    const Vec<T> sign = a >> (8 * static_cast<int>(sizeof(T)) - 1);  // INT_MIN stays itself, as in NumPy and PyTorch
    return (a ^ sign) - sign;
  }
}
// A NaN in either argument gives NaN, as in PyTorch.
template <class T> DLX_INLINE Vec<T> maximum(Vec<T> a, Vec<T> b) {
  if constexpr (std::is_floating_point_v<T>) return select((a > b) | (a != a), a, b);
  else return select(a > b, a, b);
}
template <class T> DLX_INLINE Vec<T> minimum(Vec<T> a, Vec<T> b) {
  if constexpr (std::is_floating_point_v<T>) return select((a < b) | (a != a), a, b);
  else return select(a < b, a, b);
}

// x, but `limit` where x is above (below) it; a NaN stays. minps gives its second operand where either is a NaN.
#if defined(__x86_64__) && DLX_ISA_LEVEL >= 4
#define DLX_VEC_BOUND(name, op, x86)                                                                                              \
  DLX_INLINE Vec<float> name(Vec<float> x, float limit) {                                                                         \
    return Vec<float>::of((Vec<float>::Native)_mm512_maskz_##x86##_ps(static_cast<__mmask16>(-1), (__m512)Vec<float>(limit).v, (__m512)x.v)); \
  }                                                                                                                               \
  DLX_INLINE Vec<double> name(Vec<double> x, double limit) {                                                                      \
    return Vec<double>::of((Vec<double>::Native)_mm512_maskz_##x86##_pd(static_cast<__mmask8>(-1), (__m512d)Vec<double>(limit).v, (__m512d)x.v)); \
  }
#elif defined(__x86_64__)
#if DLX_ISA_LEVEL == 3
#define DLX_VEC_INTRINSIC(x86) _mm256_##x86
#define DLX_VEC_REGISTER __m256
#else
#define DLX_VEC_INTRINSIC(x86) _mm_##x86
#define DLX_VEC_REGISTER __m128
#endif
#define DLX_VEC_JOIN(a, b) a##b
#define DLX_VEC_DOUBLES(r) DLX_VEC_JOIN(r, d)
#define DLX_VEC_BOUND(name, op, x86)                                                                                            \
  DLX_INLINE Vec<float> name(Vec<float> x, float limit) {                                                                       \
    return Vec<float>::of((Vec<float>::Native)DLX_VEC_INTRINSIC(x86##_ps)((DLX_VEC_REGISTER)Vec<float>(limit).v, (DLX_VEC_REGISTER)x.v)); \
  }                                                                                                                             \
  DLX_INLINE Vec<double> name(Vec<double> x, double limit) {                                                                    \
    return Vec<double>::of((Vec<double>::Native)DLX_VEC_INTRINSIC(x86##_pd)((DLX_VEC_DOUBLES(DLX_VEC_REGISTER))Vec<double>(limit).v, (DLX_VEC_DOUBLES(DLX_VEC_REGISTER))x.v)); \
  }
#else
#define DLX_VEC_BOUND(name, op, x86) \
  template <class T> DLX_INLINE Vec<T> name(Vec<T> x, std::type_identity_t<T> limit) { return select(x op limit, Vec<T>(limit), x); }
#endif
DLX_VEC_BOUND(at_most, >, min)
DLX_VEC_BOUND(at_least, <, max)
#undef DLX_VEC_BOUND
#undef DLX_VEC_DOUBLES
#undef DLX_VEC_JOIN
#undef DLX_VEC_REGISTER
#undef DLX_VEC_INTRINSIC

// a * 2^n rounded once, n a whole number, |n| < 2 * (largest exponent), for an a whose first product is exact (|a| near 1, as in exp).
#if defined(__x86_64__) && DLX_ISA_LEVEL >= 4
DLX_INLINE Vec<float> scale_by_power_of_two(Vec<float> a, Vec<float> n) {
  return Vec<float>::of((Vec<float>::Native)_mm512_maskz_scalef_ps(static_cast<__mmask16>(-1), (__m512)a.v, (__m512)n.v));
}
DLX_INLINE Vec<double> scale_by_power_of_two(Vec<double> a, Vec<double> n) {
  return Vec<double>::of((Vec<double>::Native)_mm512_maskz_scalef_pd(static_cast<__mmask8>(-1), (__m512d)a.v, (__m512d)n.v));
}
#else
DLX_INLINE Vec<float> scale_by_power_of_two(Vec<float> a, Vec<float> n) {
  const Vec<int32_t> whole = convert<int32_t>(n), half = whole >> 1, rest = whole - half;
  return a * reinterpret<float>((half + 127) << 23) * reinterpret<float>((rest + 127) << 23);
}
DLX_INLINE Vec<double> scale_by_power_of_two(Vec<double> a, Vec<double> n) {
  // AVX2 neither converts to 64-bit lanes nor shifts them arithmetically: the sum's last bits are n + 4096, which is positive.
  const Vec<int64_t> raised = reinterpret<int64_t>(n + (0x1p52 + 4096)) & ((int64_t{1} << 52) - 1);
  const Vec<int64_t> half = reinterpret<int64_t>(reinterpret<uint64_t>(raised) >> 1) - 2048, rest = raised - 4096 - half;
  return a * reinterpret<double>((half + 1023) << 52) * reinterpret<double>((rest + 1023) << 52);
}
#endif

// The product of the low 32 bits of each lane, 64 bits long.
DLX_INLINE Vec<uint64_t> mul_low_halves(Vec<uint64_t> a, Vec<uint64_t> b) {
#if defined(__x86_64__) && DLX_ISA_LEVEL >= 4
  return Vec<uint64_t>::of((Vec<uint64_t>::Native)_mm512_maskz_mul_epu32(static_cast<__mmask8>(-1), (__m512i)a.v, (__m512i)b.v));
#elif defined(__x86_64__) && DLX_ISA_LEVEL == 3
  return Vec<uint64_t>::of((Vec<uint64_t>::Native)_mm256_mul_epu32((__m256i)a.v, (__m256i)b.v));
#elif defined(__x86_64__)
  return Vec<uint64_t>::of((Vec<uint64_t>::Native)_mm_mul_epu32((__m128i)a.v, (__m128i)b.v));
#else
  return (a & Vec<uint64_t>(0xffffffffu)) * (b & Vec<uint64_t>(0xffffffffu));
#endif
}

// --- a part of a register: tails run the same vector code under a mask ----------------------------------------------

template <class T, int... I> DLX_INLINE Vec<T> iota_of(std::integer_sequence<int, I...>) {
  return Vec<T>::of(typename Vec<T>::Native{static_cast<T>(I)...});
}
// 0, 1, 2, ...
template <class T> DLX_INLINE Vec<T> iota() { return iota_of<T>(std::make_integer_sequence<int, Vec<T>::kLanes>()); }

// The first n lanes, 0 <= n <= kLanes.
template <class T> DLX_INLINE Mask<T> first_lanes(int64_t n) { return iota<IntOf<T>>() < Vec<IntOf<T>>(static_cast<IntOf<T>>(n)); }

// The first n lanes from memory, the others 0; nothing beyond is touched.
template <class T> DLX_INLINE Vec<T> load_partial(const T* p, int64_t n) {
  using V = Vec<T>;
  if (n >= V::kLanes) return V::load(p);
#if defined(__x86_64__) && DLX_ISA_LEVEL >= 4
  const uint64_t m = _bzhi_u64(~uint64_t{0}, static_cast<unsigned>(n));
  if constexpr (sizeof(T) == 8) return V::of((typename V::Native)_mm512_maskz_loadu_epi64(static_cast<__mmask8>(m), p));
  else if constexpr (sizeof(T) == 4) return V::of((typename V::Native)_mm512_maskz_loadu_epi32(static_cast<__mmask16>(m), p));
  else if constexpr (sizeof(T) == 2) return V::of((typename V::Native)_mm512_maskz_loadu_epi16(static_cast<__mmask32>(m), p));
  else return V::of((typename V::Native)_mm512_maskz_loadu_epi8(m, p));
#else
#if defined(__x86_64__) && DLX_ISA_LEVEL == 3
  if constexpr (sizeof(T) == 8)
    return V::of((typename V::Native)_mm256_maskload_epi64(reinterpret_cast<const long long*>(p), (__m256i)first_lanes<T>(n).v));
  if constexpr (sizeof(T) == 4)
    return V::of((typename V::Native)_mm256_maskload_epi32(reinterpret_cast<const int*>(p), (__m256i)first_lanes<T>(n).v));
#endif
  V r(T{0});
  const size_t bytes = static_cast<size_t>(n) * sizeof(T);
  if (bytes > sizeof r) __builtin_unreachable();  // n < kLanes: without it GCC 12 warns of the rest (for Arm)
  __builtin_memcpy(&r, p, bytes);
  return r;
#endif
}
template <class T> DLX_INLINE void store_partial(T* p, Vec<T> x, int64_t n) {
  using V = Vec<T>;
  if (n >= V::kLanes) return x.store(p);
#if defined(__x86_64__) && DLX_ISA_LEVEL >= 4
  const uint64_t m = _bzhi_u64(~uint64_t{0}, static_cast<unsigned>(n));
  if constexpr (sizeof(T) == 8) _mm512_mask_storeu_epi64(p, static_cast<__mmask8>(m), (__m512i)x.v);
  else if constexpr (sizeof(T) == 4) _mm512_mask_storeu_epi32(p, static_cast<__mmask16>(m), (__m512i)x.v);
  else if constexpr (sizeof(T) == 2) _mm512_mask_storeu_epi16(p, static_cast<__mmask32>(m), (__m512i)x.v);
  else _mm512_mask_storeu_epi8(p, m, (__m512i)x.v);
#else
#if defined(__x86_64__) && DLX_ISA_LEVEL == 3
  if constexpr (sizeof(T) == 8)
    return _mm256_maskstore_epi64(reinterpret_cast<long long*>(p), (__m256i)first_lanes<T>(n).v, (__m256i)x.v);
  if constexpr (sizeof(T) == 4)
    return _mm256_maskstore_epi32(reinterpret_cast<int*>(p), (__m256i)first_lanes<T>(n).v, (__m256i)x.v);
#endif
  __builtin_memcpy(p, &x, static_cast<size_t>(n) * sizeof(T));
#endif
}

// --- reductions -----------------------------------------------------------------------------------------------------

template <int By, class T, int... I> DLX_INLINE Vec<T> rotated_of(Vec<T> a, std::integer_sequence<int, I...>) {
  return Vec<T>::of(__builtin_shufflevector(a.v, a.v, ((I + By) % Vec<T>::kLanes)...));
}
// Lane i is a's lane i + By, around the end.
template <int By, class T> DLX_INLINE Vec<T> rotated(Vec<T> a) {
  return rotated_of<By>(a, std::make_integer_sequence<int, Vec<T>::kLanes>());
}
// All lanes of one register combined by the fixed tree: lane i with lane i + half, halving.
template <int Span, class T, class F> DLX_INLINE T fold_lanes(Vec<T> a, const F& combine) {
  if constexpr (Span == 1) return a.v[0];
  else return fold_lanes<Span / 2>(combine(a, rotated<Span / 2>(a)), combine);
}
template <class T, class F> DLX_INLINE T fold(Vec<T> a, const F& combine) { return fold_lanes<Vec<T>::kLanes>(a, combine); }

// Four blocks of 64 bytes, the accumulators of a reduction along memory on every level: 4 registers of AVX-512, 8 of AVX2.
// Element i of a row goes to lane i mod kLanes; the same lanes are combined in the same order everywhere.
inline constexpr int kBlockBytes = 64, kWideBlocks = 4;
#if defined(__x86_64__) && DLX_ISA_LEVEL == 2
inline constexpr int kUnroll = 1;  // 16 accumulators fill all of SSE's registers: leave them in memory, in a quarter of the code
#else
inline constexpr int kUnroll = 16;
#endif
template <class T> struct Wide {
  static constexpr int kPerBlock = kBlockBytes / kVecBytes;                                // registers in a block
  static constexpr int kBlockLanes = kBlockBytes / static_cast<int>(sizeof(T));
  static constexpr int kLanes = kWideBlocks * kBlockLanes;
  static constexpr int kRegisters = kWideBlocks * kPerBlock;
  Vec<T> r[kRegisters];

  DLX_INLINE explicit Wide(Vec<T> x) {
#pragma GCC unroll kUnroll
    for (int i = 0; i < kRegisters; ++i) r[i] = x;
  }
  // By the tree: lane i with lane i + half, from the whole width down to one lane.
  template <class F> DLX_INLINE T fold(const F& combine) const {
    Vec<T> s[kRegisters];
#pragma GCC unroll kUnroll
    for (int i = 0; i < kRegisters; ++i) s[i] = r[i];
#pragma GCC unroll kUnroll
    for (int half = kRegisters / 2; half >= 1; half /= 2)
#pragma GCC unroll kUnroll
      for (int i = 0; i < half; ++i) s[i] = combine(s[i], s[i + half]);
    return DLX_ISA::fold(s[0], combine);
  }
};

// Visits elements [0, n) as a reduction along memory must: step(register number of the Wide, element index, lanes). Whole blocks
// of 64 bytes, also the last: a level with narrow registers steps over its empty ones too, as lanes of a wide register would.
// `lanes` is kLanes for whole registers and a constant there, else the count that is left, perhaps 0.
template <class T, class Step> DLX_INLINE void along(int64_t n, const Step& step) {
  using W = Wide<T>;
  constexpr int64_t kLanes = Vec<T>::kLanes;
  int64_t i = 0;
  for (; i + W::kLanes <= n; i += W::kLanes) {
#pragma GCC unroll kUnroll
    for (int k = 0; k < W::kRegisters; ++k) step(k, i + k * kLanes, std::integral_constant<int64_t, kLanes>());
  }
#pragma GCC unroll kUnroll
  for (int b = 0; b < kWideBlocks; ++b) {
    if (i >= n) break;
#pragma GCC unroll kUnroll
    for (int k = 0; k < W::kPerBlock; ++k, i += kLanes) {
      const int64_t left = n - i;
      step(b * W::kPerBlock + k, i, left >= kLanes ? kLanes : left > 0 ? left : int64_t{0});
    }
  }
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
