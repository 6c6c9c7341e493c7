// Losses of pairs: one loop over contiguous blocks for each formula of kernels/math_loss.h, the functor being the loop's context.
#include "cpu/block_loop.h"
#include "cpu/vec_half.h"
#include "kernels/loss.h"
#include "kernels/math_loss.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// Costs of one element in cheap operations (an addition), for the cut into chunks.
constexpr int64_t kCheap = 1, kExp = 12, kLogs = 32;

template <class F, class T> void forward_loop(const void* context, void* out, const void* const* in, int64_t n) {
  const F f = *static_cast<const F*>(context);
  T* to = static_cast<T*>(out);
  const T *x = static_cast<const T*>(in[0]), *t = static_cast<const T*>(in[1]);
  each_register<T>(n, [&](int64_t i, auto lanes) {
    store_partial(to + i, f.apply(load_partial(x + i, lanes), load_partial(t + i, lanes)), lanes);
  });
}
template <class F, class T> void backward_loop(const void* context, void* out, const void* const* in, int64_t n) {
  const F f = *static_cast<const F*>(context);
  T* to = static_cast<T*>(out);
  const T *g = static_cast<const T*>(in[0]), *x = static_cast<const T*>(in[1]), *t = static_cast<const T*>(in[2]);
  each_register<T>(n, [&](int64_t i, auto lanes) {
    store_partial(to + i, f.gradient(load_partial(g + i, lanes), load_partial(x + i, lanes), load_partial(t + i, lanes)), lanes);
  });
}
// Probabilities are looked at while they are in registers.
template <class T> void binary_cross_entropy_loop(const void* context, void* out, const void* const* in, int64_t n) {
  ErrorSlot& errors = **static_cast<ErrorSlot* const*>(context);
  T* to = static_cast<T*>(out);
  const T *x = static_cast<const T*>(in[0]), *t = static_cast<const T*>(in[1]);
  const auto valid = [](Vec<T> p) { return (p >= T(0)) & (p <= T(1)); };
  each_register<T>(n, [&](int64_t i, auto lanes) {
    const Vec<T> p = load_partial(x + i, lanes), y = load_partial(t + i, lanes);  // lanes beyond the end are 0
    if (any(~(valid(p) & valid(y)))) [[unlikely]] errors.report(DataError::invalid_probability, 0, 0, 0);
    store_partial(to + i, BinaryCrossEntropy().apply(p, y), lanes);
  });
}

template <class F> void forward(const F& f, Out out, const Tensor& x, const Tensor& t, DType compute, int64_t cost) {
  BlockLoop* loop = compute == DType::float64 ? forward_loop<F, double> : forward_loop<F, float>;
  const Tensor* inputs[] = {&x, &t};
  run_blocks({loop, compute, {compute, compute}, cost, &f}, out, inputs, 2);
}
template <class F> void backward(const F& f, Out out, const Tensor& g, const Tensor& x, const Tensor& t, DType compute, int64_t cost) {
  BlockLoop* loop = compute == DType::float64 ? backward_loop<F, double> : backward_loop<F, float>;
  const Tensor* inputs[] = {&g, &x, &t};
  run_blocks({loop, compute, {compute, compute, compute}, cost, &f}, out, inputs, 3);
}

void squared_error_kernel(Out out, const Tensor& x, const Tensor& t, DType compute) { forward(SquaredError(), out, x, t, compute, kCheap); }
void squared_error_backward_kernel(Out out, const Tensor& g, const Tensor& x, const Tensor& t, DType compute) {
  backward(SquaredError(), out, g, x, t, compute, kCheap);
}
void absolute_error_kernel(Out out, const Tensor& x, const Tensor& t, DType compute) { forward(AbsoluteError(), out, x, t, compute, kCheap); }
void absolute_error_backward_kernel(Out out, const Tensor& g, const Tensor& x, const Tensor& t, DType compute) {
  backward(AbsoluteError(), out, g, x, t, compute, kCheap);
}
void smooth_error_kernel(Out out, const Tensor& x, const Tensor& t, double beta, double inner, double outer, DType compute) {
  forward(SmoothError{beta, inner, outer}, out, x, t, compute, kCheap);
}
void smooth_error_backward_kernel(Out out, const Tensor& g, const Tensor& x, const Tensor& t, double beta, double inner, double outer, DType compute) {
  backward(SmoothError{beta, inner, outer}, out, g, x, t, compute, kCheap);
}
void binary_cross_entropy_kernel(Out out, const Tensor& x, const Tensor& t, DType compute) {
  BlockLoop* loop = compute == DType::float64 ? binary_cross_entropy_loop<double> : binary_cross_entropy_loop<float>;
  const Tensor* inputs[] = {&x, &t};
  ErrorSlot* errors = &error_slot();
  run_blocks({loop, compute, {compute, compute}, kLogs, &errors}, out, inputs, 2);
}
void binary_cross_entropy_backward_kernel(Out out, const Tensor& g, const Tensor& x, const Tensor& t, DType compute) {
  backward(BinaryCrossEntropy(), out, g, x, t, compute, kCheap);
}
void binary_cross_entropy_with_logits_kernel(Out out, const Tensor& x, const Tensor& t, DType compute) {
  forward(BinaryCrossEntropyWithLogits(), out, x, t, compute, 2 * kExp);
}
void binary_cross_entropy_with_logits_backward_kernel(Out out, const Tensor& g, const Tensor& x, const Tensor& t, DType compute) {
  backward(BinaryCrossEntropyWithLogits(), out, g, x, t, compute, kExp);
}

#define DLX_PAIR_LOSS(name) DLX_REGISTER_CPU(kernels::name, name##_kernel)
DLX_PAIR_LOSS(squared_error);
DLX_PAIR_LOSS(squared_error_backward);
DLX_PAIR_LOSS(absolute_error);
DLX_PAIR_LOSS(absolute_error_backward);
DLX_PAIR_LOSS(smooth_error);
DLX_PAIR_LOSS(smooth_error_backward);
DLX_PAIR_LOSS(binary_cross_entropy);
DLX_PAIR_LOSS(binary_cross_entropy_backward);
DLX_PAIR_LOSS(binary_cross_entropy_with_logits);
DLX_PAIR_LOSS(binary_cross_entropy_with_logits_backward);
#undef DLX_PAIR_LOSS

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
