// Additions whose destinations the data choose. Each destination must take its additions in the input's order, so work is cut
// by destination: entries are grouped by a stable counting sort, or each chunk owns a slice of the output.
#pragma once
#include "core/scratch.h"
#include "core/thread_state.h"
#include "cpu/vec_half.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// index[k] as a row in [0, n), negative ones counted from the end; reported and -1 if there is no such row.
DLX_INLINE int64_t row_at(ErrorSlot& slot, int64_t index, int64_t n, int64_t dim) {
  const int64_t row = index < 0 ? index + n : index;
  if (row >= 0 && row < n) [[likely]] return row;
  slot.report(DataError::index_out_of_range, index, dim, n);
  return -1;
}

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
