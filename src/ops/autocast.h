// Autocast: under dlx.autocast, an op that users call gets its floating-point arguments in the dtype that its class says.
// The class of each function stands where it is bound (bindings/<family>.cpp): ops called by other ops take what they get.
#pragma once
#include <span>
#include <vector>

#include "core/tensor.h"
#include "core/thread_state.h"

namespace dlx::ops {

enum class Autocast : uint8_t {
  none,     // computes in the dtype of its arguments
  lower,    // products: in the lower dtype that the user chose
  float32,  // sums and losses that a half would spoil: in float32
  widest,   // takes several tensors, which must agree: in the widest of their dtypes
};

DLX_INLINE bool autocast_active() { return (thread_state.autocast[0] | thread_state.autocast[1] | thread_state.autocast[2]) != 0; }

// x in the dtype that `policy` asks for, its gradient coming back in x's own; x itself where it has it, is float64 or no
// floating-point tensor, or where autocast is off for its device. `widest`: the widest dtype among the arguments.
Tensor autocast(Autocast policy, const Tensor& x, DType widest);

}  // namespace dlx::ops
