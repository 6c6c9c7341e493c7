// Copies, casts, fills and arange. Copies go by item size, casts through convert_block, transpositions by tiles (transpose.h).
#include "kernels/copy.h"

#include "core/parallel.h"
#include "cpu/block_loop.h"
#include "cpu/convert.h"
#include "cpu/scatter.h"
#include "cpu/transpose.h"
#include "cpu/vec_stream.h"

namespace dlx::cpu::DLX_ISA {
namespace {

struct DTypes {
  DType to, from;
};

void copy_loop(const void* context, void* out, const void* const* in, int64_t n) {
  const DTypes dtypes = *static_cast<const DTypes*>(context);
  convert_block(dtypes.to, out, dtypes.from, in[0], n);
}

// --- copies between strides, of one dtype ---------------------------------------------------------------------------

// `rows` rows of kBytes each.
template <int64_t kBytes> DLX_INLINE void copy_short_rows(char* to, int64_t to_stride, const char* from, int64_t from_stride, int64_t rows) {
  for (int64_t r = 0; r < rows; ++r) __builtin_memcpy(to + r * to_stride, from + r * from_stride, kBytes);
}
void copy_dense_rows(char* to, int64_t to_stride, const char* from, int64_t from_stride, int64_t rows, int64_t bytes, bool past_cache) {
  switch (bytes) {
    case 4: return copy_short_rows<4>(to, to_stride, from, from_stride, rows);
    case 8: return copy_short_rows<8>(to, to_stride, from, from_stride, rows);
    case 12: return copy_short_rows<12>(to, to_stride, from, from_stride, rows);
    case 16: return copy_short_rows<16>(to, to_stride, from, from_stride, rows);
    case 24: return copy_short_rows<24>(to, to_stride, from, from_stride, rows);
    case 32: return copy_short_rows<32>(to, to_stride, from, from_stride, rows);
    default: break;
  }
  constexpr int64_t kAhead = 8;  // rows: processors foresee long rows alone
  for (int64_t r = 0; r < rows; ++r) {
    if (past_cache && bytes <= 1024 && r + kAhead < rows) ask_ahead(from + (r + kAhead) * from_stride, bytes);
    if (past_cache) copy_past_cache(to + r * to_stride, from + r * from_stride, bytes);
    else copy_row(to + r * to_stride, from + r * from_stride, bytes);
  }
}
template <class T> DLX_INLINE void copy_strided(T* to, int64_t to_stride, const T* from, int64_t from_stride, int64_t n) {
  constexpr auto kItem = static_cast<int64_t>(sizeof(T));
  const int64_t s = to_stride / kItem, q = from_stride / kItem;
  if (s == 1 && q == 2) {  // constant strides become vector code
    for (int64_t k = 0; k < n; ++k) to[k] = from[2 * k];
  } else if (s == 1 && q == -1) {
    for (int64_t k = 0; k < n; ++k) to[k] = from[-k];
  } else if (s == 1 && q == 0) {
    const T value = *from;
    for (int64_t k = 0; k < n; ++k) to[k] = value;
  } else {
    for (int64_t k = 0; k < n; ++k) to[k * s] = from[k * q];
  }
}

// Row by row of the innermost dimension, straight from place to place; long rows in segments.
void copy_rows(const LoopPlan& plan) {
  constexpr int64_t kSegment = 16384;
  const int64_t item = itemsize(plan.dtype[0]), n = plan.size[0], segments = (n - 1) / kSegment + 1, rows = plan.numel / n;
  const int64_t to_step = plan.stride[0][0], from_step = plan.stride[1][0];
  const bool dense = to_step == item && from_step == item;
  const bool past_cache = dense && plan.bytes(0) + plan.bytes(1) >= kPastCache && n * item >= 256;
  const int64_t inner = plan.ndim > 1 ? plan.size[1] : 1;
  const int64_t to_next = plan.ndim > 1 ? plan.stride[0][1] : 0, from_next = plan.ndim > 1 ? plan.stride[1][1] : 0;
  // `count` rows along dimension 1 from row r on, columns [column, column + width).
  const auto copy = [&](int64_t r, int64_t count, int64_t column, int64_t width) {
    char* to = plan.data[0] + column * to_step;
    const char* from = plan.data[1] + column * from_step;
    for (int d = 1; d < plan.ndim; ++d) {
      to += r % plan.size[d] * plan.stride[0][d];
      from += r % plan.size[d] * plan.stride[1][d];
      r /= plan.size[d];
    }
    if (dense) return copy_dense_rows(to, to_next, from, from_next, count, width * item, past_cache);
    const auto each = [&]<class T>() {
      for (int64_t k = 0; k < count; ++k)
        copy_strided(reinterpret_cast<T*>(to + k * to_next), to_step, reinterpret_cast<const T*>(from + k * from_next), from_step, width);
    };
    switch (item) {
      case 1: return each.template operator()<uint8_t>();
      case 2: return each.template operator()<uint16_t>();
      case 4: return each.template operator()<uint32_t>();
      default: return each.template operator()<uint64_t>();
    }
  };
  if (segments > 1) {
    parallel_for(rows * segments, kSegment, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t column = i % segments * kSegment;
        copy(i / segments, 1, column, n - column < kSegment ? n - column : kSegment);
      }
      if (past_cache) finish_past_cache();
    });
    return;
  }
  parallel_for(rows, 2 * n + 4, [&](int64_t begin, int64_t end) {
    while (begin < end) {
      const int64_t at = begin % inner, count = inner - at < end - begin ? inner - at : end - begin;
      copy(begin, count, 0, n);
      begin += count;
    }
    if (past_cache) finish_past_cache();
  });
}

void copy_kernel(Out out, const Tensor& x) {
  const DTypes dtypes{out.dtype(), x.dtype()};
  const Tensor* inputs[] = {&x};
  if (dtypes.to == dtypes.from) {
    LoopPlan plan;
    plan_loop(plan, out, {inputs, 1});
    if (!copy_transposed(plan)) copy_rows(plan);
    return;
  }
  run_blocks({copy_loop, dtypes.to, {dtypes.from}, 2, &dtypes}, out, inputs, 1);
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
    // Zeros by memset, which on large chunks writes lines without reading them first.
    constexpr char kZero[sizeof(T)] = {};
    if (__builtin_memcmp(&element, kZero, sizeof(T)) == 0 && static_cast<const Tensor&>(out).is_contiguous()) {
      char* to = out.data<char>();
      parallel_for(out.numel(), 1, [&](int64_t begin, int64_t end) {
        __builtin_memset(to + begin * static_cast<int64_t>(sizeof(T)), 0, static_cast<size_t>(end - begin) * sizeof(T));
      });
      return;
    }
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
