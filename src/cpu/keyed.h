// Sorting (key, index) pairs. A key orders as an unsigned number; values of any dtype map to keys so that NaN is the largest and
// -0 equals 0. All sorts here are stable: what the result is depends on the keys alone.
#pragma once
#include "core/dtype.h"
#include "core/scratch.h"

namespace dlx::cpu::DLX_ISA {
namespace {

struct Keyed {
  uint64_t key;
  int64_t index;
};

inline constexpr uint64_t kNanKey = ~uint64_t{0};

template <class U, class S> DLX_INLINE uint64_t float_key(U bits) {
  constexpr int kWidth = 8 * static_cast<int>(sizeof(U));
  constexpr U kSign = static_cast<U>(U{1} << (kWidth - 1));
  if (bits == kSign) bits = 0;  // -0
  return (bits & kSign) ? static_cast<uint64_t>(static_cast<U>(~bits)) : static_cast<uint64_t>(bits) | kSign;
}
template <class T> DLX_INLINE bool is_nan(T x) {
  if constexpr (std::is_integral_v<T>) return false;
  else if constexpr (std::is_floating_point_v<T>) return x != x;
  else return static_cast<float>(x) != static_cast<float>(x);
}
// Of T's width, but kNanKey for a NaN.
template <class T> DLX_INLINE uint64_t key_of(T x) {
  if constexpr (std::is_same_v<T, bool> || std::is_unsigned_v<T>) return static_cast<uint64_t>(x);
  else if constexpr (std::is_integral_v<T>)
    return static_cast<std::make_unsigned_t<T>>(static_cast<std::make_unsigned_t<T>>(x) ^ static_cast<std::make_unsigned_t<T>>(std::make_unsigned_t<T>{1} << (8 * sizeof(T) - 1)));
  else if (is_nan(x)) return kNanKey;
  else if constexpr (std::is_same_v<T, double>) return float_key<uint64_t, double>(__builtin_bit_cast(uint64_t, x));
  else if constexpr (std::is_same_v<T, float>) return float_key<uint32_t, float>(__builtin_bit_cast(uint32_t, x));
  else return float_key<uint16_t, T>(x.bits);
}

// n keys of a row; falling: so that the largest value has the smallest key.
template <class T> void load_keys(Keyed* to, const T* x, int64_t stride, int64_t n, bool falling) {
  const uint64_t flip = falling ? ~uint64_t{0} : 0;
  for (int64_t i = 0; i < n; ++i) to[i] = {key_of(x[i * stride]) ^ flip, i};
}

constexpr int64_t kInsertion = 24;  // runs this short are sorted by insertion
constexpr int64_t kRadix = 1024;    // from here on by bytes

inline void insertion_sort(Keyed* items, int64_t n) {
  for (int64_t i = 1; i < n; ++i) {
    const Keyed x = items[i];
    int64_t j = i;
    for (; j > 0 && x.key < items[j - 1].key; --j) items[j] = items[j - 1];
    items[j] = x;
  }
}
inline Keyed* merge_sort(Keyed* items, Keyed* spare, int64_t n) {
  for (int64_t i = 0; i < n; i += kInsertion) insertion_sort(items + i, n - i < kInsertion ? n - i : kInsertion);
  for (int64_t width = kInsertion; width < n; width *= 2) {
    for (int64_t low = 0; low < n; low += 2 * width) {
      const int64_t middle = low + width < n ? low + width : n, high = low + 2 * width < n ? low + 2 * width : n;
      int64_t a = low, b = middle;
      for (int64_t i = low; i < high; ++i) {
        const bool second = a >= middle || (b < high && items[b].key < items[a].key);
        spare[i] = items[second ? b : a];
        b += second;
        a += !second;
      }
    }
    Keyed* swap = items;
    items = spare;
    spare = swap;
  }
  return items;
}
// By bytes from the lowest; a byte that is the same in all keys costs nothing but its count.
inline Keyed* radix_sort(Keyed* items, Keyed* spare, int64_t n) {
  uint64_t differing = 0;
  for (int64_t i = 1; i < n; ++i) differing |= items[i].key ^ items[0].key;
  for (int shift = 0; shift < 64; shift += 8) {
    if ((differing >> shift & 255) == 0) continue;
    int64_t first[256] = {};
    for (int64_t i = 0; i < n; ++i) ++first[items[i].key >> shift & 255];
    int64_t at = 0;
    for (int64_t& f : first) {
      const int64_t count = f;
      f = at;
      at += count;
    }
    for (int64_t i = 0; i < n; ++i) spare[first[items[i].key >> shift & 255]++] = items[i];
    Keyed* swap = items;
    items = spare;
    spare = swap;
  }
  return items;
}
// Sorted by key, equal keys in their order; the result lies in `items` or in `spare`.
inline Keyed* sorted_by_key(Keyed* items, Keyed* spare, int64_t n) {
  return n < kRadix ? merge_sort(items, spare, n) : radix_sort(items, spare, n);
}

DLX_INLINE bool before(const Keyed& a, const Keyed& b) { return a.key < b.key || (a.key == b.key && a.index < b.index); }

// The item that a sort by (key, index) would put at place k; reorders `items`. Quickselect by the median of three; should the pivots
// be bad for long, the rest is sorted.
inline Keyed select_item(Keyed* items, Keyed* spare, int64_t n, int64_t k) {
  int64_t low = 0, high = n;  // the item is in [low, high)
  for (int round = 0; high - low > kInsertion; ++round) {
    if (round > 96) {  // equal keys would come out of order: their indices decide, in a second sort before the first
      for (int64_t i = low; i < high; ++i) {
        const Keyed x = items[i];
        items[i] = {static_cast<uint64_t>(x.index), static_cast<int64_t>(x.key)};
      }
      Keyed* by_index = sorted_by_key(items + low, spare, high - low);
      for (int64_t i = 0; i < high - low; ++i) by_index[i] = {static_cast<uint64_t>(by_index[i].index), static_cast<int64_t>(by_index[i].key)};
      return sorted_by_key(by_index, by_index == spare ? items + low : spare, high - low)[k - low];
    }
    Keyed a = items[low], b = items[low + (high - low) / 2], c = items[high - 1];
    const Keyed pivot = before(a, b) ? (before(b, c) ? b : before(a, c) ? c : a) : (before(a, c) ? a : before(b, c) ? c : b);
    int64_t i = low, j = high - 1;
    for (;;) {
      while (before(items[i], pivot)) ++i;
      while (before(pivot, items[j])) --j;
      if (i >= j) break;
      const Keyed swap = items[i];
      items[i++] = items[j];
      items[j--] = swap;
    }
    // [low, j] are at most the pivot, [j + 1, high) at least; all differ, so both parts shrink.
    if (i == j) {
      if (k == i) return items[i];
      if (k < i) high = i;
      else low = i + 1;
    } else if (k <= j) {
      high = j + 1;
    } else {
      low = j + 1;
    }
  }
  for (int64_t i = low + 1; i < high; ++i) {
    const Keyed x = items[i];
    int64_t j = i;
    for (; j > low && before(x, items[j - 1]); --j) items[j] = items[j - 1];
    items[j] = x;
  }
  return items[k];
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
