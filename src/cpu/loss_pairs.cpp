// Losses of pairs: one loop over contiguous blocks for each formula of kernels/math_loss.h, the functor being the loop's context.
#include "core/parallel.h"
#include "core/scratch.h"
#include "cpu/block_loop.h"
#include "cpu/convert.h"
#include "cpu/row.h"
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

// The sum of all losses / divisor, in one pass: chunks of kSumChunk, whose sums are added in order in double.
constexpr int64_t kSumChunk = 8192;
template <class F, class T> double sum_of_chunk(const F& f, const T* x, const T* t, int64_t n) {
  return static_cast<double>(reduce_row_of<SumOf, T>(n, [&](int64_t i, auto lanes) { return f.apply(load_partial(x + i, lanes), load_partial(t + i, lanes)); }));
}
// Probabilities are looked at first.
template <class F, class T> void check_chunk(const F&, const T*, const T*, int64_t, ErrorSlot&) {}
template <class T> void check_chunk(const BinaryCrossEntropy&, const T* x, const T* t, int64_t n, ErrorSlot& errors) {
  const auto valid = [](Vec<T> p) { return (p >= T(0)) & (p <= T(1)); };
  each_register<T>(n, [&](int64_t i, auto lanes) {
    if (any(~(valid(load_partial(x + i, lanes)) & valid(load_partial(t + i, lanes))))) [[unlikely]] errors.report(DataError::invalid_probability, 0, 0, 0);
  });
}
template <class F> void sum(const F& f, Out out, const Tensor& x, const Tensor& t, double divisor, int64_t cost) {
  const int64_t n = x.numel(), chunks = (n - 1) / kSumChunk + 1;
  const Scratch<double> pieces(chunks);
  ErrorSlot& errors = error_slot();
  const auto run = [&]<class T>() {
    parallel_for(chunks, (n < kSumChunk ? n : kSumChunk) * cost, [&](int64_t begin, int64_t end) {
      for (int64_t c = begin; c < end; ++c) {
        const int64_t at = c * kSumChunk, count = n - at < kSumChunk ? n - at : kSumChunk;
        check_chunk(f, x.data<T>() + at, t.data<T>() + at, count, errors);
        pieces[c] = sum_of_chunk(f, x.data<T>() + at, t.data<T>() + at, count);
      }
    });
  };
  if (x.dtype() == DType::float64) run.template operator()<double>();
  else run.template operator()<float>();
  double total = 0;
  for (int64_t c = 0; c < chunks; ++c) total += pieces[c];
  total /= divisor;
  convert_block(out.dtype(), out.data<char>(), DType::float64, &total, 1);
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

void squared_error_sum_kernel(Out out, const Tensor& x, const Tensor& t, double divisor) { sum(SquaredError(), out, x, t, divisor, kCheap); }
void absolute_error_sum_kernel(Out out, const Tensor& x, const Tensor& t, double divisor) { sum(AbsoluteError(), out, x, t, divisor, kCheap); }
void smooth_error_sum_kernel(Out out, const Tensor& x, const Tensor& t, double beta, double inner, double outer, double divisor) {
  sum(SmoothError{beta, inner, outer}, out, x, t, divisor, kCheap);
}
void binary_cross_entropy_sum_kernel(Out out, const Tensor& x, const Tensor& t, double divisor) { sum(BinaryCrossEntropy(), out, x, t, divisor, kLogs); }
void binary_cross_entropy_with_logits_sum_kernel(Out out, const Tensor& x, const Tensor& t, double divisor) {
  sum(BinaryCrossEntropyWithLogits(), out, x, t, divisor, 2 * kExp);
}

#define DLX_PAIR_LOSS(name) DLX_REGISTER_CPU(kernels::name, name##_kernel)
DLX_PAIR_LOSS(squared_error);
DLX_PAIR_LOSS(squared_error_backward);
DLX_PAIR_LOSS(squared_error_sum);
DLX_PAIR_LOSS(absolute_error);
DLX_PAIR_LOSS(absolute_error_backward);
DLX_PAIR_LOSS(absolute_error_sum);
DLX_PAIR_LOSS(smooth_error);
DLX_PAIR_LOSS(smooth_error_backward);
DLX_PAIR_LOSS(smooth_error_sum);
DLX_PAIR_LOSS(binary_cross_entropy);
DLX_PAIR_LOSS(binary_cross_entropy_backward);
DLX_PAIR_LOSS(binary_cross_entropy_sum);
DLX_PAIR_LOSS(binary_cross_entropy_with_logits);
DLX_PAIR_LOSS(binary_cross_entropy_with_logits_backward);
DLX_PAIR_LOSS(binary_cross_entropy_with_logits_sum);
#undef DLX_PAIR_LOSS

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
