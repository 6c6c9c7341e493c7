// Rows along the middle of (outer, n, inner) in blocks of threads, and sums whose order n alone decides.
#pragma once
#include "cuda/elements.h"

namespace dlx::cuda {

// A block takes blockDim.x neighbouring columns; its blockDim.y lanes share out the n elements of each. Along memory (inner = 1)
// that is one column and 256 lanes, across memory 32 columns, which are one read of a warp, and 8 lanes.
struct Columns {
  int64_t outer, n, inner, strips;
  int width, lanes;

  Columns(int64_t outer, int64_t n, int64_t inner)
      : outer(outer), n(n), inner(inner), width(inner == 1 ? 1 : 32), lanes(kThreads / width) {
    strips = (inner + width - 1) / width;
  }
  int64_t tiles() const { return outer * strips; }
  dim3 threads() const { return dim3(static_cast<unsigned>(width), static_cast<unsigned>(lanes)); }

  // f(plane, column, inside): all threads of a block call it as often, those beyond the last column too.
  template <class F> __device__ void for_each(const F& f) const {
    for (int64_t tile = blockIdx.x; tile < outer * strips; tile += gridDim.x) {
      const int64_t column = tile % strips * width + threadIdx.x;
      f(tile / strips, column, column < inner);
    }
  }
};

struct SumOf {
  template <class C> static __device__ C identity() { return C(0); }
  template <class C> static __device__ C combine(C a, C b) { return a + b; }
};
template <> inline __device__ int64_t SumOf::combine(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
// NaN wins.
template <bool Max> struct ExtremeOf {
  template <class C> static __device__ C identity() {
    if constexpr (std::is_same_v<C, int64_t>) return Max ? INT64_MIN : INT64_MAX;
    else return Max ? -C(__builtin_huge_valf()) : C(__builtin_huge_valf());
  }
  template <class C> static __device__ C combine(C a, C b) {
    if (a != a) return a;
    if (b != b) return b;
    return (Max ? a > b : a < b) ? a : b;
  }
};
using MaxOf = ExtremeOf<true>;
using MinOf = ExtremeOf<false>;

// Combines the lanes' values of each column by a fixed tree; every lane gets the result. All threads of the block call it.
template <class R, class C> __device__ C combine_lanes(C value) {
  __shared__ C shared[kThreads];
  const unsigned width = blockDim.x, at = threadIdx.y * width + threadIdx.x;
  shared[at] = value;
  for (unsigned half = blockDim.y / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.y < half) shared[at] = R::template combine<C>(shared[at], shared[at + half * width]);
  }
  __syncthreads();
  value = shared[threadIdx.x];
  __syncthreads();  // before the next call writes
  return value;
}

}  // namespace dlx::cuda
