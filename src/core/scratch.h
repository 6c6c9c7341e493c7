// Scratch memory of a kernel: 64-byte aligned, from the caching allocator, given back at the end of the scope.
#pragma once
#include "core/allocator.h"
#include "core/api.h"

namespace dlx {

template <class T> class Scratch {
 public:
  DLX_INLINE explicit Scratch(int64_t count)
      : bytes_(count * static_cast<int64_t>(sizeof(T))), data_(static_cast<T*>(allocate_cpu(bytes_))) {}
  DLX_INLINE ~Scratch() { deallocate_cpu(data_, bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  DLX_INLINE T* data() const { return data_; }
  DLX_INLINE operator T*() const { return data_; }

 private:
  int64_t bytes_;
  T* data_;
};

}  // namespace dlx
