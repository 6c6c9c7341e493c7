#include "ops/autocast.h"

#include "ops/copy.h"

namespace dlx::ops {

static_assert(sizeof(thread_state.autocast) == kDeviceTypes);

Tensor autocast(Autocast policy, const Tensor& x, DType widest) {
  if (!x.defined() || x.is_number() || !is_floating(x.dtype()) || x.dtype() == DType::float64) return x;
  const uint8_t mode = thread_state.autocast[static_cast<int>(x.device().type)];
  if (mode == 0) return x;
  DType dtype = widest;
  if (policy == Autocast::lower) dtype = static_cast<DType>(mode - 1);
  if (policy == Autocast::float32) dtype = DType::float32;
  return x.dtype() == dtype ? x : to(x, {}, dtype, false, MemoryFormat::preserve);
}

}  // namespace dlx::ops
