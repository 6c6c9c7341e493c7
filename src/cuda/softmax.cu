// Softmax and its derivative: a block takes a row (or 32 columns across memory) and reads it two or three times.
#include "kernels/softmax.h"

#include "cuda/block.h"
#include "cuda/scalar_math.h"

namespace dlx::cuda {
namespace {

template <class T> __global__ void softmax_kernel(Columns columns, T* out, const T* x, bool log) {
  using C = compute_of<T>;
  columns.for_each([&](int64_t plane, int64_t column, bool inside) {
    const int64_t first = plane * columns.n * columns.inner + column;
    const int64_t end = inside ? columns.n : 0;
    const auto element = [&](int64_t k) { return widened(x[first + k * columns.inner]); };
    C max = MaxOf::identity<C>();
    for (int64_t k = threadIdx.y; k < end; k += blockDim.y) max = MaxOf::combine(max, element(k));
    max = combine_lanes<MaxOf>(max);
    C sum = 0;
    for (int64_t k = threadIdx.y; k < end; k += blockDim.y) sum += math::Exp::apply(element(k) - max);
    sum = combine_lanes<SumOf>(sum);
    const C scale = C(1) / sum, log_sum = math::Log::apply(sum);
    for (int64_t k = threadIdx.y; k < end; k += blockDim.y) {
      const C shifted = element(k) - max;
      out[first + k * columns.inner] = converted<T>(log ? shifted - log_sum : math::Exp::apply(shifted) * scale);
    }
  });
}

template <class T> __global__ void softmax_backward_kernel(Columns columns, T* out, const T* g, const T* y, bool log) {
  using C = compute_of<T>;
  columns.for_each([&](int64_t plane, int64_t column, bool inside) {
    const int64_t first = plane * columns.n * columns.inner + column;
    const int64_t end = inside ? columns.n : 0;
    C sum = 0;
    for (int64_t k = threadIdx.y; k < end; k += blockDim.y) {
      const int64_t at = first + k * columns.inner;
      sum += log ? widened(g[at]) : widened(g[at]) * widened(y[at]);
    }
    sum = combine_lanes<SumOf>(sum);
    for (int64_t k = threadIdx.y; k < end; k += blockDim.y) {
      const int64_t at = first + k * columns.inner;
      const C gradient = widened(g[at]), value = widened(y[at]);
      out[at] = converted<T>(log ? math::fma(-math::Exp::apply(value), sum, gradient) : value * (gradient - sum));
    }
  });
}

Columns columns_of(const Tensor& x, int64_t dim) {
  int64_t outer = 1, n = 1, inner = 1;
  for (int64_t d = 0; d < x.dim(); ++d) (d < dim ? outer : d == dim ? n : inner) *= x.size(d);
  return Columns(outer, n, inner);
}

void run_softmax(const char* name, const Tensor& out, const Tensor& x, int64_t dim, bool log) {
  const Columns columns = columns_of(x, dim);
  dispatch_floating(x.dtype(), [&]<class T>() {
    launch(name, x.device().index, softmax_kernel<T>, blocks_for(columns.tiles(), 1), columns.threads(), columns, out.data<T>(), x.data<const T>(), log);
  });
}
void run_softmax_backward(const char* name, const Tensor& out, const Tensor& g, const Tensor& y, int64_t dim, bool log) {
  const Columns columns = columns_of(y, dim);
  dispatch_floating(y.dtype(), [&]<class T>() {
    launch(name, y.device().index, softmax_backward_kernel<T>, blocks_for(columns.tiles(), 1), columns.threads(), columns, out.data<T>(),
           g.data<const T>(), y.data<const T>(), log);
  });
}

void softmax(Out out, const Tensor& x, int64_t dim) { run_softmax("softmax", out, x, dim, false); }
void log_softmax(Out out, const Tensor& x, int64_t dim) { run_softmax("log_softmax", out, x, dim, true); }
void softmax_backward(Out out, const Tensor& g, const Tensor& y, int64_t dim) { run_softmax_backward("softmax_backward", out, g, y, dim, false); }
void log_softmax_backward(Out out, const Tensor& g, const Tensor& y, int64_t dim) {
  run_softmax_backward("log_softmax_backward", out, g, y, dim, true);
}

DLX_REGISTER_CUDA(kernels::softmax, softmax);
DLX_REGISTER_CUDA(kernels::log_softmax, log_softmax);
DLX_REGISTER_CUDA(kernels::softmax_backward, softmax_backward);
DLX_REGISTER_CUDA(kernels::log_softmax_backward, log_softmax_backward);

}  // namespace
}  // namespace dlx::cuda
