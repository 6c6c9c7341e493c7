#include "cpu/transpose.h"

#include "core/parallel.h"
#include "cpu/vec_stream.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kBandBytes = 512, kStripBytes = 4096;  // of a row of `to`, of a row of `from`; items of less than 4 bytes count as 4
constexpr int64_t kAhead = 256;                          // bytes
constexpr int64_t kFarBytes = int64_t{1} << 19;          // a smaller operand is in L2, where asking ahead gains nothing

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

// Band by band of rows, from left to right: the lines of `from` are read once and whole (rows a power of two apart would else drive each other
// out of the cache), and of a row of `to` four lines are written together. Processors foresee reads along a few rows, not along those of
// a band: kAhead bytes further in its row (in narrow rows, a band further) a line is asked into L2. On the way past the caches
// whole lines go straight; where rows of `to` begin within a register, a block of columns is turned in memory first. 4096 x 4096 floats took
// 4.6 ms, by strips of 64 columns without asking 16 (Zen 4).
template <class T>
void transpose(char* to, int64_t to_stride, const char* from, int64_t from_stride, int64_t rows, int64_t columns, const Transposition& how) {
  using V = Vec<T>;
  constexpr int64_t kItem = sizeof(T), kTile = kItem == 1 ? 16 : V::kLanes, kColumns = kAhead / (kItem < 4 ? 4 : kItem);
  constexpr int64_t kBand = kBandBytes / (kItem < 4 ? 4 : kItem), kStride = kBand * kItem + 64;
  const bool whole_lines = how.past_cache && kVecBytes == 64 && kItem > 1 && ((reinterpret_cast<uintptr_t>(to) | static_cast<uintptr_t>(to_stride)) & 63) == 0;
  const bool in_memory = how.past_cache && !whole_lines;
  // Rows of a power of two need half a band: lines at one distance share few sets of L2.
  const int64_t band = in_memory ? kBand : kBand / 2, next = columns * kItem > kAhead ? kAhead : band * from_stride;
  const auto tile = [&](char* target, int64_t stride, const char* source) {
    if (how.ahead)
#pragma GCC unroll 32
      for (int64_t i = 0; i < kTile; ++i) __builtin_prefetch(source + i * from_stride + next, 0, 2);
    if constexpr (kItem == 1) {
      alignas(64) T there[kTile][kTile], turned[kTile][kTile];
      for (int64_t i = 0; i < kTile; ++i) __builtin_memcpy(there[i], source + i * from_stride, sizeof there[i]);
      for (int64_t j = 0; j < kTile; ++j)
        for (int64_t i = 0; i < kTile; ++i) turned[j][i] = there[i][j];
      for (int64_t j = 0; j < kTile; ++j) __builtin_memcpy(target + j * stride, turned[j], sizeof turned[j]);
    } else {
      V r[kTile];
#pragma GCC unroll 32
      for (int64_t i = 0; i < kTile; ++i) r[i] = V::load(reinterpret_cast<const T*>(source + i * from_stride));
      turn(r);
      if (whole_lines) {
#pragma GCC unroll 32
        for (int64_t j = 0; j < kTile; ++j) store_past_cache(target + j * stride, r[j]);
      } else {
#pragma GCC unroll 32
        for (int64_t j = 0; j < kTile; ++j) r[j].store(reinterpret_cast<T*>(target + j * stride));
      }
    }
  };
  alignas(64) char memory[kColumns * kStride];
  for (int64_t i0 = 0; i0 < rows; i0 += band) {
    const int64_t ni = rows - i0 < band ? rows - i0 : band;
    for (int64_t j0 = 0; j0 < columns; j0 += kColumns) {
      const int64_t nj = columns - j0 < kColumns ? columns - j0 : kColumns, stride = in_memory ? kStride : to_stride;
      const char* source = from + i0 * from_stride + j0 * kItem;
      char* const there = to + j0 * to_stride + i0 * kItem;
      char* const target = in_memory ? memory : there;
      for (int64_t j = 0; j < nj; j += kTile) {
        const int64_t width = nj - j < kTile ? nj - j : kTile;
        int64_t i = 0;
        if (width == kTile)
          for (; i + kTile <= ni; i += kTile) tile(target + j * stride + i * kItem, stride, source + i * from_stride + j * kItem);
        for (int64_t k = j; k < j + width && i < ni; ++k)
          for (int64_t l = i; l < ni; ++l)
            reinterpret_cast<T*>(target + k * stride)[l] = reinterpret_cast<const T*>(source + l * from_stride)[k];
      }
      for (int64_t j = 0; j < nj && in_memory; ++j) copy_past_cache(there + j * to_stride, memory + j * kStride, ni * kItem);
    }
  }
  if (how.past_cache) finish_past_cache();
}

}  // namespace

void transpose(int64_t item, char* to, int64_t to_stride, const char* from, int64_t from_stride, int64_t rows, int64_t columns, const Transposition& how) {
  switch (item) {
    case 1: return transpose<uint8_t>(to, to_stride, from, from_stride, rows, columns, how);
    case 2: return transpose<uint16_t>(to, to_stride, from, from_stride, rows, columns, how);
    case 4: return transpose<uint32_t>(to, to_stride, from, from_stride, rows, columns, how);
    default: return transpose<uint64_t>(to, to_stride, from, from_stride, rows, columns, how);
  }
}

bool copy_transposed(const LoopPlan& plan) {
  const int64_t item = itemsize(plan.dtype[0]), *to_stride = plan.stride[0], *from_stride = plan.stride[1];
  if (plan.ndim < 2 || to_stride[0] != item || from_stride[0] == item || from_stride[0] == 0) return false;
  int across = 1;
  while (across < plan.ndim && from_stride[across] != item) ++across;
  if (across == plan.ndim || plan.size[0] < 4 || plan.size[across] < 4) return false;

  // A work item: kStripBytes of the rows of a band; of narrow rows several bands.
  const int64_t widest = item < 4 ? 4 : item, strip = kStripBytes / widest;
  const int64_t band = kBandBytes / widest * (4 * plan.size[across] < strip ? strip / (4 * plan.size[across]) : 1);
  // Where all rows of a large operand begin at the same place of a line, strips but the first begin with lines.
  int64_t lead = 0;
  const Transposition how{plan.numel * item >= kFarBytes, 2 * plan.numel * item >= kPastCache};
  if (how.ahead && plan.size[across] > strip) {
    lead = static_cast<int64_t>(-reinterpret_cast<uintptr_t>(plan.data[1]) & 63) / item;
    for (int d = 0; d < plan.ndim; ++d) lead = d != across && (from_stride[d] & 63) != 0 ? 0 : lead;
  }
  const int64_t bands = (plan.size[0] - 1) / band + 1, strips = (plan.size[across] - lead - 1) / strip + 1 + (lead > 0);
  const int64_t height = plan.size[0] < band ? plan.size[0] : band, width = plan.size[across] < strip ? plan.size[across] : strip;
  int64_t others = 1;
  for (int d = 1; d < plan.ndim; ++d) others *= d == across ? 1 : plan.size[d];
  parallel_for(others * strips * bands, height * width, [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) {
      const int64_t row = n % bands * band, s = n / bands % strips;
      const int64_t column = lead == 0 ? s * strip : s == 0 ? 0 : lead + (s - 1) * strip;
      const int64_t columns = s == 0 && lead > 0 ? lead : plan.size[across] - column < strip ? plan.size[across] - column : strip;
      char* to = plan.data[0] + row * item + column * to_stride[across];
      const char* from = plan.data[1] + row * from_stride[0] + column * item;
      int64_t rest = n / bands / strips;
      for (int d = 1; d < plan.ndim; ++d) {
        if (d == across) continue;
        to += rest % plan.size[d] * to_stride[d];
        from += rest % plan.size[d] * from_stride[d];
        rest /= plan.size[d];
      }
      const int64_t rows = plan.size[0] - row < band ? plan.size[0] - row : band;
      transpose(item, to, to_stride[across], from, from_stride[0], rows, columns, how);
    }
  });
  return true;
}

}  // namespace dlx::cpu::DLX_ISA
