// Scalar: a Python number on its way to a kernel, in its own kind: never only as a double.
#pragma once
#include <type_traits>

#include "core/api.h"
#include "core/dtype.h"

namespace dlx {

struct Scalar {
  Kind kind = Kind::integer;
  union {
    int64_t integer;  // boolean: 0 or 1
    double floating;
  };
  constexpr Scalar() : integer(0) {}
  constexpr Scalar(bool value) : kind(Kind::boolean), integer(value) {}
  constexpr Scalar(int value) : integer(value) {}
  constexpr Scalar(int64_t value) : integer(value) {}
  constexpr Scalar(double value) : kind(Kind::floating), floating(value) {}

  DLX_INLINE constexpr double as_double() const { return kind == Kind::floating ? floating : static_cast<double>(integer); }
  DLX_INLINE constexpr bool is(int64_t value) const {
    return kind == Kind::floating ? floating == static_cast<double>(value) : integer == value;
  }
  // The dtype of a tensor made from it alone.
  DType dtype() const {
    return kind == Kind::floating ? default_dtype() : kind == Kind::boolean ? DType::boolean : DType::int64;
  }
  template <class T> DLX_INLINE T to() const {
    if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) return T(static_cast<float>(as_double()));
    else if constexpr (std::is_same_v<T, bool>) return kind == Kind::floating ? floating != 0 : integer != 0;
    else if constexpr (std::is_floating_point_v<T>) return static_cast<T>(as_double());
    else return kind == Kind::floating ? static_cast<T>(to_int64(floating)) : static_cast<T>(integer);
  }
  // Defined for every double: NaN and what is out of range give INT64_MIN, as x86's instruction does.
  DLX_INLINE static int64_t to_int64(double value) {
    return value >= -9223372036854775808.0 && value < 9223372036854775808.0 ? static_cast<int64_t>(value) : INT64_MIN;
  }
};

}  // namespace dlx
