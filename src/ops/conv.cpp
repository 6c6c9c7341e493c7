#include "ops/conv.h"

#include "kernels/conv.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
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
  return with_gradient("conv2d", out, {x_in, weight, bias}, [x = save(x_in), weight = save(weight), conv](const Tensor& g, Needs needs) -> Gradients {
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

Tensor input_grad(const Tensor& gy_in, const Tensor& weight, const Dims& x_shape, const Conv2d& conv) {
  const Tensor gy = in_format(gy_in);
  Tensor gx = new_like(gy, x_shape);
  if (gx.numel() > 0) run(kernels::conv2d_input_grad, gx, gy, as_contiguous(weight), conv);
  return with_gradient("conv2d_input_grad", gx, {gy_in, weight}, [gy = save(gy_in), weight = save(weight), conv](const Tensor& g, Needs needs) -> Gradients {
    return {needs[0] ? forward(g, weight.get(), {}, conv) : Tensor(),
            needs[1] ? weight_grad(gy.get(), g, weight.get().shape(), conv) : Tensor()};
  });
}

Tensor weight_grad(const Tensor& gy_in, const Tensor& x_in, const Dims& weight_shape, const Conv2d& conv) {
  const Tensor gy = in_format(gy_in), x = in_format(x_in);
  Tensor gw = empty(weight_shape, x.dtype(), x.device());
  run(kernels::conv2d_weight_grad, gw, gy, x, conv);
  return with_gradient("conv2d_weight_grad", gw, {gy_in, x_in}, [gy = save(gy_in), x = save(x_in), conv](const Tensor& g, Needs needs) -> Gradients {
    return {needs[0] ? forward(x.get(), g, {}, conv) : Tensor(), needs[1] ? input_grad(gy.get(), g, x.get().shape(), conv) : Tensor()};
  });
}

}  // namespace

Tensor conv2d(const Tensor& input, const Tensor& weight, const OptTensor& bias, Pair stride, Pair padding, Pair dilation, int64_t groups) {
  check_floating("conv2d", "input", input);
  check_dim("conv2d", "weight", weight, 4);
  check<ShapeError>(input.dim() == 4 || input.dim() == 3, "conv2d: input must have 4 dimensions (n, c, h, w), or 3 without n. Got shape {}.", input.shape());
  check<DtypeError>(input.dtype() == weight.dtype(), "conv2d: input is {} but weight is {}. Convert the input with .to(dlx.{}).", input.dtype(), weight.dtype(), weight.dtype());
  const Tensor x = input.dim() == 3 ? unsqueeze(input, 0) : input;
  check<ValueError>(groups > 0 && weight.size(0) % groups == 0 && x.size(1) % groups == 0,
                    "conv2d: groups must divide the channels of input ({}) and of weight ({}). Got {}.", x.size(1), weight.size(0), groups);
  check<ShapeError>(x.size(1) == weight.size(1) * groups,
                    "conv2d: input has {} channels but weight of shape {} with groups={} takes {}. Got input of shape {}.", x.size(1),
                    weight.shape(), groups, weight.size(1) * groups, input.shape());
  if (bias.defined()) {
    check_shape("conv2d", "bias", bias, {weight.size(0)});
    check_same_dtype("conv2d", "bias", bias, "weight", weight);
  }
  common_device("conv2d", {input, weight, bias});
  Conv2d conv{};
  conv.groups = groups;
  for (int i = 0; i < 2; ++i) {
    constexpr int64_t kLimit = int64_t{1} << 31;
    check<ValueError>(stride[i] > 0 && dilation[i] > 0 && padding[i] >= 0 && stride[i] < kLimit && dilation[i] < kLimit && padding[i] < kLimit,
                      "conv2d: stride and dilation must be positive and padding not negative. Got {}, {} and {}.", stride[i], dilation[i], padding[i]);
    conv.stride[i] = stride[i];
    conv.padding[i] = padding[i];
    conv.dilation[i] = dilation[i];
    check<ShapeError>(weight.size(2 + i) > 0 && weight.size(0) > 0 && weight.size(1) > 0, "conv2d: weight must not be empty. Got shape {}.", weight.shape());
    const int64_t span = dilation[i] * (weight.size(2 + i) - 1) + 1, room = x.size(2 + i) + 2 * padding[i];
    check<ShapeError>(x.size(2 + i) > 0 && span <= room,
                      "conv2d: the kernel spans {} by its size and dilation but the padded input is {} in {}. Got input of shape {} and weight of shape {}.",
                      span, room, i == 0 ? "height" : "width", input.shape(), weight.shape());
  }
  const Tensor out = forward(x, weight, bias, conv);
  return input.dim() == 3 ? squeeze(out, Dims{0}) : out;
}

}  // namespace dlx::ops
