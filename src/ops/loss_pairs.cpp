// Losses of pairs of an input and a target, element by element.
#include <cmath>

#include "kernels/loss.h"
#include "ops/activation.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/loss.h"
#include "ops/reduce.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

Operand zero() { return number(0); }

// The op `name`: its kernel, its gradient in x in one pass, and the same written with ops: derivative(x, t). The gradient in t is
// of_target(g, x, t, gradient in x). A sum or a mean of plain tensors comes from the kernel `total`, without the losses in memory.
template <class K, class B, class S, class Derivative, class OfTarget, class... C>
Tensor pair_loss(const char* name, const K& kernel, const B& gradient, const S& total, Reduction reduction, const Tensor& x, const Tensor& t,
                 Derivative derivative, OfTarget of_target, C... constants) {
  const DType dtype = result_type(x, t);
  check<DtypeError>(is_floating(dtype), "{}: input or target must be floating point. Got {} and {}; convert one with .to(dlx.float32).", name, x.dtype(),
                    t.dtype());
  const auto gradients = [=, gradient = &gradient](const Tensor& g, const Tensor& x, const Tensor& t, Needs needs) -> Gradients {  // kernels are global objects
    Tensor gx;
    if (thread_state.grad_enabled) {
      gx = mul(g, derivative(x, t));
    } else {
      const Result made = elementwise_result(name, {}, {g, x, t}, dtype);
      if (g.numel() > 0) run(*gradient, made, g, x, t, constants..., compute_dtype(dtype));
      gx = made.tensor();
    }
    return {gx, needs[1] ? of_target(g, x, t, gx) : Tensor()};
  };
  const bool plain = x.dtype() == dtype && t.dtype() == dtype && !is_half(dtype) && x.shape() == t.shape() && x.is_contiguous() && t.is_contiguous() &&
                     x.numel() > 0 && x.device() == t.device();
  if (reduction != Reduction::none && plain) {
    const double divisor = reduction == Reduction::mean ? static_cast<double>(x.numel()) : 1;
    Tensor out = empty({}, dtype, x.device());
    run(total, out, x, t, constants..., divisor);
    return with_gradient(name, out, {x, t}, [gradients, x = save(x), t = save(t), divisor](const Tensor& g, Needs needs) {
      const Tensor x_now = x.get();
      return gradients(expand(divisor == 1 ? g : div(g, number(divisor)), x_now.shape()), x_now, t.get(), needs);
    });
  }
  const Result r = elementwise_result(name, {}, {x, t}, dtype);
  const Saved sx = r.save(x), st = r.save(t);
  if (r.tensor().numel() > 0) run(kernel, r, x, t, constants..., compute_dtype(dtype));
  return reduced(r.with_gradient([gradients, sx, st](const Tensor& g, Needs needs) { return gradients(g, sx.get(), st.get(), needs); }), reduction);
}
// Of losses of x - t.
const auto negated = [](const Tensor&, const Tensor&, const Tensor&, const Tensor& gx) { return neg(gx); };

Tensor smooth_error(const char* name, Reduction reduction, const Tensor& x, const Tensor& t, double beta, double inner, double outer) {
  return pair_loss(name, kernels::smooth_error, kernels::smooth_error_backward, kernels::smooth_error_sum, reduction, x, t, [=](const Tensor& x, const Tensor& t) {
    const Tensor d = sub(x, t);
    return where(lt(abs(d), number(beta)), mul(d, number(inner)), mul(sign(d), number(outer)));
  }, negated, beta, inner, outer);
}

void check_weight(const char* op, const OptTensor& weight, const Tensor& input) {
  if (weight.defined()) check_shape(op, "weight", weight, input.shape());
}
// What a loss is to be reduced to before weights come in.
Reduction before(const OptTensor& weight, Reduction reduction) { return weight.defined() ? Reduction::none : reduction; }
// With weights the mean is by weight.
Tensor weighted(const Tensor& loss, const OptTensor& weight, Reduction reduction) {
  if (!weight.defined()) return loss;  // reduced already
  const Tensor each = mul(loss, weight);
  return reduction == Reduction::mean ? div(sum(each, {}, false, {}), sum(weight, {}, false, {})) : reduced(each, reduction);
}

void check_same_shape(const char* op, const Tensor& input, const Tensor& target) {
  check<ShapeError>(target.shape() == input.shape(), "{}: target must have the shape of input, {}. Got {}; reshape or expand it.", op, input.shape(),
                    target.shape());
}

}  // namespace

Tensor reduced(const Tensor& loss, Reduction reduction) {
  if (reduction == Reduction::none) return loss;
  return reduction == Reduction::sum ? sum(loss, {}, false, {}) : mean(loss, {}, false, {});
}

Tensor mse_loss(const Tensor& input, const Tensor& target, Reduction reduction, const OptTensor& weight) {
  check_weight("mse_loss", weight, input);
  const Tensor loss = pair_loss("mse_loss", kernels::squared_error, kernels::squared_error_backward, kernels::squared_error_sum, before(weight, reduction), input, target,
                                [](const Tensor& x, const Tensor& t) { return mul(sub(x, t), number(2)); }, negated);
  return weighted(loss, weight, reduction);
}

Tensor l1_loss(const Tensor& input, const Tensor& target, Reduction reduction, const OptTensor& weight) {
  check_weight("l1_loss", weight, input);
  const Tensor loss = pair_loss("l1_loss", kernels::absolute_error, kernels::absolute_error_backward, kernels::absolute_error_sum, before(weight, reduction), input, target,
                                [](const Tensor& x, const Tensor& t) { return sign(sub(x, t)); }, negated);
  return weighted(loss, weight, reduction);
}

Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, Reduction reduction, double beta) {
  check<ValueError>(beta >= 0, "smooth_l1_loss: beta must not be negative. Got {}.", beta);
  if (beta == 0) return l1_loss(input, target, reduction);
  return smooth_error("smooth_l1_loss", reduction, input, target, beta, 1 / beta, 1);
}

Tensor huber_loss(const Tensor& input, const Tensor& target, Reduction reduction, double delta, const OptTensor& weight) {
  check<ValueError>(delta > 0, "huber_loss: delta must be above 0. Got {}.", delta);
  check_weight("huber_loss", weight, input);
  const Tensor loss = smooth_error("huber_loss", before(weight, reduction), input, target, delta, 1, delta);
  return weight.defined() ? reduced(mul(loss, weight), reduction) : loss;
}

Tensor binary_cross_entropy(const Tensor& input, const Tensor& target, const OptTensor& weight, Reduction reduction) {
  check_floating("binary_cross_entropy", "input", input);
  check_same_dtype("binary_cross_entropy", "target", target, "input", input);
  check_same_shape("binary_cross_entropy", input, target);
  const Tensor loss = pair_loss(
      "binary_cross_entropy", kernels::binary_cross_entropy, kernels::binary_cross_entropy_backward, kernels::binary_cross_entropy_sum, before(weight, reduction), input, target,
      [](const Tensor& x, const Tensor& t) { return div(sub(x, t), maximum(mul(sub(number(1), x), x), number(1e-12))); },
      [](const Tensor& g, const Tensor& x, const Tensor&, const Tensor&) {
        return mul(g, sub(maximum(log1p(neg(x)), number(-100)), maximum(log(x), number(-100))));
      });
  return weight.defined() ? reduced(mul(loss, weight), reduction) : loss;
}

Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target, const OptTensor& weight, Reduction reduction,
                                        const OptTensor& pos_weight) {
  check_floating("binary_cross_entropy_with_logits", "input", input);
  check_floating("binary_cross_entropy_with_logits", "target", target);
  check_same_shape("binary_cross_entropy_with_logits", input, target);
  Tensor loss;
  if (pos_weight.defined()) {
    const Tensor of_yes = add(mul(sub(pos_weight, number(1)), target), number(1));
    loss = sub(mul(sub(number(1), target), input), mul(of_yes, logsigmoid(input)));
  } else {
    loss = pair_loss("binary_cross_entropy_with_logits", kernels::binary_cross_entropy_with_logits, kernels::binary_cross_entropy_with_logits_backward,
                     kernels::binary_cross_entropy_with_logits_sum, before(weight, reduction), input, target, [](const Tensor& x, const Tensor& t) { return sub(sigmoid(x), t); },
                     [](const Tensor& g, const Tensor& x, const Tensor&, const Tensor&) { return neg(mul(g, x)); });
    if (!weight.defined()) return loss;
  }
  return reduced(weight.defined() ? mul(loss, weight) : loss, reduction);
}

Tensor kl_div(const Tensor& input, const Tensor& target, Reduction reduction, bool log_target, bool batchmean) {
  check<DtypeError>(is_floating(result_type(input, target)), "kl_div: input or target must be floating point. Got {} and {}.", input.dtype(), target.dtype());
  Tensor loss;
  if (log_target) {
    loss = mul(exp(target), sub(target, input));
  } else {
    const Tensor log_of_target = log(where(eq(target, zero()), number(1), target));  // 0 log 0 = 0
    loss = sub(mul(target, log_of_target), mul(target, input));
  }
  if (!batchmean) return reduced(loss, reduction);
  const Tensor total = sum(loss, {}, false, {});
  return input.dim() == 0 ? total : div(total, number(static_cast<double>(input.size(0))));
}

Tensor poisson_nll_loss(const Tensor& input, const Tensor& target, bool log_input, bool full, double eps, Reduction reduction) {
  check<DtypeError>(is_floating(result_type(input, target)), "poisson_nll_loss: input or target must be floating point. Got {} and {}.", input.dtype(),
                    target.dtype());
  Tensor loss = log_input ? sub(exp(input), mul(target, input)) : sub(input, mul(target, log(add(input, number(eps)))));
  if (full) {  // Stirling's approximation of log(target!), which is 0 up to 1
    const Tensor large = gt(target, number(1)), t = where(large, target, number(1));
    const Tensor log_factorial = add(sub(mul(t, log(t)), t), mul(log(mul(t, number(2 * M_PI))), number(0.5)));
    loss = add(loss, where(large, log_factorial, zero()));
  }
  return reduced(loss, reduction);
}

Tensor gaussian_nll_loss(const Tensor& input, const Tensor& target, const Operand& variance, bool full, double eps, Reduction reduction) {
  check_floating("gaussian_nll_loss", "input", input);
  check<ValueError>(eps > 0, "gaussian_nll_loss: eps must be above 0. Got {}.", eps);
  Tensor var = variance;
  if (var.is_number()) {
    var = filled({}, Scalar(host_scalar(var, "gaussian_nll_loss").as_double()), input.dtype(), input.device());
  } else if (var.shape() != input.shape()) {
    Dims shorter = input.shape();
    if (input.dim() > 0) shorter.erase(input.dim() - 1);
    if (input.dim() > 0 && var.shape() == shorter) {
      var = unsqueeze(var, -1);
    } else {
      bool fits = var.dim() == input.dim();
      for (int64_t d = 0, ones = 0; fits && d < var.dim(); ++d)
        if (var.size(d) != input.size(d)) fits = var.size(d) == 1 && ++ones == 1;
      check<ShapeError>(fits, "gaussian_nll_loss: var must have the shape of input, {}, with one size 1, or without its last dimension. Got {}.",
                        input.shape(), var.shape());
    }
  }
  check_floating("gaussian_nll_loss", "var", var);
  const Tensor values = detach(var);
  if (var.numel() > 0)
    check<ValueError>(!host_scalar(any(lt(values, zero()), {}, false), "gaussian_nll_loss").to<bool>(), "gaussian_nll_loss: var must not be negative.");
  // Clamped as a value: its gradient passes.
  const Tensor clamped = with_gradient("gaussian_nll_loss", maximum(values, number(eps)), {var}, [](const Tensor& g) { return g; });
  const Tensor d = sub(input, target);
  Tensor loss = mul(add(log(clamped), div(mul(d, d), clamped)), number(0.5));
  if (full) loss = add(loss, number(0.5 * std::log(2 * M_PI)));
  return reduced(loss, reduction);
}

}  // namespace dlx::ops
