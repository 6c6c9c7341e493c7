// Max pooling. Forward keeps the winners of a register's lanes in registers and meets each tap of their windows in turn; lanes are
// the columns of an output row (NCHW) or the channels of a pixel (NHWC).
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

template <class T, int... I> DLX_INLINE Vec<T> even_lanes_of(Vec<T> a, Vec<T> b, std::integer_sequence<int, I...>) {
  return Vec<T>::of(__builtin_shufflevector(a.v, b.v, (2 * I)...));
}
// n lanes from p[lane * step], as T.
template <class T, class Source> DLX_INLINE Vec<T> fetch(const Source* p, int64_t step, int64_t n) {
  constexpr int64_t kLanes = Vec<T>::kLanes;
  if constexpr (!std::is_integral_v<Source> || std::is_same_v<T, Source>) {
    if (step == 1) return load_lanes(p, n);
    if (step == 2) {
      const int64_t read = 2 * n - 1, second = read > kLanes ? read - kLanes : 0;
      return even_lanes_of(load_lanes(p, read - second), load_lanes(p + (second > 0 ? kLanes : 0), second), std::make_integer_sequence<int, kLanes>());
    }
  }
  T lanes[kLanes] = {};
  for (int64_t i = 0; i < n; ++i) lanes[i] = static_cast<T>(static_cast<compared_as<Source>>(p[i * step]));
  return Vec<T>::load(lanes);
}

// A row of windows. Tap (r, s) of lane l is at from[r * row + s * tap + l * lane], and r * down + s * right elements behind the start
// of the window in its plane.
template <class T> struct Windows {
  int64_t row, tap, lane, lanes;
  int64_t r0, r1, s0, s1;
  IntOf<T> down, right;
  const IntOf<T>* start;  // of each lane: how far its first element that is not padding lies behind tap (r0, 0); null: s0 for all
};
// best[l], place[l]: the largest element of window l, and how far behind the start of the window it is.
template <class T, class Source>
__attribute__((noinline)) void find_largest(T* best, IntOf<T>* place, const Source* from, const Windows<T>& w) {
  using Index = IntOf<T>;
  const auto with_step = [&](auto step) {
    each_register<T>(w.lanes, [&](int64_t l, auto n) {
      Vec<T> largest(Lowest<T>::value);
      // A window of the lowest value alone points at its first element.
      Vec<Index> at(static_cast<Index>(w.s0 * w.right));
      if (w.start) at = load_lanes(w.start + l, n);
      at += Vec<Index>(static_cast<Index>(w.r0 * w.down));
      for (int64_t r = w.r0; r < w.r1; ++r)
        for (int64_t s = w.s0; s < w.s1; ++s) {
          const Vec<T> v = fetch<T>(from + r * w.row + s * w.tap + l * step, step, n);
          const Mask<T> wins = (v > largest) | (v != v);
          largest = select(wins, v, largest);
          at = select(wins, Vec<Index>(static_cast<Index>(r * w.down + s * w.right)), at);
        }
      store_lanes(best + l, largest, n);
      store_lanes(place + l, at, n);
    });
  };
  if (w.lane == 1) with_step(std::integral_constant<int64_t, 1>());
  else if (w.lane == 2) with_step(std::integral_constant<int64_t, 2>());
  else with_step(w.lane);
}

// The first tap of a window that begins at `start` and whose element is not padding, and one past the last.
DLX_INLINE int64_t first_tap(int64_t start, int64_t dilation) { return start >= 0 ? 0 : (dilation - 1 - start) / dilation; }
DLX_INLINE int64_t end_tap(int64_t start, int64_t dilation, int64_t taps, int64_t size) {
  if (start + (taps - 1) * dilation < size) return taps;
  return (size - 1 - start) / dilation + 1;
}

template <class Source> void max_pool2d_as(const Tensor& out, const Tensor& indices, const Tensor& x, const Pool2d& pool) {
  using T = compared_as<Source>;
  using Index = IntOf<T>;
  const int64_t c = x.size(1), h = x.size(2), w = x.size(3), oh = out.size(2), ow = out.size(3);
  const bool across = x.stride(1) == 1 && x.stride(3) != 1;  // NHWC: lanes are channels, else the columns of an output row
  const int64_t lanes = across ? c : ow, columns = across ? ow : 1, planes = across ? 1 : c;
  // Columns read rows in place, or from copies that hold the padding too.
  const int64_t reach = (ow - 1) * pool.stride[1] + (pool.kernel[1] - 1) * pool.dilation[1] + 1;
  const bool in_place = across || (std::is_same_v<T, Source> && x.stride(3) == 1 && pool.padding[1] == 0 && reach <= w);
  parallel_for(x.size(0) * planes * oh, ow * (across ? c : 1) * pool.kernel[0] * pool.kernel[1], [&](int64_t begin, int64_t end) {
    const int64_t copied = in_place ? 0 : pool.kernel[0] * reach;
    const Scratch<T> values(lanes + copied);
    const Scratch<Index> places(2 * lanes);
    T* const best = values.data();
    T* const copies = best + lanes;
    Index* const place = places.data();
    Index* const start = place + lanes;
    if (!across)
      for (int64_t l = 0; l < lanes; ++l)
        start[l] = static_cast<Index>(first_tap(l * pool.stride[1] - pool.padding[1], pool.dilation[1]) * pool.dilation[1]);
    for (int64_t i = 0; i < copied; ++i) copies[i] = Lowest<T>::value;
    Windows<T> windows{pool.dilation[0] * x.stride(2), pool.dilation[1] * x.stride(3), across ? 1 : pool.stride[1], lanes, 0, 0, 0, pool.kernel[1],
                       static_cast<Index>(pool.dilation[0] * w), static_cast<Index>(pool.dilation[1]), across ? nullptr : start};
    if (!in_place) windows.row = reach, windows.tap = pool.dilation[1];
    for (int64_t item = begin; item < end; ++item) {
      const int64_t n = item / (planes * oh), plane = item / oh % planes, oy = item % oh, y0 = oy * pool.stride[0] - pool.padding[0];
      windows.r0 = first_tap(y0, pool.dilation[0]);
      windows.r1 = end_tap(y0, pool.dilation[0], pool.kernel[0], h);
      const Source* const image = x.data<Source>() + n * x.stride(0) + plane * x.stride(1) + y0 * x.stride(2);
      if (!in_place) {
        const int64_t left = pool.padding[1], count = w < reach - left ? w : reach - left;
        for (int64_t r = windows.r0; r < windows.r1; ++r) {
          const Source* row = image + r * pool.dilation[0] * x.stride(2);
          if (x.stride(3) == 1) convert_row(copies + r * reach + left, row, count);
          else for (int64_t i = 0; i < count; ++i) copies[r * reach + left + i] = static_cast<T>(row[i * x.stride(3)]);
        }
      }
      for (int64_t column = 0; column < columns; ++column) {
        const int64_t x0 = column * pool.stride[1] - pool.padding[1];  // of lane 0
        if (across) {
          windows.s0 = first_tap(x0, pool.dilation[1]);
          windows.s1 = end_tap(x0, pool.dilation[1], pool.kernel[1], w);
        }
        if (in_place) find_largest<T>(best, place, image + x0 * x.stride(3), windows);
        else find_largest<T>(best, place, copies, windows);
        Source* const to = out.data<Source>() + n * out.stride(0) + plane * out.stride(1) + oy * out.stride(2) + column * out.stride(3);
        int64_t* const index = indices.data<int64_t>() + n * indices.stride(0) + plane * indices.stride(1) + oy * indices.stride(2) + column * indices.stride(3);
        const int64_t step = across ? out.stride(1) : out.stride(3), index_step = across ? indices.stride(1) : indices.stride(3);
        const int64_t first = y0 * w + x0, next = across ? 0 : pool.stride[1];
        if (step == 1) convert_row(to, best, lanes);
        else for (int64_t l = 0; l < lanes; ++l) to[l * step] = static_cast<Source>(best[l]);
        if (index_step == 1) for (int64_t l = 0; l < lanes; ++l) index[l] = first + l * next + static_cast<int64_t>(place[l]);
        else for (int64_t l = 0; l < lanes; ++l) index[l * index_step] = first + l * next + static_cast<int64_t>(place[l]);
      }
    }
  });
}

void max_pool2d(Out out, Out indices, const Tensor& x, Pool2d pool) {
  const auto with = [&]<class T>() { max_pool2d_as<T>(out, indices, x, pool); };
  if (is_floating(x.dtype())) dispatch_floating(x.dtype(), with);
  else dispatch_integers(x.dtype(), with);
}

// Cut by destination: an item owns a plane of gx (NHWC: a few channels' planes), and adds in the order of the outputs.
template <class T> void max_pool2d_backward_as(const Tensor& gx, const Tensor& gy, const Tensor& indices) {
  using Sum = compute_of<T>;
  const int64_t c = gx.size(1), h = gx.size(2), w = gx.size(3), oh = gy.size(2), ow = gy.size(3);
  const bool across = gx.stride(1) == 1 && gx.stride(3) != 1, whole = gx.stride(2) == w * gx.stride(3), in_place = std::is_same_v<T, Sum> && whole;
  const int64_t together = across ? (c < 64 ? c : 64) : 1, blocks = (c + together - 1) / together;
  // Planes of outputs that lie in one stretch are walked as one row.
  const bool rows = gy.stride(2) != ow * gy.stride(3) || indices.stride(2) != ow * indices.stride(3);
  const int64_t height = rows ? oh : 1, width = rows ? ow : oh * ow;
  parallel_for(gx.size(0) * blocks, together * (h * w + 2 * oh * ow), [&](int64_t begin, int64_t end) {
    const Scratch<Sum> scratch(in_place ? 0 : together * h * w);
    for (int64_t item = begin; item < end; ++item) {
      const int64_t n = item / blocks, c0 = item % blocks * together, channels = c - c0 < together ? c - c0 : together;
      T* const to = gx.data<T>() + n * gx.stride(0) + c0 * gx.stride(1);
      Sum* const sums = in_place ? reinterpret_cast<Sum*>(to) : scratch.data();
      const int64_t pixel = in_place ? gx.stride(3) : together, channel = in_place ? gx.stride(1) : 1;
      if (pixel == 1) __builtin_memset(sums, 0, static_cast<size_t>(h * w) * sizeof(Sum));
      else for (int64_t i = 0; i < h * w; ++i)
        for (int64_t k = 0; k < channels; ++k) sums[i * pixel + k * channel] = 0;
      for (int64_t y = 0; y < height; ++y) {
        const T* const from = gy.data<T>() + n * gy.stride(0) + c0 * gy.stride(1) + y * gy.stride(2);
        const int64_t* const index = indices.data<int64_t>() + n * indices.stride(0) + c0 * indices.stride(1) + y * indices.stride(2);
        const int64_t from_x = gy.stride(3), index_x = indices.stride(3);
        if (pixel == 1) {
          for (int64_t i = 0; i < width; ++i) sums[index[i * index_x]] += static_cast<Sum>(from[i * from_x]);
        } else {
          for (int64_t i = 0; i < width; ++i)
            for (int64_t k = 0; k < channels; ++k)
              sums[index[i * index_x + k * indices.stride(1)] * pixel + k * channel] += static_cast<Sum>(from[i * from_x + k * gy.stride(1)]);
        }
      }
      if (in_place) continue;
      if (pixel == 1 && whole && gx.stride(3) == 1) convert_row(to, sums, h * w);
      else for (int64_t y = 0; y < h; ++y)
        for (int64_t i = 0; i < w; ++i)
          for (int64_t k = 0; k < channels; ++k) to[y * gx.stride(2) + i * gx.stride(3) + k * gx.stride(1)] = static_cast<T>(sums[(y * w + i) * pixel + k]);
    }
  });
}

void max_pool2d_backward(Out gx, const Tensor& gy, const Tensor& indices) {
  dispatch_floating(gy.dtype(), [&]<class T>() { max_pool2d_backward_as<T>(gx, gy, indices); });
}

// Windows of any place and size: each output by itself.
template <class Source> void max_windows_as(Out out, Out indices, const Tensor& x, const int64_t* windows, const kernels::WindowDilation& dilation) {
  using T = compared_as<Source>;
  const int64_t h = x.size(2), w = x.size(3), od = out.size(1), oh = out.size(2), ow = out.size(3), size = x.size(1) * h * w;
  const int64_t* const of_d = windows;
  const int64_t* const of_h = of_d + 2 * od;
  const int64_t* const of_w = of_h + 2 * oh;
  parallel_for(x.size(0) * od * oh, size / (od * oh) + 2 * ow, [&](int64_t begin, int64_t end) {
    for (int64_t item = begin; item < end; ++item) {
      const int64_t z = item / oh % od, y = item % oh;
      const Source* const plane = x.data<Source>() + item / (od * oh) * size;
      for (int64_t i = 0; i < ow; ++i) {
        T largest = Lowest<T>::value;
        int64_t at = (of_d[2 * z] * h + of_h[2 * y]) * w + of_w[2 * i];
        for (int64_t a = 0; a < of_d[2 * z + 1]; ++a)
          for (int64_t b = 0; b < of_h[2 * y + 1]; ++b)
            for (int64_t c = 0; c < of_w[2 * i + 1]; ++c) {
              const int64_t place = ((of_d[2 * z] + a * dilation.d) * h + of_h[2 * y] + b * dilation.h) * w + of_w[2 * i] + c * dilation.w;
              const T v = static_cast<T>(static_cast<compared_as<Source>>(plane[place]));
              if (v > largest || v != v) largest = v, at = place;
            }
        out.data<Source>()[item * ow + i] = plane[at];
        indices.data<int64_t>()[item * ow + i] = at;
      }
    }
  });
}
void max_windows(Out out, Out indices, const Tensor& x, const Tensor& windows, kernels::WindowDilation dilation) {
  const auto with_type = [&]<class T>() { max_windows_as<T>(out, indices, x, windows.data<int64_t>(), dilation); };
  if (is_floating(x.dtype())) dispatch_floating(x.dtype(), with_type);
  else dispatch_integers(x.dtype(), with_type);
}

void max_unpool(Out out, const Tensor& x, const Tensor& indices) {
  const int64_t count = x.size(1), size = out.size(1), bytes = itemsize(x.dtype());
  ErrorSlot& slot = error_slot();
  parallel_for(x.size(0), count + size, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      char* const to = out.data<char>() + p * size * bytes;
      __builtin_memset(to, 0, static_cast<size_t>(size * bytes));
      for (int64_t k = 0; k < count; ++k) {
        const int64_t at = indices.data<int64_t>()[p * count + k];
        if (at < 0 || at >= size) slot.report(DataError::index_out_of_range, at, 0, size);
        else __builtin_memcpy(to + at * bytes, x.data<char>() + (p * count + k) * bytes, static_cast<size_t>(bytes));
      }
    }
  });
}

DLX_REGISTER_CPU(kernels::max_windows, max_windows);
DLX_REGISTER_CPU(kernels::max_unpool, max_unpool);
DLX_REGISTER_CPU(kernels::max_pool2d, max_pool2d);
DLX_REGISTER_CPU(kernels::max_pool2d_backward, max_pool2d_backward);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
