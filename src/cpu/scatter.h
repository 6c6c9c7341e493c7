// Additions whose destinations the data choose. Each destination must take its additions in the input's order, so work is cut
// by destination: entries are grouped by a stable counting sort, or each chunk owns a slice of the output.
#pragma once
#include "core/parallel.h"
#include "core/scratch.h"
#include "core/thread_state.h"
#include "cpu/vec_half.h"
#include "cpu/vec_stream.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// index[k] as a row in [0, n), negative ones counted from the end (but not those of an embedding); reported and -1 if there is no such row.
template <DataError kError = DataError::index_out_of_range> DLX_INLINE int64_t row_at(ErrorSlot& slot, int64_t index, int64_t n, int64_t dim) {
  const int64_t row = index < 0 && kError == DataError::index_out_of_range ? index + n : index;
  if (row >= 0 && row < n) [[likely]] return row;
  slot.report(kError, index, dim, n);
  return -1;
}

// Asks for memory that will be read soon, into L2.
DLX_INLINE void ask_ahead(const void* at, int64_t bytes) {
  for (int64_t i = 0; i < bytes; i += 64) __builtin_prefetch(static_cast<const char*>(at) + i, 0, 2);
}

// `count` elements of row o, of `outer` rows of n, are met out of order: asks for the next row, if that is most of one which L1 holds.
template <class T> DLX_INLINE void ask_next_row(const T* row, int64_t o, int64_t outer, int64_t n, int64_t count) {
  constexpr auto kItem = static_cast<int64_t>(sizeof(T));
  if (n * kItem <= 16384 && count * 64 >= n * kItem && o + 1 < outer) ask_ahead(row + n, n * kItem);
}

// f(k, rows, m): entries k ... k + m - 1 of index[0 .. count) name these rows; those that name none are left out. Rows are copied and checked
// a block at a time, as vectors: a report in the loop itself would keep all that f uses in memory, and what f writes may be the index.
template <DataError kError, class F> DLX_INLINE void each_entry_block(ErrorSlot& slot, const int64_t* index, int64_t count, int64_t n, int64_t dim, const F& f) {
  constexpr int64_t kBlock = 128;
  int64_t rows[kBlock];
  for (int64_t first = 0; first < count; first += kBlock) {
    const int64_t left = count - first < kBlock ? count - first : kBlock;
    uint64_t beyond = 0;
    if (first + 2 * kBlock < count) ask_ahead(index + first + 2 * kBlock, kBlock * 8);  // blocks apart, reads are no stream to the processor
    for (int64_t k = 0; k < left; ++k) {
      rows[k] = index[first + k];
      beyond |= static_cast<uint64_t>(static_cast<uint64_t>(rows[k]) >= static_cast<uint64_t>(n));
    }
    if (!beyond) [[likely]] {
      f(first, rows, left);
      continue;
    }
    for (int64_t k = 0; k < left; ++k)  // a negative one, or none
      if (const int64_t row = row_at<kError>(slot, rows[k], n, dim); row >= 0) f(first + k, &row, int64_t{1});
  }
}

// f(k, row) for the entries of index[0 .. count) that name a row; f takes its values by copy.
template <class F> DLX_INLINE void each_entry_row(ErrorSlot& slot, const int64_t* index, int64_t count, int64_t n, int64_t dim, const F f) {
  each_entry_block<DataError::index_out_of_range>(slot, index, count, n, dim, [f](int64_t first, const int64_t* rows, int64_t left) {
#pragma GCC unroll 4
    for (int64_t k = 0; k < left; ++k) f(first + k, rows[k]);
  });
}

// f(o, first, last) for each of `outer` and for ranges that together are its destinations [0, n). Each call walks all `count` entries and
// takes those of its range, so a destination meets them in order however many ranges there are: their number may be that of the
// threads. Entries of fewer than 32 elements are not worth a second walk (a range is a branch that nothing foretells).
template <class F> void each_owner(int64_t outer, int64_t n, int64_t count, int64_t width, const F& f) {
  const int64_t threads = num_threads();
  int64_t parts = width < 32 || outer >= 4 * threads || count * width < kSerialThreshold ? 1 : threads;
  if (parts > n) parts = n;
  parallel_for(outer * parts, count * (width + 2) / parts, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) f(p / parts, n * (p % parts) / parts, n * (p % parts + 1) / parts);
  });
}

// f(o, first, last): runs of [begin, end), which counts through rows of `count`; run k of row o is item o * count + k.
template <class F> DLX_INLINE void each_run(int64_t count, int64_t begin, int64_t end, const F& f) {
  for (int64_t o = begin / count, first = begin % count; begin < end; ++o, first = 0) {
    const int64_t last = first + (end - begin) < count ? first + (end - begin) : count;
    f(o, first, last);
    begin += last - first;
  }
}

// A row of bytes, by registers: for rows up to some KB, where a call of memcpy counts.
DLX_INLINE void copy_row(void* to, const void* from, int64_t bytes) {
  using V = Vec<uint8_t>;
  auto* p = static_cast<uint8_t*>(to);
  const auto* q = static_cast<const uint8_t*>(from);
  if (bytes < V::kLanes || bytes > 16384) {
    __builtin_memcpy(p, q, static_cast<size_t>(bytes));
    return;
  }
  int64_t i = 0;
  for (; i + V::kLanes <= bytes; i += V::kLanes) V::load(q + i).store(p + i);
  if (i < bytes) V::load(q + bytes - V::kLanes).store(p + bytes - V::kLanes);
}

// Row k of `to`, of `bytes` each, becomes the one at address where(row that entry k names). `far`: the caches may not hold them; `past`: nor
// will they hold `to`.
template <DataError kError = DataError::index_out_of_range, class Where>
DLX_INLINE void copy_entry_rows(ErrorSlot& slot, const int64_t* index, int64_t count, int64_t n, int64_t dim, void* to, int64_t bytes, bool far, bool past, const Where where) {
  const int64_t ahead = 1 + 2048 / (bytes + 1);
  each_entry_block<kError>(slot, index, count, n, dim, [=](int64_t first, const int64_t* rows, int64_t left) {
    char* target = static_cast<char*>(to) + first * bytes;
    for (int64_t k = 0; k < left; ++k, target += bytes) {
      if (far && k + ahead < left) ask_ahead(where(rows[k + ahead]), bytes);
      if (past) copy_past_cache(target, where(rows[k]), bytes);
      else copy_row(target, where(rows[k]), bytes);
    }
  });
  if (past) finish_past_cache();
}
inline constexpr int64_t kFar = int64_t{1} << 20;  // bytes

// Entries grouped by row: those of row r are entry[first[r]] ... entry[first[r + 1] - 1], in rising order.
class Groups {
 public:
  Groups(const int64_t* index, int64_t count, int64_t n, int64_t dim, ErrorSlot& slot) : first_(n + 1), entry_(count > 0 ? count : 1) {
    int64_t *first = first_, *entry = entry_;
    for (int64_t r = 0; r <= n; ++r) first[r] = 0;
    for (int64_t k = 0; k < count; ++k)
      if (const int64_t r = row_at(slot, index[k], n, dim); r >= 0) ++first[r];
    for (int64_t r = 0, sum = 0; r <= n; ++r) {
      sum += first[r];
      first[r] = sum;  // for now one past the last entry of row r
    }
    for (int64_t k = count - 1; k >= 0; --k)
      if (const int64_t r = row_at(slot, index[k], n, dim); r >= 0) entry[--first[r]] = k;
  }
  DLX_INLINE const int64_t* begin(int64_t row) const { return entry_.data() + first_.data()[row]; }
  DLX_INLINE const int64_t* end(int64_t row) const { return entry_.data() + first_.data()[row + 1]; }

 private:
  Scratch<int64_t> first_, entry_;
};

// to[i] += alpha * from[i], i < n. Each addition rounds to T. Booleans: or, and.
template <class T> DLX_INLINE void add_row(T* to, const T* from, compute_of<T> alpha, bool scaled, int64_t n) {
  using C = compute_of<T>;
  if (n == 1) {
    const C x = static_cast<C>(*from);
    *to = static_cast<T>(static_cast<C>(*to) + (scaled ? alpha * x : x));
    return;
  }
  if (!scaled)
    each_register<C>(n, [&](int64_t i, auto lanes) { store_lanes(to + i, load_lanes(to + i, lanes) + load_lanes(from + i, lanes), lanes); });
  else
    each_register<C>(n, [&](int64_t i, auto lanes) {
      store_lanes(to + i, load_lanes(to + i, lanes) + Vec<C>(alpha) * load_lanes(from + i, lanes), lanes);
    });
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
