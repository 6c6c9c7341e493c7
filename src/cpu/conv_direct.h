// Direct convolution, for groups with few channels: depthwise ones, the first layer of an image network. Packed panels would be used
// for a few rows only, or for one.
//
// The planes of a group are copied once, with the zeros around them and with their phases apart (of a stride of 2: even and odd rows and
// columns). Then under each tap neighbouring outputs read neighbouring elements, and rows follow each other at one pitch: output (y, x) has
// the flat place y * pitch + x, and reads the copy at flat + places[tap]. Registers run over the ends of rows; what lies between rows is
// dropped. Images in NHWC with a filter for each channel: lanes are channels, and the copy has the zeros alone.
//
// Forward and the input's gradient keep the engine's order of sums (gemm.h), so their bits are those of a product. The weight's gradient sums
// over pixels along memory: element i of a stretch goes to lane i mod 16 (8 of double), the lanes are added by the tree of vec.h, then
// stretches in order; what a stretch is depends on the shapes alone. In NHWC a stretch is one chain.
#pragma once
#include "core/parallel.h"
#include "core/scratch.h"
#include "core/tensor.h"
#include "cpu/conv_patches.h"
#include "cpu/gemm/in_place.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kBandBytes = int64_t{128} << 10;         // of a stretch's copies
constexpr int64_t kLanesBeyond = 8 * Vec<float>::kLanes;   // read behind a copy at most: a block of 8 registers

template <class T> DLX_INLINE void clear(T* to, int64_t count) { __builtin_memset(to, 0, static_cast<size_t>(count) * sizeof(T)); }

// A register of results, or its first lanes; into halves by the shared loop, which is not worth writing out at each place.
template <class T, class Source> DLX_INLINE void store_results(Source* to, Vec<T> x, int64_t left) {
  if constexpr (std::is_same_v<T, Source>) {
    store_lanes(to, x, left);
  } else {
    T row[Vec<T>::kLanes];
    x.store(row);
    convert_row(to, row, left < Vec<T>::kLanes ? left : Vec<T>::kLanes);
  }
}
// to[i * stride] = from[i]
template <class T, class Source> DLX_INLINE void store_spaced(Source* to, const T* from, int64_t stride, int64_t count) {
  if (stride == 1) return map_row(to, count, [&](int64_t i, auto lanes) { return load_lanes(from + i, lanes); });
  int64_t i = 0;
#if DLX_ISA_LEVEL >= 4 && defined(__x86_64__)
  if constexpr (std::is_same_v<T, Source>) {
    constexpr int kHalf = Vec<T>::kLanes / 2;  // each register goes out as two, under a mask: lanes 0, 0, 1, 1, ...
    const Vec<IntOf<T>> twice = iota<IntOf<T>>() >> 1;
    if (stride == 2)
      for (; i + kHalf <= count; i += kHalf) {
        if constexpr (sizeof(T) == 4) _mm512_mask_storeu_ps(to + 2 * i, 0x5555, _mm512_maskz_permutexvar_ps(0x5555, (__m512i)twice.v, (__m512)load_lanes(from + i, kHalf).v));
        else _mm512_mask_storeu_pd(to + 2 * i, 0x55, _mm512_maskz_permutexvar_pd(0x55, (__m512i)twice.v, (__m512d)load_lanes(from + i, kHalf).v));
      }
  }
#endif
  for (; i < count; ++i) to[i * stride] = static_cast<Source>(from[i]);
}

// A dimension of a copy: element `first + q * step + p` is number q of phase p.
struct PhaseAxis {
  int64_t first, size, step, phases, length;
  DLX_INLINE explicit PhaseAxis(const Axis& a) : first(a.offset), size(a.size), step(a.step) {
    if (a.taps == 0) {
      phases = length = 0;
      return;
    }
    const int64_t reach = (a.taps - 1) * a.tap, span = reach < 0 ? -reach : reach;
    if (reach < 0) first += reach;
    phases = step < span + 1 ? step : span + 1;
    length = a.lanes + span / step;
  }
  // Where lane 0 reads under a tap, counted from `first`.
  DLX_INLINE int64_t start(const Axis& a, int64_t tap) const { return a.offset + tap * a.tap - first; }
  // Numbers [lo, hi) of phase p lie inside [0, size).
  DLX_INLINE void inside(int64_t p, int64_t* lo, int64_t* hi) const {
    const auto below = [&](int64_t bound) {  // numbers whose element is below it
      const int64_t gap = bound - first - p, count = gap <= 0 ? 0 : step == 1 ? gap : (gap - 1) / step + 1;
      return count < length ? count : length;
    };
    *lo = below(0), *hi = below(size);
  }
};

// The copies of planes, and where the taps find their elements.
struct PlaneCopy {
  Axis ay, ax;
  PhaseAxis y, x;
  DLX_INLINE PlaneCopy(const Axis& ay_, const Axis& ax_) : ay(ay_), ax(ax_), y(ay_), x(ax_) {}

  DLX_INLINE int64_t pitch() const { return x.length; }
  DLX_INLINE int64_t size() const { return y.phases * x.phases * y.length * x.length; }
  // flat places of the outputs, with what lies between rows
  DLX_INLINE int64_t flat() const { return (ay.lanes - 1) * pitch() + ax.lanes; }
  // Of `sources` planes one behind the other, in the chain's order (source, r, s).
  DLX_INLINE void places(int64_t sources, int64_t* to) const {
    for (int64_t c = 0; c < sources; ++c)
      for (int64_t r = 0; r < ay.taps; ++r)
        for (int64_t s = 0; s < ax.taps; ++s) {
          const int64_t down = y.start(ay, r), right = x.start(ax, s);
          const int64_t phase = down % y.step * x.phases + right % x.step;
          *to++ = c * size() + (phase * y.length + down / y.step) * pitch() + right / x.step;
        }
  }
  // Copies what lies inside the plane; the zeros around it are there, as they are for each plane.
  template <class T, class Source> DLX_INLINE void fill(T* to, const Source* from, int64_t stride_y, int64_t stride_x) const {
    for (int64_t py = 0; py < y.phases; ++py) {
      int64_t top, bottom;
      y.inside(py, &top, &bottom);
      for (int64_t px = 0; px < x.phases; ++px, to += y.length * pitch()) {
        int64_t left, right;
        x.inside(px, &left, &right);
        const Source* row = from + (y.first + top * y.step + py) * stride_y + (x.first + left * x.step + px) * stride_x;
        for (int64_t q = top; q < bottom; ++q, row += y.step * stride_y) copy_spaced(to + q * pitch() + left, row, x.step * stride_x, right - left);
      }
    }
  }
};

// Images of a direct convolution, and what lies in a group.
template <class T> struct DirectImages {
  T* data;
  int64_t n, c, y, x;      // strides; y and x from lane to lane of the outputs
  int64_t planes;          // of a group
};
template <class T> DLX_INLINE DirectImages<const T> images_in(const Tensor& t, int64_t groups) {
  return {t.data<T>(), t.stride(0), t.stride(1), t.stride(2), t.stride(3), t.size(1) / groups};
}

// Lanes are every `step`-th pixel from `first` on.
template <class T> DLX_INLINE DirectImages<T> images_out(const Tensor& t, int64_t groups, const int64_t (&first)[2], const int64_t (&step)[2]) {
  return {t.data<T>() + first[0] * t.stride(2) + first[1] * t.stride(3), t.stride(0), t.stride(1), step[0] * t.stride(2), step[1] * t.stride(3), t.size(1) / groups};
}

// The outputs of an image, cut into bands of nearly as many rows (of one row: columns), so that the copies of a band's planes stay in cache
// and that there is work for several threads.
constexpr int64_t kBandWork = 4 * kChunkWork;
struct Bands {
  Axis y, x;
  bool of_rows;
  int64_t count = 1;
  // bytes: of a pixel of the copies. work: of an output. least: rows that each band must have.
  DLX_INLINE Bands(const Axis& y_, const Axis& x_, int64_t bytes, int64_t work, int64_t least = 1) : y(y_), x(x_), of_rows(y_.lanes > 1) {
    const auto too_much = [&] {
      const Band b = highest();
      return PlaneCopy(b.y, b.x).size() * bytes > kBandBytes || ((of_rows ? b.y.lanes >= 8 : b.x.lanes >= 256) && b.y.lanes * b.x.lanes * work > kBandWork);
    };
    while ((of_rows ? y : x).lanes / (2 * count) >= least && too_much()) count *= 2;
  }
  struct Band {
    Axis y, x;
    int64_t first_y, first_x;
  };
  DLX_INLINE Band band(int64_t i) const {
    const int64_t all = (of_rows ? y : x).lanes, first = all * i / count;
    return cut(first, all * (i + 1) / count - first);
  }
  DLX_INLINE Band highest() const { return cut(0, ((of_rows ? y : x).lanes + count - 1) / count); }

 private:
  DLX_INLINE Band cut(int64_t first, int64_t lanes) const {
    Band b{y, x, of_rows ? first : 0, of_rows ? 0 : first};
    Axis& axis = of_rows ? b.y : b.x;
    axis.lanes = lanes;
    axis.offset += first * axis.step;
    return b;
  }
};

// --- NHWC, a filter for each channel: lanes are channels --------------------------------------------------------------

// GCC makes a load an operand of each multiply-add that uses it.
template <class T> DLX_INLINE Vec<T> loaded_once(Vec<T> x) {
#if defined(__x86_64__) && DLX_ISA_LEVEL >= 4
  asm("" : "+v"(x.v));
#endif
  return x;
}

constexpr int kChannelVectors = 2;  // of channels, at once
constexpr int kPixelsAtOnce = DLX_ISA_LEVEL >= 4 ? 8 : DLX_ISA_LEVEL == 3 ? 4 : 2;

// Channels [first, first + channels) of an image, rows with their zeros around them: [row][column][width]. Columns and rows of a copy
// are numbers of PhaseAxis with a step of 1.
struct ChannelCopy {
  int64_t top, left, rows, columns, width;  // the first row and column, which may lie before the image's
  DLX_INLINE ChannelCopy(const Axis& y, const Axis& x, int64_t width_) : width(width_) {
    const auto span = [](const Axis& a, int64_t* first) {
      const int64_t reach = (a.taps - 1) * a.tap;
      *first = a.offset + (reach < 0 ? reach : 0);
      return (a.lanes - 1) * a.step + (reach < 0 ? -reach : reach) + 1;
    };
    rows = span(y, &top), columns = span(x, &left);
  }
  DLX_INLINE int64_t size() const { return rows * columns * width; }
  DLX_INLINE void places(const Axis& y, const Axis& x, int64_t* to) const {
    for (int64_t r = 0; r < y.taps; ++r)
      for (int64_t s = 0; s < x.taps; ++s) *to++ = ((y.offset + r * y.tap - top) * columns + x.offset + s * x.tap - left) * width;
  }
  // What lies inside the image; the zeros are there.
  template <class T, class Source>
  DLX_INLINE void fill(T* to, const Source* from, int64_t stride_y, int64_t stride_x, const Axis& y, const Axis& x, int64_t channels) const {
    const int64_t y0 = top < 0 ? 0 : top, y1 = top + rows < y.size ? top + rows : y.size;
    const int64_t x0 = left < 0 ? 0 : left, x1 = left + columns < x.size ? left + columns : x.size;
    for (int64_t i = y0; i < y1; ++i)
      for (int64_t j = x0; j < x1; ++j) {
        const Source* const pixel = from + i * stride_y + j * stride_x;
        T* const into = to + ((i - top) * columns + j - left) * width;
        each_register<T>(channels, [&](int64_t c, auto lanes) { store_lanes(into + c, load_lanes(pixel + c, lanes), lanes); });
      }
  }
};

// `Pixels` neighbouring outputs, `step` apart in the copy, of kChannelVectors registers of channels.
template <class T, int Pixels>
DLX_INLINE void channels_block(int64_t taps, const T* weight, const T* from, const int64_t* places, int64_t step, Vec<T> (&sum)[Pixels][kChannelVectors]) {
  constexpr int kLanes = Vec<T>::kLanes;
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < kChannelVectors; ++j) sum[i][j] = Vec<T>(T(0));
  for (int64_t t = 0; t < taps; ++t, weight += kChannelVectors * kLanes) {
    const T* at = from + places[t];
    Vec<T> w[kChannelVectors];
#pragma GCC unroll 2
    for (int j = 0; j < kChannelVectors; ++j) w[j] = loaded_once(Vec<T>::load(weight + j * kLanes));
#pragma GCC unroll 8
    for (int i = 0; i < Pixels; ++i, at += step)
#pragma GCC unroll 2
      for (int j = 0; j < kChannelVectors; ++j) sum[i][j] = fma(w[j], Vec<T>::load(at + j * kLanes), sum[i][j]);
  }
}

// As convolve_directly, for groups of one channel and NHWC.
template <class T, class Source>
void convolve_channels(const DirectImages<const Source>& in, const Axis& y, const Axis& x, int64_t batch, int64_t groups, const Operand<T>& rows,
                       const Source* bias, const DirectImages<Source>& out) {
  constexpr int64_t kWidth = kChannelVectors * Vec<T>::kLanes;
  const int64_t taps = y.taps * x.taps, blocks = (groups + kWidth - 1) / kWidth;
  const Bands bands(y, x, kWidth * static_cast<int64_t>(sizeof(T)), kWidth * taps / 8 + 1);
  const Bands::Band highest = bands.highest();
  const ChannelCopy whole(highest.y, highest.x, kWidth);
  const Scratch<T> filters(blocks * kWidth * (taps + 1));  // of each block: [tap][channel], then the bias
  parallel_for(blocks, kWidth * taps, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      T* const to = filters + block * kWidth * (taps + 1);
      for (int64_t l = 0; l < kWidth; ++l) {
        T filter[kMostTaps] = {};
        const int64_t c = block * kWidth + l;
        if (c < groups) rows.pack(rows.source, filter, c, 0, 1, 1, 0, taps);
        for (int64_t t = 0; t < taps; ++t) to[t * kWidth + l] = filter[t];
        to[taps * kWidth + l] = bias && c < groups ? static_cast<T>(bias[c]) : T(0);
      }
    }
  });
  parallel_for(batch * bands.count * blocks, kWidth * (highest.y.lanes * highest.x.lanes * taps / 8 + whole.rows * whole.columns), [&](int64_t begin, int64_t end) {
    const Scratch<T> copies(whole.size());
    const Scratch<int64_t> places(taps);
    Bands::Band band = highest;
    ChannelCopy copy = whole;
    for (int64_t item = begin; item < end; ++item) {
      const int64_t n = item / blocks / bands.count, c = item % blocks * kWidth;
      const int64_t channels = groups - c < kWidth ? groups - c : kWidth;
      if (bands.count > 1) band = bands.band(item / blocks % bands.count), copy = ChannelCopy(band.y, band.x, kWidth);
      if (item == begin || bands.count > 1 || channels < kWidth) clear(copies.data(), copy.size());
      copy.places(band.y, band.x, places);
      copy.fill(copies.data(), in.data + n * in.n + c, in.y, in.x, band.y, band.x, channels);
      const T* const weight = filters + item % blocks * kWidth * (taps + 1);
      const T* const biases = weight + kWidth * taps;
      const auto put = [&](Source* to, const Vec<T>(&sum)[kChannelVectors]) {
#pragma GCC unroll 2
        for (int j = 0; j < kChannelVectors; ++j) {
          const int64_t lanes = channels - j * Vec<T>::kLanes;
          if (lanes <= 0) break;
          const Vec<T> result = bias ? sum[j] + Vec<T>::load(biases + j * Vec<T>::kLanes) : sum[j];
          store_results(to + j * Vec<T>::kLanes, result, lanes);
        }
      };
      for (int64_t i = 0; i < band.y.lanes; ++i) {
        const T* from = copies + i * y.step * copy.columns * kWidth;
        Source* to = out.data + n * out.n + c + (band.first_y + i) * out.y + band.first_x * out.x;
        const int64_t step = x.step * kWidth;
        int64_t j = 0;
        for (; j + kPixelsAtOnce <= band.x.lanes; j += kPixelsAtOnce, from += kPixelsAtOnce * step, to += kPixelsAtOnce * out.x) {
          Vec<T> sum[kPixelsAtOnce][kChannelVectors];
          channels_block<T, kPixelsAtOnce>(taps, weight, from, places, step, sum);
#pragma GCC unroll 8
          for (int p = 0; p < kPixelsAtOnce; ++p) put(to + p * out.x, sum[p]);
        }
        for (; j < band.x.lanes; ++j, from += step, to += out.x) {
          Vec<T> sum[1][kChannelVectors];
          channels_block<T, 1>(taps, weight, from, places, step, sum);
          put(to, sum[0]);
        }
      }
    }
  });
}

// The weight's gradient: an item owns kBlockBytes of channels. A stretch, one chain in each lane, is an image's band; the sums of stretches
// are added in order.
template <class T, int Taps>
DLX_INLINE void channels_gradient_kernel(const Axis& y, const Axis& x, const T* copy, int64_t down, const T* g, const int64_t* places, T* sums) {
  constexpr int kLanes = Vec<T>::kLanes, R = kBlockBytes / kVecBytes, kWidth = R * kLanes;
  for (int r = 0; r < R; ++r) {
    Vec<T> sum[Taps];
#pragma GCC unroll 12
    for (int t = 0; t < Taps; ++t) sum[t] = Vec<T>(T(0));
    const T* gradient = g + r * kLanes;
    for (int64_t i = 0; i < y.lanes; ++i) {
      const T* from = copy + i * down + r * kLanes;
      for (int64_t j = 0; j < x.lanes; ++j, gradient += kWidth, from += x.step * kWidth) {
        const Vec<T> v = Vec<T>::load(gradient);
#pragma GCC unroll 12
        for (int t = 0; t < Taps; ++t) sum[t] = fma(v, Vec<T>::load(from + places[t]), sum[t]);
      }
    }
#pragma GCC unroll 12
    for (int t = 0; t < Taps; ++t) {
      T* const to = sums + t * kWidth + r * kLanes;
      (Vec<T>::load(to) + sum[t]).store(to);
    }
  }
}
template <class T, int... I>
void channels_gradient(std::integer_sequence<int, I...>, int64_t taps, const Axis& y, const Axis& x, const T* copy, int64_t down, const T* g, const int64_t* places, T* sums) {
  ((taps == I + 1 ? channels_gradient_kernel<T, I + 1>(y, x, copy, down, g, places, sums) : void()), ...);
}

template <class T, class Source>
void channels_weight_gradient(const DirectImages<const Source>& in, const Axis& y, const Axis& x, int64_t batch, int64_t groups,
                              const DirectImages<const Source>& gy, Source* gw) {
  constexpr int64_t kWidth = kBlockBytes / static_cast<int64_t>(sizeof(T)), kMost = 9;
  const int64_t taps = y.taps * x.taps, blocks = (groups + kWidth - 1) / kWidth;
  const Bands bands(y, x, kWidth * static_cast<int64_t>(sizeof(T)), 0);
  const Bands::Band highest = bands.highest();
  const ChannelCopy whole(highest.y, highest.x, kWidth);
  const int64_t most = highest.y.lanes * highest.x.lanes;
  parallel_for(blocks, batch * kWidth * (y.lanes * x.lanes * (taps / 8 + 1)), [&](int64_t begin, int64_t end) {
    const Scratch<T> scratch(whole.size() + kWidth * (taps + most));
    const Scratch<int64_t> places(taps);
    T* const copies = scratch.data();
    T* const sums = copies + whole.size();
    T* const gradients = sums + kWidth * taps;
    for (int64_t item = begin; item < end; ++item) {
      const int64_t c = item * kWidth, channels = groups - c < kWidth ? groups - c : kWidth;
      clear(sums, kWidth * taps);
      if (channels < kWidth) clear(gradients, kWidth * most);
      for (int64_t n = 0; n < batch; ++n)
        for (int64_t i_band = 0; i_band < bands.count; ++i_band) {
          const Bands::Band band = bands.band(i_band);
          const ChannelCopy copy(band.y, band.x, kWidth);
          if (n == 0 || bands.count > 1) clear(copies, copy.size());
          copy.places(band.y, band.x, places);
          copy.fill(copies, in.data + n * in.n + c, in.y, in.x, band.y, band.x, channels);
          T* into = gradients;
          for (int64_t i = 0; i < band.y.lanes; ++i)
            for (int64_t j = 0; j < band.x.lanes; ++j, into += kWidth) {
              const Source* const pixel = gy.data + n * gy.n + c + (band.first_y + i) * gy.y + (band.first_x + j) * gy.x;
              each_register<T>(channels, [&](int64_t l, auto lanes) { store_lanes(into + l, load_lanes(pixel + l, lanes), lanes); });
            }
          const int64_t rounds = (taps + kMost - 1) / kMost;
          for (int64_t round = 0; round < rounds; ++round) {
            const int64_t t0 = taps * round / rounds, t1 = taps * (round + 1) / rounds;
            channels_gradient<T>(std::make_integer_sequence<int, kMost>(), t1 - t0, band.y, band.x, copies, y.step * copy.columns * kWidth, gradients, places + t0, sums + t0 * kWidth);
          }
        }
      for (int64_t l = 0; l < channels; ++l)
        for (int64_t t = 0; t < taps; ++t) gw[(c + l) * taps + t] = static_cast<Source>(sums[t * kWidth + l]);
    }
  });
}

// --- forward, and the input's gradient: rows of A meet the copy ------------------------------------------------------

// `Vectors` registers of outputs of Rows planes: the chain of `count` taps, added to what is there unless it is the first, then the bias
// (null: none).
template <class T, int Rows, int Vectors>
void direct_kernel(int64_t count, const T* a, const T* from, const int64_t* places, bool first, const T* bias, T* to, int64_t stride) {
  Vec<T> sum[Rows][Vectors];
  start_sums(sum, to, stride, Start::from_zero);
  for (int64_t k = 0; k < count; ++k, a += Rows) {
    const T* const at = from + places[k];
    Vec<T> column[Vectors];
#pragma GCC unroll 8
    for (int j = 0; j < Vectors; ++j) column[j] = Vec<T>::load(at + j * Vec<T>::kLanes);
    add_step<T>(sum, a, column);
  }
  if (!first) {
#pragma GCC unroll 12
    for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 8
      for (int j = 0; j < Vectors; ++j) sum[i][j] = Vec<T>::load(to + i * stride + j * Vec<T>::kLanes) + sum[i][j];
  }
  if (bias) {
#pragma GCC unroll 12
    for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 8
      for (int j = 0; j < Vectors; ++j) sum[i][j] = sum[i][j] + Vec<T>(bias[i]);
  }
  finish_sums(sum, to, stride, Start::from_zero);
}
template <class T> struct DirectTable {
  using Kernel = void(int64_t count, const T* a, const T* from, const int64_t* places, bool first, const T* bias, T* to, int64_t stride);
  Kernel *wide[kHeightCount], *narrow[kHeightCount];
  template <int... I> static constexpr DirectTable of(std::integer_sequence<int, I...>) {
    return {{direct_kernel<T, usable_height(I), vectors_at_once(usable_height(I))>...}, {direct_kernel<T, usable_height(I), 2>...}};
  }
};
template <class T> constexpr DirectTable<T> kDirect = DirectTable<T>::of(std::make_integer_sequence<int, kHeightCount>());

// Filters of K x K whose outputs and taps are neighbours, in one plane: kRowsAtOnce rows of outputs of `lanes` columns, at most Vectors
// registers. Each element of the copy is loaded once for all rows that it meets: loads that lie across lines cost two cycles.
// `down` and `right` go to the next tap's element (the input's gradient goes up and left), to_row from one row of outputs to that which
// begins where the first one's second row of taps does.
constexpr int kRowsAtOnce = 4;

template <class T, class Source, int K, int Right, int Vectors>
DLX_INLINE void rows_at_once_block(const T* from, int64_t down, const Vec<T> (&kept)[9], const T* weight, const T* bias, Source* to, int64_t to_row, int64_t lanes) {
  constexpr int kLanes = Vec<T>::kLanes;
  Vec<T> sum[kRowsAtOnce][Vectors];
#pragma GCC unroll 4
  for (int i = 0; i < kRowsAtOnce; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) sum[i][j] = Vec<T>(T(0));
#pragma GCC unroll 10
  for (int u = 0; u < kRowsAtOnce + K - 1; ++u, from += down)
#pragma GCC unroll 7
    for (int s = 0; s < K; ++s) {
      Vec<T> x[Vectors];
#pragma GCC unroll 2
      for (int j = 0; j < Vectors; ++j) x[j] = loaded_once(Vec<T>::load(from + s * Right + j * kLanes));
#pragma GCC unroll 4
      for (int i = 0; i < kRowsAtOnce; ++i) {
        if (u - i < 0 || u - i >= K) continue;
        const Vec<T> w = K == 3 ? kept[(u - i) * 3 + s] : loaded_once(Vec<T>(weight[(u - i) * K + s]));
#pragma GCC unroll 2
        for (int j = 0; j < Vectors; ++j) sum[i][j] = fma(w, x[j], sum[i][j]);
      }
    }
#pragma GCC unroll 4
  for (int i = 0; i < kRowsAtOnce; ++i, to += to_row)
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) {
      const Vec<T> result = bias ? sum[i][j] + Vec<T>(*bias) : sum[i][j];
      store_results(to + j * kLanes, result, lanes - j * kLanes);
    }
}
// One plane of outputs.
template <class T, class Source, int K, int Right> void rows_at_once(const PlaneCopy& copy, const T* from, const T* weight, const T* bias, Source* to, int64_t to_row) {
  const int64_t rows = copy.ay.lanes, columns = copy.ax.lanes, pitch = copy.pitch();
  const Vec<T> kept[9] = {Vec<T>(weight[0]), Vec<T>(weight[1]), Vec<T>(weight[2]), Vec<T>(weight[3]), Vec<T>(weight[4]),
                          Vec<T>(weight[5]), Vec<T>(weight[6]), Vec<T>(weight[7]), Vec<T>(weight[8])};
  for (int64_t y = 0; y < rows; y += kRowsAtOnce) {
    const int64_t first = y + kRowsAtOnce <= rows ? y : rows - kRowsAtOnce;  // the last rows may be made twice
    const T* row = from + first * pitch + (Right > 0 ? 0 : (kRowsAtOnce + K - 2) * pitch + K - 1);
    Source* out = to + (Right > 0 ? first : first + kRowsAtOnce - 1) * to_row;
    int64_t left = columns;
    for (; left > Vec<T>::kLanes; left -= kTileCols<T>, row += kTileCols<T>, out += kTileCols<T>)
      rows_at_once_block<T, Source, K, Right, 2>(row, Right * pitch, kept, weight, bias, out, Right * to_row, left);
    if (left > 0) rows_at_once_block<T, Source, K, Right, 1>(row, Right * pitch, kept, weight, bias, out, Right * to_row, left);
  }
}
template <class T, class Source> DLX_INLINE auto* rows_at_once_for(int64_t taps, bool forward) {
  if (forward) return taps == 3 ? rows_at_once<T, Source, 3, 1> : taps == 5 ? rows_at_once<T, Source, 5, 1> : rows_at_once<T, Source, 7, 1>;
  return taps == 3 ? rows_at_once<T, Source, 3, -1> : taps == 5 ? rows_at_once<T, Source, 5, -1> : rows_at_once<T, Source, 7, -1>;
}
// Whether rows_at_once can do it.
DLX_INLINE bool has_rows_at_once(const Axis& y, const Axis& x, int64_t planes) {
  const auto unit = [](const Axis& a) { return a.step == 1 && (a.tap == 1 || a.tap == -1); };
  return planes == 1 && unit(y) && unit(x) && y.tap == x.tap && y.taps == x.taps && (y.taps == 3 || y.taps == 5 || y.taps == 7) && y.lanes >= kRowsAtOnce &&
         x.lanes >= kRowsAtOnce;
}

// out[n, o, y, x] = chain over (c, r, s) of rows[o, (c, r, s)] * in[n, c, ...] under the axes, + bias[o]; group by group.
template <class T, class Source>
void convolve_directly(const DirectImages<const Source>& in, const Axis& y, const Axis& x, int64_t batch, int64_t groups, const Operand<T>& rows,
                       const Source* bias, const DirectImages<Source>& out) {
  if (in.planes == 1 && out.planes == 1 && in.c == 1 && out.c == 1 && groups > 1 && y.taps > 0 && x.taps > 0)
    return convolve_channels(in, y, x, batch, groups, rows, bias, out);
  const int64_t k = in.planes * y.taps * x.taps;
  const bool by_rows = has_rows_at_once(y, x, in.planes) && out.x == 1;
  const Bands bands(y, x, (in.planes + (by_rows ? 0 : kTileRows)) * static_cast<int64_t>(sizeof(T)), out.planes * k / 8 + in.planes, by_rows ? kRowsAtOnce : 1);
  const Bands::Band highest = bands.highest();
  const PlaneCopy whole(highest.y, highest.x);
  const int64_t work = out.planes * whole.flat() * k / 8 + in.planes * whole.size();
  parallel_for(batch * groups * bands.count, work, [&](int64_t begin, int64_t end) {
    const int64_t stride = by_rows ? 0 : (whole.flat() / kLanesBeyond + 1) * kLanesBeyond + Vec<T>::kLanes, copied = in.planes * whole.size();
    const Scratch<T> scratch(copied + kLanesBeyond + (stride + k) * kTileRows + kTileRows);
    const Scratch<int64_t> places(k);
    T* const copies = scratch.data();
    T* const tile = copies + copied + kLanesBeyond;
    T* const panel = tile + stride * kTileRows;
    T* const biases = panel + k * kTileRows;
    Bands::Band band = highest;
    PlaneCopy copy = whole;
    for (int64_t item = begin; item < end; ++item) {
      const int64_t n = item / bands.count / groups, g = item / bands.count % groups;
      if (bands.count > 1) band = bands.band(item % bands.count), copy = PlaneCopy(band.y, band.x);
      Source* const image = out.data + n * out.n + g * out.planes * out.c + band.first_y * out.y + band.first_x * out.x;
      if (item == begin || bands.count > 1) {
        copy.places(in.planes, places);
        clear(copies, in.planes * copy.size() + kLanesBeyond);
      }
      for (int64_t c = 0; c < in.planes; ++c) copy.fill(copies + c * copy.size(), in.data + n * in.n + (g * in.planes + c) * in.c, in.y, in.x);
      for (int64_t o = 0; o < out.planes; o += kTileRows) {
        const int lanes = static_cast<int>(out.planes - o < kTileRows ? out.planes - o : kTileRows), index = height_index(lanes), height = panel_height(lanes);
        rows.pack(rows.source, panel, g, o, lanes, height, 0, k);
        if (bias) for (int i = 0; i < height; ++i) biases[i] = i < lanes ? static_cast<T>(bias[g * out.planes + o + i]) : T(0);
        if (by_rows) {
          for (int i = 0; i < lanes; ++i) {
            T weight[kMostTaps];
            for (int64_t t = 0; t < k; ++t) weight[t] = panel[t * height + i];
            auto* const plane = rows_at_once_for<T, Source>(y.taps, y.tap > 0);
            plane(copy, copies, weight, bias ? biases + i : nullptr, image + (o + i) * out.c, out.y);
          }
          continue;
        }
        const int64_t at_once = vectors_at_once(kHeights[index] < kTileRows ? kHeights[index] : kTileRows) * Vec<T>::kLanes;
        for (int64_t at = 0; at < copy.flat();) {
          const bool narrow = copy.flat() - at <= kTileCols<T>;
          auto* const kernel = (narrow ? kDirect<T>.narrow : kDirect<T>.wide)[index];
          for (int64_t p = 0; p == 0 || p < k; p += kChunk)
            kernel(k - p < kChunk ? k - p : kChunk, panel + p * height, copies + at, places + p, p == 0, bias && p + kChunk >= k ? biases : nullptr, tile + at, stride);
          at += narrow ? kTileCols<T> : at_once;
        }
        int i = 0;
        if constexpr (std::is_same_v<T, Source>)
          if (out.c == 1)  // NHWC: four channels of a pixel are neighbours
            for (; i + 4 <= lanes; i += 4)
              for (int64_t row = 0; row < band.y.lanes; ++row) {
                const T* const from = tile + i * stride + row * copy.pitch();
                const T* const rows_of[4] = {from, from + stride, from + 2 * stride, from + 3 * stride};
                transpose_four(image + o + i + row * out.y, out.x, rows_of, band.x.lanes);
              }
        for (; i < lanes; ++i)
          for (int64_t row = 0; row < band.y.lanes; ++row)
            store_spaced(image + (o + i) * out.c + row * out.y, tile + i * stride + row * copy.pitch(), out.x, band.x.lanes);
      }
    }
  });
}

// --- the weight's gradient: planes of gy meet the copy ---------------------------------------------------------------

constexpr int kRegistersOfStretch = kBlockBytes / kVecBytes;  // the logical width, as in vec.h
constexpr int kGradientPlanes = DLX_ISA_LEVEL >= 4 ? 4 : DLX_ISA_LEVEL == 3 ? 2 : 1;
constexpr int kGradientTaps = DLX_ISA_LEVEL >= 4 ? 12 : DLX_ISA_LEVEL == 3 ? 6 : 2;  // with one plane of gy
constexpr int taps_at_once(int planes) { return planes == 1 ? kGradientTaps : kGradientTaps / 2; }

template <class T> DLX_INLINE T fold_stretch(Vec<T> (&sum)[kRegistersOfStretch]) {
#pragma GCC unroll 4
  for (int half = kRegistersOfStretch / 2; half >= 1; half /= 2)
#pragma GCC unroll 4
    for (int r = 0; r < half; ++r) sum[r] = sum[r] + sum[r + half];
  return fold(sum[0], [](Vec<T> a, Vec<T> b) { return a + b; });
}

// sums[o * sums_stride + t] += sum over `images` stretches of `count` elements (whole blocks) of g * copy under tap t.
template <class T, int Planes, int Taps>
void gradient_kernel(int64_t images, int64_t count, const T* g, int64_t g_image, int64_t g_plane, const T* copy, int64_t copy_image, const int64_t* places,
                     T* sums, int64_t sums_stride) {
  constexpr int kLanes = Vec<T>::kLanes, R = kRegistersOfStretch;
  Vec<T> sum[Planes][Taps][R];
#pragma GCC unroll 4
  for (int o = 0; o < Planes; ++o)
#pragma GCC unroll 12
    for (int t = 0; t < Taps; ++t)
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) sum[o][t][r] = Vec<T>(T(0));
  for (int64_t image = 0; image < images; ++image, g += g_image, copy += copy_image)
    for (int64_t i = 0; i < count; i += R * kLanes) {
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) {
        Vec<T> gradient[Planes];
#pragma GCC unroll 4
        for (int o = 0; o < Planes; ++o) gradient[o] = Vec<T>::load(g + o * g_plane + i + r * kLanes);
#pragma GCC unroll 12
        for (int t = 0; t < Taps; ++t) {
          const Vec<T> x = Vec<T>::load(copy + places[t] + i + r * kLanes);
#pragma GCC unroll 4
          for (int o = 0; o < Planes; ++o) sum[o][t][r] = fma(gradient[o], x, sum[o][t][r]);
        }
      }
    }
#pragma GCC unroll 4
  for (int o = 0; o < Planes; ++o)
#pragma GCC unroll 12
    for (int t = 0; t < Taps; ++t) sums[o * sums_stride + t] += fold_stretch(sum[o][t]);
}
template <class T> struct GradientTable {
  using Kernel = void(int64_t images, int64_t count, const T* g, int64_t g_image, int64_t g_plane, const T* copy, int64_t copy_image, const int64_t* places,
                      T* sums, int64_t sums_stride);
  Kernel *one[kGradientTaps], *several[kGradientTaps / 2];
  template <int... I, int... J> static constexpr GradientTable of(std::integer_sequence<int, I...>, std::integer_sequence<int, J...>) {
    return {{gradient_kernel<T, 1, I + 1>...}, {gradient_kernel<T, kGradientPlanes, J + 1>...}};
  }
};
template <class T>
constexpr GradientTable<T> kGradient = GradientTable<T>::of(std::make_integer_sequence<int, kGradientTaps>(), std::make_integer_sequence<int, kGradientTaps / 2>());

// The same for a plane of K x K neighbouring taps under outputs in memory, kRowsAtOnce rows at once: as rows_at_once, loads are saved.
template <class T, class Source, int K>
void rows_gradient(int64_t images, const Source* g, int64_t g_image, int64_t g_row, int64_t rows, int64_t columns, const T* copy, int64_t copy_image, int64_t pitch, T* sums) {
  constexpr int kLanes = Vec<T>::kLanes, R = kRegistersOfStretch;
  Vec<T> total[K * K][R];
  for (int half = 0; half < R; ++half) {
    Vec<T> sum[K * K];
#pragma GCC unroll 25
    for (int t = 0; t < K * K; ++t) sum[t] = Vec<T>(T(0));
    for (int64_t image = 0; image < images; ++image)
      for (int64_t y = 0; y < rows; y += kRowsAtOnce)
        for (int64_t x = half * kLanes; x < columns; x += R * kLanes) {
          const Source* gradient = g + image * g_image + y * g_row + x;
          const int64_t lanes = columns - x < kLanes ? columns - x : kLanes;
          Vec<T> v[kRowsAtOnce];
#pragma GCC unroll 4
          for (int i = 0; i < kRowsAtOnce; ++i, gradient += g_row) v[i] = y + i < rows ? load_lanes(gradient, lanes) : Vec<T>(T(0));
          const T* from = copy + image * copy_image + y * pitch + x;
#pragma GCC unroll 8
          for (int u = 0; u < kRowsAtOnce + K - 1; ++u, from += pitch)
#pragma GCC unroll 5
            for (int s = 0; s < K; ++s) {
              const Vec<T> e = loaded_once(Vec<T>::load(from + s));
#pragma GCC unroll 4
              for (int i = 0; i < kRowsAtOnce; ++i)
                if (u - i >= 0 && u - i < K) sum[(u - i) * K + s] = fma(v[i], e, sum[(u - i) * K + s]);
            }
        }
#pragma GCC unroll 25
    for (int t = 0; t < K * K; ++t) total[t][half] = sum[t];
  }
  for (int t = 0; t < K * K; ++t) sums[t] += fold_stretch(total[t]);
}

// gw[o, (c, r, s)] = sum over (n, y, x) of gy[n, o, y, x] * in[n, c, ...] under the axes. An item owns some o of a group.
template <class T, class Source>
void weight_gradient_directly(const DirectImages<const Source>& in, const Axis& y, const Axis& x, int64_t batch, int64_t groups,
                              const DirectImages<const Source>& gy, Source* gw) {
  if (in.planes == 1 && gy.planes == 1 && in.c == 1 && gy.c == 1 && groups > 1) return channels_weight_gradient<T>(in, y, x, batch, groups, gy, gw);
  constexpr int64_t kWidth = kBlockBytes / static_cast<int64_t>(sizeof(T));
  const int64_t k = in.planes * y.taps * x.taps, together = gy.planes < kGradientPlanes ? 1 : kGradientPlanes, blocks = (gy.planes + together - 1) / together;
  const Bands bands(y, x, in.planes * static_cast<int64_t>(sizeof(T)), 0);
  const Bands::Band highest = bands.highest();
  const PlaneCopy whole(highest.y, highest.x);
  const int64_t copied = in.planes * whole.size(), stretch = (whole.flat() + kWidth - 1) / kWidth * kWidth;
  // Small images: several to a stretch.
  const int64_t fits = kBandBytes / (copied * static_cast<int64_t>(sizeof(T))), at_once = bands.count > 1 || fits < 1 ? 1 : fits < batch ? fits : batch > 0 ? batch : 1;
  const bool by_rows = has_rows_at_once(y, x, in.planes) && y.taps < 7 && gy.x == 1;
  const int64_t beyond = kLanesBeyond + kRowsAtOnce * whole.pitch();  // read behind the copies
  parallel_for(groups * blocks, batch * bands.count * together * (whole.flat() * k / 8 + 1), [&](int64_t begin, int64_t end) {
    const Scratch<T> scratch(at_once * copied + beyond + together * (at_once * stretch + k));
    const Scratch<int64_t> places(k);
    T* const copies = scratch.data();
    T* const gradients = copies + at_once * copied + beyond;
    T* const sums = gradients + together * at_once * stretch;
    for (int64_t item = begin; item < end; ++item) {
      const int64_t g = item / blocks, o = item % blocks * together, planes = gy.planes - o < together ? gy.planes - o : together;
      clear(sums, together * k);
      if (planes < together) clear(gradients, together * at_once * stretch);
      for (int64_t n = 0; n < batch; n += at_once)
        for (int64_t i_band = 0; i_band < bands.count; ++i_band) {
          const int64_t images = batch - n < at_once ? batch - n : at_once;
          const Bands::Band band = bands.band(i_band);
          const PlaneCopy copy(band.y, band.x);
          const int64_t count = (copy.flat() + kWidth - 1) / kWidth * kWidth;
          if (bands.count > 1 || n == 0) {
            copy.places(in.planes, places);
            clear(copies, at_once * in.planes * copy.size() + beyond);
          }
          for (int64_t image = 0; image < images; ++image) {
            for (int64_t c = 0; c < in.planes; ++c)
              copy.fill(copies + (image * in.planes + c) * copy.size(), in.data + (n + image) * in.n + (g * in.planes + c) * in.c, in.y, in.x);
            for (int64_t p = 0; p < planes && !by_rows; ++p) {
              const Source* from = gy.data + (n + image) * gy.n + (g * gy.planes + o + p) * gy.c + band.first_y * gy.y + band.first_x * gy.x;
              T* const to = gradients + (p * at_once + image) * stretch;
              int64_t at = 0;
              for (int64_t row = 0; row < copy.ay.lanes; ++row, from += gy.y) {
                copy_spaced(to + at, from, gy.x, band.x.lanes);
                const int64_t next = row + 1 < copy.ay.lanes ? at + copy.pitch() : count;
                for (at += band.x.lanes; at < next; ++at) to[at] = T(0);
              }
            }
          }
          if (by_rows) {
            const Source* const first = gy.data + n * gy.n + (g * gy.planes + o) * gy.c + band.first_y * gy.y;
            for (int64_t p = 0; p < planes; ++p)
              (y.taps == 3 ? rows_gradient<T, Source, 3> : rows_gradient<T, Source, 5>)(images, first + p * gy.c, gy.n, gy.y, band.y.lanes, x.lanes, copies,
                                                                                       copy.size(), copy.pitch(), sums + p * k);
            continue;
          }
          // As few rounds as can be, of equal sizes.
          const int64_t most = taps_at_once(static_cast<int>(together)), rounds = (k + most - 1) / most;
          for (int64_t round = 0; round < rounds; ++round) {
            const int64_t t0 = k * round / rounds, t1 = k * (round + 1) / rounds;
            (together == 1 ? kGradient<T>.one : kGradient<T>.several)[t1 - t0 - 1](images, count, gradients, stretch, at_once * stretch, copies,
                                                                                 in.planes * copy.size(), places + t0, sums + t0, k);
          }
        }
      for (int64_t p = 0; p < planes; ++p)
        for (int64_t t = 0; t < k; ++t) gw[(g * gy.planes + o + p) * k + t] = static_cast<Source>(sums[p * k + t]);
    }
  });
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
