// Patches of images as operands of a matrix product. They are made in a panel of 48 KB where the micro-kernel uses them; the
// im2col matrix is never written to memory.
#pragma once
#include "cpu/gemm/pack.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kMostTaps = 49;  // of a filter, for tables of them

// Images in memory: strides in elements. Either x = 1 and y = width (NCHW), or c = 1 and y = width * x (NHWC).
template <class T> struct Images {
  const T* data;
  int64_t n, c, y, x;
};

// One dimension of a patch: lane t sees element t * step + offset + r * tap under tap r, and zero outside [0, size).
struct Axis {
  int64_t lanes, size, step, offset, tap, taps;
};

template <class T> struct Patches {
  Images<T> from;
  Axis y, x;
  int64_t group;  // elements from one group's channels to the next
};

// A stretch of lanes that lie in one row of one image.
template <class T> struct Run {
  const T* image;
  int64_t y, x;  // the first lane's element under tap 0
  int at, length;
};
// Cuts `count` lanes from `lane` on, lane = (n, y, x); returns how many runs.
template <class T> DLX_INLINE int cut_runs(const Patches<T>& patches, int64_t batch, int64_t lane, int count, Run<T>* runs) {
  int64_t x = lane % patches.x.lanes, y = lane / patches.x.lanes % patches.y.lanes, n = lane / patches.x.lanes / patches.y.lanes;
  int found = 0;
  for (int at = 0; at < count;) {
    const int length = static_cast<int>(count - at < patches.x.lanes - x ? count - at : patches.x.lanes - x);
    runs[found++] = {patches.from.data + batch * patches.group + n * patches.from.n, y * patches.y.step + patches.y.offset,
                     x * patches.x.step + patches.x.offset, at, length};
    at += length;
    x = 0;
    if (++y == patches.y.lanes) y = 0, ++n;
  }
  return found;
}

// The lanes [lo, hi) of a run of `length` that lie inside [0, axis.size) when the first is at `x`.
DLX_INLINE void inside(const Axis& axis, int64_t x, int length, int* lo, int* hi) {
  const auto lanes_below = [&](int64_t bound) -> int64_t {  // lanes whose element is below `bound`
    const int64_t gap = bound - x;
    return gap <= 0 ? 0 : axis.step == 1 ? gap : (gap - 1) / axis.step + 1;
  };
  const int64_t first = lanes_below(0), end = lanes_below(axis.size);
  *lo = static_cast<int>(first < length ? first : length);
  *hi = static_cast<int>(end < length ? end : length);
}

// to[l] = from[l] for lo <= l < hi, else 0, for l < length <= kTileCols<T>; touches nothing else on either side.
template <class T> DLX_INLINE void copy_span(T* to, const T* from, int lo, int hi, int length) {
#if DLX_ISA_LEVEL >= 4 && defined(__x86_64__)
  const auto below = [](int n) { return static_cast<uint32_t>((uint64_t{1} << n) - 1); };
  const uint32_t load = below(hi) & ~below(lo), store = below(length);
  if constexpr (sizeof(T) == 4) {
    _mm512_mask_storeu_ps(to, static_cast<__mmask16>(store), _mm512_maskz_loadu_ps(static_cast<__mmask16>(load), from));
    if (length > 16) _mm512_mask_storeu_ps(to + 16, static_cast<__mmask16>(store >> 16), _mm512_maskz_loadu_ps(static_cast<__mmask16>(load >> 16), from + 16));
  } else {
    _mm512_mask_storeu_pd(to, static_cast<__mmask8>(store), _mm512_maskz_loadu_pd(static_cast<__mmask8>(load), from));
    if (length > 8) _mm512_mask_storeu_pd(to + 8, static_cast<__mmask8>(store >> 8), _mm512_maskz_loadu_pd(static_cast<__mmask8>(load >> 8), from + 8));
  }
#elif DLX_ISA_LEVEL == 3 && defined(__x86_64__)
  if constexpr (sizeof(T) == 4) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    for (int l = 0; l < length; l += 8) {
      const __m256i above = _mm256_cmpgt_epi32(_mm256_set1_epi32(hi - l), lane), under = _mm256_cmpgt_epi32(_mm256_set1_epi32(lo - l), lane);
      const __m256 v = _mm256_maskload_ps(from + l, _mm256_andnot_si256(under, above));
      if (l + 8 <= length) _mm256_storeu_ps(to + l, v);
      else _mm256_maskstore_ps(to + l, _mm256_cmpgt_epi32(_mm256_set1_epi32(length - l), lane), v);
    }
  } else {
    const __m256i lane = _mm256_setr_epi64x(0, 1, 2, 3);
    for (int l = 0; l < length; l += 4) {
      const __m256i above = _mm256_cmpgt_epi64(_mm256_set1_epi64x(hi - l), lane), under = _mm256_cmpgt_epi64(_mm256_set1_epi64x(lo - l), lane);
      const __m256d v = _mm256_maskload_pd(from + l, _mm256_andnot_si256(under, above));
      if (l + 4 <= length) _mm256_storeu_pd(to + l, v);
      else _mm256_maskstore_pd(to + l, _mm256_cmpgt_epi64(_mm256_set1_epi64x(length - l), lane), v);
    }
  }
#else
  for (int l = 0; l < length; ++l) to[l] = l >= lo && l < hi ? from[l] : T(0);
#endif
}
// to[i] = from[i * stride]
template <class T, class Source> DLX_INLINE void copy_spaced(T* to, const Source* from, int64_t stride, int64_t count) {
  if (stride == 1) return map_row(to, count, [&](int64_t i, auto lanes) { return load_lanes(from + i, lanes); });
  if (stride == 2) for (int64_t i = 0; i < count; ++i) to[i] = static_cast<T>(from[2 * i]);
  else for (int64_t i = 0; i < count; ++i) to[i] = static_cast<T>(from[i * stride]);
}
// copy_span at any distance between the elements read.
template <class T> DLX_INLINE void copy_strided_span(T* to, const T* from, int64_t stride, int lo, int hi, int length) {
  for (int l = 0; l < lo; ++l) to[l] = T(0);
  copy_spaced(to + lo, from + lo * stride, stride, hi - lo);
  for (int l = hi > lo ? hi : lo; l < length; ++l) to[l] = T(0);
}

// The channels c0..c1 whose element under tap `rs` of `taps` lies in p..p+count of the chain (c, r, s).
DLX_INLINE void channels_of_tap(int64_t rs, int64_t taps, int64_t p, int64_t count, int64_t* c0, int64_t* c1) {
  *c0 = p <= rs ? 0 : (p - rs + taps - 1) / taps;
  *c1 = p + count <= rs ? 0 : (p + count - rs + taps - 1) / taps;
}

template <class T> constexpr T kZeros[kChunk] = {};
template <class T, class Size> DLX_INLINE void copy_channels(T* to, const T* from, Size size) {
  each_register<T>(size, [&](int64_t i, auto lanes) { store_lanes(to + i, load_lanes(from + i, lanes), lanes); });
}

#if DLX_ISA_LEVEL >= 4 && defined(__x86_64__)
// The part of a panel's register that lies in one run of a stride of two: the even elements of two registers, under masks.
struct EvenPart {
  int64_t from;  // elements behind the channel's first one
  uint32_t low, high;
};
template <class T> DLX_INLINE Vec<T> load_even(const T* p, const EvenPart& part) {
  const Vec<IntOf<T>> places = iota<IntOf<T>>() << 1;
  if constexpr (sizeof(T) == 4) {
    const __m512 low = _mm512_maskz_loadu_ps(static_cast<__mmask16>(part.low), p), high = _mm512_maskz_loadu_ps(static_cast<__mmask16>(part.high), p + 16);
    return Vec<T>::of((typename Vec<T>::Native)_mm512_permutex2var_ps(low, (__m512i)places.v, high));
  } else {
    const __m512d low = _mm512_maskz_loadu_pd(static_cast<__mmask8>(part.low), p), high = _mm512_maskz_loadu_pd(static_cast<__mmask8>(part.high), p + 8);
    return Vec<T>::of((typename Vec<T>::Native)_mm512_permutex2var_pd(low, (__m512i)places.v, high));
  }
}
// Patches of NCHW images at a stride of two, register by register: 3x3 filters of 128 channels at 28x28, 10 % of the whole instead of 20.
// False: more taps, or more runs in a register, than there are parts for; nothing was done.
template <class T> DLX_INLINE bool pack_even(const Patches<T>& patches, const Run<T>* runs, int run_count, T* to, int width, int64_t p, int64_t count) {
  constexpr int kLanes = Vec<T>::kLanes, kMostRuns = 2;
  const Axis &ay = patches.y, &ax = patches.x;
  const int64_t taps = ay.taps * ax.taps;
  if (taps > kMostTaps || width % kLanes != 0) return false;
  EvenPart parts[kMostTaps][2][kMostRuns];
  int in_register[2] = {0, 0};
  for (int i = 0; i < run_count; ++i) {
    const Run<T>& run = runs[i];
    for (int v = run.at / kLanes; v * kLanes < run.at + run.length; ++v) {
      if (in_register[v] == kMostRuns) return false;
      const int n = in_register[v]++, shift = v * kLanes - run.at;  // lane l of the register is lane l + shift of the run
      for (int64_t rs = 0; rs < taps; ++rs) {
        const int64_t y = run.y + rs / ax.taps * ay.tap, x = run.x + rs % ax.taps * ax.tap;
        int lo = 0, hi = 0;
        if (y >= 0 && y < ay.size) inside(ax, x, run.length, &lo, &hi);
        const auto below = [](int lanes) { return lanes <= 0 ? 0u : lanes >= kLanes ? (1u << kLanes) - 1 : (1u << lanes) - 1; };
        const uint32_t mask = lo < hi ? below(hi - shift) & ~below(lo - shift) : 0;
        constexpr uint32_t kEven = 0x55555555, kHalf = (1u << kLanes / 2) - 1;
        parts[rs][v][n] = {run.image - patches.from.data + y * patches.from.y + x + 2 * shift, _pdep_u32(mask & kHalf, kEven), _pdep_u32(mask >> kLanes / 2, kEven)};
      }
    }
  }
  int64_t rs = p % taps;
  const T* channel = patches.from.data + p / taps * patches.from.c;
  for (int64_t k = 0; k < count; ++k, to += width) {
    for (int v = 0; v < width / kLanes; ++v) {
      Vec<T> x(T(0));
      for (int n = 0; n < in_register[v]; ++n) {
        const Vec<T> part = load_even(channel + parts[rs][v][n].from, parts[rs][v][n]);
        x = n == 0 ? part : reinterpret<T>(reinterpret<IntOf<T>>(x) | reinterpret<IntOf<T>>(part));
      }
      x.store(to + v * kLanes);
    }
    if (++rs == taps) rs = 0, channel += patches.from.c;
  }
  return true;
}
#endif

// Lanes are pixels (n, y, x), the chain is (c, r, s): B of a convolution's forward and of its input's gradient.
template <class T> void pack_patches(const void* source, T* to, int64_t batch, int64_t lane, int lanes, int width, int64_t p, int64_t count) {
  const auto& patches = *static_cast<const Patches<T>*>(source);
  const Axis &ay = patches.y, &ax = patches.x;
  const Images<T>& from = patches.from;
  const int64_t taps = ay.taps * ax.taps;
  Run<T> runs[kTileCols<T>];
  const int run_count = cut_runs(patches, batch, lane, lanes, runs);

  if (from.c == 1 && from.x != 1) {  // NHWC: channels are neighbours, so four lanes are transposed at a time
    const T* pixel[kTileCols<T>];
    for (int64_t rs = 0; rs < taps; ++rs) {
      int64_t c0, c1;
      channels_of_tap(rs, taps, p, count, &c0, &c1);
      if (c0 >= c1) continue;
      for (int l = lanes; l < width; ++l) pixel[l] = kZeros<T>;
      for (int i = 0; i < run_count; ++i) {
        const Run<T>& run = runs[i];
        const int64_t y = run.y + rs / ax.taps * ay.tap, x = run.x + rs % ax.taps * ax.tap;
        const bool row = y >= 0 && y < ay.size;
        for (int l = 0; l < run.length; ++l) {
          const int64_t at = x + l * ax.step;
          pixel[run.at + l] = row && at >= 0 && at < ax.size ? run.image + y * from.y + at * from.x + c0 : kZeros<T>;
        }
      }
      T* const panel = to + (c0 * taps + rs - p) * width;
      int l = 0;
      for (; l + 4 <= width; l += 4) {
        const T* const rows[4] = {pixel[l], pixel[l + 1], pixel[l + 2], pixel[l + 3]};
        transpose_four(panel + l, taps * width, rows, c1 - c0);
      }
      for (; l < width; ++l)  // registers of two doubles
        for (int64_t c = 0; c < c1 - c0; ++c) panel[c * taps * width + l] = pixel[l][c];
    }
    return;
  }

#if DLX_ISA_LEVEL >= 4 && defined(__x86_64__)
  if (from.x == 1 && ax.step == 2 && pack_even(patches, runs, run_count, to, width, p, count)) return;
#endif
  for (int i = 0; i < run_count; ++i) {
    const Run<T>& run = runs[i];
    for (int64_t rs = 0; rs < taps; ++rs) {
      int64_t c0, c1;
      channels_of_tap(rs, taps, p, count, &c0, &c1);
      const int64_t y = run.y + rs / ax.taps * ay.tap, x = run.x + rs % ax.taps * ax.tap;
      int lo = 0, hi = 0;
      if (y >= 0 && y < ay.size) inside(ax, x, run.length, &lo, &hi);
      const T* at = run.image + c0 * from.c + y * from.y + x * from.x;
      T* into = to + (c0 * taps + rs - p) * width + run.at;
      if (ax.step == 1 && from.x == 1) {
        for (int64_t c = c0; c < c1; ++c, at += from.c, into += taps * width) copy_span(into, at, lo, hi, run.length);
      } else {
        for (int64_t c = c0; c < c1; ++c, at += from.c, into += taps * width)
          copy_strided_span(into, at, ax.step * from.x, lo, hi, run.length);
      }
    }
  }
  clear_lanes(to, lanes, width, count);
}

// Lanes are (c, r, s), the chain is the pixels (n, y, x): B of a weight's gradient.
template <class T> void pack_patch_rows(const void* source, T* to, int64_t batch, int64_t lane, int lanes, int width, int64_t p, int64_t count) {
  const auto& patches = *static_cast<const Patches<T>*>(source);
  const Axis &ay = patches.y, &ax = patches.x;
  const Images<T>& from = patches.from;
  Run<T> runs[kStrip];
  int run_count = 0;
  int64_t cut_at = -1;
  pack_rows<T>(to, lanes, width, count, [&](int l, int64_t q, int64_t now, T* buffer) -> const T* {
    if (q != cut_at) run_count = cut_runs(patches, batch, p + q, static_cast<int>(now), runs), cut_at = q;
    const int64_t rs = (lane + l) % (ay.taps * ax.taps), c = (lane + l) / (ay.taps * ax.taps);
    const int64_t down = rs / ax.taps * ay.tap, right = rs % ax.taps * ax.tap;
    for (int i = 0; i < run_count; ++i) {
      const Run<T>& run = runs[i];
      const int64_t y = run.y + down, x = run.x + right;
      int lo = 0, hi = 0;
      if (y >= 0 && y < ay.size) inside(ax, x, run.length, &lo, &hi);
      const T* at = run.image + c * from.c + y * from.y + x * from.x;
      if (ax.step == 1 && from.x == 1) {
        for (int done = 0; done < run.length; done += kTileCols<T>) {
          const auto left = [&](int end) { return end - done < 0 ? 0 : end - done < kTileCols<T> ? end - done : kTileCols<T>; };
          copy_span(buffer + run.at + done, at + done, left(lo), left(hi), left(run.length));
        }
      } else {
        copy_strided_span(buffer + run.at, at, ax.step * from.x, lo, hi, run.length);
      }
    }
    return buffer;
  });
}

// The same with lanes (r, s, c) over NHWC images: a pixel's channels are copied, where pack_patch_rows cuts out and transposes rows.
// The gradient of 64 filters of 3x3 over (64, 32, 8, 8): 64 -> 102 GF/s (one thread, Zen 4), the copy of x to NHWC included.
template <class T> void pack_patch_channels(const void* source, T* to, int64_t batch, int64_t lane, int lanes, int width, int64_t p, int64_t count) {
  const auto& patches = *static_cast<const Patches<T>*>(source);
  const Axis &ay = patches.y, &ax = patches.x;
  const Images<T>& from = patches.from;
  for (int64_t q = 0; q < count; q += kStrip) {
    const int64_t now = count - q < kStrip ? count - q : kStrip;
    Run<T> runs[kStrip];
    const int run_count = cut_runs(patches, batch, p + q, static_cast<int>(now), runs);
    for (int l = 0; l < lanes;) {  // lanes of one tap at a time
      const int64_t rs = (lane + l) / patches.group, c = (lane + l) % patches.group;
      const int length = static_cast<int>(patches.group - c < lanes - l ? patches.group - c : lanes - l);
      const int64_t down = rs / ax.taps * ay.tap, right = rs % ax.taps * ax.tap;
      for (int i = 0; i < run_count; ++i) {
        const Run<T>& run = runs[i];
        const int64_t y = run.y + down, x = run.x + right;
        int lo = 0, hi = 0;
        if (y >= 0 && y < ay.size) inside(ax, x, run.length, &lo, &hi);
        T* into = to + (q + run.at) * width + l;
        const T* at = run.image + y * from.y + x * from.x + c;
        const auto copy = [&](auto size) {
          int j = 0;
          for (; j < lo; ++j) copy_channels(into + j * width, kZeros<T>, size);
          for (; j < hi; ++j) copy_channels(into + j * width, at + j * ax.step * from.x, size);
          for (; j < run.length; ++j) copy_channels(into + j * width, kZeros<T>, size);
        };
        if (length == kTileCols<T>) copy(std::integral_constant<int64_t, kTileCols<T>>());
        else copy(static_cast<int64_t>(length));
      }
      l += length;
    }
  }
  clear_lanes(to, lanes, width, count);
}

// Lanes are channels, the chain is the pixels (n, pixel), both with one stride inside an image: A of a weight's gradient.
template <class T> struct Pixels {
  Images<T> from;
  int64_t size;   // pixels of an image
  int64_t group;
};
template <class T> void pack_pixels(const void* source, T* to, int64_t batch, int64_t lane, int lanes, int width, int64_t p, int64_t count) {
  const auto& x = *static_cast<const Pixels<T>*>(source);
  const T* data = x.from.data + batch * x.group + lane * x.from.c;
  if (x.from.x != 1) {  // NHWC: lanes are neighbours
    for (int64_t q = 0; q < count; ++q) {
      const T* at = data + (p + q) / x.size * x.from.n + (p + q) % x.size * x.from.x;
      for (int l = 0; l < lanes; ++l) to[q * width + l] = at[l * x.from.c];
    }
    return clear_lanes(to, lanes, width, count);
  }
  pack_rows<T>(to, lanes, width, count, [&](int l, int64_t q, int64_t now, T* buffer) -> const T* {
    int64_t n = (p + q) / x.size, pixel = (p + q) % x.size;
    if (pixel + now <= x.size) return data + l * x.from.c + n * x.from.n + pixel;
    for (int64_t i = 0; i < now; ++n, pixel = 0) {
      const int64_t run = now - i < x.size - pixel ? now - i : x.size - pixel;
      const T* at = data + l * x.from.c + n * x.from.n + pixel;
      for (int64_t r = 0; r < run; ++r) buffer[i + r] = at[r];
      i += run;
    }
    return buffer;
  });
}

// A weight (o, c, r, s) seen by its input's gradient: lanes are c, the chain is (o, r, s) over every `step`-th tap from `first` on.
template <class Source> struct Taps {
  const Source* data;
  int64_t o, c, group;  // strides
  int64_t first[2], step[2], taps[2], width;  // of r and s; width: taps in a row of the weight
};
template <class T, class Source>
void pack_taps(const void* source, T* to, int64_t batch, int64_t lane, int lanes, int width, int64_t p, int64_t count) {
  const auto& w = *static_cast<const Taps<Source>*>(source);
  for (int64_t q = 0; q < count; ++q) {
    const int64_t s = (p + q) % w.taps[1], r = (p + q) / w.taps[1] % w.taps[0], o = (p + q) / w.taps[1] / w.taps[0];
    const Source* at = w.data + batch * w.group + o * w.o + (w.first[0] + r * w.step[0]) * w.width + w.first[1] + s * w.step[1] + lane * w.c;
    for (int l = 0; l < lanes; ++l) to[q * width + l] = static_cast<T>(at[l * w.c]);
  }
  clear_lanes(to, lanes, width, count);
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
