// Ref<T>: an intrusive counted pointer. T has `std::atomic<int32_t> references` and a static `destroy(T*)`.
#pragma once
#include <atomic>
#include <cstdint>
#include <cstddef>
#include <type_traits>

#include "core/api.h"

namespace dlx {

template <class T> class Ref {
 public:
  DLX_INLINE constexpr Ref() : pointer_(nullptr) {}
  DLX_INLINE constexpr Ref(std::nullptr_t) : pointer_(nullptr) {}
  // Shares `pointer`. A new object starts with 0 references.
  DLX_INLINE explicit Ref(T* pointer) : pointer_(pointer) { acquire(); }
  DLX_INLINE Ref(const Ref& other) : pointer_(other.pointer_) { acquire(); }
  DLX_INLINE Ref(Ref&& other) noexcept : pointer_(other.pointer_) { other.pointer_ = nullptr; }
  template <class U>
    requires(!std::is_same_v<U, T> && std::is_convertible_v<U*, T*>)
  Ref(const Ref<U>& other) : pointer_(other.get()) { acquire(); }
  DLX_INLINE Ref& operator=(const Ref& other) {
    Ref copy(other);
    swap(copy);
    return *this;
  }
  DLX_INLINE Ref& operator=(Ref&& other) noexcept {
    Ref moved(static_cast<Ref&&>(other));
    swap(moved);
    return *this;
  }
  DLX_INLINE ~Ref() {
    if (pointer_ && pointer_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) T::destroy(pointer_);
  }

  DLX_INLINE T* get() const { return pointer_; }
  DLX_INLINE T* operator->() const { return pointer_; }
  DLX_INLINE T& operator*() const { return *pointer_; }
  DLX_INLINE explicit operator bool() const { return pointer_ != nullptr; }
  DLX_INLINE bool operator==(const Ref& other) const { return pointer_ == other.pointer_; }
  // Gives the pointer up without a release: the caller owns the count.
  [[nodiscard]] DLX_INLINE T* leak() {
    T* pointer = pointer_;
    pointer_ = nullptr;
    return pointer;
  }
  // Takes over a count that the caller owns.
  DLX_INLINE static Ref adopt(T* pointer) {
    Ref r;
    r.pointer_ = pointer;
    return r;
  }

 private:
  DLX_INLINE void swap(Ref& other) {
    T* pointer = pointer_;
    pointer_ = other.pointer_;
    other.pointer_ = pointer;
  }
  DLX_INLINE void acquire() {
    if (pointer_) pointer_->references.fetch_add(1, std::memory_order_relaxed);
  }
  T* pointer_;
};

}  // namespace dlx
