#include "ops/conv.h"

#include "kernels/conv.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "ops/taps.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

using kernels::Conv2d;

// The three maps of a convolution: bilinear, so each one's derivatives are the others.
Tensor forward(const Tensor& x, const Tensor& weight, const OptTensor& bias, const Conv2d& conv);
Tensor input_grad(const Tensor& gy, const Tensor& weight, const Dims& x_shape, const Conv2d& conv);
Tensor weight_grad(const Tensor& gy, const Tensor& x, const Dims& weight_shape, const Conv2d& conv);

Tensor new_like(const Tensor& format, const Dims& shape) { return empty_strided(shape, image_strides(format, shape), format.dtype(), format.device()); }
// NCHW or NHWC; anything else becomes NCHW.
Tensor in_format(const Tensor& x) { return is_channels_last(x) ? x : as_contiguous(x); }

int64_t output_size(int64_t size, int64_t kernel, const Conv2d& c, int i) {
  return (size + 2 * c.padding[i] - c.dilation[i] * (kernel - 1) - 1) / c.stride[i] + 1;
}

Tensor forward(const Tensor& x_in, const Tensor& weight, const OptTensor& bias, const Conv2d& conv) {
  const Tensor x = in_format(x_in);
  Tensor out = new_like(x, {x.size(0), weight.size(0), output_size(x.size(2), weight.size(2), conv, 0), output_size(x.size(3), weight.size(3), conv, 1)});
  if (out.numel() > 0) run(kernels::conv2d, out, x, as_contiguous(weight), as_contiguous(bias), conv);
  return with_gradient("conv2d", out, {x_in, weight, bias}, [x = save(x_in), weight = save(weight), conv](const Tensor& gy, Needs needs) -> Gradients {
    // A gradient in another format than x (the expanded one of a sum) would make the input's gradient lie as it does.
    const Tensor g = is_channels_last(x.get()) && !is_channels_last(gy) ? contiguous(gy, MemoryFormat::channels_last) : gy;
    Tensor gb;
    if (needs[2] && thread_state.grad_enabled) {
      gb = sum(g, Dims{0, 2, 3}, false, {});
    } else if (needs[2]) {
      gb = empty({g.size(1)}, g.dtype(), g.device());
      run(kernels::conv2d_bias_grad, gb, in_format(g));
    }
    return {needs[0] ? input_grad(g, weight.get(), x.get().shape(), conv) : Tensor(),
            needs[1] ? weight_grad(g, x.get(), weight.get().shape(), conv) : Tensor(), gb};
  });
}

// The output of `forward` as large as gy: a transposed convolution whose output_padding reaches a stride leaves room for windows that
// gy has not.
Tensor like_gy(Tensor out, const Tensor& gy) {
  for (int64_t d = 2; d < 4; ++d)
    if (out.size(d) > gy.size(d)) out = narrow(out, d, 0, gy.size(d));
  return out;
}

Tensor input_grad(const Tensor& gy_in, const Tensor& weight, const Dims& x_shape, const Conv2d& conv) {
  const Tensor gy = in_format(gy_in);
  Tensor gx = new_like(gy, x_shape);
  if (gx.numel() > 0) run(kernels::conv2d_input_grad, gx, gy, as_contiguous(weight), conv);
  return with_gradient("conv2d_input_grad", gx, {gy_in, weight}, [gy = save(gy_in), weight = save(weight), conv](const Tensor& g, Needs needs) -> Gradients {
    return {needs[0] ? like_gy(forward(g, weight.get(), {}, conv), gy.get()) : Tensor(), needs[1] ? weight_grad(gy.get(), g, weight.get().shape(), conv) : Tensor()};
  });
}

Tensor weight_grad(const Tensor& gy_in, const Tensor& x_in, const Dims& weight_shape, const Conv2d& conv) {
  const Tensor gy = in_format(gy_in), x = in_format(x_in);
  Tensor gw = empty(weight_shape, x.dtype(), x.device());
  run(kernels::conv2d_weight_grad, gw, gy, x, conv);
  return with_gradient("conv2d_weight_grad", gw, {gy_in, x_in}, [gy = save(gy_in), x = save(x_in), conv](const Tensor& g, Needs needs) -> Gradients {
    return {needs[0] ? like_gy(forward(x.get(), g, {}, conv), gy.get()) : Tensor(), needs[1] ? input_grad(gy.get(), g, x.get().shape(), conv) : Tensor()};
  });
}


// What conv1d, conv2d, conv3d and the transposed ones check alike, and the numbers they work with: one for each dimension.
struct Settings {
  const char* op;
  bool transposed;
  int64_t spatial;  // 1, 2 or 3
  Dims stride, padding, dilation, output_padding;
  int64_t groups;
};
Dims each_dim(const Settings& s, const char* name, const Dims& values) {
  check<ValueError>(values.size() == 1 || values.size() == s.spatial, "{}: {} must be an int or {} ints. Got {}.", s.op, name, s.spatial, values);
  return values.size() == s.spatial ? values : Dims(s.spatial, values[0]);
}
constexpr const char* kDimNames[] = {"depth", "height", "width"};

// Checks all, and gives the input with its batch dimension.
Tensor checked_input(Settings& s, const Tensor& input, const Tensor& weight, const OptTensor& bias) {
  check_floating(s.op, "input", input);
  check_dim(s.op, "weight", weight, s.spatial + 2);
  const char* const sizes = s.spatial == 1 ? "l" : s.spatial == 2 ? "h, w" : "d, h, w";
  check<ShapeError>(input.dim() == s.spatial + 2 || input.dim() == s.spatial + 1, "{}: input must have {} dimensions (n, c, {}), or {} without n. Got shape {}.",
                    s.op, s.spatial + 2, sizes, s.spatial + 1, input.shape());
  check<DtypeError>(input.dtype() == weight.dtype(), "{}: input is {} but weight is {}. Convert the input with .to(dlx.{}).", s.op, input.dtype(), weight.dtype(), weight.dtype());
  const Tensor x = input.dim() == s.spatial + 1 ? unsqueeze(input, 0) : input;
  const int64_t channels = x.size(1), takes = s.transposed ? weight.size(0) : weight.size(1) * s.groups;
  check<ValueError>(s.groups > 0 && weight.size(0) % s.groups == 0 && (s.transposed || channels % s.groups == 0),
                    "{}: groups must divide the channels of input ({}) and of weight ({}). Got {}.", s.op, channels, weight.size(0), s.groups);
  check<ShapeError>(channels == takes, "{}: input has {} channels but weight of shape {} with groups={} takes {}. Got input of shape {}.", s.op, channels,
                    weight.shape(), s.groups, takes, input.shape());
  if (bias.defined()) {
    check_shape(s.op, "bias", bias, {s.transposed ? weight.size(1) * s.groups : weight.size(0)});
    check_same_dtype(s.op, "bias", bias, "weight", weight);
  }
  common_device(s.op, {input, weight, bias});
  s.stride = each_dim(s, "stride", s.stride);
  s.padding = each_dim(s, "padding", s.padding);
  s.dilation = each_dim(s, "dilation", s.dilation);
  s.output_padding = each_dim(s, "output_padding", s.output_padding);
  check<ShapeError>(weight.numel() > 0, "{}: weight must not be empty. Got shape {}.", s.op, weight.shape());
  for (int64_t i = 0; i < s.spatial; ++i) {
    constexpr int64_t kLimit = int64_t{1} << 31;
    const int64_t stride = s.stride[i], padding = s.padding[i], dilation = s.dilation[i], size = x.size(2 + i);
    const char* const dim = kDimNames[3 - s.spatial + i];
    check<ValueError>(stride > 0 && dilation > 0 && padding >= 0 && stride < kLimit && dilation < kLimit && padding < kLimit,
                      "{}: stride and dilation must be positive and padding not negative. Got {}, {} and {}.", s.op, stride, dilation, padding);
    const int64_t span = dilation * (weight.size(2 + i) - 1) + 1;
    if (s.transposed) {
      const int64_t more = s.output_padding[i];
      check<ValueError>(more >= 0 && (more < stride || more < dilation), "{}: output_padding must be smaller than stride or dilation. Got {} with stride {} and dilation {}.",
                        s.op, more, stride, dilation);
      check<ShapeError>(size > 0 && (size - 1) * stride + span + more > 2 * padding, "{}: the output would have no {}. Got input of shape {}, weight of shape {} and padding {}.",
                        s.op, dim, input.shape(), weight.shape(), padding);
    } else {
      check<ShapeError>(size > 0 && span <= size + 2 * padding,
                        "{}: the kernel spans {} by its size and dilation but the padded input is {} in {}. Got input of shape {} and weight of shape {}.",
                        s.op, span, size + 2 * padding, dim, input.shape(), weight.shape());
    }
  }
  return x;
}

// The 2-d convolution over the last two dimensions; with one, the height is 1.
Conv2d planar(const Settings& s) {
  Conv2d conv{{1, 1}, {0, 0}, {1, 1}, s.groups};
  for (int64_t i = s.spatial == 1 ? 1 : 0; i < 2; ++i) {
    const int64_t d = s.spatial - 2 + i;
    conv.stride[i] = s.stride[d];
    conv.padding[i] = s.padding[d];
    conv.dilation[i] = s.dilation[d];
  }
  return conv;
}
int64_t transposed_size(const Settings& s, const Tensor& x, const Tensor& weight, int64_t i) {
  return (x.size(2 + i) - 1) * s.stride[i] - 2 * s.padding[i] + s.dilation[i] * (weight.size(2 + i) - 1) + s.output_padding[i] + 1;
}
Tensor biased(const Tensor& out, const OptTensor& bias) {
  if (!bias.defined()) return out;
  Dims shape(out.dim(), 1);
  shape[1] = bias.size(0);
  return add(out, reshape(bias, shape));
}

Tensor convolve(Settings s, const Tensor& input, const Tensor& weight, const OptTensor& bias) {
  const Tensor x = checked_input(s, input, weight, bias);
  Tensor out;
  if (s.spatial == 2) {
    out = forward(x, weight, bias, planar(s));
  } else if (s.spatial == 1) {
    out = squeeze(forward(unsqueeze(x, 2), unsqueeze(weight, 2), bias, planar(s)), Dims{2});
  } else {
    // The slices that one output slice sees become channels: (n * od, c * kd, h, w).
    const int64_t n = x.size(0), c = x.size(1), kd = weight.size(2), oc = weight.size(0);
    const int64_t od = (x.size(2) + 2 * s.padding[0] - s.dilation[0] * (kd - 1) - 1) / s.stride[0] + 1;
    const Tensor slices = map_taps(s.op, x, 2, patch_taps(x.size(2), od, kd, s.stride[0], s.padding[0], s.dilation[0]));
    const Tensor by_output = permute(reshape(slices, {n, c, kd, od, x.size(3), x.size(4)}), {0, 3, 1, 2, 4, 5});
    const Tensor planes = forward(reshape(by_output, {n * od, c * kd, x.size(3), x.size(4)}),
                                  reshape(weight, {oc, weight.size(1) * kd, weight.size(3), weight.size(4)}), bias, planar(s));
    out = contiguous(permute(reshape(planes, {n, od, oc, planes.size(2), planes.size(3)}), {0, 2, 1, 3, 4}));
  }
  return input.dim() == s.spatial + 1 ? squeeze(out, Dims{0}) : out;
}

Tensor convolve_transposed(Settings s, const Tensor& input, const Tensor& weight, const OptTensor& bias) {
  const Tensor x = checked_input(s, input, weight, bias);
  const int64_t n = x.size(0), oc = weight.size(1) * s.groups;
  Tensor out;
  if (s.spatial == 2) {
    out = biased(input_grad(x, weight, {n, oc, transposed_size(s, x, weight, 0), transposed_size(s, x, weight, 1)}, planar(s)), bias);
  } else if (s.spatial == 1) {
    out = biased(squeeze(input_grad(unsqueeze(x, 2), unsqueeze(weight, 2), {n, oc, 1, transposed_size(s, x, weight, 0)}, planar(s)), Dims{2}), bias);
  } else {
    // Each slice spreads to kd slices, kept as channels; then those that meet in one output slice are added.
    const int64_t d = x.size(2), kd = weight.size(2), od = transposed_size(s, x, weight, 0);
    const Tensor slices = reshape(permute(x, {0, 2, 1, 3, 4}), {n * d, x.size(1), x.size(3), x.size(4)});
    const Tensor planes = input_grad(slices, reshape(weight, {weight.size(0), weight.size(1) * kd, weight.size(3), weight.size(4)}),
                                     {n * d, oc * kd, transposed_size(s, x, weight, 1), transposed_size(s, x, weight, 2)}, planar(s));
    const Tensor spread = reshape(permute(reshape(planes, {n, d, oc, kd, planes.size(2), planes.size(3)}), {0, 2, 3, 1, 4, 5}),
                                  {n, oc, kd * d, planes.size(2), planes.size(3)});
    out = biased(map_taps(s.op, spread, 2, transposed(*patch_taps(od, d, kd, s.stride[0], s.padding[0], s.dilation[0]))), bias);
  }
  return input.dim() == s.spatial + 1 ? squeeze(out, Dims{0}) : out;
}

}  // namespace

Tensor conv1d(const Tensor& input, const Tensor& weight, const OptTensor& bias, const Dims& stride, const Dims& padding, const Dims& dilation, int64_t groups) {
  return convolve({"conv1d", false, 1, stride, padding, dilation, {0}, groups}, input, weight, bias);
}
Tensor conv2d(const Tensor& input, const Tensor& weight, const OptTensor& bias, Pair stride, Pair padding, Pair dilation, int64_t groups) {
  return convolve({"conv2d", false, 2, Dims(stride), Dims(padding), Dims(dilation), {0}, groups}, input, weight, bias);
}
Tensor conv3d(const Tensor& input, const Tensor& weight, const OptTensor& bias, const Dims& stride, const Dims& padding, const Dims& dilation, int64_t groups) {
  return convolve({"conv3d", false, 3, stride, padding, dilation, {0}, groups}, input, weight, bias);
}
Tensor conv_transpose1d(const Tensor& input, const Tensor& weight, const OptTensor& bias, const Dims& stride, const Dims& padding, const Dims& output_padding,
                        int64_t groups, const Dims& dilation) {
  return convolve_transposed({"conv_transpose1d", true, 1, stride, padding, dilation, output_padding, groups}, input, weight, bias);
}
Tensor conv_transpose2d(const Tensor& input, const Tensor& weight, const OptTensor& bias, const Dims& stride, const Dims& padding, const Dims& output_padding,
                        int64_t groups, const Dims& dilation) {
  return convolve_transposed({"conv_transpose2d", true, 2, stride, padding, dilation, output_padding, groups}, input, weight, bias);
}
Tensor conv_transpose3d(const Tensor& input, const Tensor& weight, const OptTensor& bias, const Dims& stride, const Dims& padding, const Dims& output_padding,
                        int64_t groups, const Dims& dilation) {
  return convolve_transposed({"conv_transpose3d", true, 3, stride, padding, dilation, output_padding, groups}, input, weight, bias);
}

}  // namespace dlx::ops
