// Numbers in a row, and triangles of matrices.
#include "kernels/creation.h"

#include "core/parallel.h"
#include "cpu/convert.h"
#include "cpu/vec.h"

namespace dlx::cpu::DLX_ISA {
namespace {

void linspace(Out out, double start, double end) {
  constexpr int64_t kBlock = 512;
  const int64_t n = out.numel();
  const double step = n > 1 ? (end - start) / static_cast<double>(n - 1) : 0;
  char* data = out.data<char>();
  parallel_for(n, 2, [&](int64_t begin, int64_t stop) {
    for (int64_t i = begin; i < stop; i += kBlock) {
      const int64_t count = stop - i < kBlock ? stop - i : kBlock;
      double values[kBlock];
      for (int64_t k = 0; k < count; ++k)
        values[k] = i + k < n / 2 || n == 1 ? __builtin_fma(static_cast<double>(i + k), step, start)
                                            : __builtin_fma(-static_cast<double>(n - 1 - i - k), step, end);
      convert_block(out.dtype(), data + i * itemsize(out.dtype()), DType::float64, values, count);
    }
  });
}

void triangle(Out out, const Tensor& x, int64_t diagonal, bool upper) {
  const int64_t rows = x.size(1), columns = x.size(2), item = itemsize(x.dtype());
  const char* from = x.data<char>();
  char* to = out.data<char>();
  parallel_for(x.size(0) * rows, columns + 4, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      // Columns [0, cut) belong to the lower triangle (or, for upper, lie below it).
      int64_t cut = r % rows + diagonal + (upper ? 0 : 1);
      cut = cut < 0 ? 0 : cut > columns ? columns : cut;
      const int64_t first = r * columns * item, middle = first + cut * item, last = first + columns * item;
      const auto copy = [&](int64_t a, int64_t b) {
        if (to != from) __builtin_memcpy(to + a, from + a, static_cast<size_t>(b - a));
      };
      const auto clear = [&](int64_t a, int64_t b) { __builtin_memset(to + a, 0, static_cast<size_t>(b - a)); };
      if (upper) {
        clear(first, middle);
        copy(middle, last);
      } else {
        copy(first, middle);
        clear(middle, last);
      }
    }
  });
}

DLX_REGISTER_CPU(kernels::linspace, linspace);
DLX_REGISTER_CPU(kernels::triangle, triangle);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
