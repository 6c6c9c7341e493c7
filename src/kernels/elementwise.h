// Element-wise kernels. Inputs broadcast to out's shape and have any strides and dtypes; out has any strides, no element
// twice, and is exactly an input or shares nothing with them. Values are converted to `compute`, the dtype of the
// arithmetic, and the result to out's dtype. Halves compute in float32. The formulas are in kernels/math.h.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

// out = a + alpha * b; one rounding where alpha is not 1 or -1 (fma). Booleans: or.
inline constinit Kernel<void(Out out, const Tensor& a, const Tensor& b, Scalar alpha, DType compute)> add{"add"};
// Booleans: and.
inline constinit Kernel<void(Out out, const Tensor& a, const Tensor& b, DType compute)> mul{"mul"};
// compute is floating.
inline constinit Kernel<void(Out out, const Tensor& a, const Tensor& b, DType compute)> div{"div"};
// Integers: repeated multiplication, wrapping; the op has refused negative integer exponents that are numbers, and a
// negative exponent in a tensor gives 0 (1 and -1 keep their powers).
inline constinit Kernel<void(Out out, const Tensor& a, const Tensor& b, DType compute)> pow{"pow"};
// NaN in either input gives NaN.
inline constinit Kernel<void(Out out, const Tensor& a, const Tensor& b, DType compute)> maximum{"maximum"};
inline constinit Kernel<void(Out out, const Tensor& a, const Tensor& b, DType compute)> minimum{"minimum"};

// Comparisons; their natural result is bool (out may be of another dtype: 0 and 1).
inline constinit Kernel<void(Out out, const Tensor& a, const Tensor& b, DType compute)> eq{"eq"};
inline constinit Kernel<void(Out out, const Tensor& a, const Tensor& b, DType compute)> ne{"ne"};
inline constinit Kernel<void(Out out, const Tensor& a, const Tensor& b, DType compute)> lt{"lt"};
inline constinit Kernel<void(Out out, const Tensor& a, const Tensor& b, DType compute)> le{"le"};
inline constinit Kernel<void(Out out, const Tensor& a, const Tensor& b, DType compute)> gt{"gt"};
inline constinit Kernel<void(Out out, const Tensor& a, const Tensor& b, DType compute)> ge{"ge"};

// out = condition ? a : b; condition is bool.
inline constinit Kernel<void(Out out, const Tensor& condition, const Tensor& a, const Tensor& b, DType compute)> where{"where"};

// compute is any dtype but bool.
inline constinit Kernel<void(Out out, const Tensor& x, DType compute)> neg{"neg"};
inline constinit Kernel<void(Out out, const Tensor& x, DType compute)> abs{"abs"};
// max(x, 0); NaN stays NaN.
inline constinit Kernel<void(Out out, const Tensor& x, DType compute)> relu{"relu"};
// compute is floating from here on.
inline constinit Kernel<void(Out out, const Tensor& x, DType compute)> exp{"exp"};
inline constinit Kernel<void(Out out, const Tensor& x, DType compute)> log{"log"};
inline constinit Kernel<void(Out out, const Tensor& x, DType compute)> sqrt{"sqrt"};
inline constinit Kernel<void(Out out, const Tensor& x, DType compute)> rsqrt{"rsqrt"};
inline constinit Kernel<void(Out out, const Tensor& x, DType compute)> tanh{"tanh"};
inline constinit Kernel<void(Out out, const Tensor& x, DType compute)> sigmoid{"sigmoid"};

// Derivatives in one pass, for a backward that records no graph. All tensors have out's dtype.
// out = y > 0 ? g : 0, y = relu(x).
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& y, DType compute)> relu_backward{"relu_backward"};
// out = g * (1 - y * y), y = tanh(x).
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& y, DType compute)> tanh_backward{"tanh_backward"};
// out = g * y * (1 - y), y = sigmoid(x).
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& y, DType compute)> sigmoid_backward{"sigmoid_backward"};

}  // namespace dlx::kernels
