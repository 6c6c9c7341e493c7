// The loops of element-wise kernels over a contiguous block, the choice among them by compute dtype, and the runs.
#pragma once
#include "cpu/block_loop.h"
#include "cpu/vec_half.h"
#include "kernels/math.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// Costs of one element in cheap operations (an addition), for the cut into chunks.
inline constexpr int64_t kCheap = 1, kDivision = 2, kExp = 8, kSlow = 16, kPow = 32;

template <class Op, class T> void unary_loop(const void*, void* out, const void* const* in, int64_t n) {
  const T* x = static_cast<const T*>(in[0]);
  map_row(static_cast<T*>(out), n, [&](int64_t i, auto lanes) { return Op::apply(load_lanes(x + i, lanes)); });
}
template <class Op, class T, class B = T> void binary_loop(const void*, void* out, const void* const* in, int64_t n) {
  const T* a = static_cast<const T*>(in[0]);
  const B* b = static_cast<const B*>(in[1]);
  map_row(static_cast<T*>(out), n, [&](int64_t i, auto lanes) { return Op::apply(load_lanes(a + i, lanes), load_lanes(b + i, lanes)); });
}
template <class Op, class T> void ternary_loop(const void*, void* out, const void* const* in, int64_t n) {
  T* to = static_cast<T*>(out);
  const T *a = static_cast<const T*>(in[0]), *b = static_cast<const T*>(in[1]), *c = static_cast<const T*>(in[2]);
  each_register<T>(n, [&](int64_t i, auto lanes) {
    store_partial(to + i, Op::apply(load_partial(a + i, lanes), load_partial(b + i, lanes), load_partial(c + i, lanes)), lanes);
  });
}
// With a number: the functor is made of the Scalar that the context points to.
template <class Op, class T> void scaled_ternary_loop(const void* context, void* out, const void* const* in, int64_t n) {
  T* to = static_cast<T*>(out);
  const T *a = static_cast<const T*>(in[0]), *b = static_cast<const T*>(in[1]), *c = static_cast<const T*>(in[2]);
  const Vec<T> value(static_cast<const Scalar*>(context)->to<T>());
  each_register<T>(n, [&](int64_t i, auto lanes) {
    store_partial(to + i, Op::apply(load_partial(a + i, lanes), load_partial(b + i, lanes), load_partial(c + i, lanes), value), lanes);
  });
}
// Derivatives: the functor's gradient(g, x, y), of which these use g and y.
template <class Op, class T> void gradient_loop(const void*, void* out, const void* const* in, int64_t n) {
  const T *g = static_cast<const T*>(in[0]), *y = static_cast<const T*>(in[1]);
  map_row(static_cast<T*>(out), n, [&](int64_t i, auto lanes) {
    const auto value = load_lanes(y + i, lanes);
    return Op::gradient(load_lanes(g + i, lanes), value, value);
  });
}
// A bool for each element. Written with scalars: the compilers narrow the masks to bytes well.
template <class Op, class T> void compare_loop(const void*, void* out, const void* const* in, int64_t n) {
  uint8_t* to = static_cast<uint8_t*>(out);
  const T *a = static_cast<const T*>(in[0]), *b = static_cast<const T*>(in[1]);
  for (int64_t i = 0; i < n; ++i) to[i] = Op::apply(a[i], b[i]);
}
template <class Op, class T> void question_loop(const void*, void* out, const void* const* in, int64_t n) {
  uint8_t* to = static_cast<uint8_t*>(out);
  const T* x = static_cast<const T*>(in[0]);
  for (int64_t i = 0; i < n; ++i) to[i] = Op::apply(x[i]);
}
// Scalars one by one: what integers have no vector instruction for.
template <class Op, class T> void scalar_loop(const void*, void* out, const void* const* in, int64_t n) {
  T* to = static_cast<T*>(out);
  const T *a = static_cast<const T*>(in[0]), *b = static_cast<const T*>(in[1]);
  for (int64_t i = 0; i < n; ++i) to[i] = Op::apply(a[i], b[i]);
}
// The types in which arithmetic happens, by compute dtype. Addition, product and equality of unsigned numbers are those of the
// signed; bool and uint8 share loops where they compare.
template <class F> DLX_INLINE BlockLoop* choose_floating(DType compute, const F& f) {
  return compute == DType::float64 ? f.template operator()<double>() : f.template operator()<float>();
}
template <class F> DLX_INLINE BlockLoop* choose_integer(DType compute, const F& f) {  // bool as uint8
  switch (compute) {
    case DType::int8: return f.template operator()<int8_t>();
    case DType::int16: return f.template operator()<int16_t>();
    case DType::int32: return f.template operator()<int32_t>();
    case DType::int64: return f.template operator()<int64_t>();
    default: return f.template operator()<uint8_t>();
  }
}
template <class F> DLX_INLINE BlockLoop* choose_signed(DType compute, const F& f) {
  switch (compute) {
    case DType::boolean:
    case DType::uint8:
    case DType::int8: return f.template operator()<int8_t>();
    case DType::int16: return f.template operator()<int16_t>();
    case DType::int32: return f.template operator()<int32_t>();
    case DType::int64: return f.template operator()<int64_t>();
    default: return choose_floating(compute, f);
  }
}
template <class F> DLX_INLINE BlockLoop* choose_ordered(DType compute, const F& f) {
  return compute == DType::boolean || compute == DType::uint8 ? f.template operator()<uint8_t>() : choose_signed(compute, f);
}

// Which functors have loops of halves too: what networks use most. These take halves as they are instead of through blocks of float where
// the operands are halves of the result's dtype: twice as fast where the arithmetic is little, 1.2 times for exp.
template <class Op, class... Ops> inline constexpr bool kIsOneOf = (std::is_same_v<Op, Ops> || ...);
template <class Op> inline constexpr bool kTakesHalves = kIsOneOf<Op, Add, Sub, Mul, Div, Neg, Abs, Relu, Exp, Log, Tanh, Sigmoid>;
template <class F> DLX_INLINE BlockLoop* choose_half(DType dtype, const F& f) {
  return dtype == DType::float16 ? f.template operator()<Half>() : f.template operator()<BFloat16>();
}
DLX_INLINE bool is_half_like(const Tensor& x, Out out) { return is_half(out.dtype()) && x.dtype() == out.dtype(); }

// `loop`: of the compute type. Op, if given, may have loops of halves.
template <class Op = void> void run_unary(BlockLoop* loop, Out out, const Tensor& x, DType compute, int64_t cost) {
  const Tensor* inputs[] = {&x};
  if constexpr (kTakesHalves<Op>) {
    if (is_half_like(x, out)) {
      loop = choose_half(x.dtype(), []<class H>() -> BlockLoop* { return unary_loop<Op, H>; });
      compute = x.dtype();
    }
  }
  run_blocks({loop, compute, {compute}, cost}, out, inputs, 1);
}
[[maybe_unused]] void run_question(BlockLoop* loop, Out out, const Tensor& x, DType compute) {
  const Tensor* inputs[] = {&x};
  run_blocks({loop, DType::boolean, {compute}, kCheap}, out, inputs, 1);
}
// A half and a half, or a half and a number, which stays a float. False where the operands are others.
template <class Op> bool run_binary_of_halves(Out out, const Tensor& a, const Tensor& b, int64_t cost) {
  if (!is_half_like(a, out)) return false;
  const DType dtype = a.dtype();
  const Tensor* inputs[] = {&a, &b};
  if (b.dtype() == dtype) {
    BlockLoop* loop = choose_half(dtype, []<class H>() -> BlockLoop* { return binary_loop<Op, H>; });
    run_blocks({loop, dtype, {dtype, dtype}, cost}, out, inputs, 2);
  } else if (b.dim() == 0 && b.dtype() != DType::boolean) {
    BlockLoop* loop = choose_half(dtype, []<class H>() -> BlockLoop* { return binary_loop<Op, H, float>; });
    run_blocks({loop, dtype, {dtype, DType::float32}, cost}, out, inputs, 2);
  } else {
    return false;
  }
  return true;
}
template <class Op = void>
void run_binary(BlockLoop* loop, Out out, const Tensor& a, const Tensor& b, DType compute, int64_t cost, DType natural, const void* context = nullptr) {
  if constexpr (kTakesHalves<Op>) {
    if (run_binary_of_halves<Op>(out, a, b, cost)) return;
    if constexpr (kIsOneOf<Op, Add, Mul>)  // number first
      if (run_binary_of_halves<Op>(out, b, a, cost)) return;
  }
  const Tensor* inputs[] = {&a, &b};
  run_blocks({loop, natural, {compute, compute}, cost, context}, out, inputs, 2);
}
[[maybe_unused]] void run_ternary(BlockLoop* loop, Out out, const Tensor& a, const Tensor& b, const Tensor& c, DType compute, int64_t cost,
                                  const void* context = nullptr) {
  const Tensor* inputs[] = {&a, &b, &c};
  run_blocks({loop, compute, {compute, compute, compute}, cost, context}, out, inputs, 3);
}
template <class Op> void run_unary_floating(Out out, const Tensor& x, DType compute, int64_t cost) {
  run_unary<Op>(choose_floating(compute, []<class T>() -> BlockLoop* { return unary_loop<Op, T>; }), out, x, compute, cost);
}
template <class Op> void run_binary_floating(Out out, const Tensor& a, const Tensor& b, DType compute, int64_t cost) {
  run_binary<Op>(choose_floating(compute, []<class T>() -> BlockLoop* { return binary_loop<Op, T>; }), out, a, b, compute, cost, compute);
}
template <class Op> void run_gradient(Out out, const Tensor& g, const Tensor& y, DType compute) {
  BlockLoop* loop = choose_floating(compute, []<class T>() -> BlockLoop* { return gradient_loop<Op, T>; });
  if (is_half_like(g, out) && is_half_like(y, out)) {
    loop = choose_half(g.dtype(), []<class H>() -> BlockLoop* { return gradient_loop<Op, H>; });
    compute = g.dtype();
  }
  run_binary(loop, out, g, y, compute, kCheap, compute);
}

// Kernels that are one functor of math.h over floating types.
#define DLX_FLOATING_UNARY(name, Op, cost)                                                                       \
  void name##_kernel(Out out, const Tensor& x, DType compute) { run_unary_floating<Op>(out, x, compute, cost); } \
  DLX_REGISTER_CPU(kernels::name, name##_kernel)
#define DLX_FLOATING_BINARY(name, Op, cost)                                             \
  void name##_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) {        \
    run_binary_floating<Op>(out, a, b, compute, cost);                                  \
  }                                                                                     \
  DLX_REGISTER_CPU(kernels::name, name##_kernel)

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
