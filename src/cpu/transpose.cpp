#include "cpu/transpose.h"

#include "core/parallel.h"
#include "cpu/vec_stream.h"

namespace dlx::cpu::DLX_ISA {
namespace {

template <class T, int... I> DLX_INLINE void interleave(Vec<T>& low, Vec<T>& high, std::integer_sequence<int, I...>) {
  constexpr int kLanes = Vec<T>::kLanes;
  const Vec<T> a = low, b = high;
  low = Vec<T>::of(__builtin_shufflevector(a.v, b.v, (I / 2 + I % 2 * kLanes)...));
  high = Vec<T>::of(__builtin_shufflevector(a.v, b.v, (kLanes / 2 + I / 2 + I % 2 * kLanes)...));
}

// A square of kLanes x kLanes, in registers: interleaving rows i and i + half, to rows 2 i and 2 i + 1, turns it in log2(kLanes) rounds
// (16 x 16 floats: 64 shuffles, where element by element takes 256 loads and stores).
template <class T> DLX_INLINE void turn(Vec<T> (&r)[Vec<T>::kLanes]) {
  constexpr int kLanes = Vec<T>::kLanes, kHalf = kLanes / 2;
#pragma GCC unroll 8
  for (int round = 1; round < kLanes; round *= 2) {
    Vec<T> next[kLanes];
#pragma GCC unroll 32
    for (int i = 0; i < kHalf; ++i) {
      next[2 * i] = r[i];
      next[2 * i + 1] = r[i + kHalf];
      interleave(next[2 * i], next[2 * i + 1], std::make_integer_sequence<int, kLanes>());
    }
#pragma GCC unroll 32
    for (int i = 0; i < kLanes; ++i) r[i] = next[i];
  }
}

// to[j][i] = from[i][j] for i < rows and j < columns. Blocks of kRows x kColumns: each line of `from` is read once and whole (rows a power
// of two apart would else drive each other out of the cache), lines of `to` are written whole and, on the way past the caches, in pairs.
template <class T> void transpose(char* to, int64_t to_stride, const char* from, int64_t from_stride, int64_t rows, int64_t columns, bool past_cache) {
  using V = Vec<T>;
  constexpr int64_t kTile = sizeof(T) == 1 ? 16 : V::kLanes, kBlock = sizeof(T) == 1 ? 16 : 128 / static_cast<int64_t>(sizeof(T));
  const bool whole_lines = past_cache && kVecBytes == 64 && ((reinterpret_cast<uintptr_t>(to) | static_cast<uintptr_t>(to_stride)) & 63) == 0;
  const auto tile = [&](int64_t i0, int64_t j0) {
    const char* source = from + i0 * from_stride + j0 * static_cast<int64_t>(sizeof(T));
    char* target = to + j0 * to_stride + i0 * static_cast<int64_t>(sizeof(T));
    if constexpr (sizeof(T) == 1) {
      alignas(64) T there[kTile][kTile], turned[kTile][kTile];
      for (int64_t i = 0; i < kTile; ++i) __builtin_memcpy(there[i], source + i * from_stride, sizeof there[i]);
      for (int64_t j = 0; j < kTile; ++j)
        for (int64_t i = 0; i < kTile; ++i) turned[j][i] = there[i][j];
      for (int64_t j = 0; j < kTile; ++j) __builtin_memcpy(target + j * to_stride, turned[j], sizeof turned[j]);
    } else {
      V r[kTile];
#pragma GCC unroll 32
      for (int64_t i = 0; i < kTile; ++i) r[i] = V::load(reinterpret_cast<const T*>(source + i * from_stride));
      turn(r);
      if (whole_lines) {
#pragma GCC unroll 32
        for (int64_t j = 0; j < kTile; ++j) store_past_cache(target + j * to_stride, r[j]);
      } else {
#pragma GCC unroll 32
        for (int64_t j = 0; j < kTile; ++j) r[j].store(reinterpret_cast<T*>(target + j * to_stride));
      }
    }
  };
  for (int64_t i0 = 0; i0 < rows; i0 += kBlock) {
    const int64_t ni = rows - i0 < kBlock ? rows - i0 : kBlock;
    for (int64_t j0 = 0; j0 < columns; j0 += kTile) {
      const int64_t nj = columns - j0 < kTile ? columns - j0 : kTile;
      int64_t i = 0;
      if (nj == kTile)
        for (; i + kTile <= ni; i += kTile) tile(i0 + i, j0);
      for (int64_t j = 0; j < nj && i < ni; ++j)
        for (int64_t k = i; k < ni; ++k)
          reinterpret_cast<T*>(to + (j0 + j) * to_stride)[i0 + k] = reinterpret_cast<const T*>(from + (i0 + k) * from_stride)[j0 + j];
    }
  }
  if (whole_lines) finish_past_cache();
}

}  // namespace

bool copy_transposed(const LoopPlan& plan) {
  const int64_t item = itemsize(plan.dtype[0]);
  if (plan.ndim < 2 || plan.stride[0][0] != item || plan.stride[1][0] == item || plan.stride[1][0] == 0) return false;
  int across = 1;
  while (across < plan.ndim && plan.stride[1][across] != item) ++across;
  if (across == plan.ndim || plan.size[0] < 4 || plan.size[across] < 4) return false;

  const bool past_cache = 2 * plan.numel * item >= kPastCache;
  constexpr int64_t kStrip = 64;  // columns of one work item
  const int64_t strips = (plan.size[across] - 1) / kStrip + 1;
  int64_t others = 1;
  for (int d = 1; d < plan.ndim; ++d) others *= d == across ? 1 : plan.size[d];
  parallel_for(others * strips, plan.size[0] * kStrip, [&](int64_t begin, int64_t end) {
    for (int64_t item_index = begin; item_index < end; ++item_index) {
      const int64_t first = item_index % strips * kStrip;
      int64_t rest = item_index / strips, to_offset = first * plan.stride[0][across], from_offset = first * item;
      for (int d = 1; d < plan.ndim; ++d) {
        if (d == across) continue;
        to_offset += rest % plan.size[d] * plan.stride[0][d];
        from_offset += rest % plan.size[d] * plan.stride[1][d];
        rest /= plan.size[d];
      }
      const int64_t columns = plan.size[across] - first < kStrip ? plan.size[across] - first : kStrip;
      const auto run = [&]<class T>() {
        transpose<T>(plan.data[0] + to_offset, plan.stride[0][across], plan.data[1] + from_offset, plan.stride[1][0], plan.size[0], columns, past_cache);
      };
      switch (item) {
        case 1: run.template operator()<uint8_t>(); break;
        case 2: run.template operator()<uint16_t>(); break;
        case 4: run.template operator()<uint32_t>(); break;
        default: run.template operator()<uint64_t>();
      }
    }
  });
  return true;
}

}  // namespace dlx::cpu::DLX_ISA
