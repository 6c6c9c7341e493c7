#include "cpu/transpose.h"

#include "core/parallel.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// to[j][i] = from[i][j] for i < rows and j < columns. Tiles of 16 x 16: each line of `from` is read once and whole (rows a power
// of two apart would else drive each other out of the cache), each run of `to` written whole.
template <class T> void transpose(char* to, int64_t to_stride, const char* from, int64_t from_stride, int64_t rows, int64_t columns) {
  constexpr int64_t kTile = 16;
  for (int64_t i0 = 0; i0 < rows; i0 += kTile) {
    const int64_t ni = rows - i0 < kTile ? rows - i0 : kTile;
    for (int64_t j0 = 0; j0 < columns; j0 += kTile) {
      const int64_t nj = columns - j0 < kTile ? columns - j0 : kTile;
      const char* source = from + i0 * from_stride + j0 * static_cast<int64_t>(sizeof(T));
      char* target = to + j0 * to_stride + i0 * static_cast<int64_t>(sizeof(T));
      if (ni == kTile && nj == kTile) {
        alignas(64) T tile[kTile][kTile], turned[kTile][kTile];
        for (int64_t i = 0; i < kTile; ++i) __builtin_memcpy(tile[i], source + i * from_stride, sizeof tile[i]);
        for (int64_t j = 0; j < kTile; ++j)
          for (int64_t i = 0; i < kTile; ++i) turned[j][i] = tile[i][j];
        for (int64_t j = 0; j < kTile; ++j) __builtin_memcpy(target + j * to_stride, turned[j], sizeof turned[j]);
      } else {
        for (int64_t j = 0; j < nj; ++j)
          for (int64_t i = 0; i < ni; ++i)
            reinterpret_cast<T*>(target + j * to_stride)[i] = reinterpret_cast<const T*>(source + i * from_stride)[j];
      }
    }
  }
}

}  // namespace

bool copy_transposed(const LoopPlan& plan) {
  const int64_t item = itemsize(plan.dtype[0]);
  if (plan.ndim < 2 || plan.stride[0][0] != item || plan.stride[1][0] == item || plan.stride[1][0] == 0) return false;
  int across = 1;
  while (across < plan.ndim && plan.stride[1][across] != item) ++across;
  if (across == plan.ndim || plan.size[0] < 4 || plan.size[across] < 4) return false;

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
        transpose<T>(plan.data[0] + to_offset, plan.stride[0][across], plan.data[1] + from_offset, plan.stride[1][0], plan.size[0], columns);
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
