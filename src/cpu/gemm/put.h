// What happens to a finished tile: bias, accumulation, conversion, and the way into a strided output.
#pragma once
#include "cpu/gemm/pack.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// `cols` neighbouring columns of `rows` rows go to `to`, at strides out.row and out.x.
template <class T, class To>
__attribute__((noinline)) void put_run(const Output<T>& out, To* to, int rows, int cols, const T* tile, const To* row_bias, const To* col_bias) {
  T sums[kTileRows * kTileCols<T>];
  if (row_bias || col_bias || out.accumulate) {  // seldom, and small beside the tile's products: one slim loop for each
    for (int i = 0; i < rows; ++i) {
      const T* from = tile + i * kTileCols<T>;
      T* sum = sums + i * kTileCols<T>;
      const T more = row_bias ? static_cast<T>(row_bias[i]) : T(0);
      if (col_bias) for (int j = 0; j < cols; ++j) sum[j] = from[j] + static_cast<T>(col_bias[j]);
      else if (row_bias) for (int j = 0; j < cols; ++j) sum[j] = from[j] + more;
      else for (int j = 0; j < cols; ++j) sum[j] = from[j];
      if (out.accumulate) for (int j = 0; j < cols; ++j) sum[j] = static_cast<T>(to[i * out.row + j * out.x]) + sum[j];
    }
    tile = sums;
  }
  if (out.x == 1) {
    for (int i = 0; i < rows; ++i) {
      if constexpr (std::is_same_v<T, To>) {
        each_register<T>(cols, [&](int64_t j, auto lanes) { store_lanes(to + i * out.row + j, load_lanes(tile + i * kTileCols<T> + j, lanes), lanes); });
      } else {
        convert_row(to + i * out.row, tile + i * kTileCols<T>, cols);
      }
    }
  } else {  // a transposed product or NHWC: along the output's memory
    for (int j = 0; j < cols; ++j)
      for (int i = 0; i < rows; ++i) to[i * out.row + j * out.x] = static_cast<To>(tile[i * kTileCols<T> + j]);
  }
}

template <class T, class To> void put_tile(const Output<T>& out, int64_t batch, int64_t i, int64_t j, int rows, int cols, const T* tile) {
  To* base = static_cast<To*>(out.data) + batch * out.batch + i * out.row;
  const To* row_bias = out.row_bias ? static_cast<const To*>(out.row_bias) + batch * out.row_bias_batch + i : nullptr;
  const To* col_bias = out.col_bias ? static_cast<const To*>(out.col_bias) + j : nullptr;
  if (j + cols <= out.x_size) return put_run(out, base + j * out.x, rows, cols, tile, row_bias, col_bias);
  // Pixels: from row to row of an image, from image to image.
  int64_t x = j % out.x_size, y = j / out.x_size % out.y_size, outer = j / out.x_size / out.y_size;
  for (int done = 0; done < cols;) {
    const int run = static_cast<int>(cols - done < out.x_size - x ? cols - done : out.x_size - x);
    put_run(out, base + outer * out.outer + y * out.y + x * out.x, rows, run, tile + done, row_bias, col_bias ? col_bias + done : nullptr);
    done += run;
    x = 0;
    if (++y == out.y_size) {
      y = 0;
      ++outer;
    }
  }
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
