#include "ops/pool.h"

#include "kernels/pool.h"
#include "ops/common.h"
#include "ops/index.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

Tensor planes(const Tensor& x) { return reshape(x, {x.size(0), x.size(1), x.size(2) * x.size(3)}); }

Tensor backward(const Tensor& g, const Tensor& indices, const Dims& x_shape) {
  if (thread_state.grad_enabled) {  // the composed form: it can be differentiated again
    const Tensor zero = zeros({x_shape[0], x_shape[1], x_shape[2] * x_shape[3]}, g.dtype(), g.device());
    return reshape(scatter_add(zero, 2, planes(indices), planes(g)), x_shape);
  }
  Tensor gx = empty_strided(x_shape, image_strides(indices, x_shape), g.dtype(), g.device());
  if (gx.numel() > 0) run(kernels::max_pool2d_backward, gx, g, indices);
  return gx;
}

}  // namespace

std::pair<Tensor, Tensor> max_pool2d(const Tensor& input, Pair kernel, Pair stride, Pair padding, Pair dilation, bool ceil_mode) {
  check<ShapeError>(input.dim() == 4 || input.dim() == 3, "max_pool2d: input must have 4 dimensions (n, c, h, w), or 3 without n. Got shape {}.", input.shape());
  check<DtypeError>(input.dtype() != DType::boolean, "max_pool2d: input must not be bool.");
  const Tensor x = input.dim() == 3 ? unsqueeze(input, 0) : input;
  kernels::Pool2d pool{};
  Dims shape{x.size(0), x.size(1), 0, 0};
  for (int i = 0; i < 2; ++i) {
    constexpr int64_t kLimit = int64_t{1} << 31;
    check<ValueError>(kernel[i] > 0 && stride[i] > 0 && dilation[i] > 0 && padding[i] >= 0 && kernel[i] < kLimit && stride[i] < kLimit && dilation[i] < kLimit,
                      "max_pool2d: kernel_size, stride and dilation must be positive and padding not negative. Got {}, {}, {} and {}.",
                      kernel[i], stride[i], dilation[i], padding[i]);
    check<ValueError>(2 * padding[i] <= kernel[i], "max_pool2d: padding must be at most half of kernel_size. Got {} and {}.", padding[i], kernel[i]);
    pool.kernel[i] = kernel[i];
    pool.stride[i] = stride[i];
    pool.padding[i] = padding[i];
    pool.dilation[i] = dilation[i];
    const int64_t size = x.size(2 + i), span = dilation[i] * (kernel[i] - 1) + 1, room = size + 2 * padding[i] - span;
    check<ShapeError>(x.size(1) > 0 && size > 0 && room >= 0, "max_pool2d: the window spans {} but the padded input is {} in {}. Got input of shape {}.", span,
                      size + 2 * padding[i], i == 0 ? "height" : "width", input.shape());
    shape[2 + i] = (room + (ceil_mode ? stride[i] - 1 : 0)) / stride[i] + 1;
    if (ceil_mode && (shape[2 + i] - 1) * stride[i] >= size + padding[i]) --shape[2 + i];  // a window must begin within the input
  }
  check<ShapeError>((pool.dilation[0] * (pool.kernel[0] - 1) + 1) < (int64_t{1} << 31) / std::max<int64_t>(x.size(3), 1),
                    "max_pool2d: a window must span fewer than 2^31 elements of its plane. Got input of shape {}.", input.shape());
  const Dims strides = image_strides(x, shape);
  Tensor out = empty_strided(shape, strides, x.dtype(), x.device()), indices = empty_strided(shape, strides, DType::int64, x.device());
  if (out.numel() > 0) run(kernels::max_pool2d, out, indices, x, pool);
  const Tensor outs[] = {out, indices};
  with_gradients("max_pool2d", outs, {x}, [at = recording({x}) ? save(indices) : Saved(), x_shape = x.shape()](std::span<const Tensor> g, Needs) -> Gradients {
    return backward(g[0], at.get(), x_shape);
  });
  if (input.dim() == 4) return {out, indices};
  return {squeeze(out, Dims{0}), squeeze(indices, Dims{0})};
}

}  // namespace dlx::ops
