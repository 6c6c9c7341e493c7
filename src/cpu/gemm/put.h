// What happens to a finished tile: scale, bias, residual, conversion, and the way into a strided output.
#pragma once
#include "cpu/gemm/pack.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// What is added to the neighbouring columns of a tile's rows; null: nothing.
template <class To> struct Added {
  const To *row_bias, *col_bias, *residual;
};

// sums = beta * residual + (alpha * tile + bias)
template <class T, class To>
__attribute__((noinline)) void finish_tile(const Output<T>& out, T* sums, int rows, int cols, const T* tile, int64_t stride, const Added<To>& added) {
  T bias[kTileCols<T>], more[kTileCols<T>];
  if (added.col_bias) convert_row(bias, added.col_bias, cols);
  for (int i = 0; i < rows; ++i) {
    const T* from = tile + i * stride;
    T* sum = sums + i * kTileCols<T>;
    const Vec<T> row_bias(added.row_bias ? static_cast<T>(added.row_bias[i]) : T(0));
    if (added.residual) {
      const To* residual = added.residual + i * out.residual_row;
      if (out.residual_x == 1) convert_row(more, residual, cols);
      else for (int j = 0; j < cols; ++j) more[j] = static_cast<T>(residual[j * out.residual_x]);
    }
    each_register<T>(cols, [&](int64_t j, auto lanes) {
      Vec<T> x = load_lanes(from + j, lanes);
      if (out.alpha != T(1)) x = x * Vec<T>(out.alpha);
      if (added.col_bias) x = x + load_lanes(bias + j, lanes);
      if (added.row_bias) x = x + row_bias;
      if (added.residual) x = (out.beta == T(1) ? load_lanes(more + j, lanes) : Vec<T>(out.beta) * load_lanes(more + j, lanes)) + x;
      store_lanes(sum + j, x, lanes);
    });
  }
}

// `cols` neighbouring columns of `rows` rows go to `to`, at strides out.row and out.x.
template <class T, class To>
__attribute__((noinline)) void put_run(const Output<T>& out, To* to, int rows, int cols, const T* tile, int64_t stride, const Added<To>& added) {
  T sums[kTileRows * kTileCols<T>];
  if (!out.plain()) {
    finish_tile(out, sums, rows, cols, tile, stride, added);
    tile = sums, stride = kTileCols<T>;
  }
  if (out.x == 1) {
    for (int i = 0; i < rows; ++i) {
      if constexpr (std::is_same_v<T, To>) {
        each_register<T>(cols, [&](int64_t j, auto lanes) { store_lanes(to + i * out.row + j, load_lanes(tile + i * stride + j, lanes), lanes); });
      } else {
        convert_row(to + i * out.row, tile + i * stride, cols);
      }
    }
  } else {  // a transposed product or NHWC: along the output's memory
    for (int j = 0; j < cols; ++j)
      for (int i = 0; i < rows; ++i) to[i * out.row + j * out.x] = static_cast<To>(tile[i * stride + j]);
  }
}

template <class T, class To> void put_tile(const Output<T>& out, int64_t batch, int64_t i, int64_t j, int rows, int cols, const T* tile, int64_t stride) {
  To* base = static_cast<To*>(out.data) + batch * out.batch + i * out.row;
  Added<To> added{};
  if (out.row_bias) added.row_bias = static_cast<const To*>(out.row_bias) + batch * out.bias_batch + i;
  if (out.col_bias) added.col_bias = static_cast<const To*>(out.col_bias) + batch * out.bias_batch + j;
  if (out.residual) added.residual = static_cast<const To*>(out.residual) + batch * out.residual_batch + i * out.residual_row + j * out.residual_x;
  if (j + cols <= out.x_size) return put_run(out, base + j * out.x, rows, cols, tile, stride, added);
  // Pixels: from row to row of an image, from image to image.
  int64_t x = j % out.x_size, y = j / out.x_size % out.y_size, outer = j / out.x_size / out.y_size;
  for (int done = 0; done < cols;) {
    const int run = static_cast<int>(cols - done < out.x_size - x ? cols - done : out.x_size - x);
    Added<To> part = added;
    if (part.col_bias) part.col_bias += done;
    if (part.residual) part.residual += done * out.residual_x;
    put_run(out, base + outer * out.outer + y * out.y + x * out.x, rows, run, tile + done, stride, part);
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
