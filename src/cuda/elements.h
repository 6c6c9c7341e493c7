// Elements of any dtype in device code, and the loop over strided, broadcast and mixed operands that a LoopPlan describes.
#pragma once
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <type_traits>

#include "core/loop.h"
#include "cuda/launch.h"

namespace dlx::cuda {

// Arithmetic happens in float (for halves too), double or int64; integers then wrap to the narrower compute dtype.
template <class T> struct ComputeOf { using type = T; };
template <> struct ComputeOf<Half> { using type = float; };
template <> struct ComputeOf<BFloat16> { using type = float; };
template <class T> using compute_of = typename ComputeOf<T>::type;

// f.template operator()<C>() with the type of the arithmetic for `dtype`.
template <class F> void dispatch_compute(DType dtype, const F& f) {
  if (dtype == DType::float64) f.template operator()<double>();
  else if (is_floating(dtype)) f.template operator()<float>();
  else f.template operator()<int64_t>();
}
// f.template operator()<T>() with an unsigned integer of the item's size: what only moves elements goes by size.
template <class F> void dispatch_size(DType dtype, const F& f) {
  switch (itemsize(dtype)) {
    case 1: return f.template operator()<uint8_t>();
    case 2: return f.template operator()<uint16_t>();
    case 4: return f.template operator()<uint32_t>();
    default: return f.template operator()<uint64_t>();
  }
}

__device__ inline float widened(Half x) { return __half2float(__ushort_as_half(x.bits)); }
__device__ inline float widened(BFloat16 x) { return __bfloat162float(__ushort_as_bfloat16(x.bits)); }
template <class T> __device__ T widened(T x) { return x; }

// As copy's contract says: NaN and what int64 cannot hold become INT64_MIN.
__device__ inline int64_t to_int64(double x) {
  return x >= -9223372036854775808.0 && x < 9223372036854775808.0 ? static_cast<int64_t>(x) : INT64_MIN;
}
template <class To, class From> __device__ To converted(From value) {
  const auto x = widened(value);
  if constexpr (std::is_same_v<To, Half>) {
    To half;
    half.bits = __half_as_ushort(__float2half_rn(static_cast<float>(x)));
    return half;
  } else if constexpr (std::is_same_v<To, BFloat16>) {
    To half;
    half.bits = __bfloat16_as_ushort(__float2bfloat16_rn(static_cast<float>(x)));
    return half;
  } else if constexpr (std::is_same_v<To, bool>) {
    return x != 0;
  } else if constexpr (std::is_floating_point_v<decltype(x)> == false && std::is_integral_v<To>) {
    return static_cast<To>(x);
  } else if constexpr (std::is_integral_v<To>) {
    return static_cast<To>(to_int64(static_cast<double>(x)));
  } else {
    return static_cast<To>(x);
  }
}

template <class C> __device__ C load(const char* at, DType dtype) {
  switch (dtype) {
    case DType::boolean: return static_cast<C>(*reinterpret_cast<const uint8_t*>(at) != 0);  // memory of others may hold any byte
#define DLX_CASE(type, name) \
  case DType::name: return converted<C>(*reinterpret_cast<const type*>(at));
    DLX_CASE(uint8_t, uint8) DLX_CASE(int8_t, int8) DLX_CASE(int16_t, int16) DLX_CASE(int32_t, int32) DLX_CASE(int64_t, int64)
    DLX_CASE(Half, float16) DLX_CASE(BFloat16, bfloat16) DLX_CASE(float, float32) DLX_CASE(double, float64)
#undef DLX_CASE
  }
  return C();
}
template <class C> __device__ void store(char* at, DType dtype, C value) {
  switch (dtype) {
#define DLX_CASE(type, name) \
  case DType::name: *reinterpret_cast<type*>(at) = converted<type>(value); return;
    DLX_FOR_DTYPES(DLX_CASE)
#undef DLX_CASE
  }
}
// An integer of `compute`, kept in 64 bits.
__device__ inline int64_t wrapped(int64_t x, DType compute) {
  switch (compute) {
    case DType::boolean: return x != 0;
    case DType::uint8: return static_cast<uint8_t>(x);
    case DType::int8: return static_cast<int8_t>(x);
    case DType::int16: return static_cast<int16_t>(x);
    case DType::int32: return static_cast<int32_t>(x);
    default: return x;
  }
}
__device__ inline float wrapped(float x, DType) { return x; }
__device__ inline double wrapped(double x, DType) { return x; }

// A LoopPlan cut down for a kernel's arguments: plain arrays, the first kLoopDims dimensions.
inline constexpr int kLoopDims = 8;
template <int Operands> struct Loop {
  int ndim;
  int64_t numel;
  int64_t size[kLoopDims];
  int64_t stride[Operands][kLoopDims];  // in bytes
  char* data[Operands];
  DType dtype[Operands];

  // The addresses of the operands' elements with number `index`.
  __device__ void locate(int64_t index, char* (&at)[Operands]) const {
    for (int i = 0; i < Operands; ++i) at[i] = data[i];
    if (numel <= INT32_MAX) {
      walk(static_cast<uint32_t>(index), at);
    } else {
      walk(static_cast<uint64_t>(index), at);
    }
  }

 private:
  template <class Index> __device__ void walk(Index index, char* (&at)[Operands]) const {
    for (int d = 0; d < ndim; ++d) {
      const Index rest = d + 1 == ndim ? 0 : index / static_cast<Index>(size[d]);
      const int64_t here = static_cast<int64_t>(index - rest * static_cast<Index>(size[d]));
      index = rest;
      for (int i = 0; i < Operands; ++i) at[i] += here * stride[i][d];
    }
  }
};

// Calls f(loop) for the plan; again and again where it has more dimensions than a Loop, which hardly ever happens.
template <int Operands, class F> void for_each_loop(const LoopPlan& plan, const F& f) {
  Loop<Operands> loop{};
  loop.ndim = std::min(plan.ndim, kLoopDims);
  loop.numel = 1;
  for (int d = 0; d < loop.ndim; ++d) loop.numel *= loop.size[d] = plan.size[d];
  for (int i = 0; i < Operands; ++i) {
    std::copy_n(plan.stride[i], loop.ndim, loop.stride[i]);
    loop.dtype[i] = plan.dtype[i];
  }
  if (loop.numel == 0) return;
  for (int64_t outer = 0; outer < plan.numel / loop.numel; ++outer) {
    int64_t offset[kMaxLoopOperands];
    plan.locate(outer * loop.numel, offset);
    for (int i = 0; i < Operands; ++i) loop.data[i] = plan.data[i] + offset[i];
    f(loop);
  }
}

// The one element of a tensor in host memory: a Python number, or a 0-d tensor of the CPU. Kernels take it by value.
inline Scalar host_value(const Tensor& x) {
  return dispatch_all(x.dtype(), [&]<class T>() -> Scalar {
    const T value = *x.data<T>();
    if constexpr (std::is_same_v<T, bool>) return Scalar(value);
    else if constexpr (std::is_integral_v<T>) return Scalar(static_cast<int64_t>(value));
    else if constexpr (std::is_floating_point_v<T>) return Scalar(static_cast<double>(value));
    else return Scalar(static_cast<double>(static_cast<float>(value)));
  });
}
inline bool on_host(const Tensor& x) { return x.device().type == DeviceType::cpu; }

}  // namespace dlx::cuda
