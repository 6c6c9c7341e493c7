// Element-wise kernels. Each op has one kernel for each type of arithmetic (float, double, int64), which reads operands of any
// strides and dtypes, and one for each floating dtype over contiguous operands of that dtype.
#include "kernels/comparison.h"
#include "kernels/elementary.h"
#include "kernels/elementwise.h"

#include "cuda/elements.h"
#include "cuda/scalar_math.h"

namespace dlx::cuda {
namespace {

// Numbers of the host, by operand; data of the loop is null there.
template <class C, int Inputs> struct Values {
  C value[Inputs];
};

template <class C, class Op, int Inputs>
__global__ void strided_kernel(Loop<Inputs + 1> loop, Values<C, Inputs> values, DType compute, Op op) {
  const int64_t step = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < loop.numel; i += step) {
    char* at[Inputs + 1];
    loop.locate(i, at);
    C x[Inputs];
    for (int k = 0; k < Inputs; ++k) x[k] = wrapped(loop.data[k + 1] ? load<C>(at[k + 1], loop.dtype[k + 1]) : values.value[k], compute);
    store(at[0], loop.dtype[0], wrapped(op(x), compute));
  }
}

template <class T, int Inputs> struct Contiguous {
  T* out;
  const T* in[Inputs];   // null: a number
  int64_t step[Inputs];  // 0: one element for all
};
template <class T, class Op, int Inputs>
__global__ void contiguous_kernel(Contiguous<T, Inputs> operands, Values<compute_of<T>, Inputs> values, int64_t n, Op op) {
  using C = compute_of<T>;
  const int64_t step = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < n; i += step) {
    C x[Inputs];
    for (int k = 0; k < Inputs; ++k) x[k] = operands.in[k] ? widened(operands.in[k][i * operands.step[k]]) : values.value[k];
    operands.out[i] = converted<T>(op(x));
  }
}

template <int Inputs> struct Call {
  const char* name;
  const Tensor& out;
  const Tensor* inputs[Inputs];
  DType compute;
};

template <class C, int Inputs, class Op> void run_typed(const Call<Inputs>& call, Op op) {
  const int device = call.out.device().index;
  LoopPlan plan;
  plan_loop(plan, call.out, {call.inputs, Inputs});
  Values<C, Inputs> values{};
  bool host[Inputs];
  for (int k = 0; k < Inputs; ++k) {
    host[k] = on_host(*call.inputs[k]);
    if (host[k]) values.value[k] = host_value(*call.inputs[k]).template to<C>();
  }
  if constexpr (std::is_floating_point_v<C>) {
    bool alike = plan.contiguous && (call.compute == call.out.dtype() || (is_half(call.out.dtype()) && std::is_same_v<C, float>));
    for (int k = 0; k < Inputs; ++k) alike = alike && (host[k] || plan.dtype[k + 1] == plan.dtype[0]);
    if (alike) {
      return dispatch_floating(plan.dtype[0], [&]<class T>() {
        if constexpr (std::is_same_v<compute_of<T>, C>) {
          Contiguous<T, Inputs> operands{reinterpret_cast<T*>(plan.data[0]), {}, {}};
          for (int k = 0; k < Inputs; ++k) {
            operands.in[k] = host[k] ? nullptr : reinterpret_cast<const T*>(plan.data[k + 1]);
            operands.step[k] = plan.stride[k + 1][0] == 0 ? 0 : 1;
          }
          launch(call.name, device, contiguous_kernel<T, Op, Inputs>, blocks_for(plan.numel), kThreads, operands, values, plan.numel, op);
        }
      });
    }
  }
  for_each_loop<Inputs + 1>(plan, [&](Loop<Inputs + 1> loop) {
    for (int k = 0; k < Inputs; ++k)
      if (host[k]) loop.data[k + 1] = nullptr;
    launch(call.name, device, strided_kernel<C, Op, Inputs>, blocks_for(loop.numel), kThreads, loop, values, call.compute, op);
  });
}

// f.template operator()<C>() makes the op for the type of the arithmetic.
template <int Inputs, class F> void run_floating(const Call<Inputs>& call, const F& f) {
  if (call.out.numel() == 0) return;
  if (call.compute == DType::float64) run_typed<double>(call, f.template operator()<double>());
  else run_typed<float>(call, f.template operator()<float>());
}
template <int Inputs, class F> void run_any(const Call<Inputs>& call, const F& f) {
  if (call.out.numel() == 0) return;
  if (is_floating(call.compute)) run_floating(call, f);
  else run_typed<int64_t>(call, f.template operator()<int64_t>());
}

// --- ops: functors over the operands' values -----------------------------------------------------------------------------
template <class Formula, class C> struct Unary {
  __device__ C operator()(const C (&x)[1]) const { return Formula::apply(x[0]); }
};
template <class Formula, class C> struct Binary {
  __device__ C operator()(const C (&x)[2]) const { return static_cast<C>(Formula::apply(x[0], x[1])); }
};
template <class Formula, class C> struct Gradient {  // from the gradient and the result
  __device__ C operator()(const C (&x)[2]) const { return Formula::gradient(x[0], x[1], x[1]); }
};

// Integers wrap around: their sums and products are those of unsigned numbers.
template <class C> struct AddScaled {
  C alpha;
  bool plain, minus;  // alpha is 1, is -1
  __device__ C operator()(const C (&x)[2]) const {
    if constexpr (std::is_same_v<C, int64_t>) {
      return static_cast<int64_t>(static_cast<uint64_t>(x[0]) + static_cast<uint64_t>(alpha) * static_cast<uint64_t>(x[1]));
    } else {
      return plain ? x[0] + x[1] : minus ? x[0] - x[1] : math::fma(alpha, x[1], x[0]);
    }
  }
};
struct OrScaled {
  bool alpha;
  __device__ int64_t operator()(const int64_t (&x)[2]) const { return x[0] != 0 || (alpha && x[1] != 0); }
};
struct Product {
  template <class C> static __device__ C apply(C a, C b) {
    if constexpr (std::is_same_v<C, int64_t>) return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
    else return a * b;
  }
};
struct Power {
  template <class C> static __device__ C apply(C a, C b) {
    if constexpr (std::is_same_v<C, int64_t>) {
      if (b < 0) return a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0;
      uint64_t result = 1, square = static_cast<uint64_t>(a);
      for (uint64_t e = static_cast<uint64_t>(b); e != 0; e >>= 1) {
        if (e & 1) result *= square;
        square *= square;
      }
      return static_cast<int64_t>(result);
    } else {  // the exponents that need no logarithm, as on the CPU
      if (b == C(2)) return a * a;
      if (b == C(3)) return a * a * a;
      if (b == C(-1)) return C(1) / a;
      return math::Pow::apply(a, b);
    }
  }
};
struct Negative {
  template <class C> static __device__ C apply(C x) {
    if constexpr (std::is_same_v<C, int64_t>) return static_cast<int64_t>(0 - static_cast<uint64_t>(x));
    else return -x;
  }
};
struct Absolute {
  template <class C> static __device__ C apply(C x) {
    if constexpr (std::is_same_v<C, int64_t>) return x < 0 ? Negative::apply(x) : x;
    else return math::abs(x);
  }
};
template <class C> struct Where {
  __device__ C operator()(const C (&x)[3]) const { return x[0] != C(0) ? x[1] : x[2]; }
};

// --- kernels -------------------------------------------------------------------------------------------------------------
void add(Out out, const Tensor& a, const Tensor& b, Scalar alpha, DType compute) {
  const Call<2> call{"add", out, {&a, &b}, compute};
  if (out.numel() > 0 && compute == DType::boolean) return run_typed<int64_t>(call, OrScaled{alpha.to<bool>()});
  run_any(call, [&]<class C>() { return AddScaled<C>{alpha.template to<C>(), alpha.is(1), alpha.is(-1)}; });
}
void where(Out out, const Tensor& condition, const Tensor& a, const Tensor& b, DType compute) {
  run_any(Call<3>{"where", out, {&condition, &a, &b}, compute}, [&]<class C>() { return Where<C>{}; });
}

#define DLX_BINARY(name, Formula, types)                                                                  \
  void name(Out out, const Tensor& a, const Tensor& b, DType compute) {                                   \
    run_##types(Call<2>{#name, out, {&a, &b}, compute}, [&]<class C>() { return Binary<Formula, C>{}; });  \
  }
DLX_BINARY(mul, Product, any)
DLX_BINARY(div, math::Div, floating)
DLX_BINARY(pow, Power, any)
DLX_BINARY(maximum, math::Maximum, any)
DLX_BINARY(minimum, math::Minimum, any)
DLX_BINARY(eq, math::Eq, any)
DLX_BINARY(ne, math::Ne, any)
DLX_BINARY(lt, math::Lt, any)
DLX_BINARY(le, math::Le, any)
#undef DLX_BINARY
void gt(Out out, const Tensor& a, const Tensor& b, DType compute) { lt(out, b, a, compute); }
void ge(Out out, const Tensor& a, const Tensor& b, DType compute) { le(out, b, a, compute); }

#define DLX_UNARY(name, Formula, types)                                                              \
  void name(Out out, const Tensor& x, DType compute) {                                               \
    run_##types(Call<1>{#name, out, {&x}, compute}, [&]<class C>() { return Unary<Formula, C>{}; });  \
  }
DLX_UNARY(neg, Negative, any)
DLX_UNARY(abs, Absolute, any)
DLX_UNARY(relu, math::Relu, any)
DLX_UNARY(exp, math::Exp, floating)
DLX_UNARY(log, math::Log, floating)
DLX_UNARY(sqrt, math::Sqrt, floating)
DLX_UNARY(rsqrt, math::Rsqrt, floating)
DLX_UNARY(tanh, math::Tanh, floating)
DLX_UNARY(sigmoid, math::Sigmoid, floating)
#undef DLX_UNARY

#define DLX_GRADIENT(name, Formula)                                                                           \
  void name(Out out, const Tensor& g, const Tensor& y, DType compute) {                                       \
    run_floating(Call<2>{#name, out, {&g, &y}, compute}, [&]<class C>() { return Gradient<Formula, C>{}; });   \
  }
DLX_GRADIENT(relu_backward, math::Relu)
DLX_GRADIENT(tanh_backward, math::Tanh)
DLX_GRADIENT(sigmoid_backward, math::Sigmoid)
#undef DLX_GRADIENT

#define DLX_ELEMENTWISE(name) DLX_REGISTER_CUDA_AS(kernels::name, name, name);
DLX_FOR_ELEMENTWISE_KERNELS(DLX_ELEMENTWISE)
DLX_FOR_COMPARISON_KERNELS(DLX_ELEMENTWISE)
DLX_FOR_ELEMENTARY_KERNELS(DLX_ELEMENTWISE)
#undef DLX_ELEMENTWISE

}  // namespace
}  // namespace dlx::cuda
