// kernels/math.h for one number at a time, in device code: what it asks of a value type, for float and double. With contraction
// off (cmake/cuda.cmake) results have the bits that they have on the CPU.
#pragma once
#include <cstdint>

#include "core/api.h"

namespace dlx::math {
namespace {

#define DLX_SCALAR_MATH(T, suffix)                                                    \
  __device__ inline T fma(T a, T b, T c) { return ::fma##suffix(a, b, c); }           \
  __device__ inline T sqrt(T x) { return ::sqrt##suffix(x); }                         \
  __device__ inline T trunc(T x) { return ::trunc##suffix(x); }                       \
  __device__ inline T abs(T x) { return ::fabs##suffix(x); }                          \
  __device__ inline T maximum(T a, T b) { return a != a ? a : b != b ? b : a > b ? a : b; } \
  __device__ inline T minimum(T a, T b) { return a != a ? a : b != b ? b : a < b ? a : b; } \
  __device__ inline T at_most(T x, T limit) { return x > limit ? limit : x; }               \
  __device__ inline T at_least(T x, T limit) { return x < limit ? limit : x; }              \
  __device__ inline T scale_by_power_of_two(T x, T n) { return ::ldexp##suffix(x, static_cast<int>(n)); }
DLX_SCALAR_MATH(float, f)
DLX_SCALAR_MATH(double, )
#undef DLX_SCALAR_MATH
__device__ inline int64_t maximum(int64_t a, int64_t b) { return a > b ? a : b; }
__device__ inline int64_t minimum(int64_t a, int64_t b) { return a < b ? a : b; }
template <class V> __device__ V select(bool condition, V a, V b) { return condition ? a : b; }
template <class To, class From> __device__ To reinterpret(From x) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  memcpy(&to, &x, sizeof to);
  return to;
}

}  // namespace
}  // namespace dlx::math

// The formulas are inlined on whichever side compiles them; here that is the device's.
#pragma push_macro("DLX_INLINE")
#undef DLX_INLINE
#define DLX_INLINE __device__ __forceinline__
#include "kernels/math.h"
#pragma pop_macro("DLX_INLINE")
