// Two steps: each dtype has one wide type that holds it exactly (int32, int64, float or double), and each wide type is
// written as every dtype. That is 47 loops instead of 90, and the compiler vectorises most of them.
#include "cpu/convert.h"

#include "core/scalar.h"
#include "cpu/vec_half.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kBlock = 512;  // two blocks stay in L1 beside those of the caller

template <class T> struct WideOf { using type = T; };
template <> struct WideOf<bool> { using type = int32_t; };
template <> struct WideOf<uint8_t> { using type = int32_t; };
template <> struct WideOf<int8_t> { using type = int32_t; };
template <> struct WideOf<int16_t> { using type = int32_t; };
template <> struct WideOf<Half> { using type = float; };
template <> struct WideOf<BFloat16> { using type = float; };

template <class T> constexpr bool kIsHalf = std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;

template <class To, class From> DLX_INLINE To converted(From x) {
  if constexpr (std::is_same_v<To, bool>) return x != 0;
  else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) return static_cast<To>(Scalar::to_int64(static_cast<double>(x)));
  else return static_cast<To>(x);
}

template <class To, class From> void convert_loop(To* __restrict to, const From* __restrict from, int64_t n) {
  if constexpr (std::is_same_v<From, bool>) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(from);  // memory of others may hold bytes other than 0 and 1
    for (int64_t i = 0; i < n; ++i) to[i] = bytes[i] != 0;
  } else if constexpr (kIsHalf<From>) {
    each_register<float>(n, [&](int64_t i, auto lanes) { store_partial(to + i, load_lanes(from + i, lanes), lanes); });
  } else if constexpr (kIsHalf<To>) {
    if constexpr (std::is_same_v<From, float>) {
      map_row(to, n, [&](int64_t i, auto lanes) { return load_partial(from + i, lanes); });
    } else {
      for (int64_t i = 0; i < n; ++i) to[i] = To(static_cast<float>(from[i]));
    }
  } else {
    for (int64_t i = 0; i < n; ++i) to[i] = converted<To>(from[i]);
  }
}

template <class Wide> void write_wide(DType to_dtype, void* to, const Wide* from, int64_t n) {
  dispatch_all(to_dtype, [&]<class To>() { convert_loop(static_cast<To*>(to), from, n); });
}

}  // namespace

void convert_block(DType to_dtype, void* to, DType from_dtype, const void* from, int64_t n) {
  if (to_dtype == from_dtype && to_dtype != DType::boolean) {
    __builtin_memcpy(to, from, static_cast<size_t>(n * itemsize(to_dtype)));
    return;
  }
  dispatch_all(from_dtype, [&]<class From>() {
    using Wide = typename WideOf<From>::type;
    const From* in = static_cast<const From*>(from);
    if constexpr (std::is_same_v<Wide, From>) {
      write_wide(to_dtype, to, in, n);
    } else {
      if (to_dtype == dtype_of<Wide>) return convert_loop(static_cast<Wide*>(to), in, n);
      alignas(64) Wide wide[kBlock];
      for (int64_t i = 0; i < n; i += kBlock) {
        const int64_t count = n - i < kBlock ? n - i : kBlock;
        convert_loop(wide, in + i, count);
        write_wide(to_dtype, static_cast<char*>(to) + i * itemsize(to_dtype), wide, count);
      }
    }
  });
}

}  // namespace dlx::cpu::DLX_ISA
