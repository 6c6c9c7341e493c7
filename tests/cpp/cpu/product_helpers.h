// What the tests of matrix products and convolutions share: filled tensors, and the engine's order of sums in scalar code.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "core/parallel.h"
#include "core/tensor.h"

namespace dlx::test {

// The sum of the products, in the order that cpu/gemm/gemm.h states: chunks of 384, each a chain of fused multiply-adds.
template <class T> class Chain {
 public:
  void add(T a, T b) {
    if (length_ == 384) {
      close();
      length_ = 0;
    }
    if constexpr (std::is_floating_point_v<T>) chunk_ = std::fma(a, b, chunk_);
    else chunk_ = static_cast<T>(static_cast<uint64_t>(chunk_) + static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
    ++length_;
  }
  T sum() const {
    Chain copy = *this;
    copy.close();
    return copy.total_;
  }

 private:
  static T plus(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) return a + b;
    else return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  }
  void close() {
    total_ = first_ ? chunk_ : plus(total_, chunk_);
    first_ = false;
    chunk_ = 0;
  }
  T total_ = 0, chunk_ = 0;
  int length_ = 0;
  bool first_ = true;
};

// Small numbers of both signs, a function of the seed and the position; integers cover their type and wrap in products.
template <class T> T value_at(uint64_t seed, int64_t i) {
  uint64_t u = (seed + 1) * 0x9e3779b97f4a7c15ULL + static_cast<uint64_t>(i) * 0xbf58476d1ce4e5b9ULL;
  u = (u ^ (u >> 30)) * 0x94d049bb133111ebULL;
  u ^= u >> 31;
  if constexpr (std::is_integral_v<T>) return static_cast<T>(u);
  else return static_cast<T>(static_cast<float>(static_cast<double>(u >> 40) / 8388608.0 - 1.0));
}
template <class T> Tensor filled(const Dims& shape, uint64_t seed) {
  Tensor x = empty(shape, dtype_of<T>);
  for (int64_t i = 0; i < x.numel(); ++i) x.data<T>()[i] = value_at<T>(seed, i);
  return x;
}
template <class T> std::vector<T> values(const Tensor& x) {
  return std::vector<T>(x.data<T>(), x.data<T>() + x.numel());
}
inline bool same_bits(const Tensor& a, const Tensor& b) {
  return a.numel() == 0 || std::memcmp(a.raw_data(), b.raw_data(), static_cast<size_t>(a.nbytes())) == 0;
}
// Memory that a kernel must overwrite.
inline Tensor poisoned(const Dims& shape, DType dtype) {
  Tensor x = empty(shape, dtype);
  if (x.numel() > 0) std::memset(x.raw_data(), 0x5a, static_cast<size_t>(x.nbytes()));
  return x;
}

struct Threads {
  explicit Threads(int count) : before_(num_threads()) { set_num_threads(count); }
  ~Threads() { set_num_threads(before_); }

 private:
  int before_;
};

}  // namespace dlx::test
