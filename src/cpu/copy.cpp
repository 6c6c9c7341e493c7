// Copies, casts, fills and arange. Copies go by item size, casts through convert_block; a copy that exchanges the fast dimensions
// (a transposition, NCHW to NHWC) goes in tiles.
#include "kernels/copy.h"

#include "core/parallel.h"
#include "cpu/block_loop.h"
#include "cpu/convert.h"
#include "cpu/vec.h"

namespace dlx::cpu::DLX_ISA {
namespace {

struct DTypes {
  DType to, from;
};

void copy_loop(const void* context, void* out, const void* const* in, int64_t n) {
  const DTypes dtypes = *static_cast<const DTypes*>(context);
  if (dtypes.to == dtypes.from) __builtin_memmove(out, in[0], static_cast<size_t>(n * itemsize(dtypes.to)));
  else convert_block(dtypes.to, out, dtypes.from, in[0], n);
}

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

// Copies by tiles if `out` runs along memory in dimension 0 of the loop and x in another. False: it does not.
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

void copy_kernel(Out out, const Tensor& x) {
  const DTypes dtypes{out.dtype(), x.dtype()};
  const Tensor* inputs[] = {&x};
  if (dtypes.to == dtypes.from && !x.is_contiguous()) {
    LoopPlan plan;
    plan_loop(plan, out, {inputs, 1});
    if (copy_transposed(plan)) return;
  }
  run_blocks({copy_loop, dtypes.to, {dtypes.from}, dtypes.to == dtypes.from ? 1 : 2, &dtypes}, out, inputs, 1);
}

// The value as an integer of its size: bits are bits.
template <class T> void fill_loop(const void* context, void* out, const void* const*, int64_t n) {
  T value;
  __builtin_memcpy(&value, context, sizeof value);
  T* to = static_cast<T*>(out);
  for (int64_t i = 0; i < n; ++i) to[i] = value;
}

void fill_kernel(Out out, Scalar value) {
  dispatch_all(out.dtype(), [&]<class T>() {
    const T element = value.to<T>();
    BlockLoop* loop = sizeof(T) == 1 ? fill_loop<uint8_t> : sizeof(T) == 2 ? fill_loop<uint16_t> : sizeof(T) == 4 ? fill_loop<uint32_t> : fill_loop<uint64_t>;
    run_blocks({loop, out.dtype(), {}, 1, &element}, out, nullptr, 0);
  });
}

void arange_kernel(Out out, Scalar start, Scalar step) {
  constexpr int64_t kBlock = 512;
  const DType to = out.dtype();
  char* data = out.data<char>();
  const bool whole = !is_floating(to) && start.kind != Kind::floating && step.kind != Kind::floating;
  parallel_for(out.numel(), 2, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i += kBlock) {
      const int64_t count = end - i < kBlock ? end - i : kBlock;
      char* at = data + i * itemsize(to);
      if (whole) {
        alignas(64) int64_t values[kBlock];
        for (int64_t k = 0; k < kBlock; ++k)  // wraps, as two's complement does
          values[k] = static_cast<int64_t>(static_cast<uint64_t>(start.integer) + static_cast<uint64_t>(i + k) * static_cast<uint64_t>(step.integer));
        convert_block(to, at, DType::int64, values, count);
      } else {
        alignas(64) double values[kBlock];
        const Vec<double> from(start.as_double()), by(step.as_double());
        for (int64_t k = 0; k < kBlock; k += Vec<double>::kLanes)
          fma(Vec<double>(static_cast<double>(i + k)) + iota<double>(), by, from).store(values + k);
        convert_block(to, at, DType::float64, values, count);
      }
    }
  });
}

DLX_REGISTER_CPU(kernels::copy, copy_kernel);
DLX_REGISTER_CPU(kernels::fill, fill_kernel);
DLX_REGISTER_CPU(kernels::arange, arange_kernel);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
