// Sorting rows whose keys fit into 32 bits: key and index in one 64-bit word, so all words differ, their order is that of a stable sort,
// and any way of sorting gives it.
#pragma once
#include "core/parallel.h"
#include "cpu/keyed.h"
#include "cpu/vec.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kRanked = 192;              // rows this short are sorted by counting smaller words
constexpr int64_t kPart = int64_t{1} << 16;   // what a thread takes of one long row

DLX_INLINE int64_t index_in(uint64_t word) { return static_cast<int64_t>(word & 0xffffffffu); }

// The place of each word is how many are smaller: no branches. May read `words` up to a register beyond n.
DLX_INLINE void rank_sort(uint64_t* to, const uint64_t* words, int64_t n) {
  using V = Vec<uint64_t>;
  for (int64_t i = 0; i < n; i += V::kLanes) {
    const V own = V::load(words + i);
    Mask<uint64_t> place(0);
    for (int64_t k = 0; k < n; ++k) place = place - (V(words[k]) < own);
    const int64_t left = n - i < V::kLanes ? n - i : V::kLanes;
    for (int64_t l = 0; l < left; ++l) to[place.v[l]] = words[i + l];
  }
}

// One pass by the byte at `shift`, from `items` to `to`. Parts count and move on their own, each to its places.
template <class Part> void radix_pass(uint64_t* to, const uint64_t* items, int64_t n, int shift, int64_t parts, int64_t* first, const Part& each_part) {
  each_part([&](int64_t p, int64_t begin, int64_t end) {
    int64_t* count = first + 256 * p;
    for (int i = 0; i < 256; ++i) count[i] = 0;
    for (int64_t i = begin; i < end; ++i) ++count[items[i] >> shift & 255];
  });
  int64_t sum = 0;
  for (int64_t i = 0; i < 256; ++i)
    for (int64_t p = 0; p < parts; ++p) {
      const int64_t count = first[256 * p + i];
      first[256 * p + i] = sum;
      sum += count;
    }
  (void)n;
  each_part([&](int64_t p, int64_t begin, int64_t end) {
    int64_t* place = first + 256 * p;
    for (int64_t i = begin; i < end; ++i) to[place[items[i] >> shift & 255]++] = items[i];
  });
}

// n words sorted; the result lies in `items` or in `spare`, both with room for a register more. `wide`: this row may use several threads.
uint64_t* sorted_words(uint64_t* items, uint64_t* spare, int64_t n, bool wide) {
  if (n <= kRanked) {
    rank_sort(spare, items, n);
    return spare;
  }
  const int64_t parts = wide && n >= 2 * kPart && num_threads() > 1 ? (n / kPart < 64 ? n / kPart : 64) : 1;
  const Scratch<int64_t> first(256 * parts);
  const auto each_part = [&](const auto& f) {
    if (parts == 1) return f(int64_t{0}, int64_t{0}, n);
    parallel_for(parts, kPart, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p) f(p, n * p / parts, n * (p + 1) / parts);
    });
  };
  uint64_t differing = 0;
  for (int64_t i = 0; i < n; ++i) differing |= items[i] ^ items[0];
  for (int shift = 32; shift < 64; shift += 8) {
    if ((differing >> shift & 255) == 0) continue;
    radix_pass(spare, items, n, shift, parts, first.data(), each_part);
    uint64_t* swap = items;
    items = spare;
    spare = swap;
  }
  return items;
}

// The smallest k words in order, k < n, at the front of `kept`, which has room for 2 k + 64: a word above the largest of the k so far
// cannot be among them, so nearly all fall to one comparison. next(i, count): words i ... i + count (at most kStep) of the row.
constexpr int64_t kStep = 64;
template <class Next> void smallest_words(uint64_t* kept, uint64_t* spare, int64_t k, int64_t n, const Next& next) {
  using V = Vec<uint64_t>;
  const int64_t room = 2 * k + kStep;
  int64_t count = 0;
  uint64_t bound = ~uint64_t{0};
  alignas(64) uint64_t words[kStep];
  const auto shrink = [&] {  // to the smallest k, in order
    uint64_t* sorted = sorted_words(kept, spare, count, false);
    if (sorted != kept) __builtin_memcpy(kept, sorted, static_cast<size_t>(count < k ? count : k) * sizeof(uint64_t));
    if (count >= k) count = k, bound = kept[k - 1];
  };
  for (int64_t i = 0; i < n; i += kStep) {
    const int64_t here = n - i < kStep ? n - i : kStep;
    next(words, i, here);
    for (int64_t j = here; j < kStep; ++j) words[j] = ~uint64_t{0};
    for (int64_t j = 0; j < kStep; j += V::kLanes) {
      if (!any(V::load(words + j) < V(bound))) continue;
      for (int l = 0; l < V::kLanes; ++l) {
        kept[count] = words[j + l];
        count += words[j + l] < bound;
      }
    }
    if (count + kStep > room || (bound == ~uint64_t{0} && count >= k)) shrink();
  }
  shrink();
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
