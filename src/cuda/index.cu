// Reading and adding at indices along the middle of (outer, n, inner). Additions are never atomic: each destination has one
// thread, which takes its additions in the order of k.
#include "kernels/index.h"

#include "cuda/elements.h"

namespace dlx::cuda {
namespace {

// The row that `index` means, or -1.
__device__ int64_t row_of(int64_t index, int64_t n) {
  const int64_t row = index < 0 ? index + n : index;
  return row >= 0 && row < n ? row : -1;
}

// own_index: each element has an index (gather); else a row has one (index_select).
template <class T>
__global__ void read_kernel(const char* name, Report* report, T* out, const T* x, const int64_t* index, int64_t outer, int64_t n, int64_t count,
                            int64_t inner, bool own_index, int64_t dim) {
  const int64_t total = outer * count * inner, step = int64_t{gridDim.x} * blockDim.x;
  for (int64_t e = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; e < total; e += step) {
    const int64_t i = e % inner, k = e / inner % count, o = e / inner / count;
    const int64_t at = index[own_index ? e : k], row = row_of(at, n);
    if (row < 0) report_index(report, name, at, dim, n);
    else out[e] = x[(o * n + row) * inner + i];
  }
}

__global__ void check_kernel(const char* name, Report* report, const int64_t* index, int64_t count, int64_t n, int64_t dim) {
  const int64_t step = int64_t{gridDim.x} * blockDim.x;
  for (int64_t k = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; k < count; k += step)
    if (row_of(index[k], n) < 0) report_index(report, name, index[k], dim, n);
}

// Halves: each addition rounds. Integers wrap; bool adds as "or".
template <class T> struct Adder {
  compute_of<T> alpha;
  bool scaled;
  __device__ void operator()(T& to, T from) const {
    if constexpr (std::is_same_v<T, bool>) {
      to = to || from;
    } else if constexpr (std::is_integral_v<T>) {
      to = static_cast<T>(static_cast<uint64_t>(to) + static_cast<uint64_t>(alpha) * static_cast<uint64_t>(from));
    } else {
      const compute_of<T> x = widened(from);
      to = converted<T>(widened(to) + (scaled ? alpha * x : x));
    }
  }
};

// A thread owns a column of out and walks the entries.
template <class T>
__global__ void add_by_column_kernel(T* out, const T* source, const int64_t* index, int64_t outer, int64_t n, int64_t count, int64_t inner,
                                     bool own_index, Adder<T> add) {
  const int64_t total = outer * inner, step = int64_t{gridDim.x} * blockDim.x;
  for (int64_t c = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; c < total; c += step) {
    const int64_t i = c % inner, o = c / inner;
    for (int64_t k = 0; k < count; ++k) {
      const int64_t e = (o * count + k) * inner + i, row = row_of(index[own_index ? e : k], n);
      if (row >= 0) add(out[(o * n + row) * inner + i], source[e]);
    }
  }
}
// A thread owns an element of out and looks for the entries that are its own.
template <class T>
__global__ void add_by_element_kernel(T* out, const T* source, const int64_t* index, int64_t outer, int64_t n, int64_t count, int64_t inner,
                                      bool own_index, Adder<T> add) {
  const int64_t total = outer * n * inner, step = int64_t{gridDim.x} * blockDim.x;
  for (int64_t d = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; d < total; d += step) {
    const int64_t i = d % inner, row = d / inner % n, o = d / inner / n;
    T value = out[d];
    for (int64_t k = 0; k < count; ++k) {
      const int64_t e = (o * count + k) * inner + i;
      if (row_of(index[own_index ? e : k], n) == row) add(value, source[e]);
    }
    out[d] = value;
  }
}

struct Sizes {
  int64_t outer, n, count, inner;
};

void read_at(const char* name, const Tensor& out, const Tensor& x, const Tensor& index, Sizes s, bool own_index, int64_t dim) {
  if (out.numel() == 0) return;
  const int device = out.device().index;
  dispatch_size(x.dtype(), [&]<class T>() {
    launch(name, device, read_kernel<T>, blocks_for(out.numel()), kThreads, name, report_of(device), out.data<T>(), x.data<const T>(),
           index.data<const int64_t>(), s.outer, s.n, s.count, s.inner, own_index, dim);
  });
}

void add_at(const char* name, const Tensor& out, const Tensor& index, const Tensor& source, Scalar alpha, Sizes s, bool own_index, int64_t dim) {
  if (index.numel() == 0) return;
  const int device = out.device().index;
  launch(name, device, check_kernel, blocks_for(index.numel()), kThreads, name, report_of(device), index.data<const int64_t>(), index.numel(), s.n, dim);
  if (out.numel() == 0 || (out.dtype() == DType::boolean && alpha.is(0))) return;
  // Columns read each entry once. Where they are too few to fill a GPU, elements that read all of them are sooner done.
  constexpr int64_t kEnoughColumns = 4096;
  const int64_t columns = s.outer * s.inner;
  dispatch_all(out.dtype(), [&]<class T>() {
    const Adder<T> add{static_cast<compute_of<T>>(alpha.to<T>()), !alpha.is(1)};
    const auto run = [&](auto kernel, int64_t threads) {
      launch(name, device, kernel, blocks_for(threads), kThreads, out.data<T>(), source.data<const T>(), index.data<const int64_t>(), s.outer, s.n,
             s.count, s.inner, own_index, add);
    };
    if (columns >= kEnoughColumns || s.count < 64) run(add_by_column_kernel<T>, columns);
    else run(add_by_element_kernel<T>, columns * s.n);
  });
}

void index_select(Out out, const Tensor& x, const Tensor& index, int64_t dim) {
  read_at("index_select", out, x, index, {x.size(0), x.size(1), index.numel(), x.size(2)}, false, dim);
}
void gather(Out out, const Tensor& x, const Tensor& index, int64_t dim) {
  read_at("gather", out, x, index, {x.size(0), x.size(1), index.size(1), x.size(2)}, true, dim);
}
void index_add(InOut out, const Tensor& index, const Tensor& source, Scalar alpha, int64_t dim) {
  add_at("index_add", out, index, source, alpha, {out.size(0), out.size(1), index.numel(), out.size(2)}, false, dim);
}
void scatter_add(InOut out, const Tensor& index, const Tensor& source, int64_t dim) {
  add_at("scatter_add", out, index, source, 1, {out.size(0), out.size(1), index.size(1), out.size(2)}, true, dim);
}

DLX_REGISTER_CUDA(kernels::index_select, index_select);
DLX_REGISTER_CUDA(kernels::gather, gather);
DLX_REGISTER_CUDA(kernels::index_add, index_add);
DLX_REGISTER_CUDA(kernels::scatter_add, scatter_add);

}  // namespace
}  // namespace dlx::cuda
