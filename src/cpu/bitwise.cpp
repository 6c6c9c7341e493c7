// Integers as bits, and their divisors.
#include "kernels/bitwise.h"

#include "cpu/elementwise_loops.h"

namespace dlx::cpu::DLX_ISA {
namespace {

struct Xor {
  template <class V> static DLX_INLINE V apply(V a, V b) { return a ^ b; }
};
struct Complement {
  template <class V> static DLX_INLINE V apply(V x) { return ~x; }
};
struct Not {
  template <class V> static DLX_INLINE V apply(V x) { return x ^ V(1); }
};
struct LeftShift {
  template <class T> static DLX_INLINE T apply(T a, T places) {
    const bool all = places < 0 || static_cast<uint64_t>(places) >= 8 * sizeof(T);
    return all ? T(0) : static_cast<T>(static_cast<uint64_t>(a) << places);
  }
};
struct RightShift {
  template <class T> static DLX_INLINE T apply(T a, T places) {
    const bool all = places < 0 || static_cast<uint64_t>(places) >= 8 * sizeof(T);
    return all ? static_cast<T>(a < 0 ? -1 : 0) : static_cast<T>(a >> places);
  }
};
template <class T> DLX_INLINE uint64_t magnitude(T a) { return a < 0 ? 0 - static_cast<uint64_t>(a) : static_cast<uint64_t>(a); }
template <class T> DLX_INLINE uint64_t common_divisor(T a, T b) {
  uint64_t x = magnitude(a), y = magnitude(b);
  while (y != 0) {
    const uint64_t rest = x % y;
    x = y;
    y = rest;
  }
  return x;
}
struct Gcd {
  template <class T> static DLX_INLINE T apply(T a, T b) { return static_cast<T>(common_divisor(a, b)); }
};
struct Lcm {
  template <class T> static DLX_INLINE T apply(T a, T b) {
    const uint64_t divisor = common_divisor(a, b);
    return divisor == 0 ? T(0) : static_cast<T>(magnitude(static_cast<T>(magnitude(a) / divisor * magnitude(b))));
  }
};

// Bits do not ask for signs: uint8 and bool share int8's vectors.
template <class Op> void run_bits(Out out, const Tensor& a, const Tensor& b, DType compute) {
  run_binary(choose_integer(compute, []<class T>() -> BlockLoop* { return binary_loop<Op, T>; }), out, a, b, compute, kCheap, compute);
}
template <class Op> void run_scalars(Out out, const Tensor& a, const Tensor& b, DType compute, int64_t cost) {
  run_binary(choose_integer(compute, []<class T>() -> BlockLoop* { return scalar_loop<Op, T>; }), out, a, b, compute, cost, compute);
}
void bitwise_and_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { run_bits<And>(out, a, b, compute); }
void bitwise_or_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { run_bits<Or>(out, a, b, compute); }
void bitwise_xor_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { run_bits<Xor>(out, a, b, compute); }
void bitwise_not_kernel(Out out, const Tensor& x, DType compute) {
  BlockLoop* loop = compute == DType::boolean ? unary_loop<Not, uint8_t>
                                              : choose_integer(compute, []<class T>() -> BlockLoop* { return unary_loop<Complement, T>; });
  run_unary(loop, out, x, compute, kCheap);
}
void bitwise_left_shift_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { run_scalars<LeftShift>(out, a, b, compute, kCheap); }
void bitwise_right_shift_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { run_scalars<RightShift>(out, a, b, compute, kCheap); }
void gcd_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { run_scalars<Gcd>(out, a, b, compute, kPow); }
void lcm_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { run_scalars<Lcm>(out, a, b, compute, kPow); }

DLX_REGISTER_CPU(kernels::bitwise_and, bitwise_and_kernel);
DLX_REGISTER_CPU(kernels::bitwise_or, bitwise_or_kernel);
DLX_REGISTER_CPU(kernels::bitwise_xor, bitwise_xor_kernel);
DLX_REGISTER_CPU(kernels::bitwise_not, bitwise_not_kernel);
DLX_REGISTER_CPU(kernels::bitwise_left_shift, bitwise_left_shift_kernel);
DLX_REGISTER_CPU(kernels::bitwise_right_shift, bitwise_right_shift_kernel);
DLX_REGISTER_CPU(kernels::gcd, gcd_kernel);
DLX_REGISTER_CPU(kernels::lcm, lcm_kernel);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
