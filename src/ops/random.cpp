#include "ops/random.h"

#include <cmath>
#include <random>

#include "kernels/copy.h"
#include "kernels/random.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

const Tensor& state_for(const char* op, const GeneratorPtr& generator, Device device) {
  check<NotImplementedError>(device.type == DeviceType::cpu, "{}: random numbers are made on the CPU only. Got device {}; make them there and use .to().", op, device);
  return (generator ? *generator : *default_generator()).state_tensor();
}

// Runs a random kernel into contiguous memory, then to where it belongs.
template <class F> Tensor fill_random(const char* op, const Tensor& self, F kernel_call) {
  check_in_place(op, self, recording({self}));
  if (self.numel() > 0) {
    const Tensor to = self.is_contiguous() ? self : empty(self.shape(), self.dtype(), self.device());
    kernel_call(to);
    if (!to.same(self)) copy_untracked(self, to);
  }
  with_gradient_in_place(op, self, {self}, [](const Tensor&) { return Gradients(); });
  return self;
}

}  // namespace

void Generator::manual_seed(uint64_t seed) {
  initial_seed_ = seed;
  // Through the funnel, so that an observer sees it.
  run(kernels::fill, alias(state_, Dims{1}, Dims{1}, 0), Scalar(static_cast<int64_t>(seed)));
  run(kernels::fill, alias(state_, Dims{1}, Dims{1}, 1), Scalar(0));
}
uint64_t Generator::seed() {
  std::random_device device;
  manual_seed((static_cast<uint64_t>(device()) << 32 | device()) & INT64_MAX);
  return initial_seed_;
}
Tensor Generator::state() const { return untracked_copy(state_); }
void Generator::set_state(const Tensor& state) {
  check_dtype("set_state", "state", state, DType::int64);
  check_shape("set_state", "state", state, {2});
  copy_untracked(state_, state);
}

const GeneratorPtr& default_generator() {
  static const GeneratorPtr* generator = new GeneratorPtr(std::make_shared<Generator>(0));
  static const bool seeded = ((*generator)->seed(), true);
  (void)seeded;
  return *generator;
}

Tensor uniform_(const Tensor& self, double from, double to, const GeneratorPtr& generator) {
  check_floating("uniform_", "the tensor", self);
  check<ValueError>(from <= to && std::isfinite(to - from), "uniform_: from must not be above to, and both finite. Got {} and {}.", from, to);
  const Tensor& state = state_for("uniform_", generator, self.device());
  return fill_random("uniform_", self, [&](const Tensor& out) { run(kernels::uniform, out, state, from, to); });
}
Tensor normal_(const Tensor& self, double mean, double std, const GeneratorPtr& generator) {
  check_floating("normal_", "the tensor", self);
  check<ValueError>(std >= 0, "normal_: std must not be negative. Got {}.", std);
  const Tensor& state = state_for("normal_", generator, self.device());
  return fill_random("normal_", self, [&](const Tensor& out) { run(kernels::normal, out, state, mean, std); });
}
Tensor rand(const Dims& size, DType dtype, Device device, const GeneratorPtr& generator) {
  check<DtypeError>(is_floating(dtype), "rand: dtype must be floating point. Got {}.", dtype);
  return uniform_(empty(size, dtype, device, "rand"), 0, 1, generator);
}
Tensor randn(const Dims& size, DType dtype, Device device, const GeneratorPtr& generator) {
  check<DtypeError>(is_floating(dtype), "randn: dtype must be floating point. Got {}.", dtype);
  return normal_(empty(size, dtype, device, "randn"), 0, 1, generator);
}
namespace {
bool can_hold(DType dtype, int64_t value) {
  return dispatch_all(dtype, [&]<class T>() {
    if constexpr (std::is_integral_v<T>) return static_cast<int64_t>(static_cast<T>(value)) == value;
    else return true;  // rounds
  });
}
}  // namespace
Tensor randint(int64_t low, int64_t high, const Dims& size, DType dtype, Device device, const GeneratorPtr& generator) {
  check<ValueError>(low < high, "randint: low must be below high. Got {} and {}.", low, high);
  check<ValueError>(can_hold(dtype, low) && can_hold(dtype, high - 1), "randint: {} cannot hold all integers from {} to {}.", dtype, low, high - 1);
  Tensor out = empty(size, dtype, device, "randint");
  const Tensor& state = state_for("randint", generator, device);
  if (out.numel() > 0) run(kernels::random_integers, out, state, low, static_cast<uint64_t>(high) - static_cast<uint64_t>(low));
  return out;
}
Tensor randperm(int64_t n, DType dtype, Device device, const GeneratorPtr& generator) {
  check<ValueError>(n >= 0, "randperm: n must not be negative. Got {}.", n);
  Tensor out = empty({n}, DType::int64, device);
  const Tensor& state = state_for("randperm", generator, device);
  if (n > 0) run(kernels::permutation, out, state);
  return as_dtype(out, dtype);
}
Tensor bernoulli(const Tensor& p, const GeneratorPtr& generator, const OptTensor& out) {
  check_floating("bernoulli", "input", p);
  Tensor drawn = empty(p.shape(), p.dtype(), p.device());
  const Tensor& state = state_for("bernoulli", generator, p.device());
  if (p.numel() > 0) run(kernels::bernoulli, drawn, state, as_contiguous(p));
  drawn = with_gradient("bernoulli", drawn, {p}, [](const Tensor& g) { return mul(g, number(0)); });
  return written_to("bernoulli", out, {p}, drawn);
}
Tensor bernoulli_(const Tensor& self, const Operand& p, const GeneratorPtr& generator) {
  check<DtypeError>(p.is_number() || is_floating(p.dtype()), "bernoulli_: p must be a number or a floating point tensor. Got {}.", p.dtype());
  check<ShapeError>(broadcasts_to(p.shape(), self.shape()), "bernoulli_: p of shape {} does not broadcast to the tensor's shape {}.", p.shape(), self.shape());
  const Tensor& state = state_for("bernoulli_", generator, self.device());
  Tensor everywhere;
  {
    const GradMode untracked(false);
    const Tensor chance = p.is_number() ? as_dtype(p, self.dtype() == DType::float64 ? DType::float64 : DType::float32) : Tensor(p);
    everywhere = as_contiguous(expand(chance, self.shape()));
  }
  return fill_random("bernoulli_", self, [&](const Tensor& out) { run(kernels::bernoulli, out, state, everywhere); });
}
Tensor normal(const Operand& mean, const Operand& std, const GeneratorPtr& generator, const OptTensor& out) {
  check<DtypeError>(mean.is_number() || is_floating(mean.dtype()), "normal: mean must be floating point. Got {}.", mean.dtype());
  check<DtypeError>(std.is_number() || is_floating(std.dtype()), "normal: std must be floating point. Got {}.", std.dtype());
  const Dims shape = broadcast_shape("normal", mean.shape(), std.shape());
  const Device device = common_device("normal", {mean, std});
  DType dtype = result_type({mean, std});
  if (!is_floating(dtype)) dtype = default_dtype();
  const GradMode untracked(false);
  if (std.numel() > 0)
    check<RuntimeError>(host_scalar(all(ge(std, number(0)), {}, false), "normal").to<bool>(), "normal: std must not be negative, nor nan.");
  const Tensor z = randn(shape, dtype, device, generator);
  return written_to("normal", out, {mean, std}, add(mul(z, std), mean));
}
Tensor multinomial(const Tensor& p, int64_t samples, bool replacement, const GeneratorPtr& generator, const OptTensor& out) {
  check_floating("multinomial", "input", p);
  check<ShapeError>(p.dim() == 1 || p.dim() == 2, "multinomial: input must have 1 or 2 dimensions. Got shape {}.", p.shape());
  const int64_t n = p.shape().back(), rows = p.dim() == 2 ? p.size(0) : 1;
  check<ValueError>(samples > 0, "multinomial: num_samples must be positive. Got {}.", samples);
  check<ValueError>(n > 0 || rows == 0, "multinomial: there is nothing to draw from. Got shape {}.", p.shape());
  check<ValueError>(replacement || samples <= n, "multinomial: {} of {} cannot be drawn without replacement. Pass replacement=True.", samples, n);
  const Tensor& state = state_for("multinomial", generator, p.device());
  Tensor drawn = empty(p.dim() == 2 ? Dims{rows, samples} : Dims{samples}, DType::int64, p.device());
  if (drawn.numel() > 0)
    run(kernels::multinomial, reshaped(drawn, {rows, samples}), state, reshaped(as_contiguous(as_dtype(p, DType::float64)), {rows, n}), replacement);
  return written_to("multinomial", out, {}, drawn);
}

namespace {
// Draws in a floating dtype, and converts where self has another.
Tensor draw_in(const char* op, const Tensor& self, kernels::Draw kind, double a, double b, const GeneratorPtr& generator) {
  const Tensor& state = state_for(op, generator, self.device());
  return fill_random(op, self, [&](const Tensor& out) {
    const Tensor to = is_floating(out.dtype()) ? out : empty(out.shape(), DType::float64, out.device());
    run(kernels::draw, to, state, kind, a, b);
    if (!to.same(out)) copy_untracked(out, to);
  });
}
// What random_ draws up to if it is not told: all that the dtype holds exactly.
int64_t largest_integer(DType dtype) {
  switch (dtype) {
    case DType::boolean: return 1;
    case DType::uint8: return UINT8_MAX;
    case DType::int8: return INT8_MAX;
    case DType::int16: return INT16_MAX;
    case DType::int32: return INT32_MAX;
    case DType::float16: return 1 << 11;
    case DType::bfloat16: return 1 << 8;
    case DType::float32: return 1 << 24;
    case DType::float64: return int64_t{1} << 53;
    default: return INT64_MAX;
  }
}
}  // namespace

Tensor random_(const Tensor& self, int64_t from, std::optional<int64_t> to, const GeneratorPtr& generator) {
  check<ValueError>(from < to.value_or(INT64_MAX), "random_: from must be below to. Got {} and {}.", from, to.value_or(INT64_MAX));
  check<ValueError>(can_hold(self.dtype(), from) && (!to || can_hold(self.dtype(), *to - 1)), "random_: {} cannot hold all integers from {} to {}.", self.dtype(), from,
                    to.value_or(INT64_MAX) - 1);
  const int64_t last = to ? *to - 1 : largest_integer(self.dtype());
  check<ValueError>(from <= last, "random_: from must be at most {} for {}. Got {}.", last, self.dtype(), from);
  const Tensor& state = state_for("random_", generator, self.device());
  const uint64_t range = static_cast<uint64_t>(last) - static_cast<uint64_t>(from) + 1;
  return fill_random("random_", self, [&](const Tensor& out) { run(kernels::random_integers, out, state, from, range); });
}
Tensor exponential_(const Tensor& self, double lambd, const GeneratorPtr& generator) {
  check_floating("exponential_", "the tensor", self);
  check<ValueError>(lambd > 0, "exponential_: lambd must be positive. Got {}.", lambd);
  return draw_in("exponential_", self, kernels::Draw::exponential, lambd, 0, generator);
}
Tensor geometric_(const Tensor& self, double p, const GeneratorPtr& generator) {
  check<DtypeError>(self.dtype() != DType::boolean, "geometric_: the tensor must not be bool.");
  check<ValueError>(p > 0 && p < 1, "geometric_: p must be in (0, 1). Got {}.", p);
  return draw_in("geometric_", self, kernels::Draw::geometric, p, 0, generator);
}
Tensor cauchy_(const Tensor& self, double median, double sigma, const GeneratorPtr& generator) {
  check_floating("cauchy_", "the tensor", self);
  check<ValueError>(sigma > 0, "cauchy_: sigma must be positive. Got {}.", sigma);
  return draw_in("cauchy_", self, kernels::Draw::cauchy, median, sigma, generator);
}
Tensor log_normal_(const Tensor& self, double mean, double std, const GeneratorPtr& generator) {
  check_floating("log_normal_", "the tensor", self);
  check<ValueError>(std > 0, "log_normal_: std must be positive. Got {}.", std);
  const Tensor& state = state_for("log_normal_", generator, self.device());
  return fill_random("log_normal_", self, [&](const Tensor& out) {
    const GradMode untracked(false);
    const Tensor wide = is_half(out.dtype()) ? empty(out.shape(), DType::float32, out.device()) : out;
    run(kernels::normal, wide, state, mean, std);
    copy_untracked(out, exp(wide));
  });
}

namespace {
// The mask that `used` stands for, on another tensor; linear, so its own derivative.
Tensor masked_again(const Tensor& x, const Tensor& used, double p) {
  Tensor out = empty(x.shape(), x.dtype(), x.device());
  if (x.numel() > 0) run(kernels::dropout_again, out, used, as_contiguous(x), p);
  return with_gradient("dropout", out, {x}, [used, p](const Tensor& g) { return masked_again(g, used, p); });
}
}  // namespace

Tensor dropout(const Tensor& x, double p, bool training, const OptTensor& out) {
  check_floating("dropout", "input", x);
  check<ValueError>(p >= 0 && p <= 1, "dropout: p is a probability, in [0, 1]. Got {}.", p);
  if (!training || p == 0) return x;
  const Tensor& state = state_for("dropout", nullptr, x.device());
  const Result r("dropout", out, {x}, x.shape(), x.dtype(), x.device());
  if (p == 1) {
    if (x.numel() > 0) run(kernels::fill, r, Scalar(0));
    return r.with_gradient([](const Tensor& g) { return mul(g, number(0)); });
  }
  const Tensor used = empty({2}, DType::int64, x.device());
  if (x.numel() > 0) {
    const Tensor to = r.tensor().is_contiguous() && r.tensor().dtype() == x.dtype() ? r.tensor() : empty(x.shape(), x.dtype(), x.device());
    run(kernels::dropout, to, used, state, as_contiguous(x), p);
    if (!to.same(r.tensor())) copy_untracked(r.tensor(), to);
  }
  return r.with_gradient([used, p](const Tensor& g) { return masked_again(g, used, p); });
}

Tensor feature_dropout(const Tensor& x, double p, bool training, int64_t kept, const OptTensor& out) {
  check_floating("feature_dropout", "input", x);
  check<ValueError>(p >= 0 && p <= 1, "feature_dropout: p is a probability, in [0, 1]. Got {}.", p);
  check<ShapeError>(kept >= 0 && kept <= x.dim(), "feature_dropout: input must have at least {} dimensions. Got shape {}.", kept, x.shape());
  if (!training || p == 0) return x;
  Dims shape = x.shape();
  for (int64_t d = kept; d < x.dim(); ++d) shape[d] = 1;
  return mul(x, dropout(filled(shape, Scalar(1), x.dtype(), x.device()), p, true, {}), out);
}

Tensor alpha_dropout(const Tensor& x, double p, bool training, const OptTensor& out) {
  check_floating("alpha_dropout", "input", x);
  check<ValueError>(p >= 0 && p <= 1, "alpha_dropout: p is a probability, in [0, 1]. Got {}.", p);
  if (!training || p == 0) return x;
  if (p == 1) return mul(x, number(0), out);
  constexpr double kLimit = -1.7580993408473766;  // -scale * alpha of selu (arXiv:1706.02515)
  const double keep = 1 - p, a = 1 / std::sqrt(keep * (1 + p * kLimit * kLimit)), b = -a * p * kLimit;
  const Tensor kept = to(bernoulli(filled(x.shape(), Scalar(keep), sum_dtype(x.dtype()), x.device()), nullptr), {}, x.dtype());
  // a x + b where kept, a limit + b elsewhere.
  const Tensor scaled = mul(x, mul(kept, number(a)), out);
  const Tensor shift = add(mul(kept, number(-a * kLimit)), number(a * kLimit + b));
  return add(scaled, shift, 1, out.defined() ? OptTensor(scaled) : OptTensor());
}

}  // namespace dlx::ops
