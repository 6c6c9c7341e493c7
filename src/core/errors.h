// The exceptions of dlx, and checks that build their messages: what failed, what it got, what it needs.
#pragma once
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/api.h"
#include "core/device.h"
#include "core/dims.h"
#include "core/dtype.h"

namespace dlx {

// The bindings turn each into the Python exception of its name.
struct DLX_API Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};
#define DLX_ERROR(name)       \
  struct DLX_API name : Error { \
    using Error::Error;       \
  };
DLX_ERROR(ShapeError)      // also a ValueError in Python
DLX_ERROR(DtypeError)      // also a TypeError in Python
DLX_ERROR(ValueError)
DLX_ERROR(TypeError)
DLX_ERROR(IndexError)
DLX_ERROR(MemoryError)
DLX_ERROR(RuntimeError)    // the state of autograd or of a device
DLX_ERROR(NotImplementedError)
#undef DLX_ERROR

// One argument of a message, as text.
struct DLX_API Text {
  std::string text;
  Text(std::string_view value) : text(value) {}
  Text(const std::string& value) : text(value) {}
  Text(const char* value) : text(value) {}
  Text(int value) : text(std::to_string(value)) {}
  Text(long value) : text(std::to_string(value)) {}
  Text(unsigned value) : text(std::to_string(value)) {}
  Text(unsigned long value) : text(std::to_string(value)) {}
  Text(double value);
  Text(bool value) : text(value ? "True" : "False") {}
  Text(DType value) : text(name_of(value)) {}
  Text(Device value);
  Text(const Dims& value);              // (2, 3), as Python writes a tuple
  Text(std::span<const int64_t> value);
};

// Each {} of `pattern` is replaced by the next argument.
DLX_API std::string format(std::string_view pattern, std::initializer_list<Text> args);

template <class E, class... Args> [[noreturn]] __attribute__((noinline, cold)) void fail(const char* pattern, const Args&... args) {
  throw E(format(pattern, {Text(args)...}));
}
template <class E, class... Args> DLX_INLINE void check(bool ok, const char* pattern, const Args&... args) {
  if (!ok) [[unlikely]] fail<E>(pattern, args...);
}

}  // namespace dlx
