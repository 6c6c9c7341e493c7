#include "ops/random.h"

#include <cmath>
#include <random>

#include "kernels/copy.h"
#include "kernels/random.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"

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
Tensor bernoulli(const Tensor& p, const GeneratorPtr& generator) {
  check_floating("bernoulli", "input", p);
  Tensor out = empty(p.shape(), p.dtype(), p.device());
  const Tensor& state = state_for("bernoulli", generator, p.device());
  if (p.numel() > 0) run(kernels::bernoulli, out, state, as_contiguous(p));
  return with_gradient("bernoulli", out, {p}, [](const Tensor& g) { return mul(g, number(0)); });
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

}  // namespace dlx::ops
