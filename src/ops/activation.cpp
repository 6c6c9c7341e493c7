#include "ops/activation.h"

#include <cmath>
#include <limits>

#include "kernels/activation.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/random.h"
#include "ops/reduce.h"
#include "ops/softmax.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

constexpr double kNormalDensity = 0.39894228040143267794;                              // 1 / sqrt(2 pi)
constexpr double kGeluSlope = 1.5957691216057307117, kGeluCubic = 0.044715;             // 2 sqrt(2 / pi)
constexpr double kSeluAlpha = 1.6732632423543772848, kSeluScale = 1.0507009873554804934;  // arXiv:1706.02515

// kernel(x, constants) into a result; kernel(g, x, constants) into a new tensor.
template <class K, class... C> Result forward(const char* op, const K& kernel, const Tensor& x, const OptTensor& out, C... constants) {
  Result r = elementwise_result(op, out, {x}, x.dtype());
  if (x.numel() > 0) run(kernel, r, x, constants..., compute_dtype(x.dtype()));
  return r;
}
template <class K, class... C> Tensor backward(const char* op, const K& kernel, const Tensor& g, const Tensor& x, C... constants) {
  const Result gx = elementwise_result(op, {}, {g, x}, x.dtype());
  if (x.numel() > 0) run(kernel, gx, g, x, constants..., compute_dtype(x.dtype()));
  return gx.tensor();
}

// The op `name` of a floating input: its kernel, its gradient in one pass, and its gradient written with ops: derivative(g, x).
template <class K, class B, class Derivative, class... C>
Tensor activation(const char* name, const K& kernel, const B& gradient, const Tensor& x, const OptTensor& out, Derivative derivative, C... constants) {
  check_floating(name, "input", x);
  const Result r = elementwise_result(name, out, {x}, x.dtype());
  const Saved sx = r.save(x);
  if (x.numel() > 0) run(kernel, r, x, constants..., compute_dtype(x.dtype()));
  return r.with_gradient([=, gradient = &gradient](const Tensor& g) {  // kernels are global objects
    if (thread_state.grad_enabled) return derivative(g, sx.get());
    return backward(name, *gradient, g, sx.get(), constants...);
  });
}

Operand zero() { return number(0); }

Tensor normal_density(const Tensor& x) { return mul(exp(mul(mul(x, x), number(-0.5))), number(kNormalDensity)); }
Tensor normal_cdf(const Tensor& x) {
  const Result r = elementwise_result("normal_cdf", {}, {x}, x.dtype());
  const Saved sx = r.save(x);
  if (x.numel() > 0) run(kernels::normal_cdf, r, x, compute_dtype(x.dtype()));
  return r.with_gradient([sx](const Tensor& g) { return mul(g, normal_density(sx.get())); });
}

// g s (1 + x (1 - s) slope): the derivative of x sigmoid(z), s = sigmoid(z), slope = dz / dx.
Tensor gated(const Tensor& g, const Tensor& x, const Tensor& z, const Operand& slope) {
  const Tensor s = sigmoid(z);
  return mul(mul(g, s), add(mul(mul(x, sub(number(1), s)), slope), number(1)));
}

Tensor elu_of(const char* op, const Tensor& x, double alpha, double scale, double input_scale, const OptTensor& out) {
  return activation(op, kernels::elu, kernels::elu_backward, x, out, [=](const Tensor& g, const Tensor& x) {
    // Of min(x, 0), so that no overflow meets the 0 of the branch that is not taken.
    const Tensor curve = mul(exp(mul(minimum(x, zero()), number(input_scale))), number(alpha * scale * input_scale));
    return mul(g, where(gt(x, zero()), number(scale), curve));
  }, alpha, scale, input_scale);
}

// A constant of an op on numbers of `dtype`, as that dtype holds it: ValueError where it cannot.
double held(const char* op, const char* name, double value, DType dtype) {
  return dispatch_all(dtype, [&]<class T>() -> double {
    if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) {
      return static_cast<double>(static_cast<float>(T(static_cast<float>(value))));
    } else if constexpr (std::is_floating_point_v<T>) {
      return static_cast<double>(static_cast<T>(value));
    } else {
      const double whole = std::trunc(value), low = static_cast<double>(std::numeric_limits<T>::min());
      check<ValueError>(whole >= low && whole < std::ldexp(1.0, std::numeric_limits<T>::digits), "{}: {} cannot hold {}={}.", op, dtype, name, value);
      return whole;
    }
  });
}
void check_number(const char* op, const Tensor& x) {
  check<DtypeError>(x.dtype() != DType::boolean, "{}: input must not be bool. Convert it with .to(dlx.float32).", op);
}

Tensor clamped(const char* op, const Tensor& x, double low, double high, const OptTensor& out) {
  check_number(op, x);
  low = held(op, "min_val", low, x.dtype());
  high = held(op, "max_val", high, x.dtype());
  return forward(op, kernels::hardtanh, x, out, low, high).with_gradient([op, low, high](const Tensor& g, const Tensor& y) {
    if (thread_state.grad_enabled) return where(add(le(y, number(low)), ge(y, number(high))), zero(), g);
    return backward(op, kernels::hardtanh_backward, g, y, low, high);
  });
}

// x > 0 ? x : weight x, weight broadcast to x. In place where `out` is x.
Tensor prelu_of(const char* op, const Tensor& x, const Tensor& weight, const OptTensor& out) {
  const Result r = elementwise_result(op, out, {x, weight}, x.dtype());
  const Saved sx = r.save(x), sw = r.save(weight);
  if (x.numel() > 0) run(kernels::prelu, r, x, weight, compute_dtype(x.dtype()));
  return r.with_gradient([sx, sw](const Tensor& g, Needs needs) -> Gradients {
    const Tensor x = sx.get(), above = gt(x, zero());
    return {needs[0] ? where(above, g, mul(g, sw.get())) : Tensor(), needs[1] ? where(above, zero(), mul(g, x)) : Tensor()};
  });
}

Tensor shrunk_gradient(const char* op, const Tensor& g, const Tensor& x, double lambda) {
  if (thread_state.grad_enabled) return where(mul(ge(x, number(-lambda)), le(x, number(lambda))), zero(), g);
  return backward(op, kernels::shrink_backward, g, x, lambda);
}

}  // namespace

Tensor gelu(const Tensor& x, bool tanh) {
  return activation("gelu", kernels::gelu, kernels::gelu_backward, x, {}, [tanh](const Tensor& g, const Tensor& x) {
    if (!tanh) return mul(g, add(normal_cdf(x), mul(x, normal_density(x))));
    const Tensor square = mul(x, x);
    const Tensor z = mul(x, add(mul(square, number(kGeluSlope * kGeluCubic)), number(kGeluSlope)));
    return gated(g, x, z, add(mul(square, number(3 * kGeluSlope * kGeluCubic)), number(kGeluSlope)));
  }, tanh);
}

Tensor silu(const Tensor& x, const OptTensor& out) {
  return activation("silu", kernels::silu, kernels::silu_backward, x, out, [](const Tensor& g, const Tensor& x) { return gated(g, x, x, number(1)); });
}

Tensor mish(const Tensor& x, const OptTensor& out) {
  return activation("mish", kernels::mish, kernels::mish_backward, x, out, [](const Tensor& g, const Tensor& x) {
    const Tensor t = tanh(neg(logsigmoid(neg(x))));
    return mul(g, add(t, mul(mul(x, sigmoid(x)), sub(number(1), mul(t, t)))));
  });
}

Tensor softplus(const Tensor& x, double beta, double threshold) {
  return activation("softplus", kernels::softplus, kernels::softplus_backward, x, {}, [=](const Tensor& g, const Tensor& x) {
    const Tensor z = mul(x, number(beta));
    return where(gt(z, number(threshold)), g, mul(g, sigmoid(z)));
  }, beta, threshold);
}

Tensor logsigmoid(const Tensor& x) {
  return activation("logsigmoid", kernels::logsigmoid, kernels::logsigmoid_backward, x, {},
                    [](const Tensor& g, const Tensor& x) { return mul(g, sigmoid(neg(x))); });
}

Tensor elu(const Tensor& x, double alpha, const OptTensor& out) { return elu_of("elu", x, alpha, 1, 1, out); }
Tensor celu(const Tensor& x, double alpha, const OptTensor& out) {
  check<ValueError>(alpha != 0, "celu: alpha must not be 0: it divides the input.");
  return elu_of("celu", x, alpha, 1, 1 / alpha, out);
}
Tensor selu(const Tensor& x, const OptTensor& out) { return elu_of("selu", x, kSeluAlpha, kSeluScale, 1, out); }

Tensor leaky_relu(const Tensor& x, double slope, const OptTensor& out) {
  return activation("leaky_relu", kernels::leaky_relu, kernels::leaky_relu_backward, x, out,
                    [slope](const Tensor& g, const Tensor& x) { return where(gt(x, zero()), g, mul(g, number(slope))); }, slope);
}

Tensor prelu(const Tensor& x, const Tensor& weight) {
  check_floating("prelu", "input", x);
  check_same_dtype("prelu", "weight", weight, "input", x);
  check<ShapeError>(weight.dim() <= 1, "prelu: weight must have at most one dimension. Got shape {}.", weight.shape());
  Dims shape(x.dim(), 1);
  if (weight.numel() != 1) {
    const int64_t channels = x.dim() > 1 ? x.size(1) : 1;
    check<ShapeError>(weight.numel() == channels, "prelu: weight must have 1 element or one for each of the {} channels of input. Got {} for input of shape {}.",
                      channels, weight.numel(), x.shape());
    shape[1] = channels;
  }
  return prelu_of("prelu", x, reshape(weight, shape), {});
}

Tensor rrelu(const Tensor& x, double lower, double upper, bool training, const OptTensor& out) {
  check_floating("rrelu", "input", x);
  check<ValueError>(lower <= upper, "rrelu: lower must not be above upper. Got {} and {}.", lower, upper);
  if (!training) return leaky_relu(x, (lower + upper) / 2, out);
  return prelu_of("rrelu", x, uniform_(empty_like(x, {}, {}), lower, upper, nullptr), out);
}

Tensor hardtanh(const Tensor& x, double min_val, double max_val, const OptTensor& out) {
  check<ValueError>(min_val <= max_val, "hardtanh: min_val must not be above max_val. Got {} and {}.", min_val, max_val);
  return clamped("hardtanh", x, min_val, max_val, out);
}
Tensor relu6(const Tensor& x, const OptTensor& out) { return clamped("relu6", x, 0, 6, out); }

Tensor hardsigmoid(const Tensor& x, const OptTensor& out) {
  return activation("hardsigmoid", kernels::hardsigmoid, kernels::hardsigmoid_backward, x, out, [](const Tensor& g, const Tensor& x) {
    return where(add(le(x, number(-3)), ge(x, number(3))), zero(), div(g, number(6)));
  });
}
Tensor hardswish(const Tensor& x, const OptTensor& out) {
  return activation("hardswish", kernels::hardswish, kernels::hardswish_backward, x, out, [](const Tensor& g, const Tensor& x) {
    const Tensor inside = mul(g, add(div(x, number(3)), number(0.5)));
    return where(le(x, number(-3)), zero(), where(ge(x, number(3)), g, inside));
  });
}

Tensor hardshrink(const Tensor& x, double lambd, const OptTensor& out) {
  check_floating("hardshrink", "input", x);
  const Result r = elementwise_result("hardshrink", out, {x}, x.dtype());
  const Saved sx = r.save(x);
  if (x.numel() > 0) run(kernels::hardshrink, r, x, lambd, compute_dtype(x.dtype()));
  return r.with_gradient([sx, lambd](const Tensor& g) { return shrunk_gradient("hardshrink", g, sx.get(), lambd); });
}
Tensor softshrink(const Tensor& x, double lambd) {
  check_floating("softshrink", "input", x);
  check<ValueError>(lambd >= 0, "softshrink: lambd must not be negative. Got {}.", lambd);
  const Result r = elementwise_result("softshrink", {}, {x}, x.dtype());
  const Saved sx = r.save(x);
  if (x.numel() > 0) run(kernels::softshrink, r, x, lambd, compute_dtype(x.dtype()));
  return r.with_gradient([sx, lambd](const Tensor& g) { return shrunk_gradient("softshrink", g, sx.get(), lambd); });
}

Tensor threshold(const Tensor& x, double threshold, double value, const OptTensor& out) {
  check_number("threshold", x);
  threshold = held("threshold", "threshold", threshold, x.dtype());
  value = held("threshold", "value", value, x.dtype());
  const Result r = elementwise_result("threshold", out, {x}, x.dtype());
  const Saved sx = r.save(x);
  if (x.numel() > 0) run(kernels::threshold, r, x, threshold, value, compute_dtype(x.dtype()));
  return r.with_gradient([sx, threshold, value](const Tensor& g) {
    const Tensor x = sx.get();
    if (thread_state.grad_enabled) return where(le(x, number(threshold)), zero(), g);
    return backward("threshold", kernels::threshold_backward, g, x, threshold, value);
  });
}

Tensor glu(const Tensor& x, int64_t dim) {
  check_floating("glu", "input", x);
  check<ShapeError>(x.dim() > 0, "glu: input must have at least one dimension, of even size. Got shape ().");
  const int64_t d = normalized_dim("glu", dim, x.dim()), half = x.size(d) / 2;
  check<ShapeError>(2 * half == x.size(d), "glu: dimension {} of input must be of even size: it is cut in halves. Got shape {}.", d, x.shape());
  return mul(narrow(x, d, 0, half), sigmoid(narrow(x, d, half, half)));
}

Tensor softsign(const Tensor& x) { return div(x, add(abs(x), number(1))); }
Tensor tanhshrink(const Tensor& x) {
  check_number("tanhshrink", x);
  return sub(x, tanh(x));
}

Tensor gumbel_softmax(const Tensor& logits, double tau, bool hard, int64_t dim) {
  check_floating("gumbel_softmax", "logits", logits);
  check<ValueError>(tau != 0, "gumbel_softmax: tau must not be 0: it divides the logits.");
  const int64_t d = normalized_dim("gumbel_softmax", dim, logits.dim());
  // -log(-log(u)) for uniform u in [0, 1): 0 gives -inf, a class that is not drawn.
  const Tensor u = rand(logits.shape(), sum_dtype(logits.dtype()), logits.device(), nullptr);
  const Tensor noise = to(neg(log(neg(log(u)))), {}, logits.dtype());
  const Tensor soft = softmax(div(add(logits, noise), number(tau)), d, {});
  if (!hard || logits.numel() == 0) return soft;
  Dims shape(logits.dim(), 1);
  if (logits.dim() > 0) shape[d] = logits.size(d);
  const int64_t classes = logits.dim() > 0 ? logits.size(d) : 1;
  const Tensor numbers = reshape(arange(Scalar(0), Scalar(classes), Scalar(1), DType::int64, logits.device()), shape);
  const Tensor drawn = to(eq(argmax(soft, d, true), numbers), {}, logits.dtype());
  return add(sub(drawn, detach(soft)), soft);  // straight through: the value of `drawn`, the gradient of `soft`
}

}  // namespace dlx::ops
