// Max pooling. Forward keeps a row of winners in L1 and shows it each tap of the window in turn: a plain vector loop, along a row
// of the output (NCHW) or along the channels of a pixel (NHWC).
#include "kernels/pool.h"

#include "core/parallel.h"
#include "core/scratch.h"
#include "cpu/gemm/pack.h"

namespace dlx::cpu::DLX_ISA {
namespace {

using kernels::Pool2d;

// Elements are compared as float, double, int32 or int64.
template <class T> using compared_as = std::conditional_t<std::is_integral_v<T> && sizeof(T) < 4, int32_t, compute_of<T>>;

template <class T> struct Lowest;
template <> struct Lowest<float> { static constexpr float value = -__builtin_inff(); };
template <> struct Lowest<double> { static constexpr double value = -__builtin_inf(); };
template <> struct Lowest<int32_t> { static constexpr int32_t value = INT32_MIN; };
template <> struct Lowest<int64_t> { static constexpr int64_t value = INT64_MIN; };

// Lanes lo..hi meet from[lane * stride], which lies `offset` elements behind the start of the window.
template <class T, class Index>
__attribute__((noinline)) void meet(T* __restrict best, Index* __restrict place, const T* __restrict from, int64_t stride, int64_t lo, int64_t hi, Index offset) {
  const auto meet_each = [&](int64_t step) {
    for (int64_t l = lo; l < hi; ++l) {
      const T v = from[l * step];
      const bool wins = (v > best[l]) | (v != v);
      best[l] = wins ? v : best[l];
      place[l] = wins ? offset : place[l];
    }
  };
  if (stride == 1) meet_each(1);  // constants, for which the compiler has vector loads
  else if (stride == 2) meet_each(2);
  else meet_each(stride);
}

// `count` elements, in place if they are T and neighbours, else converted into `buffer`.
template <class T, class Source> DLX_INLINE const T* elements(const Source* from, int64_t stride, int64_t count, T* buffer) {
  if constexpr (std::is_same_v<T, Source>) if (stride == 1) return from;
  if (stride == 1) convert_row(buffer, from, count);
  else for (int64_t i = 0; i < count; ++i) buffer[i] = static_cast<T>(from[i * stride]);
  return buffer;
}

// The first tap of a window that begins at `start` and whose element is not padding.
DLX_INLINE int64_t first_tap(int64_t start, int64_t dilation) { return start >= 0 ? 0 : (dilation - 1 - start) / dilation; }

template <class Source, class Index> void max_pool2d_as(const Tensor& out, const Tensor& indices, const Tensor& x, const Pool2d& pool) {
  using T = compared_as<Source>;
  const int64_t c = x.size(1), h = x.size(2), w = x.size(3), oh = out.size(2), ow = out.size(3);
  const bool across = x.stride(1) == 1 && x.stride(3) != 1;  // NHWC: lanes are channels, else the columns of an output row
  const int64_t lanes = across ? c : ow, columns = across ? ow : 1, planes = across ? 1 : c;
  const int64_t read = across ? c : w;
  parallel_for(x.size(0) * planes * oh, ow * (across ? c : 1) * pool.kernel[0] * pool.kernel[1], [&](int64_t begin, int64_t end) {
    const Scratch<T> scratch(lanes + read);
    const Scratch<Index> places(lanes);
    T* const best = scratch.data();
    Index* const place = places.data();
    for (int64_t item = begin; item < end; ++item) {
      const int64_t n = item / (planes * oh), plane = item / oh % planes, oy = item % oh;
      const int64_t y0 = oy * pool.stride[0] - pool.padding[0], r0 = first_tap(y0, pool.dilation[0]);
      const Source* image = x.data<Source>() + n * x.stride(0) + plane * x.stride(1);
      for (int64_t column = 0; column < columns; ++column) {
        const int64_t x_start = column * pool.stride[1] - pool.padding[1];  // of lane 0
        for (int64_t l = 0; l < lanes; ++l) {  // a window of -inf alone points at its first element
          const int64_t s0 = first_tap(across ? x_start : x_start + l * pool.stride[1], pool.dilation[1]);
          best[l] = Lowest<T>::value;
          place[l] = static_cast<Index>(r0 * pool.dilation[0] * w + s0 * pool.dilation[1]);
        }
        for (int64_t r = r0; r < pool.kernel[0]; ++r) {
          const int64_t y = y0 + r * pool.dilation[0];
          if (y >= h) break;
          const Source* row = image + y * x.stride(2);
          if (across) {
            for (int64_t s = first_tap(x_start, pool.dilation[1]); s < pool.kernel[1] && x_start + s * pool.dilation[1] < w; ++s) {
              const T* pixel = elements<T>(row + (x_start + s * pool.dilation[1]) * x.stride(3), 1, c, best + lanes);
              meet(best, place, pixel, 1, 0, c, static_cast<Index>(r * pool.dilation[0] * w + s * pool.dilation[1]));
            }
          } else {
            const T* values = elements<T>(row, x.stride(3), w, best + lanes);
            for (int64_t s = 0; s < pool.kernel[1]; ++s) {
              const int64_t at = x_start + s * pool.dilation[1];  // of lane 0; lanes with 0 <= at + lane * stride < w
              const int64_t lo = first_tap(at, pool.stride[1]), end_lane = at >= w ? 0 : (w - 1 - at) / pool.stride[1] + 1;
              meet(best, place, values + at, pool.stride[1], lo, end_lane < ow ? end_lane : ow,
                   static_cast<Index>(r * pool.dilation[0] * w + s * pool.dilation[1]));
            }
          }
        }
        const int64_t at = n * out.stride(0) + plane * out.stride(1) + oy * out.stride(2) + column * out.stride(3), step = across ? out.stride(1) : out.stride(3);
        const int64_t index_at = n * indices.stride(0) + plane * indices.stride(1) + oy * indices.stride(2) + column * indices.stride(3);
        const int64_t index_step = across ? indices.stride(1) : indices.stride(3), right = across ? 0 : pool.stride[1];
        Source* to = out.data<Source>() + at;
        int64_t* index = indices.data<int64_t>() + index_at;
        if (step == 1) convert_row(to, best, lanes);
        else for (int64_t l = 0; l < lanes; ++l) to[l * step] = static_cast<Source>(best[l]);
        for (int64_t l = 0; l < lanes; ++l) index[l * index_step] = y0 * w + x_start + l * right + static_cast<int64_t>(place[l]);
      }
    }
  });
}

void max_pool2d(Out out, Out indices, const Tensor& x, Pool2d pool) {
  const auto with = [&]<class T>() {
    // Places count from the start of a window; 32 bits hold them, in lanes as wide as a float's, unless the plane is vast.
    if constexpr (sizeof(compared_as<T>) == 4) if (x.size(2) * x.size(3) <= INT32_MAX) return max_pool2d_as<T, int32_t>(out, indices, x, pool);
    max_pool2d_as<T, int64_t>(out, indices, x, pool);
  };
  if (is_floating(x.dtype())) dispatch_floating(x.dtype(), with);
  else dispatch_integers(x.dtype(), with);
}

// Cut by destination: an item owns a plane of gx (NHWC: a few channels' planes), and adds in the order of the outputs.
template <class T> void max_pool2d_backward_as(const Tensor& gx, const Tensor& gy, const Tensor& indices) {
  using Sum = compute_of<T>;
  const int64_t c = gx.size(1), h = gx.size(2), w = gx.size(3), oh = gy.size(2), ow = gy.size(3);
  const bool across = gx.stride(1) == 1 && gx.stride(3) != 1, in_place = std::is_same_v<T, Sum> && gx.stride(2) == w * gx.stride(3);
  const int64_t together = across ? (c < 64 ? c : 64) : 1, blocks = (c + together - 1) / together;
  parallel_for(gx.size(0) * blocks, together * (h * w + 2 * oh * ow), [&](int64_t begin, int64_t end) {
    const Scratch<Sum> scratch(in_place ? 0 : together * h * w);
    for (int64_t item = begin; item < end; ++item) {
      const int64_t n = item / blocks, c0 = item % blocks * together, channels = c - c0 < together ? c - c0 : together;
      T* const to = gx.data<T>() + n * gx.stride(0) + c0 * gx.stride(1);
      Sum* const sums = in_place ? reinterpret_cast<Sum*>(to) : scratch.data();
      const int64_t pixel = in_place ? gx.stride(3) : together, channel = in_place ? gx.stride(1) : 1;
      if (pixel == 1) for (int64_t i = 0; i < h * w; ++i) sums[i] = 0;
      else for (int64_t i = 0; i < h * w; ++i)
        for (int64_t k = 0; k < channels; ++k) sums[i * pixel + k * channel] = 0;
      for (int64_t y = 0; y < oh; ++y)
        for (int64_t x = 0; x < ow; ++x) {
          const T* from = gy.data<T>() + n * gy.stride(0) + c0 * gy.stride(1) + y * gy.stride(2) + x * gy.stride(3);
          const int64_t* index = indices.data<int64_t>() + n * indices.stride(0) + c0 * indices.stride(1) + y * indices.stride(2) + x * indices.stride(3);
          for (int64_t k = 0; k < channels; ++k)
            sums[index[k * indices.stride(1)] * pixel + k * channel] += static_cast<Sum>(from[k * gy.stride(1)]);
        }
      if (in_place) continue;
      for (int64_t y = 0; y < h; ++y)
        for (int64_t x = 0; x < w; ++x)
          for (int64_t k = 0; k < channels; ++k) to[y * gx.stride(2) + x * gx.stride(3) + k * gx.stride(1)] = static_cast<T>(sums[(y * w + x) * pixel + k]);
    }
  });
}

void max_pool2d_backward(Out gx, const Tensor& gy, const Tensor& indices) {
  dispatch_floating(gy.dtype(), [&]<class T>() { max_pool2d_backward_as<T>(gx, gy, indices); });
}

DLX_REGISTER_CPU(kernels::max_pool2d, max_pool2d);
DLX_REGISTER_CPU(kernels::max_pool2d_backward, max_pool2d_backward);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
