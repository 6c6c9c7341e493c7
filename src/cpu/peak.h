// The largest of some values, and the sum of their exponentials relative to it: what softmax, its logarithm and the losses rest on.
// A NaN among them makes the sum NaN, and so does an infinite largest value.
#pragma once
#include "core/scratch.h"
#include "cpu/row.h"
#include "kernels/math.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// A row is taken in chunks that stay in L1 between the pass for the largest value and the pass for the sum.
inline constexpr int64_t kPeakChunk = 4096;
inline constexpr int64_t kExpCost = 10;  // of one element, passes included
DLX_INLINE int64_t peak_chunks(int64_t n) { return (n - 1) / kPeakChunk + 1; }

template <class C> struct Peak {
  C max, sum;
  // What exponents are relative to: of -inf alone they stay -inf instead of becoming NaN.
  DLX_INLINE C shift() const { return max == -Format<C>::kInfinity ? C(0) : max; }
};

// keep(index, lanes, exponential) sees every exponential.
template <class T, class Keep> DLX_INLINE Peak<compute_of<T>> peak_of_chunk(const T* x, int64_t n, const Keep& keep) {
  using C = compute_of<T>;
  Peak<C> peak{reduce_row<HighestOf>(x, n), C(0)};  // a NaN shows in the sum
  const Vec<C> shift(peak.shift());
  peak.sum = reduce_row_of<SumOf, C>(n, [&](int64_t i, auto lanes) {
    __builtin_prefetch(x + n + i);  // what comes next, while this pass leaves memory idle
    const Vec<C> e = Exp::apply(load_lanes(x + i, lanes) - shift);
    keep(i, lanes, e);
    return e;
  });
  return peak;
}

// The peak of all chunks: their sums in order. Of -inf alone the sum is NaN, as softmax has it.
template <class C> Peak<C> merged_peak(const Peak<C>* chunk, int64_t chunks) {
  C max = chunk[0].max;
  for (int64_t i = 1; i < chunks; ++i) max = chunk[i].max > max ? chunk[i].max : max;
  if (chunks == 1 && max != -Format<C>::kInfinity) return chunk[0];
  C sum = C(0);
  for (int64_t i = 0; i < chunks; ++i) sum += chunk[i].sum * of_one<Exp>(chunk[i].max - max);
  return {max, sum};
}

// Peak of a whole row by one thread.
template <class T> Peak<compute_of<T>> peak_of_row(const T* x, int64_t n) {
  using C = compute_of<T>;
  const auto nothing = [](int64_t, auto, Vec<C>) {};
  if (n <= kPeakChunk) {
    const Peak<C> peak = peak_of_chunk(x, n, nothing);
    return merged_peak(&peak, 1);
  }
  const int64_t chunks = peak_chunks(n);
  const Scratch<Peak<C>> peaks(chunks);
  for (int64_t i = 0; i < chunks; ++i)
    peaks[i] = peak_of_chunk(x + i * kPeakChunk, n - i * kPeakChunk < kPeakChunk ? n - i * kPeakChunk : kPeakChunk, nothing);
  return merged_peak(peaks.data(), chunks);
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
