// Layer, group, instance and local response normalisation. Batch normalisation: norm.cpp.
#include <algorithm>
#include <limits>

#include "kernels/norm.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/norm.h"
#include "ops/reduce.h"
#include "ops/taps.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

// An input as the kernel sees it: rows of c channels of s elements, row r with set r % sets of the parameters.
struct Rows {
  int64_t rows, c, s, sets;
  bool centred;
  Dims shape() const { return {rows, c, s}; }
};

// The gradient by ops alone, for a backward pass that is recorded. Statistics are worked out again from x, so that derivatives through
// them follow.
Gradients composed_backward(const Tensor& g_in, const Tensor& x_in, const OptTensor& weight, const Rows& l, double eps, Needs needs) {
  const Dims shape{l.rows / l.sets, l.sets, l.c, l.s}, row{2, 3}, channel{0, 3};
  const Tensor g = reshape(g_in, shape), x = reshape(x_in, shape);
  const Tensor centred = l.centred ? sub(x, mean(x, row, true, {})) : x;
  const Tensor rstd = rsqrt(add(mean(mul(centred, centred), row, true, {}), number(eps))), d = mul(centred, rstd);
  Gradients out;
  if (needs[0]) {
    const Tensor h = weight.defined() ? mul(g, reshape(weight, {1, l.sets, l.c, 1})) : g;
    Tensor inner = sub(h, mul(d, mean(mul(h, d), row, true, {})));
    if (l.centred) inner = sub(inner, mean(h, row, true, {}));
    out[0] = reshape(mul(inner, rstd), x_in.shape());
  }
  if (needs[1]) out[1] = reshape(sum(mul(g, d), channel, false, {}), weight.shape());
  if (needs[2]) out[2] = reshape(sum(g, channel, false, {}), {l.sets * l.c});
  return out;
}

Gradients fused_backward(const Tensor& g, const Tensor& x, const OptTensor& mean, const Tensor& rstd, const OptTensor& weight, const Rows& l, Needs needs) {
  const Tensor gx = needs[0] ? empty(x.shape(), x.dtype(), x.device()) : Tensor();
  Tensor gw, gb;
  if (needs[1] || needs[2]) {
    gw = empty({l.sets, l.c}, sum_dtype(x.dtype()), x.device());
    gb = empty({l.sets, l.c}, sum_dtype(x.dtype()), x.device());
  }
  run(kernels::row_norm_backward, gx.defined() ? reshaped(gx, l.shape()) : Tensor(), gw, gb, reshaped(as_contiguous(g), l.shape()),
      reshaped(as_contiguous(x), l.shape()), mean, rstd, as_contiguous(weight), l.sets);
  Gradients out;
  out[0] = gx;
  if (needs[1]) out[1] = reshaped(gw, weight.shape());
  if (needs[2]) out[2] = reshaped(gb, {l.sets * l.c});
  return out;
}

// The result is contiguous, or has x's strides where `keeps` says so and they are dense.
Tensor normalised(const char* op, const Tensor& x, const OptTensor& weight, const OptTensor& bias, const Rows& l, double eps, bool keeps) {
  const bool strided = keeps && !x.is_contiguous() && is_dense(x.shape(), x.strides());
  Tensor out = empty(x.shape(), x.dtype(), x.device()), mean, rstd;
  if (x.numel() > 0) {
    if (l.centred) mean = empty({l.rows}, DType::float64, x.device());
    rstd = empty({l.rows}, DType::float64, x.device());
    run(kernels::row_norm, reshaped(out, l.shape()), mean, rstd, reshaped(as_contiguous(x), l.shape()), as_contiguous(weight), as_contiguous(bias), l.sets, eps);
  }
  if (strided) {
    const Tensor moved = empty_strided(x.shape(), x.strides(), x.dtype(), x.device());
    copy_untracked(moved, out);
    out = moved;
  }
  return with_gradient(op, out, {x, weight, bias},
                       [x = save(x), weight = save(weight), mean, rstd, l, eps](const Tensor& g, Needs needs) -> Gradients {
    const OptTensor w = weight.get();
    if (!rstd.defined()) {  // an empty input
      const Dims parameters{l.sets * l.c};
      return {needs[0] ? g : Tensor(), needs[1] ? zeros(w.shape(), w.dtype(), w.device()) : Tensor(),
              needs[2] ? zeros(parameters, g.dtype(), g.device()) : Tensor()};
    }
    return thread_state.grad_enabled ? composed_backward(g, x.get(), w, l, eps, needs) : fused_backward(g, x.get(), mean, rstd, w, l, needs);
  });
}

void check_parameter(const char* op, const char* name, const OptTensor& p, const Dims& shape, const Tensor& x) {
  if (!p.defined()) return;
  check_shape(op, name, p, shape);
  check<DtypeError>(p.dtype() == x.dtype() || (is_half(x.dtype()) && p.dtype() == DType::float32), "{}: {} must be of dtype {} as input is. Got {}.", op, name,
                    x.dtype(), p.dtype());
}

Rows rows_of_last(const char* op, const Tensor& x, const Dims& normalized_shape, bool centred) {
  check_floating(op, "input", x);
  const int64_t k = normalized_shape.size();
  check<ValueError>(k > 0, "{}: normalized_shape must have at least one dimension.", op);
  bool ends = k <= x.dim();
  int64_t n = 1;
  for (int64_t i = 0; ends && i < k; ++i) {
    ends = x.size(x.dim() - k + i) == normalized_shape[i];
    n *= normalized_shape[i];
  }
  check<ShapeError>(ends, "{}: the last dimensions of input must be normalized_shape={}. Got input of shape {}.", op, normalized_shape, x.shape());
  return {n > 0 ? x.numel() / n : 0, n, 1, 1, centred};
}

// weight and bias may have several dimensions: the parameters of a row, one after the other.
Tensor flat(const OptTensor& p) { return p.defined() ? reshape(p, {p.numel()}) : Tensor(); }

}  // namespace

Tensor layer_norm(const Tensor& x, const Dims& normalized_shape, const OptTensor& weight, const OptTensor& bias, double eps) {
  const Rows l = rows_of_last("layer_norm", x, normalized_shape, true);
  check_parameter("layer_norm", "weight", weight, normalized_shape, x);
  check_parameter("layer_norm", "bias", bias, normalized_shape, x);
  common_device("layer_norm", {x, weight, bias});
  return normalised("layer_norm", x, flat(weight), flat(bias), l, eps, false);
}

Tensor rms_norm(const Tensor& x, const Dims& normalized_shape, const OptTensor& weight, std::optional<double> eps) {
  const Rows l = rows_of_last("rms_norm", x, normalized_shape, false);
  check_parameter("rms_norm", "weight", weight, normalized_shape, x);
  common_device("rms_norm", {x, weight});
  // The machine epsilon of the dtype of the arithmetic.
  const double smallest = x.dtype() == DType::float64 ? std::numeric_limits<double>::epsilon() : static_cast<double>(std::numeric_limits<float>::epsilon());
  return normalised("rms_norm", x, flat(weight), {}, l, eps.value_or(smallest), true);
}

Tensor group_norm(const Tensor& x, int64_t num_groups, const OptTensor& weight, const OptTensor& bias, double eps) {
  check_floating("group_norm", "input", x);
  check<ShapeError>(x.dim() >= 2, "group_norm: input must have at least 2 dimensions (n, c, *). Got shape {}.", x.shape());
  const int64_t c = x.size(1);
  check<ValueError>(num_groups > 0 && c % num_groups == 0, "group_norm: num_groups must divide the {} channels. Got {} with input of shape {}.", c, num_groups, x.shape());
  check_parameter("group_norm", "weight", weight, {c}, x);
  check_parameter("group_norm", "bias", bias, {c}, x);
  common_device("group_norm", {x, weight, bias});
  const int64_t plane = x.size(0) * c > 0 ? x.numel() / (x.size(0) * c) : 0;
  return normalised("group_norm", x, weight, bias, {x.size(0) * num_groups, c / num_groups, plane, num_groups, true}, eps, x.dim() == 4);
}

Tensor instance_norm(const Tensor& x, const OptTensor& running_mean, const OptTensor& running_var, const OptTensor& weight, const OptTensor& bias,
                     bool use_input_stats, double momentum, double eps) {
  check_floating("instance_norm", "input", x);
  check<ShapeError>(x.dim() >= 2, "instance_norm: input must have at least 2 dimensions (n, c, *). Got shape {}.", x.shape());
  check<ValueError>(running_mean.defined() == running_var.defined(), "instance_norm: running_mean and running_var must be given both or neither.");
  check<ValueError>(use_input_stats || running_mean.defined(), "instance_norm: use_input_stats=False needs running_mean and running_var.");
  const int64_t n = x.size(0), c = x.size(1);
  for (const auto& [name, p] : {std::pair<const char*, const Tensor&>{"running_mean", running_mean}, {"running_var", running_var}, {"weight", weight}, {"bias", bias}})
    if (p.defined()) check_shape("instance_norm", name, p, {c});
  if (!use_input_stats) return batch_norm(x, running_mean, running_var, weight, bias, false, 0, eps);
  check_parameter("instance_norm", "weight", weight, {c}, x);
  check_parameter("instance_norm", "bias", bias, {c}, x);
  common_device("instance_norm", {x, running_mean, running_var, weight, bias});
  const int64_t plane = n * c > 0 ? x.numel() / (n * c) : 0;
  if (running_mean.defined() && x.numel() > 0) {
    // As a batch of one with n * c channels; the running statistics take the mean over the instances.
    const GradMode untracked(false);
    const Tensor m = contiguous(expand(running_mean, {n, c})), v = contiguous(expand(running_var, {n, c}));
    batch_norm(reshape(detach(x), {1, n * c, plane}), reshape(m, {n * c}), reshape(v, {n * c}), {}, {}, true, momentum, eps);
    copy_(running_mean, mean(m, Dims{0}, false, {}));
    copy_(running_var, mean(v, Dims{0}, false, {}));
  }
  return normalised("instance_norm", x, weight, bias, {n * c, 1, plane, c, true}, eps, false);
}

Tensor local_response_norm(const Tensor& x, int64_t size, double alpha, double beta, double k) {
  check_floating("local_response_norm", "input", x);
  check<ShapeError>(x.dim() >= 3, "local_response_norm: input must have at least 3 dimensions (n, c, *). Got shape {}.", x.shape());
  check<ValueError>(size > 0, "local_response_norm: size must be positive. Got {}.", size);
  if (x.numel() == 0) return clone(x);
  const int64_t c = x.size(1), width = std::min(size, 2 * c + (size & 1));  // what is wider reaches every channel as well
  const Tensor near = map_taps("local_response_norm", mul(x, x), 1, window_taps(c, c, width, 1, width / 2, 1));
  return div(x, pow(add(mul(near, number(alpha / static_cast<double>(size))), number(k)), number(beta)));
}

}  // namespace dlx::ops
