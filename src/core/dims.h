// Dims: a short list of sizes or strides, without an allocation up to six of them.
#pragma once
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>

#include "core/api.h"

namespace dlx {

class Dims {
 public:
  static constexpr int64_t kInline = 6;  // (n, c, d, h, w) and one more; longer ones go to the heap

  DLX_INLINE Dims() : size_(0) {}
  explicit Dims(int64_t size, int64_t value = 0) : Dims(uninitialised(size)) {
    for (int64_t i = 0; i < size; ++i) data()[i] = value;
  }
  Dims(std::initializer_list<int64_t> values) : Dims(std::span<const int64_t>(values.begin(), values.size())) {}
  explicit Dims(std::span<const int64_t> values) : Dims(uninitialised(static_cast<int64_t>(values.size()))) {
    if (!values.empty()) std::memcpy(data(), values.data(), values.size_bytes());
  }
  DLX_INLINE Dims(const Dims& other) : size_(0) { assign(other); }
  DLX_INLINE Dims(Dims&& other) noexcept { take(other); }
  DLX_INLINE Dims& operator=(const Dims& other) {
    if (this != &other) { release(); assign(other); }
    return *this;
  }
  DLX_INLINE Dims& operator=(Dims&& other) noexcept {
    if (this != &other) { release(); take(other); }
    return *this;
  }
  DLX_INLINE ~Dims() { release(); }

  static Dims uninitialised(int64_t size) {
    Dims d;
    d.size_ = size;
    if (size > kInline) d.heap_ = new int64_t[static_cast<size_t>(size)];
    return d;
  }

  DLX_INLINE int64_t size() const { return size_; }
  DLX_INLINE bool empty() const { return size_ == 0; }
  DLX_INLINE int64_t* data() { return size_ <= kInline ? inline_ : heap_; }
  DLX_INLINE const int64_t* data() const { return size_ <= kInline ? inline_ : heap_; }
  DLX_INLINE int64_t& operator[](int64_t i) { return data()[i]; }
  DLX_INLINE int64_t operator[](int64_t i) const { return data()[i]; }
  DLX_INLINE int64_t back() const { return data()[size_ - 1]; }
  DLX_INLINE const int64_t* begin() const { return data(); }
  DLX_INLINE const int64_t* end() const { return data() + size_; }
  DLX_INLINE int64_t* begin() { return data(); }
  DLX_INLINE int64_t* end() { return data() + size_; }
  DLX_INLINE operator std::span<const int64_t>() const { return {data(), static_cast<size_t>(size_)}; }

  void push_back(int64_t value) {
    if (size_ < kInline) inline_[size_++] = value;
    else insert(size_, value);
  }
  void insert(int64_t at, int64_t value) {
    Dims d = uninitialised(size_ + 1);
    for (int64_t i = 0; i < at; ++i) d[i] = (*this)[i];
    d[at] = value;
    for (int64_t i = at; i < size_; ++i) d[i + 1] = (*this)[i];
    *this = static_cast<Dims&&>(d);
  }
  void erase(int64_t at) {
    Dims d = uninitialised(size_ - 1);
    for (int64_t i = 0; i < at; ++i) d[i] = (*this)[i];
    for (int64_t i = at + 1; i < size_; ++i) d[i - 1] = (*this)[i];
    *this = static_cast<Dims&&>(d);
  }
  DLX_INLINE bool operator==(const Dims& other) const {
    if (size_ != other.size_) return false;
    for (int64_t i = 0; i < size_; ++i)
      if ((*this)[i] != other[i]) return false;
    return true;
  }

 private:
  DLX_INLINE void assign(const Dims& other) {
    size_ = other.size_;
    if (size_ > kInline) [[unlikely]] {
      heap_ = new int64_t[static_cast<size_t>(size_)];
      std::memcpy(heap_, other.heap_, static_cast<size_t>(size_) * sizeof(int64_t));
    } else {
      for (int64_t i = 0; i < size_; ++i) inline_[i] = other.inline_[i];
    }
  }
  DLX_INLINE void take(Dims& other) {
    size_ = other.size_;
    if (size_ > kInline) [[unlikely]] {
      heap_ = other.heap_;
      other.size_ = 0;
    } else {
      for (int64_t i = 0; i < size_; ++i) inline_[i] = other.inline_[i];
    }
  }
  DLX_INLINE void release() {
    if (size_ > kInline) [[unlikely]] delete[] heap_;
  }

  int64_t size_;
  union {
    int64_t inline_[kInline];
    int64_t* heap_;
  };
};

// A product of sizes that a user gave: ShapeError if it does not fit in 63 bits. `what` begins the message.
DLX_API int64_t checked_numel(std::span<const int64_t> shape, const char* what);
DLX_API Dims contiguous_strides(std::span<const int64_t> shape);
// Sizes that two or more shapes broadcast to; ShapeError naming `op` where they do not.
DLX_API Dims broadcast_shape(const char* op, const Dims& a, const Dims& b);
DLX_API bool broadcasts_to(const Dims& from, const Dims& to);
// A dimension in [-ndim, ndim) as one in [0, ndim); IndexError naming `op` otherwise. A 0-d tensor takes -1 and 0.
DLX_API int64_t normalized_dim(const char* op, int64_t dim, int64_t ndim);

}  // namespace dlx
