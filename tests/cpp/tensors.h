// Small tensors for tests, and their elements back.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "autograd/meta.h"
#include "ops/copy.h"

namespace dlx::test {

template <class T = float> Tensor tensor(const std::vector<T>& elements, const Dims& shape) {
  const Tensor x = empty(shape, dtype_of<T>);
  std::copy(elements.begin(), elements.end(), x.data<T>());
  return x;
}
template <class T = float> Tensor tensor(const std::vector<T>& elements) {
  return tensor<T>(elements, Dims{static_cast<int64_t>(elements.size())});
}
// A leaf that wants a gradient.
inline Tensor leaf(const std::vector<float>& elements) {
  const Tensor x = tensor(elements);
  autograd::set_requires_grad(x, true);
  return x;
}

// In order, whatever the strides.
template <class T = float> std::vector<T> elements(const Tensor& x) {
  const GradMode untracked(false);
  const Tensor c = ops::contiguous(x);
  return std::vector<T>(c.data<T>(), c.data<T>() + c.numel());
}

inline Tensor grad(const Tensor& x) { return autograd::meta_of(x).grad; }

// The message of the E that f throws; a note that none came otherwise.
template <class E, class F> std::string message_of(F f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  }
  return "nothing was thrown";
}

}  // namespace dlx::test
