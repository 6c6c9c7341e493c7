// Element types: their sizes, kinds, promotion, and the switch from a runtime DType to a C++ type.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>

#include "core/api.h"

namespace dlx {

// The order is that of the tables in dtype.cpp. Adding a type: a line here, in dtype.cpp's table, and in DLX_FOR_DTYPES.
enum class DType : uint8_t { boolean, uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64 };
inline constexpr int kDTypeCount = 10;

// Numbers and 0-d tensors change a result's dtype only if their kind is higher (promotion.h).
enum class Kind : uint8_t { boolean, integer, floating };

// IEEE binary16 and bfloat16 as storage: arithmetic happens in float, results round to nearest even.
struct Half {
  uint16_t bits;
  Half() = default;
  explicit DLX_INLINE Half(float value);
  explicit DLX_INLINE operator float() const;
};
struct BFloat16 {
  uint16_t bits;
  BFloat16() = default;
  explicit DLX_INLINE BFloat16(float value);
  explicit DLX_INLINE operator float() const;
};

DLX_INLINE constexpr int64_t itemsize(DType dtype) {
  switch (dtype) {
    case DType::boolean:
    case DType::uint8:
    case DType::int8: return 1;
    case DType::int16:
    case DType::float16:
    case DType::bfloat16: return 2;
    case DType::int32:
    case DType::float32: return 4;
    case DType::int64:
    case DType::float64: return 8;
  }
  __builtin_unreachable();
}

DLX_INLINE constexpr Kind kind_of(DType dtype) {
  return dtype >= DType::float16 ? Kind::floating : dtype == DType::boolean ? Kind::boolean : Kind::integer;
}
DLX_INLINE constexpr bool is_floating(DType dtype) { return kind_of(dtype) == Kind::floating; }
DLX_INLINE constexpr bool is_half(DType dtype) { return dtype == DType::float16 || dtype == DType::bfloat16; }

// The dtype in which sums of `dtype` are kept: float64 for itself, float32 for smaller floats, int64 for integers and bool.
DLX_INLINE constexpr DType sum_dtype(DType dtype) {
  if (!is_floating(dtype)) return DType::int64;
  return dtype == DType::float64 ? DType::float64 : DType::float32;
}

DLX_API const char* name_of(DType dtype);             // "float32"
DLX_API DType promote_types(DType a, DType b);        // PyTorch's table
DLX_API bool can_cast(DType from, DType to);          // no loss of kind: float -> int and number -> bool are refused
DLX_API DType default_dtype();                        // of numbers and new tensors; float32 until set
DLX_API void set_default_dtype(DType dtype);

template <class T> struct DTypeOf;
#define DLX_FOR_DTYPES(X)                                                                                          \
  X(bool, boolean) X(uint8_t, uint8) X(int8_t, int8) X(int16_t, int16) X(int32_t, int32) X(int64_t, int64)         \
  X(Half, float16) X(BFloat16, bfloat16) X(float, float32) X(double, float64)
#define DLX_DTYPE_OF(type, name) \
  template <> struct DTypeOf<type> { static constexpr DType value = DType::name; };
DLX_FOR_DTYPES(DLX_DTYPE_OF)
#undef DLX_DTYPE_OF
template <class T> inline constexpr DType dtype_of = DTypeOf<T>::value;

// Calls f.template operator()<T>() with the C++ type of `dtype`: the one dtype switch, once and outermost.
template <class F> DLX_INLINE auto dispatch_all(DType dtype, F&& f) {
  switch (dtype) {
#define DLX_CASE(type, name) \
  case DType::name: return f.template operator()<type>();
    DLX_FOR_DTYPES(DLX_CASE)
  }
  __builtin_unreachable();
}
// float16, bfloat16, float32, float64. The op has checked that it is one of them.
template <class F> DLX_INLINE auto dispatch_floating(DType dtype, F&& f) {
  switch (dtype) {
    case DType::float16: return f.template operator()<Half>();
    case DType::bfloat16: return f.template operator()<BFloat16>();
    case DType::float64: return f.template operator()<double>();
    default: return f.template operator()<float>();
  }
}
// uint8, int8..int64. The op has checked that it is one of them.
template <class F> DLX_INLINE auto dispatch_integers(DType dtype, F&& f) {
  switch (dtype) {
    case DType::uint8: return f.template operator()<uint8_t>();
    case DType::int8: return f.template operator()<int8_t>();
    case DType::int16: return f.template operator()<int16_t>();
    case DType::int32: return f.template operator()<int32_t>();
    default: return f.template operator()<int64_t>();
  }
}
#undef DLX_CASE

DLX_INLINE BFloat16::BFloat16(float value) {
  const uint32_t u = __builtin_bit_cast(uint32_t, value);
  // Round to nearest even; a NaN keeps its sign and becomes quiet (rounding could carry it into an infinity).
  bits = value != value ? static_cast<uint16_t>((u >> 16) | 0x40) : static_cast<uint16_t>((u + 0x7fff + ((u >> 16) & 1)) >> 16);
}
DLX_INLINE BFloat16::operator float() const { return __builtin_bit_cast(float, static_cast<uint32_t>(bits) << 16); }

DLX_INLINE Half::Half(float value) {
  const uint32_t u = __builtin_bit_cast(uint32_t, value);
  const uint32_t sign = (u >> 16) & 0x8000, magnitude = u & 0x7fffffff;
  uint32_t out;
  if (magnitude >= 0x47800000) {  // 65536 and above, infinities, NaN
    out = magnitude > 0x7f800000 ? (0x7e00 | ((magnitude >> 13) & 0x1ff)) : 0x7c00;
  } else if (magnitude < 0x38800000) {  // below 2^-14: adding 0.5 aligns the bits of a denormal and rounds them
    out = __builtin_bit_cast(uint32_t, __builtin_bit_cast(float, magnitude) + 0.5f) - 0x3f000000;
  } else {
    out = (magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13;  // may carry into infinity, as it should
  }
  bits = static_cast<uint16_t>(sign | out);
}
DLX_INLINE Half::operator float() const {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16, magnitude = bits & 0x7fff;
  uint32_t out;
  if (magnitude >= 0x7c00) {
    out = (magnitude << 13) + 0x70000000;
  } else if (magnitude >= 0x400) {
    out = (magnitude << 13) + 0x38000000;
  } else {  // denormal: an exact product with 2^-24
    out = __builtin_bit_cast(uint32_t, static_cast<float>(magnitude) * 5.9604644775390625e-8f);
  }
  return __builtin_bit_cast(float, sign | out);
}

}  // namespace dlx
