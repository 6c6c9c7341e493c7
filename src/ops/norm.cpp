#include "ops/norm.h"

#include "kernels/norm.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

// (n, c, s): NCHW with its planes as rows, or channels last as its memory lies.
Tensor as_planes(const Tensor& x) {
  int64_t s = 1;
  for (int64_t d = 2; d < x.dim(); ++d) s *= x.size(d);
  const Dims shape{x.size(0), x.size(1), s};
  const bool last = x.dim() > 2 && !x.is_contiguous() && x.stride(1) == 1 && x.shape().back() > 0 && is_dense(x.shape(), x.strides()) &&
                    x.strides().back() == x.size(1) && x.stride(0) == x.size(1) * s;
  if (last) return alias(x, shape, Dims{shape[1] * s, 1, shape[1]}, x.offset());
  return reshaped(as_contiguous(x), shape);
}

Dims per_channel(const Tensor& x) {
  Dims shape(x.dim(), 1);
  shape[1] = x.size(1);
  return shape;
}
Dims other_dims(const Tensor& x) {
  Dims dims;
  for (int64_t d = 0; d < x.dim(); ++d)
    if (d != 1) dims.push_back(d);
  return dims;
}

// The gradient by ops alone, for a backward pass that is recorded. Statistics are worked out again from x, so that
// derivatives through them follow.
Gradients composed_backward(const Tensor& g, const Tensor& x, const Tensor& mean_in, const Tensor& var_in, const OptTensor& weight, double eps,
                            bool training, Needs needs) {
  const Dims shape = per_channel(x), over = other_dims(x);
  const double count = static_cast<double>(x.numel() / x.size(1));
  Tensor mu = reshape(mean_in, shape), var = reshape(var_in, shape);
  if (training) {
    mu = mean(x, over, true, {});
    const Tensor centred = sub(x, mu);
    var = mean(mul(centred, centred), over, true, {});
  }
  const Tensor scale = rsqrt(add(var, number(eps))), d = mul(sub(x, mu), scale);
  const Tensor gb = sum(g, over, true, {}), gw = sum(mul(g, d), over, true, {});
  Gradients out;
  if (needs[0]) {
    const Tensor factor = weight.defined() ? mul(scale, reshape(weight, shape)) : scale;
    Tensor inner = g;
    if (training) inner = sub(sub(g, div(gb, number(count))), mul(d, div(gw, number(count))));
    out[0] = mul(inner, factor);
  }
  if (needs[1]) out[1] = reshape(gw, {x.size(1)});
  if (needs[2]) out[2] = reshape(gb, {x.size(1)});
  return out;
}

Gradients fused_backward(const Tensor& g, const Tensor& x_in, const Tensor& mean, const Tensor& var, const OptTensor& weight, double eps,
                         bool training, Needs needs) {
  const Tensor x = as_planes(x_in), like = g.strides() == x_in.strides() ? as_planes(g) : Tensor();
  Tensor gy = like.defined() && like.strides() == x.strides() ? like : empty_strided(x.shape(), x.strides(), g.dtype(), g.device());
  if (!like.defined() || like.strides() != x.strides()) {
    const Tensor flat = reshaped(as_contiguous(g), x.shape());
    copy_untracked(gy, flat);
  }
  Tensor gx_planes = needs[0] ? empty_strided(x.shape(), x.strides(), x.dtype(), x.device()) : Tensor();
  const DType sums = sum_dtype(x.dtype());
  Tensor gw = empty({x.size(1)}, sums, x.device()), gb = empty({x.size(1)}, sums, x.device());
  run(kernels::batch_norm_backward, gx_planes, gw, gb, gy, x, mean, var, as_contiguous(weight), eps, training);
  Gradients out;
  if (needs[0]) {
    const bool contiguous = gx_planes.is_contiguous();
    out[0] = contiguous ? reshaped(gx_planes, x_in.shape()) : alias(gx_planes, x_in.shape(), x_in.strides(), 0);
  }
  out[1] = gw;
  out[2] = gb;
  return out;
}

}  // namespace

Tensor batch_norm(const Tensor& x, const OptTensor& running_mean, const OptTensor& running_var, const OptTensor& weight, const OptTensor& bias,
                  bool training, double momentum, double eps) {
  check_floating("batch_norm", "input", x);
  check<ShapeError>(x.dim() >= 2, "batch_norm: input must have at least 2 dimensions (n, c, *). Got shape {}.", x.shape());
  const Dims channels{x.size(1)};
  const DType sums = sum_dtype(x.dtype());
  for (const auto& [name, t] : {std::pair<const char*, const Tensor&>{"running_mean", running_mean}, {"running_var", running_var}, {"weight", weight}, {"bias", bias}}) {
    if (!t.defined()) continue;
    check_shape("batch_norm", name, t, channels);
    check_floating("batch_norm", name, t);
  }
  const auto parameter = [&](const char* name, const OptTensor& p) {
    if (!p.defined()) return;
    check<DtypeError>(p.dtype() == x.dtype() || p.dtype() == sums, "batch_norm: {} must be of dtype {} as input is. Got {}.", name, x.dtype(), p.dtype());
  };
  parameter("weight", weight);
  parameter("bias", bias);
  check<ValueError>(training || (running_mean.defined() && running_var.defined()),
                    "batch_norm: evaluation needs running_mean and running_var. Pass training=True to use the batch's statistics.");
  check<ValueError>(running_mean.defined() == running_var.defined(), "batch_norm: running_mean and running_var must be given both or neither.");
  common_device("batch_norm", {x, running_mean, weight, bias});
  const int64_t count = x.size(1) > 0 ? x.numel() / x.size(1) : 0;
  check<ShapeError>(!training || count > 1, "batch_norm: training needs more than 1 value per channel. Got input of shape {}.", x.shape());

  Tensor mean, var;
  if (x.numel() == 0) return with_gradient("batch_norm", empty(x.shape(), x.dtype(), x.device()), {x}, [](const Tensor& g) { return g; });
  const Tensor planes = as_planes(x);
  if (training) {
    mean = empty(channels, sums, x.device());
    var = empty(channels, sums, x.device());
    run(kernels::batch_norm_stats, mean, var, planes);
    if (running_mean.defined()) {
      const GradMode untracked(false);
      check_in_place("batch_norm", running_mean, false);
      check_in_place("batch_norm", running_var, false);
      const Tensor m = as_contiguous(running_mean), v = as_contiguous(running_var);
      run(kernels::batch_norm_update, m, v, mean, var, momentum, count);
      if (!m.same(running_mean)) copy_untracked(running_mean, m);
      if (!v.same(running_var)) copy_untracked(running_var, v);
    }
  } else {
    // Their values now: a later training step changes the running ones in place.
    mean = recording({x, weight, bias}) ? untracked_copy(running_mean) : as_contiguous(running_mean);
    var = recording({x, weight, bias}) ? untracked_copy(running_var) : as_contiguous(running_var);
  }
  Tensor flat = empty_strided(planes.shape(), planes.strides(), x.dtype(), x.device());
  run(kernels::batch_norm, flat, planes, mean, var, as_contiguous(weight), as_contiguous(bias), eps);
  Tensor out = flat.is_contiguous() ? reshaped(flat, x.shape()) : alias(flat, x.shape(), x.strides(), 0);
  return with_gradient("batch_norm", out, {x, weight, bias},
                       [x = save(x), weight = save(weight), mean, var, eps, training](const Tensor& g, Needs needs) -> Gradients {
    const auto backward = thread_state.grad_enabled ? composed_backward : fused_backward;
    return backward(g, x.get(), mean, var, weight.get(), eps, training, needs);
  });
}

}  // namespace dlx::ops
