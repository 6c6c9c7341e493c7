// Matrix products: the engine with strided operands.
#include "kernels/matmul.h"

#include "cpu/gemm/in_place.h"
#include "cpu/gemm/put.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// Any dtype but bool, which the op refuses.
template <class F> DLX_INLINE void dispatch_numbers(DType dtype, const F& f) {
  if (is_floating(dtype)) dispatch_floating(dtype, f);
  else dispatch_integers(dtype, f);
}

template <class T> DLX_INLINE Output<sum_of<T>> plain_output(T* data, int64_t m, int64_t n) {
  Output<sum_of<T>> out{put_tile<sum_of<T>, T>, data, m * n, n, 1, n};
  out.same_type = std::is_same_v<sum_of<T>, T>;
  return out;
}

template <class T>
DLX_INLINE void multiply_strided(int64_t batch, int64_t m, int64_t n, int64_t k, const Strided<T>& a, const Strided<T>& b, const Output<sum_of<T>>& out) {
  const auto readable = [&](auto operand, const Strided<T>& x) {
    if constexpr (!std::is_integral_v<T>) read_in_place(operand, x, k);
    return operand;
  };
  using Sum = sum_of<T>;
  constexpr bool kBFloat16 = DLX_ISA_LEVEL >= 5 && std::is_same_v<T, BFloat16>;
  if constexpr (kBFloat16 || (std::is_integral_v<T> && sizeof(T) <= 2)) {
    using Pair = std::conditional_t<kBFloat16, BFloat16Pair, Int16Pair>;
    const StridedPairs<T> pairs_a{a, k}, pairs_b{b, k};
    return multiply(Product<Sum, Pair>{batch, m, n, (k + 1) / 2, readable(pairs_operand<Pair>(pairs_a), a), readable(pairs_operand<Pair>(pairs_b), b), out});
  } else {
    multiply(Product<Sum>{batch, m, n, k, readable(strided_operand<Sum>(a), a), readable(strided_operand<Sum>(b), b), out});
  }
}

void addmm(Out out, const OptTensor& input, const Tensor& x, const Tensor& y, Scalar beta, Scalar alpha) {
  dispatch_numbers(out.dtype(), [&]<class T>() {
    using Sum = sum_of<T>;
    int64_t batch = out.size(0), m = out.size(1);
    const int64_t n = out.size(2), k = x.size(2);
    // A y for all the batch: its rows are one matrix's, so that y is packed once and small m fill the tiles.
    if (y.stride(0) == 0 && x.stride(0) == m * x.stride(1) && !input.defined()) m *= batch, batch = 1;
    Output<Sum> output = plain_output(out.data<T>(), m, n);
    output.alpha = alpha.to<Sum>();
    if (input.defined()) {
      output.residual = input.data<T>();
      output.residual_batch = input.stride(0), output.residual_row = input.stride(1), output.residual_x = input.stride(2);
      output.beta = beta.to<Sum>();
    }
    multiply_strided<T>(batch, m, n, k, {x.data<T>(), x.stride(1), x.stride(2), x.stride(0)},
                        {y.data<T>(), y.stride(2), y.stride(1), y.stride(0)}, output);
  });
}

void matmul(Out out, const Tensor& x, const Tensor& y) { addmm(out, OptTensor(), x, y, 0, 1); }

void linear(Out out, const Tensor& x, const Tensor& weight, const OptTensor& bias) {
  dispatch_numbers(out.dtype(), [&]<class T>() {
    const int64_t m = x.size(0), n = weight.size(0), k = x.size(1);
    Output<sum_of<T>> output = plain_output(out.data<T>(), m, n);
    if (bias.defined()) output.col_bias = bias.data<T>();
    multiply_strided<T>(1, m, n, k, {x.data<T>(), x.stride(0), x.stride(1), 0}, {weight.data<T>(), weight.stride(0), weight.stride(1), 0}, output);
  });
}

DLX_REGISTER_CPU(kernels::matmul, matmul);
DLX_REGISTER_CPU(kernels::addmm, addmm);
DLX_REGISTER_CPU(kernels::linear, linear);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
