// Reductions over the middle of (outer, n, inner): chunks of n first, then chunks of their results, until one is left. The chunk
// is fixed, so that n alone decides the order of a sum.
#include "kernels/reduce.h"

#include "cuda/block.h"

namespace dlx::cuda {
namespace {

constexpr int64_t kChunkAlong = 16384, kChunkAcross = 1024;  // 64 and 128 elements for a thread

// all and any look at elements as truth values; NaN is true.
template <class Extreme> struct TruthOf : Extreme {};
template <class R> constexpr bool kTruth = false;
template <class Extreme> constexpr bool kTruth<TruthOf<Extreme>> = true;

template <class R, class C>
__global__ void reduce_kernel(Columns columns, int64_t rows, int64_t chunks, const char* x, DType from, int64_t from_item, char* out, DType to,
                              int64_t to_item, C divisor) {
  columns.for_each([&](int64_t piece, int64_t column, bool inside) {  // columns.n rows of the outer's `rows`, in `chunks` pieces
    const int64_t o = piece / chunks, begin = piece % chunks * columns.n;
    const int64_t end = !inside ? 0 : begin + columns.n < rows ? begin + columns.n : rows;
    C value = R::template identity<C>();
    if constexpr (kTruth<R>) value = std::is_same_v<R, TruthOf<MinOf>>;
    for (int64_t k = begin + threadIdx.y; k < end; k += blockDim.y) {
      const char* at = x + ((o * rows + k) * columns.inner + column) * from_item;
      if constexpr (kTruth<R>) value = R::template combine<C>(value, load<bool>(at, from));
      else value = R::template combine<C>(value, load<C>(at, from));
    }
    value = combine_lanes<R>(value);
    if (inside && threadIdx.y == 0) {
      if constexpr (!std::is_same_v<C, int64_t>) value = divisor >= C(0) ? value / divisor : value;
      store(out + (piece * columns.inner + column) * to_item, to, value);
    }
  });
}

// The last step writes out; those before write pieces (outer, chunks, inner) of C. divisor < 0: none.
template <class R, class C> void reduce(const char* name, const Tensor& out, const Tensor& x, C divisor) {
  const int64_t outer = x.size(0), n = x.size(1), inner = x.size(2);
  const int64_t chunk = inner == 1 ? kChunkAlong : kChunkAcross, chunks = std::max<int64_t>((n + chunk - 1) / chunk, 1);
  const Columns columns(outer * chunks, chunk, inner);
  const Tensor to = chunks == 1 ? out : empty({outer, chunks, inner}, dtype_of<C>, x.device());
  launch(name, x.device().index, reduce_kernel<R, C>, blocks_for(columns.tiles(), 1), columns.threads(), columns, n, chunks, x.data<const char>(),
         x.dtype(), itemsize(x.dtype()), to.data<char>(), to.dtype(), itemsize(to.dtype()), chunks == 1 ? divisor : C(-1));
  if (chunks > 1) reduce<R, C>(name, out, to, divisor);
}

template <class R> void reduce_numbers(const char* name, const Tensor& out, const Tensor& x, bool mean = false) {
  if (out.numel() == 0) return;
  dispatch_compute(x.dtype(), [&]<class C>() { reduce<R, C>(name, out, x, mean ? static_cast<C>(x.size(1)) : C(-1)); });
}
template <class R> void reduce_truth(const char* name, const Tensor& out, const Tensor& x) {
  if (out.numel() > 0) reduce<TruthOf<R>, int64_t>(name, out, x, -1);
}

void sum(Out out, const Tensor& x) { reduce_numbers<SumOf>("sum", out, x); }
void mean(Out out, const Tensor& x) { reduce_numbers<SumOf>("mean", out, x, true); }
void amax(Out out, const Tensor& x) { reduce_numbers<MaxOf>("amax", out, x); }
void amin(Out out, const Tensor& x) { reduce_numbers<MinOf>("amin", out, x); }
void all(Out out, const Tensor& x) { reduce_truth<MinOf>("all", out, x); }
void any(Out out, const Tensor& x) { reduce_truth<MaxOf>("any", out, x); }

DLX_REGISTER_CUDA(kernels::sum, sum);
DLX_REGISTER_CUDA(kernels::mean, mean);
DLX_REGISTER_CUDA(kernels::amax, amax);
DLX_REGISTER_CUDA(kernels::amin, amin);
DLX_REGISTER_CUDA(kernels::all, all);
DLX_REGISTER_CUDA(kernels::any, any);

}  // namespace
}  // namespace dlx::cuda
