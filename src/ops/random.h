// Random tensors from a Generator, whose state is itself a tensor.
#pragma once
#include <memory>

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
Tensor bernoulli(const Tensor& input, const GeneratorPtr& generator);
// x with elements zeroed at probability p and the rest divided by 1 - p; x itself where not training. out = input: in place.
Tensor dropout(const Tensor& input, double p, bool training, const OptTensor& out);

}  // namespace dlx::ops
