// Element-wise kernels: for each op one loop over contiguous blocks for each type in which it differs.
#include "kernels/elementwise.h"

#include "cpu/block_loop.h"
#include "cpu/convert.h"
#include "cpu/vec_half.h"
#include "kernels/math.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// Costs of one element in cheap operations (an addition), for the cut into chunks.
constexpr int64_t kCheap = 1, kDivision = 2, kExp = 8, kPow = 32;

template <class Op, class T> void unary_loop(const void*, void* out, const void* const* in, int64_t n) {
  T* to = static_cast<T*>(out);
  const T* x = static_cast<const T*>(in[0]);
  each_register<T>(n, [&](int64_t i, auto lanes) { store_partial(to + i, Op::apply(load_partial(x + i, lanes)), lanes); });
}
template <class Op, class T> void binary_loop(const void*, void* out, const void* const* in, int64_t n) {
  T* to = static_cast<T*>(out);
  const T *a = static_cast<const T*>(in[0]), *b = static_cast<const T*>(in[1]);
  each_register<T>(n, [&](int64_t i, auto lanes) {
    store_partial(to + i, Op::apply(load_partial(a + i, lanes), load_partial(b + i, lanes)), lanes);
  });
}
// Derivatives: the functor's gradient(g, x, y), of which these use g and y.
template <class Op, class T> void gradient_loop(const void*, void* out, const void* const* in, int64_t n) {
  T* to = static_cast<T*>(out);
  const T *g = static_cast<const T*>(in[0]), *y = static_cast<const T*>(in[1]);
  each_register<T>(n, [&](int64_t i, auto lanes) {
    const Vec<T> value = load_partial(y + i, lanes);
    store_partial(to + i, Op::gradient(load_partial(g + i, lanes), value, value), lanes);
  });
}
// A bool for each element. Written with scalars: the compilers narrow the masks to bytes well.
template <class Op, class T> void compare_loop(const void*, void* out, const void* const* in, int64_t n) {
  uint8_t* to = static_cast<uint8_t*>(out);
  const T *a = static_cast<const T*>(in[0]), *b = static_cast<const T*>(in[1]);
  for (int64_t i = 0; i < n; ++i) to[i] = Op::apply(a[i], b[i]);
}
template <class T> void where_loop(const void*, void* out, const void* const* in, int64_t n) {
  T* to = static_cast<T*>(out);
  const uint8_t* condition = static_cast<const uint8_t*>(in[0]);
  const T *a = static_cast<const T*>(in[1]), *b = static_cast<const T*>(in[2]);
  for (int64_t i = 0; i < n; ++i) to[i] = condition[i] ? a[i] : b[i];
}
// a + alpha * b; alpha is not 1.
template <class T> void add_scaled_loop(const void* context, void* out, const void* const* in, int64_t n) {
  T* to = static_cast<T*>(out);
  const T *a = static_cast<const T*>(in[0]), *b = static_cast<const T*>(in[1]);
  const Vec<T> alpha(static_cast<const Scalar*>(context)->to<T>());
  each_register<T>(n, [&](int64_t i, auto lanes) {
    store_partial(to + i, fma(alpha, load_partial(b + i, lanes), load_partial(a + i, lanes)), lanes);
  });
}

// a or (alpha and b).
void add_bool_loop(const void* context, void* out, const void* const* in, int64_t n) {
  uint8_t* to = static_cast<uint8_t*>(out);
  const uint8_t *a = static_cast<const uint8_t*>(in[0]), *b = static_cast<const uint8_t*>(in[1]);
  const Vec<uint8_t> alpha(static_cast<const Scalar*>(context)->to<bool>());
  each_register<uint8_t>(n, [&](int64_t i, auto lanes) {
    store_partial(to + i, load_partial(a + i, lanes) | (alpha & load_partial(b + i, lanes)), lanes);
  });
}
template <class T> T integer_power(T base, T exponent) {
  if (exponent < 0) return base == 1 ? T(1) : base == static_cast<T>(-1) ? static_cast<T>(exponent % 2 == 0 ? 1 : -1) : T(0);
  uint64_t result = 1, square = static_cast<uint64_t>(base);
  for (uint64_t e = static_cast<uint64_t>(exponent); e != 0; e >>= 1) {
    if (e & 1) result *= square;
    square *= square;
  }
  return static_cast<T>(result);
}
template <class T> void integer_power_loop(const void*, void* out, const void* const* in, int64_t n) {
  T* to = static_cast<T*>(out);
  const T *a = static_cast<const T*>(in[0]), *b = static_cast<const T*>(in[1]);
  for (int64_t i = 0; i < n; ++i) to[i] = integer_power(a[i], b[i]);
}

// Powers with a constant exponent that need no logarithm.
struct Square {
  template <class V> static DLX_INLINE V apply(V x) { return x * x; }
};
struct Cube {
  template <class V> static DLX_INLINE V apply(V x) { return x * x * x; }
};
struct Reciprocal {
  template <class V> static DLX_INLINE V apply(V x) { return V(1) / x; }
};
struct SquareRootAsPower {  // of -0 it is 0, of -inf inf
  template <class V> static DLX_INLINE V apply(V x) {
    using F = Format<scalar_of<V>>;
    return select(x == V(-F::kInfinity), V(F::kInfinity), sqrt(x + V(0)));
  }
};

// The types in which arithmetic happens, by compute dtype. Addition, product and equality of unsigned numbers are those of the
// signed; bool and uint8 share loops where they compare.
template <class F> DLX_INLINE BlockLoop* choose_floating(DType compute, const F& f) {
  return compute == DType::float64 ? f.template operator()<double>() : f.template operator()<float>();
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

void run_unary(BlockLoop* loop, Out out, const Tensor& x, DType compute, int64_t cost) {
  const Tensor* inputs[] = {&x};
  run_blocks({loop, compute, {compute}, cost}, out, inputs, 1);
}
void run_binary(BlockLoop* loop, Out out, const Tensor& a, const Tensor& b, DType compute, int64_t cost, DType natural,
                const void* context = nullptr) {
  const Tensor* inputs[] = {&a, &b};
  run_blocks({loop, natural, {compute, compute}, cost, context}, out, inputs, 2);
}

void add_kernel(Out out, const Tensor& a, const Tensor& b, Scalar alpha, DType compute) {
  BlockLoop* loop;
  if (compute == DType::boolean) loop = add_bool_loop;
  else if (alpha.is(1)) loop = choose_signed(compute, []<class T>() -> BlockLoop* { return binary_loop<Add, T>; });
  else if (alpha.is(-1)) loop = choose_signed(compute, []<class T>() -> BlockLoop* { return binary_loop<Sub, T>; });
  else loop = choose_signed(compute, []<class T>() -> BlockLoop* { return add_scaled_loop<T>; });
  run_binary(loop, out, a, b, compute, kCheap, compute, &alpha);
}

void mul_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) {
  BlockLoop* loop = compute == DType::boolean ? binary_loop<And, uint8_t>
                                              : choose_signed(compute, []<class T>() -> BlockLoop* { return binary_loop<Mul, T>; });
  run_binary(loop, out, a, b, compute, kCheap, compute);
}

void div_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) {
  run_binary(choose_floating(compute, []<class T>() -> BlockLoop* { return binary_loop<Div, T>; }), out, a, b, compute, kDivision, compute);
}

template <class Op> void run_unary_floating(Out out, const Tensor& x, DType compute, int64_t cost) {
  run_unary(choose_floating(compute, []<class T>() -> BlockLoop* { return unary_loop<Op, T>; }), out, x, compute, cost);
}

void pow_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) {
  if (!is_floating(compute)) {
    BlockLoop* loop = compute == DType::boolean || compute == DType::uint8
                          ? integer_power_loop<uint8_t>
                          : choose_signed(compute, []<class T>() -> BlockLoop* {
                              if constexpr (std::is_integral_v<T>) return integer_power_loop<T>;
                              else return nullptr;
                            });
    return run_binary(loop, out, a, b, compute, kPow, compute);
  }
  if (b.numel() == 1 && a.dim() >= b.dim()) {
    double exponent;
    convert_block(DType::float64, &exponent, b.dtype(), b.raw_data(), 1);
    if (exponent == 2) return run_unary_floating<Square>(out, a, compute, kCheap);
    if (exponent == 3) return run_unary_floating<Cube>(out, a, compute, kCheap);
    if (exponent == 0.5) return run_unary_floating<SquareRootAsPower>(out, a, compute, kDivision);
    if (exponent == -1) return run_unary_floating<Reciprocal>(out, a, compute, kDivision);
  }
  run_binary(choose_floating(compute, []<class T>() -> BlockLoop* { return binary_loop<Pow, T>; }), out, a, b, compute, kPow, compute);
}

void maximum_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) {
  run_binary(choose_ordered(compute, []<class T>() -> BlockLoop* { return binary_loop<Maximum, T>; }), out, a, b, compute, kCheap, compute);
}
void minimum_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) {
  run_binary(choose_ordered(compute, []<class T>() -> BlockLoop* { return binary_loop<Minimum, T>; }), out, a, b, compute, kCheap, compute);
}

void eq_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) {
  run_binary(choose_signed(compute, []<class T>() -> BlockLoop* { return compare_loop<Eq, T>; }), out, a, b, compute, kCheap, DType::boolean);
}
void ne_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) {
  run_binary(choose_signed(compute, []<class T>() -> BlockLoop* { return compare_loop<Ne, T>; }), out, a, b, compute, kCheap, DType::boolean);
}
void lt_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) {
  run_binary(choose_ordered(compute, []<class T>() -> BlockLoop* { return compare_loop<Lt, T>; }), out, a, b, compute, kCheap, DType::boolean);
}
void le_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) {
  run_binary(choose_ordered(compute, []<class T>() -> BlockLoop* { return compare_loop<Le, T>; }), out, a, b, compute, kCheap, DType::boolean);
}
void gt_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { lt_kernel(out, b, a, compute); }
void ge_kernel(Out out, const Tensor& a, const Tensor& b, DType compute) { le_kernel(out, b, a, compute); }

void where_kernel(Out out, const Tensor& condition, const Tensor& a, const Tensor& b, DType compute) {
  BlockLoop* loop;
  switch (itemsize(compute)) {
    case 1: loop = where_loop<uint8_t>; break;
    case 2: loop = where_loop<uint16_t>; break;
    case 4: loop = where_loop<uint32_t>; break;
    default: loop = where_loop<uint64_t>;
  }
  const Tensor* inputs[] = {&condition, &a, &b};
  run_blocks({loop, compute, {DType::boolean, compute, compute}, kCheap}, out, inputs, 3);
}

void neg_kernel(Out out, const Tensor& x, DType compute) {
  run_unary(choose_signed(compute, []<class T>() -> BlockLoop* { return unary_loop<Neg, T>; }), out, x, compute, kCheap);
}
void abs_kernel(Out out, const Tensor& x, DType compute) {
  run_unary(choose_ordered(compute, []<class T>() -> BlockLoop* { return unary_loop<Abs, T>; }), out, x, compute, kCheap);
}
void relu_kernel(Out out, const Tensor& x, DType compute) {
  run_unary(choose_ordered(compute, []<class T>() -> BlockLoop* { return unary_loop<Relu, T>; }), out, x, compute, kCheap);
}
void exp_kernel(Out out, const Tensor& x, DType compute) { run_unary_floating<Exp>(out, x, compute, kExp); }
void log_kernel(Out out, const Tensor& x, DType compute) { run_unary_floating<Log>(out, x, compute, kExp); }
void sqrt_kernel(Out out, const Tensor& x, DType compute) { run_unary_floating<Sqrt>(out, x, compute, kDivision); }
void rsqrt_kernel(Out out, const Tensor& x, DType compute) { run_unary_floating<Rsqrt>(out, x, compute, 2 * kDivision); }
void tanh_kernel(Out out, const Tensor& x, DType compute) { run_unary_floating<Tanh>(out, x, compute, kExp); }
void sigmoid_kernel(Out out, const Tensor& x, DType compute) { run_unary_floating<Sigmoid>(out, x, compute, kExp); }

template <class Op> void run_gradient(Out out, const Tensor& g, const Tensor& y, DType compute) {
  run_binary(choose_floating(compute, []<class T>() -> BlockLoop* { return gradient_loop<Op, T>; }), out, g, y, compute, kCheap, compute);
}
void relu_backward_kernel(Out out, const Tensor& g, const Tensor& y, DType compute) { run_gradient<Relu>(out, g, y, compute); }
void tanh_backward_kernel(Out out, const Tensor& g, const Tensor& y, DType compute) { run_gradient<Tanh>(out, g, y, compute); }
void sigmoid_backward_kernel(Out out, const Tensor& g, const Tensor& y, DType compute) { run_gradient<Sigmoid>(out, g, y, compute); }

#define DLX_ELEMENTWISE(name) DLX_REGISTER_CPU(kernels::name, name##_kernel)
DLX_ELEMENTWISE(add);
DLX_ELEMENTWISE(mul);
DLX_ELEMENTWISE(div);
DLX_ELEMENTWISE(pow);
DLX_ELEMENTWISE(maximum);
DLX_ELEMENTWISE(minimum);
DLX_ELEMENTWISE(eq);
DLX_ELEMENTWISE(ne);
DLX_ELEMENTWISE(lt);
DLX_ELEMENTWISE(le);
DLX_ELEMENTWISE(gt);
DLX_ELEMENTWISE(ge);
DLX_ELEMENTWISE(where);
DLX_ELEMENTWISE(neg);
DLX_ELEMENTWISE(abs);
DLX_ELEMENTWISE(relu);
DLX_ELEMENTWISE(exp);
DLX_ELEMENTWISE(log);
DLX_ELEMENTWISE(sqrt);
DLX_ELEMENTWISE(rsqrt);
DLX_ELEMENTWISE(tanh);
DLX_ELEMENTWISE(sigmoid);
DLX_ELEMENTWISE(relu_backward);
DLX_ELEMENTWISE(tanh_backward);
DLX_ELEMENTWISE(sigmoid_backward);
#undef DLX_ELEMENTWISE

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
