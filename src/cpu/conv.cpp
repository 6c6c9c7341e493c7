// Convolutions as matrix products. In each pass one operand is made of patches while it is packed (conv_patches.h):
//   forward            out[o, (n,y,x)]  = weight[o, (c,r,s)]  * patches[(c,r,s), (n,y,x)]
//   input's gradient   gx[c, (n,i,j)]   = weight'[c, (o,r,s)] * patches of gy[(o,r,s), (n,i,j)]
//   weight's gradient  gw[o, (c,r,s)]   = gy[o, (n,y,x)]      * patches'[(n,y,x), (c,r,s)]
//   bias's gradient    gb[o]            = gy[o, (n,y,x)]      * ones
// The batch lies in the columns, so images smaller than a panel fill it; groups are the engine's batch. Groups of few channels (depthwise) and
// images of few channels go without a product: conv_direct.h.
#include "kernels/conv.h"

#include "cpu/conv_direct.h"
#include "cpu/gemm/put.h"

namespace dlx::cpu::DLX_ISA {
namespace {

using kernels::Conv2d;

// Images as the packers read them: in place where layout and type allow, else a copy in NCHW and the sums' type.
template <class Source, class T = sum_of<Source>> class ReadableImages {
 public:
  DLX_INLINE explicit ReadableImages(const Tensor& x) : copy_(in_place(x) ? 0 : x.numel()) {
    images_ = {x.data<T>(), x.stride(0), x.stride(1), x.stride(2), x.stride(3)};
    if (in_place(x)) return;
    images_ = {copy_.data(), x.size(1) * x.size(2) * x.size(3), x.size(2) * x.size(3), x.size(3), 1};
    copy_planes(x, x.data<Source>());
  }
  DLX_INLINE const Images<T>& images() const { return images_; }

 private:
  DLX_INLINE static bool in_place(const Tensor& x) {
    return std::is_same_v<T, Source> && x.stride(2) == x.size(3) * x.stride(3) && (x.stride(3) == 1 || x.stride(1) == 1);
  }
  void copy_planes(const Tensor& x, const Source* from) {
    const int64_t c = x.size(1), h = x.size(2), w = x.size(3);
    parallel_for(x.size(0) * c, h * w, [&](int64_t begin, int64_t end) {
      for (int64_t plane = begin; plane < end; ++plane)
        for (int64_t y = 0; y < h; ++y) {
          const Source* row = from + plane / c * x.stride(0) + plane % c * x.stride(1) + y * x.stride(2);
          T* to = copy_ + (plane * h + y) * w;
          if (x.stride(3) == 1) convert_row(to, row, w);
          else for (int64_t i = 0; i < w; ++i) to[i] = static_cast<T>(row[i * x.stride(3)]);
        }
    });
  }
  Scratch<T> copy_;
  Images<T> images_;
};

// Images in NHWC and the sums' type: in place, or a copy.
template <class Source, class T = sum_of<Source>> class ChannelsLastImages {
 public:
  // readable: x as ReadableImages gives it.
  DLX_INLINE ChannelsLastImages(const Tensor& x, const Images<T>& readable) : copy_(readable.c == 1 ? 0 : x.numel()), images_(readable) {
    if (readable.c == 1) return;
    const int64_t c = x.size(1), size = x.size(2) * x.size(3), strips = (size + kStrip - 1) / kStrip;
    images_ = {copy_.data(), c * size, 1, c * x.size(3), c};
    parallel_for(x.size(0) * strips, c * kStrip, [&](int64_t begin, int64_t end) {
      for (int64_t item = begin; item < end; ++item) {
        const int64_t n = item / strips, pixel = item % strips * kStrip, count = size - pixel < kStrip ? size - pixel : kStrip;
        const T* from = readable.data + n * readable.n + pixel;
        T* to = copy_ + (n * size + pixel) * c;
        int64_t k = 0;
        for (; k + 4 <= c; k += 4) {
          const T* const rows[4] = {from + k * readable.c, from + (k + 1) * readable.c, from + (k + 2) * readable.c, from + (k + 3) * readable.c};
          transpose_four(to + k, c, rows, count);
        }
        for (; k < c; ++k)
          for (int64_t i = 0; i < count; ++i) to[i * c + k] = from[k * readable.c + i];
      }
    });
  }
  DLX_INLINE const Images<T>& images() const { return images_; }

 private:
  Scratch<T> copy_;
  Images<T> images_;
};

// Columns (n, y, x) of a product as pixels of images: y and x count every `step`-th pixel from `first` on.
template <class Sum, class T>
DLX_INLINE Output<Sum> image_output(const Tensor& out, int64_t group_channels, const int64_t (&first)[2], const int64_t (&step)[2],
                                    int64_t y_lanes, int64_t x_lanes) {
  Output<Sum> o{put_tile<Sum, T>, out.data<T>() + first[0] * out.stride(2) + first[1] * out.stride(3), group_channels * out.stride(1),
                out.stride(1), step[1] * out.stride(3), x_lanes};
  o.y_size = y_lanes, o.y = step[0] * out.stride(2), o.outer = out.stride(0);
  // Rows, then images, that follow each other at one stride are one: tiles are then stored whole.
  if (o.y == x_lanes * o.x) o.x_size *= o.y_size, o.y = 0, o.y_size = 1;
  if (o.y_size == 1 && (out.size(0) == 1 || o.outer == o.x_size * o.x)) o.x_size *= out.size(0);
  return o;
}

// Whether `in` planes of a group become `out` planes of `pixels` without a product, and whether the weight's gradient does: chosen by the
// shapes of a sample. Where packed panels are used by few rows (conv_direct.h). Images so small that one
// hardly fills a register for each row are better off merged, in a product's columns.
DLX_INLINE bool is_local(const Conv2d& conv, const Tensor& weight, int64_t pixels) {
  const int64_t taps = weight.size(2) * weight.size(3);
  for (int i = 0; i < 2; ++i)
    if ((weight.size(2 + i) - 1) * conv.dilation[i] > 256) return false;  // copies hold what lies between the taps
  return conv.groups > 1 || (taps > 1 && pixels >= 100);
}
DLX_INLINE bool goes_directly(const Conv2d& conv, const Tensor& weight, int64_t in, int64_t out, int64_t pixels) {
  return weight.size(2) * weight.size(3) <= kMostTaps && in <= 16 && out <= 64 && is_local(conv, weight, pixels);
}
DLX_INLINE bool sums_directly(const Conv2d& conv, const Tensor& weight, int64_t in, int64_t out, int64_t pixels) {
  return in * out <= 256 && is_local(conv, weight, pixels);
}
DLX_INLINE Axis axis_of(const Conv2d& conv, int i, int64_t lanes, int64_t size, int64_t taps) {
  return {lanes, size, conv.stride[i], -conv.padding[i], conv.dilation[i], taps};
}

template <class T> DLX_INLINE Patches<T> patches_of(const Images<T>& x, int64_t h, int64_t w, const Tensor& weight, const Tensor& out, const Conv2d& conv) {
  Patches<T> p{x,
               axis_of(conv, 0, out.size(2), h, weight.size(2)),
               axis_of(conv, 1, out.size(3), w, weight.size(3)),
               weight.size(1) * x.c};
  return p;
}
// A 1x1 kernel over whole images: an image is one long row, and no run of lanes ends inside it.
template <class T> DLX_INLINE void join_rows(Patches<T>& p) {
  const auto whole = [](const Axis& a) { return a.taps == 1 && a.step == 1 && a.offset == 0 && a.lanes == a.size; };
  if (!whole(p.y) || !whole(p.x)) return;
  p.x.lanes = p.x.size = p.x.size * p.y.size;
  p.y.lanes = p.y.size = 1;
}
template <class T> DLX_INLINE Operand<T> patches_operand(const Patches<T>& patches, typename Operand<T>::Pack* pack) {
  Operand<T> operand{pack, &patches};
  operand.streamed = true;
  return operand;
}

// With so few pixels in all they are the product's rows, and the filters are read where they lie, as a Linear's weight is: packing them cost a
// third of 512 filters of 512 x 3 x 3 over an image of 7 x 7. Each sum is the same, so the batch may choose.
constexpr int64_t kFewPixels = 256;

void conv2d(Out out, const Tensor& x, const Tensor& weight, const OptTensor& bias, Conv2d conv) {
  dispatch_floating(x.dtype(), [&]<class T>() {
    using Sum = sum_of<T>;
    const int64_t oc = out.size(1) / conv.groups, k = weight.size(1) * weight.size(2) * weight.size(3);
    const Strided<T> rows{weight.data<T>(), k, 1, oc * k};
    if (goes_directly(conv, weight, weight.size(1), oc, out.size(2) * out.size(3))) {
      return convolve_directly<Sum, T>(images_in<T>(x, conv.groups), axis_of(conv, 0, out.size(2), x.size(2), weight.size(2)),
                                       axis_of(conv, 1, out.size(3), x.size(3), weight.size(3)), x.size(0), conv.groups, strided_operand<Sum>(rows),
                                       bias.defined() ? bias.data<T>() : nullptr, images_out<T>(out, conv.groups, {0, 0}, {1, 1}));
    }
    const ReadableImages<T> images(x);
    Patches<Sum> patches = patches_of(images.images(), x.size(2), x.size(3), weight, out.tensor, conv);
    join_rows(patches);
    const int64_t pixels = out.size(0) * out.size(2) * out.size(3);
    if (pixels <= kFewPixels) {
      const Tensor& to = out;
      const int64_t of_image = out.size(2) * out.size(3), channels = out.size(1);
      const bool uniform = to.stride(2) == to.size(3) * to.stride(3) && (to.size(0) == 1 || to.stride(0) == of_image * to.stride(3));
      const Scratch<T> scratch(uniform ? 0 : pixels * channels);  // [pixel][channel]
      Operand<Sum> filters = strided_operand<Sum>(rows);
      read_in_place(filters, rows, k);
      const int64_t pixel = uniform ? to.stride(3) : channels, channel = uniform ? to.stride(1) : 1;
      Product<Sum> product{conv.groups, pixels, oc, k, {pack_patches<Sum>, &patches}, filters,
                           {put_tile<Sum, T>, uniform ? to.data<T>() : scratch.data(), oc * channel, pixel, channel, oc}};
      product.out.same_type = std::is_same_v<Sum, T>;
      if (bias.defined()) product.out.col_bias = bias.data<T>(), product.out.bias_batch = oc;
      multiply(product);
      for (int64_t n = 0; n < out.size(0) && !uniform; ++n)
        for (int64_t p = 0; p < of_image; ++p)
          for (int64_t c = 0; c < channels; ++c)
            to.data<T>()[n * to.stride(0) + c * to.stride(1) + p / to.size(3) * to.stride(2) + p % to.size(3) * to.stride(3)] = scratch[(n * of_image + p) * channels + c];
      return;
    }
    Product<Sum> product{conv.groups, oc, pixels, k, strided_operand<Sum>(rows),
                         patches_operand(patches, pack_patches<Sum>),
                         image_output<Sum, T>(out, oc, {0, 0}, {1, 1}, out.size(2), out.size(3))};
    if (bias.defined()) product.out.row_bias = bias.data<T>(), product.out.bias_batch = oc;
    multiply(product);
  });
}

// One dimension of the input's gradient. gx[i] sums gy[y] * weight[r] over y * stride + r * dilation - padding = i. Of the elements
// i = first, first + stride, ... every one meets the same taps r0, r0 + r_step, ...; seen from them gy is a patch without gaps.
struct Phase {
  Axis axis;
  int64_t tap0, tap_step;
};
DLX_INLINE Phase phase_of(int64_t first, int64_t size, int64_t out_size, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation) {
  int64_t g = dilation, rest = stride;  // greatest common divisor
  while (rest != 0) {
    const int64_t r = g % rest;
    g = rest, rest = r;
  }
  const int64_t at = first + padding, tap_step = stride / g;
  int64_t tap0 = 0;
  while (tap0 < tap_step && tap0 < kernel && (at - tap0 * dilation) % stride != 0) ++tap0;
  const int64_t taps = tap0 == tap_step || tap0 >= kernel ? 0 : (kernel - tap0 - 1) / tap_step + 1;
  return {{(size - first - 1) / stride + 1, out_size, 1, taps == 0 ? 0 : (at - tap0 * dilation) / stride, -(dilation / g), taps}, tap0, tap_step};
}

// f(first pixel of gx, its dimensions, the weight's rows) for each phase.
template <class Sum, class T, class F> DLX_INLINE void each_phase(const Tensor& gx, const Tensor& gy, const Tensor& weight, const Conv2d& conv, const F& f) {
  const int64_t c = weight.size(1), oc = gy.size(1) / conv.groups, kh = weight.size(2), kw = weight.size(3);
  for (int64_t i = 0; i < conv.stride[0] && i < gx.size(2); ++i)
    for (int64_t j = 0; j < conv.stride[1] && j < gx.size(3); ++j) {
      const Phase py = phase_of(i, gx.size(2), gy.size(2), kh, conv.stride[0], conv.padding[0], conv.dilation[0]);
      const Phase px = phase_of(j, gx.size(3), gy.size(3), kw, conv.stride[1], conv.padding[1], conv.dilation[1]);
      const Taps<T> taps{weight.data<T>(), c * kh * kw, kh * kw, oc * c * kh * kw, {py.tap0, px.tap0}, {py.tap_step, px.tap_step},
                         {py.axis.taps, px.axis.taps}, kw};
      const int64_t first[] = {i, j};
      f(first, py.axis, px.axis, Operand<Sum>{pack_taps<Sum, T>, &taps});
    }
}

void conv2d_input_grad(Out gx, const Tensor& gy, const Tensor& weight, Conv2d conv) {
  dispatch_floating(gy.dtype(), [&]<class T>() {
    using Sum = sum_of<T>;
    const int64_t c = weight.size(1), oc = gy.size(1) / conv.groups;
    if (goes_directly(conv, weight, oc, c, gx.size(2) * gx.size(3)))
      return each_phase<Sum, T>(gx.tensor, gy, weight, conv, [&](const int64_t (&first)[2], const Axis& y, const Axis& x, const Operand<Sum>& rows) {
        convolve_directly<Sum, T>(images_in<T>(gy, conv.groups), y, x, gy.size(0), conv.groups, rows, nullptr, images_out<T>(gx, conv.groups, first, conv.stride));
      });
    const ReadableImages<T> images(gy);
    each_phase<Sum, T>(gx.tensor, gy, weight, conv, [&](const int64_t (&first)[2], const Axis& y, const Axis& x, const Operand<Sum>& rows) {
      Patches<Sum> patches{images.images(), y, x, oc * images.images().c};
      join_rows(patches);
      multiply(Product<Sum>{conv.groups, c, gx.size(0) * y.lanes * x.lanes, oc * y.taps * x.taps, rows, patches_operand(patches, pack_patches<Sum>),
                            image_output<Sum, T>(gx, c, first, conv.stride, y.lanes, x.lanes)});
    });
  });
}

void conv2d_weight_grad(Out gw, const Tensor& gy, const Tensor& x, Conv2d conv) {
  dispatch_floating(gy.dtype(), [&]<class T>() {
    using Sum = sum_of<T>;
    const int64_t oc = gy.size(1) / conv.groups, c = gw.size(1), taps = gw.size(2) * gw.size(3), n = c * taps, size = gy.size(2) * gy.size(3);
    if (sums_directly(conv, gw, c, oc, size))
      return weight_gradient_directly<Sum, T>(images_in<T>(x, conv.groups), axis_of(conv, 0, gy.size(2), x.size(2), gw.size(2)),
                                              axis_of(conv, 1, gy.size(3), x.size(3), gw.size(3)), gy.size(0), conv.groups, images_in<T>(gy, conv.groups), gw.data<T>());
    const ReadableImages<T> images(x), gradients(gy);
    const Pixels<Sum> pixels{gradients.images(), size, oc * gradients.images().c};
    const Operand<Sum> rows{pack_pixels<Sum>, &pixels};
    const auto product = [&](Patches<Sum> patches, typename Operand<Sum>::Pack* pack, const Output<Sum>& out) {
      join_rows(patches);
      multiply(Product<Sum>{conv.groups, oc, n, gy.size(0) * size, rows, patches_operand(patches, pack), out});
    };
    Output<Sum> out{put_tile<Sum, T>, gw.data<T>(), oc * n, n, 1, n};
    if (c < kVecBytes / static_cast<int64_t>(sizeof(Sum))) {  // too few channels to copy by the register
      return product(patches_of(images.images(), x.size(2), x.size(3), gw.tensor, gy, conv), pack_patch_rows<Sum>, out);
    }
    out.x = taps, out.x_size = c, out.y = 1, out.y_size = taps;  // columns (r, s, c)
    const ChannelsLastImages<T> last(x, images.images());
    product(patches_of(last.images(), x.size(2), x.size(3), gw.tensor, gy, conv), pack_patch_channels<Sum>, out);
  });
}

void conv2d_bias_grad(Out gb, const Tensor& gy) {
  dispatch_floating(gy.dtype(), [&]<class T>() {
    using Sum = sum_of<T>;
    const ReadableImages<T> gradients(gy);
    const int64_t oc = gy.size(1), size = gy.size(2) * gy.size(3);
    const Pixels<Sum> pixels{gradients.images(), size, 0};
    const Operand<Sum> rows{pack_pixels<Sum>, &pixels};
    constexpr Sum kOne = 1;
    const Strided<Sum> ones{&kOne, 0, 0, 0};
    multiply(Product<Sum>{1, oc, 1, gy.size(0) * size, rows, strided_operand<Sum>(ones), {put_tile<Sum, T>, gb.data<T>(), oc, 1, 1, 1}});
  });
}

DLX_REGISTER_CPU(kernels::conv2d, conv2d);
DLX_REGISTER_CPU(kernels::conv2d_input_grad, conv2d_input_grad);
DLX_REGISTER_CPU(kernels::conv2d_weight_grad, conv2d_weight_grad);
DLX_REGISTER_CPU(kernels::conv2d_bias_grad, conv2d_bias_grad);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
