// Rounding to whole numbers, rounded quotients and remainders. As kernels/elementwise.h says; compute is any dtype but bool.
#pragma once
#include "kernels/elementwise.h"

namespace dlx::kernels {

// Integers: division by zero is reported (DataError::division_by_zero).
// The quotient, rounded down or towards 0.
inline constinit Binary floor_divide{"floor_divide"}, trunc_divide{"trunc_divide"};
// The remainder with the sign of b (Python's %), or of a (C's fmod). Exact.
inline constinit Binary remainder{"remainder"}, fmod{"fmod"};

// compute is floating from here on.
inline constinit Unary ceil{"ceil"}, floor{"floor"}, trunc{"trunc"};
// x - trunc(x).
inline constinit Unary frac{"frac"};
// To the nearest multiple of 10^-decimals, halves to even.
inline constinit Kernel<void(Out out, const Tensor& x, int64_t decimals, DType compute)> round{"round"};

}  // namespace dlx::kernels
