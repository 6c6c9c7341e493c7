// Copies, casts, fills and arange. Copies go by item size, casts through convert_block, transpositions by tiles (transpose.h).
#include "kernels/copy.h"

#include "core/parallel.h"
#include "cpu/block_loop.h"
#include "cpu/convert.h"
#include "cpu/transpose.h"
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
