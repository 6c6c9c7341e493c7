// Copies, casts and fills. Any strides and dtypes; out has no element twice and shares no memory with x.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

// out = x, broadcast and converted. A device's implementation also serves copies between it and the host: one of the two
// tensors may then be in host memory. Floats become integers by truncation; NaN and values that int64 cannot hold become
// INT64_MIN, which then wraps like every integer to the narrower type. Nonzero and NaN become true.
inline constinit Kernel<void(Out out, const Tensor& x)> copy{"copy"};
inline constinit Kernel<void(Out out, Scalar value)> fill{"fill"};
// out[i] = start + i * step, in order; out is contiguous, 1-D. Floats: computed in double as fma(i, step, start), rounded once.
inline constinit Kernel<void(Out out, Scalar start, Scalar step)> arange{"arange"};

}  // namespace dlx::kernels
