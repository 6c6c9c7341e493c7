// Random tensors from a Generator, whose state is itself a tensor.
#pragma once
#include <memory>
#include <optional>

#include "core/tensor.h"

namespace dlx::ops {

// A stream of random numbers: {seed, offset} of Philox in an int64 tensor that kernels read and advance.
class DLX_API Generator {
 public:
  explicit Generator(uint64_t seed) : state_(empty({2}, DType::int64)) { manual_seed(seed); }
  void manual_seed(uint64_t seed);
  uint64_t seed();                       // a seed from the system, set and returned
  uint64_t initial_seed() const { return initial_seed_; }
  Tensor state() const;                  // a copy
  void set_state(const Tensor& state);
  const Tensor& state_tensor() const { return state_; }

 private:
  Tensor state_;
  uint64_t initial_seed_ = 0;
};
using GeneratorPtr = std::shared_ptr<Generator>;  // null: the default one
DLX_API const GeneratorPtr& default_generator();

Tensor uniform_(const Tensor& self, double from, double to, const GeneratorPtr& generator);
Tensor normal_(const Tensor& self, double mean, double std, const GeneratorPtr& generator);
Tensor rand(const Dims& size, DType dtype, Device device, const GeneratorPtr& generator);
Tensor randn(const Dims& size, DType dtype, Device device, const GeneratorPtr& generator);
Tensor randint(int64_t low, int64_t high, const Dims& size, DType dtype, Device device, const GeneratorPtr& generator);
Tensor randperm(int64_t n, DType dtype, Device device, const GeneratorPtr& generator);
Tensor bernoulli(const Tensor& input, const GeneratorPtr& generator, const OptTensor& out = {});
// Each 1 with probability p (a number, or a tensor broadcast to self), else 0; self of any dtype.
Tensor bernoulli_(const Tensor& self, const Operand& p, const GeneratorPtr& generator);
// mean and std: numbers or tensors; the shape is what they broadcast to.
Tensor normal(const Operand& mean, const Operand& std, const GeneratorPtr& generator, const OptTensor& out = {});
// Integers of [from, to). Without `to`: from `from` to the largest value of the dtype (of floats: to 2^digits).
Tensor random_(const Tensor& self, int64_t from, std::optional<int64_t> to, const GeneratorPtr& generator);
Tensor exponential_(const Tensor& self, double lambd, const GeneratorPtr& generator);
Tensor geometric_(const Tensor& self, double p, const GeneratorPtr& generator);
Tensor cauchy_(const Tensor& self, double median, double sigma, const GeneratorPtr& generator);
Tensor log_normal_(const Tensor& self, double mean, double std, const GeneratorPtr& generator);
// Columns of weights (n) or (rows, n), drawn in proportion to them.
Tensor multinomial(const Tensor& input, int64_t num_samples, bool replacement, const GeneratorPtr& generator, const OptTensor& out = {});
// x with elements zeroed at probability p and the rest divided by 1 - p; x itself where not training. out = input: in place.
Tensor dropout(const Tensor& input, double p, bool training, const OptTensor& out);
// The same for whole features: one draw for each place in the first `kept` dimensions.
Tensor feature_dropout(const Tensor& input, double p, bool training, int64_t kept, const OptTensor& out);
// x with elements set to selu's limit at probability p, then scaled and shifted to keep mean 0 and variance 1.
Tensor alpha_dropout(const Tensor& input, double p, bool training, const OptTensor& out);

}  // namespace dlx::ops
