#include "core/dtype.h"

#include <atomic>
#include <utility>

namespace dlx {
namespace {
constexpr const char* kNames[kDTypeCount] = {"bool",  "uint8",   "int8",     "int16",   "int32",
                                             "int64", "float16", "bfloat16", "float32", "float64"};
std::atomic<DType> default_dtype_{DType::float32};
}  // namespace

const char* name_of(DType dtype) { return kNames[static_cast<int>(dtype)]; }

DType promote_types(DType a, DType b) {
  if (a == b) return a;
  if (a > b) std::swap(a, b);  // the enum rises with kind and size; two pairs need more than the larger one
  if (a == DType::uint8 && b == DType::int8) return DType::int16;
  if (a == DType::float16 && b == DType::bfloat16) return DType::float32;
  return b;
}

bool can_cast(DType from, DType to) { return kind_of(from) <= kind_of(to); }

DType default_dtype() { return default_dtype_.load(std::memory_order_relaxed); }
void set_default_dtype(DType dtype) { default_dtype_.store(dtype, std::memory_order_relaxed); }

}  // namespace dlx
