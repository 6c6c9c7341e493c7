// Linear maps of few taps along one dimension. Where elements lie behind the dimension (inner > 1) a register holds neighbours of
// one row; else rows are turned, so that a register holds one place of several. Where each result is one element, stretches of memory are copied.
#include "kernels/taps.h"

#include "core/parallel.h"
#include "core/scratch.h"
#include "cpu/row.h"
#include "cpu/transpose.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kTapsBlock = 512;     // results of one work item where inner is 1
constexpr int64_t kRowsTogether = 32;   // rows that are turned at once
constexpr int64_t kLongestTurned = 2048;

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
// A mean's window is one stretch of memory, which long enough is summed as reductions along memory are.
constexpr int64_t kLongWindow = 32;

template <class T> DLX_INLINE T sum_elements(const T* x, const TapsOfResult<compute_of<T>>& taps) {
  using C = compute_of<T>;
  if (!taps.weight && taps.count >= kLongWindow && taps.index[taps.count - 1] - taps.index[0] == taps.count - 1)
    return static_cast<T>(reduce_row<SumOf>(x + taps.index[0], taps.count));
  C sum(0);
  for (int64_t k = 0; k < taps.count; ++k) {
    C v = static_cast<C>(x[taps.index[k]]);
    if (taps.weight) v *= taps.weight[k];
    sum = k == 0 ? v : sum + v;
  }
  return static_cast<T>(sum);
}
// Whether some mean's window is so long that it is summed along memory.
bool has_long_window(const Tensor& first) {
  const int64_t* const p = first.data<int64_t>();
  for (int64_t j = 0; j + 1 < first.size(0); ++j)
    if (p[j + 1] - p[j] >= kLongWindow) return true;
  return false;
}

// Rows of n elements to rows of m results, `rows` of them.
template <class T>
void sum_turned(T* to, const T* from, int64_t rows, int64_t n, int64_t m, const Tensor& first, const Tensor& index, const compute_of<T>* weights, T* scratch) {
  constexpr int64_t kItem = sizeof(T);
  T* const turned = scratch + kRowsTogether * n;
  const auto bytes = [](auto* p) { return reinterpret_cast<std::conditional_t<std::is_const_v<std::remove_pointer_t<decltype(p)>>, const char*, char*>>(p); };
  transpose(kItem, bytes(scratch), rows * kItem, bytes(from), n * kItem, rows, n, {});
  for (int64_t j = 0; j < m; ++j) sum_rows(turned + j * rows, scratch, taps_of(first, index, weights, j), rows);
  transpose(kItem, bytes(to), m * kItem, bytes(turned), rows * kItem, m, rows, {});
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
  if (n <= kLongestTurned && m <= kLongestTurned && (weights || !has_long_window(first))) {
    const int64_t blocks = (out.size(0) - 1) / kRowsTogether + 1;
    parallel_for(blocks, kRowsTogether * (n + m * taps / 4), [&](int64_t begin, int64_t end) {
      const Scratch<T> scratch(kRowsTogether * (n + m));
      for (int64_t block = begin; block < end; ++block) {
        const int64_t row = block * kRowsTogether, rows = out.size(0) - row < kRowsTogether ? out.size(0) - row : kRowsTogether;
        sum_turned(out.data<T>() + row * m, x.data<T>() + row * n, rows, n, m, first, index, weights, scratch.data());
      }
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

// --- copies: each result is one element, or 0 ----------------------------------------------------------------------

bool are_copies(const Tensor& first) {
  const int64_t* const p = first.data<int64_t>();
  for (int64_t j = 0; j + 1 < first.size(0); ++j)
    if (p[j + 1] - p[j] > 1) return false;
  return true;
}

template <class Item> void copy_elements(Out out, const Tensor& x, const int64_t* source) {
  const int64_t n = x.size(1), m = out.size(1);
  parallel_for(out.size(0), m, [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; ++o) {
      const Item* const from = x.data<Item>() + o * n;
      Item* const to = out.data<Item>() + o * m;
      for (int64_t j = 0; j < m; ++j) to[j] = source[j] < 0 ? Item(0) : from[source[j]];
    }
  });
}

// Stretches of results whose elements are neighbours too, or which are all 0 (source -1).
struct Stretch {
  int64_t to, source, length;
};
void copy_taps(Out out, const Tensor& x, const Tensor& first, const Tensor& index) {
  const int64_t n = x.size(1), m = out.size(1), bytes = x.size(2) * itemsize(x.dtype());
  const Scratch<int64_t> sources(m);
  const Scratch<Stretch> stretches(m);
  int64_t count = 0;
  for (int64_t j = 0; j < m; ++j) {
    const int64_t k = first.data<int64_t>()[j];
    sources[j] = first.data<int64_t>()[j + 1] == k ? -1 : index.data<int64_t>()[k];
    Stretch* const last = count > 0 ? &stretches[count - 1] : nullptr;
    if (last && (sources[j] < 0 ? last->source < 0 : last->source >= 0 && sources[j] == last->source + last->length)) ++last->length;
    else stretches[count++] = {j, sources[j], 1};
  }
  if (x.size(2) == 1 && 4 * count > m) {  // too short for a call each
    if (bytes == 1) copy_elements<uint8_t>(out, x, sources.data());
    else if (bytes == 2) copy_elements<uint16_t>(out, x, sources.data());
    else if (bytes == 4) copy_elements<uint32_t>(out, x, sources.data());
    else copy_elements<uint64_t>(out, x, sources.data());
    return;
  }
  parallel_for(out.size(0) * count, m * bytes / (8 * count) + 4, [&](int64_t begin, int64_t end) {
    for (int64_t item = begin; item < end; ++item) {
      const Stretch& s = stretches[item % count];
      char* const to = out.data<char>() + (item / count * m + s.to) * bytes;
      const auto size = static_cast<size_t>(s.length * bytes);
      if (s.source < 0) __builtin_memset(to, 0, size);
      else __builtin_memcpy(to, x.data<char>() + (item / count * n + s.source) * bytes, size);
    }
  });
}

void sum_taps(Out out, const Tensor& x, const Tensor& first, const Tensor& index, const OptTensor& weight) {
  if (!weight.defined() && are_copies(first)) return copy_taps(out, x, first, index);
  dispatch_floating(x.dtype(), [&]<class T>() { sum_taps_as<T>(out, x, first, index, weight); });
}

DLX_REGISTER_CPU(kernels::sum_taps, sum_taps);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
