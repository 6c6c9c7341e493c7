// Linear maps of few taps along one dimension. Where elements lie behind the dimension (inner > 1) a register holds neighbours of
// one row; else each result is a sum of its own. Both multiply and add apart, so that the layouts give the same bits.
#include "kernels/taps.h"

#include "core/parallel.h"
#include "cpu/vec_half.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kTapsBlock = 512;  // results of one work item where inner is 1

// The rows of `x` that result j sees.
template <class C> struct TapsOfResult {
  const int64_t* index;
  const C* weight;  // null: ones
  int64_t count;
};
template <class C> DLX_INLINE TapsOfResult<C> taps_of(const Tensor& first, const Tensor& index, const C* weights, int64_t j) {
  const int64_t begin = first.data<int64_t>()[j];
  return {index.data<int64_t>() + begin, weights ? weights + begin : nullptr, first.data<int64_t>()[j + 1] - begin};
}

template <class T> void sum_rows(T* to, const T* x, const TapsOfResult<compute_of<T>>& taps, int64_t inner) {
  using C = compute_of<T>;
  each_register<C>(inner, [&](int64_t i, auto lanes) {
    Vec<C> sum(C(0));
    for (int64_t k = 0; k < taps.count; ++k) {
      Vec<C> v = load_lanes(x + taps.index[k] * inner + i, lanes);
      if (taps.weight) v *= Vec<C>(taps.weight[k]);
      sum = k == 0 ? v : sum + v;
    }
    store_lanes(to + i, sum, lanes);
  });
}
template <class T> DLX_INLINE T sum_elements(const T* x, const TapsOfResult<compute_of<T>>& taps) {
  using C = compute_of<T>;
  if (taps.count == 1 && !taps.weight) return x[taps.index[0]];
  C sum(0);
  for (int64_t k = 0; k < taps.count; ++k) {
    C v = static_cast<C>(x[taps.index[k]]);
    if (taps.weight) v *= taps.weight[k];
    sum = k == 0 ? v : sum + v;
  }
  return static_cast<T>(sum);
}

template <class T> void sum_taps_as(Out out, const Tensor& x, const Tensor& first, const Tensor& index, const OptTensor& weight) {
  using C = compute_of<T>;
  const C* weights = weight.defined() ? weight.data<C>() : nullptr;
  const int64_t n = x.size(1), m = out.size(1), inner = x.size(2), taps = index.size(0) / m + 1;
  if (inner > 1) {
    parallel_for(out.size(0) * m, inner * taps, [&](int64_t begin, int64_t end) {
      for (int64_t item = begin; item < end; ++item)
        sum_rows(out.data<T>() + item * inner, x.data<T>() + item / m * n * inner, taps_of(first, index, weights, item % m), inner);
    });
    return;
  }
  const int64_t blocks = (m - 1) / kTapsBlock + 1;
  parallel_for(out.size(0) * blocks, 2 * taps * (m < kTapsBlock ? m : kTapsBlock), [&](int64_t begin, int64_t end) {
    for (int64_t item = begin; item < end; ++item) {
      const int64_t o = item / blocks, j0 = item % blocks * kTapsBlock, j1 = m - j0 < kTapsBlock ? m : j0 + kTapsBlock;
      for (int64_t j = j0; j < j1; ++j) out.data<T>()[o * m + j] = sum_elements(x.data<T>() + o * n, taps_of(first, index, weights, j));
    }
  });
}

void copy_taps(Out out, const Tensor& x, const Tensor& first, const Tensor& index) {
  const int64_t n = x.size(1), m = out.size(1), bytes = x.size(2) * itemsize(x.dtype());
  parallel_for(out.size(0) * m, bytes / 8 + 4, [&](int64_t begin, int64_t end) {
    for (int64_t item = begin; item < end; ++item) {
      char* const to = out.data<char>() + item * bytes;
      const int64_t k = first.data<int64_t>()[item % m];
      if (first.data<int64_t>()[item % m + 1] == k) __builtin_memset(to, 0, static_cast<size_t>(bytes));
      else __builtin_memcpy(to, x.data<char>() + (item / m * n + index.data<int64_t>()[k]) * bytes, static_cast<size_t>(bytes));
    }
  });
}

void sum_taps(Out out, const Tensor& x, const Tensor& first, const Tensor& index, const OptTensor& weight) {
  if (!is_floating(x.dtype())) return copy_taps(out, x, first, index);
  dispatch_floating(x.dtype(), [&]<class T>() { sum_taps_as<T>(out, x, first, index, weight); });
}

DLX_REGISTER_CPU(kernels::sum_taps, sum_taps);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
