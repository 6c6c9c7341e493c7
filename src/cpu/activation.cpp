// Activations: one loop over contiguous blocks for each formula of kernels/math_activation.h. The functor, with its constants, is the
// loop's context.
#include "kernels/activation.h"

#include "cpu/block_loop.h"
#include "cpu/vec_half.h"
#include "kernels/math_activation.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// Costs of one element in cheap operations (an addition), for the cut into chunks.
constexpr int64_t kLinear = 1, kExp = 12, kNormal = 24;

template <class F, class T> void forward_loop(const void* context, void* out, const void* const* in, int64_t n) {
  const F f = *static_cast<const F*>(context);
  const T* x = static_cast<const T*>(in[0]);
  map_row(static_cast<T*>(out), n, [&](int64_t i, auto lanes) { return f.apply(load_lanes(x + i, lanes)); });
}
template <class F, class T> void backward_loop(const void* context, void* out, const void* const* in, int64_t n) {
  const F f = *static_cast<const F*>(context);
  const T *g = static_cast<const T*>(in[0]), *x = static_cast<const T*>(in[1]);
  map_row(static_cast<T*>(out), n, [&](int64_t i, auto lanes) { return f.gradient(load_lanes(g + i, lanes), load_lanes(x + i, lanes)); });
}
template <class T> void prelu_loop(const void*, void* out, const void* const* in, int64_t n) {
  T* to = static_cast<T*>(out);
  const T *x = static_cast<const T*>(in[0]), *weight = static_cast<const T*>(in[1]);
  each_register<T>(n, [&](int64_t i, auto lanes) {
    store_partial(to + i, Prelu::apply(load_partial(x + i, lanes), load_partial(weight + i, lanes)), lanes);
  });
}

// What networks use most takes halves as they are, not through blocks of float, where the operands are halves of the result's dtype.
template <class F> constexpr bool kTakesHalves = std::is_same_v<F, Gelu> || std::is_same_v<F, Silu>;
DLX_INLINE bool is_half_like(const Tensor& x, Out out) { return is_half(out.dtype()) && x.dtype() == out.dtype(); }

template <class F> void forward(const F& f, Out out, const Tensor& x, DType compute, int64_t cost) {
  BlockLoop* loop = compute == DType::float64 ? forward_loop<F, double> : forward_loop<F, float>;
  if constexpr (kTakesHalves<F>) {
    if (is_half_like(x, out)) {
      compute = out.dtype();
      loop = compute == DType::float16 ? forward_loop<F, Half> : forward_loop<F, BFloat16>;
    }
  }
  const Tensor* inputs[] = {&x};
  run_blocks({loop, compute, {compute}, cost, &f}, out, inputs, 1);
}
template <class F> void backward(const F& f, Out out, const Tensor& g, const Tensor& x, DType compute, int64_t cost) {
  BlockLoop* loop = compute == DType::float64 ? backward_loop<F, double> : backward_loop<F, float>;
  if constexpr (kTakesHalves<F>) {
    if (is_half_like(g, out) && is_half_like(x, out)) {
      compute = out.dtype();
      loop = compute == DType::float16 ? backward_loop<F, Half> : backward_loop<F, BFloat16>;
    }
  }
  const Tensor* inputs[] = {&g, &x};
  run_blocks({loop, compute, {compute, compute}, cost, &f}, out, inputs, 2);
}
// Integers compute in their own type.
template <class F> void forward_of_numbers(const F& f, Out out, const Tensor& x, DType compute) {
  BlockLoop* loop;
  switch (compute) {
    case DType::uint8: loop = forward_loop<F, uint8_t>; break;
    case DType::int8: loop = forward_loop<F, int8_t>; break;
    case DType::int16: loop = forward_loop<F, int16_t>; break;
    case DType::int32: loop = forward_loop<F, int32_t>; break;
    case DType::int64: loop = forward_loop<F, int64_t>; break;
    default: return forward(f, out, x, compute, kLinear);
  }
  const Tensor* inputs[] = {&x};
  run_blocks({loop, compute, {compute}, kLinear, &f}, out, inputs, 1);
}

void gelu_kernel(Out out, const Tensor& x, bool tanh, DType compute) {
  if (tanh) forward(GeluTanh(), out, x, compute, kNormal);
  else forward(Gelu(), out, x, compute, kNormal);
}
void gelu_backward_kernel(Out out, const Tensor& g, const Tensor& x, bool tanh, DType compute) {
  if (tanh) backward(GeluTanh(), out, g, x, compute, kNormal);
  else backward(Gelu(), out, g, x, compute, kNormal);
}
void normal_cdf_kernel(Out out, const Tensor& x, DType compute) { forward(NormalCdf(), out, x, compute, kNormal); }

void softplus_kernel(Out out, const Tensor& x, double beta, double threshold, DType compute) {
  forward(Softplus{beta, threshold}, out, x, compute, 2 * kExp);
}
void softplus_backward_kernel(Out out, const Tensor& g, const Tensor& x, double beta, double threshold, DType compute) {
  backward(Softplus{beta, threshold}, out, g, x, compute, kExp);
}
void elu_kernel(Out out, const Tensor& x, double alpha, double scale, double input_scale, DType compute) {
  forward(Elu{alpha, scale, input_scale}, out, x, compute, kExp);
}
void elu_backward_kernel(Out out, const Tensor& g, const Tensor& x, double alpha, double scale, double input_scale, DType compute) {
  backward(Elu{alpha, scale, input_scale}, out, g, x, compute, kExp);
}
void leaky_relu_kernel(Out out, const Tensor& x, double slope, DType compute) { forward(LeakyRelu{slope}, out, x, compute, kLinear); }
void leaky_relu_backward_kernel(Out out, const Tensor& g, const Tensor& x, double slope, DType compute) {
  backward(LeakyRelu{slope}, out, g, x, compute, kLinear);
}
void prelu_kernel(Out out, const Tensor& x, const Tensor& weight, DType compute) {
  BlockLoop* loop = compute == DType::float64 ? prelu_loop<double> : prelu_loop<float>;
  const Tensor* inputs[] = {&x, &weight};
  run_blocks({loop, compute, {compute, compute}, kLinear}, out, inputs, 2);
}

void hardtanh_kernel(Out out, const Tensor& x, double low, double high, DType compute) {
  forward_of_numbers(Hardtanh{low, high}, out, x, compute);
}
void hardtanh_backward_kernel(Out out, const Tensor& g, const Tensor& x, double low, double high, DType compute) {
  backward(Hardtanh{low, high}, out, g, x, compute, kLinear);
}
void hardshrink_kernel(Out out, const Tensor& x, double lambda, DType compute) { forward(Hardshrink{lambda}, out, x, compute, kLinear); }
void softshrink_kernel(Out out, const Tensor& x, double lambda, DType compute) { forward(Softshrink{lambda}, out, x, compute, kLinear); }
void shrink_backward_kernel(Out out, const Tensor& g, const Tensor& x, double lambda, DType compute) {
  backward(Hardshrink{lambda}, out, g, x, compute, kLinear);
}
void threshold_kernel(Out out, const Tensor& x, double threshold, double value, DType compute) {
  forward_of_numbers(Threshold{threshold, value}, out, x, compute);
}
void threshold_backward_kernel(Out out, const Tensor& g, const Tensor& x, double threshold, double value, DType compute) {
  backward(Threshold{threshold, value}, out, g, x, compute, kLinear);
}

void silu_kernel(Out out, const Tensor& x, DType compute) { forward(Silu(), out, x, compute, kExp); }
void silu_backward_kernel(Out out, const Tensor& g, const Tensor& x, DType compute) { backward(Silu(), out, g, x, compute, kExp); }
void mish_kernel(Out out, const Tensor& x, DType compute) { forward(Mish(), out, x, compute, kExp); }
void mish_backward_kernel(Out out, const Tensor& g, const Tensor& x, DType compute) { backward(Mish(), out, g, x, compute, kExp); }
void logsigmoid_kernel(Out out, const Tensor& x, DType compute) { forward(LogSigmoid(), out, x, compute, 2 * kExp); }
void logsigmoid_backward_kernel(Out out, const Tensor& g, const Tensor& x, DType compute) { backward(LogSigmoid(), out, g, x, compute, kExp); }
void hardsigmoid_kernel(Out out, const Tensor& x, DType compute) { forward(Hardsigmoid(), out, x, compute, kLinear); }
void hardsigmoid_backward_kernel(Out out, const Tensor& g, const Tensor& x, DType compute) { backward(Hardsigmoid(), out, g, x, compute, kLinear); }
void hardswish_kernel(Out out, const Tensor& x, DType compute) { forward(Hardswish(), out, x, compute, kLinear); }
void hardswish_backward_kernel(Out out, const Tensor& g, const Tensor& x, DType compute) { backward(Hardswish(), out, g, x, compute, kLinear); }

#define DLX_ACTIVATION(name) DLX_REGISTER_CPU(kernels::name, name##_kernel)
DLX_ACTIVATION(gelu);
DLX_ACTIVATION(gelu_backward);
DLX_ACTIVATION(normal_cdf);
DLX_ACTIVATION(silu);
DLX_ACTIVATION(silu_backward);
DLX_ACTIVATION(mish);
DLX_ACTIVATION(mish_backward);
DLX_ACTIVATION(softplus);
DLX_ACTIVATION(softplus_backward);
DLX_ACTIVATION(logsigmoid);
DLX_ACTIVATION(logsigmoid_backward);
DLX_ACTIVATION(elu);
DLX_ACTIVATION(elu_backward);
DLX_ACTIVATION(leaky_relu);
DLX_ACTIVATION(leaky_relu_backward);
DLX_ACTIVATION(prelu);
DLX_ACTIVATION(hardtanh);
DLX_ACTIVATION(hardtanh_backward);
DLX_ACTIVATION(hardsigmoid);
DLX_ACTIVATION(hardsigmoid_backward);
DLX_ACTIVATION(hardswish);
DLX_ACTIVATION(hardswish_backward);
DLX_ACTIVATION(hardshrink);
DLX_ACTIVATION(softshrink);
DLX_ACTIVATION(shrink_backward);
DLX_ACTIVATION(threshold);
DLX_ACTIVATION(threshold_backward);
#undef DLX_ACTIVATION

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
