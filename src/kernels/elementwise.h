// Element-wise kernels: arithmetic and choices. Inputs broadcast to out's shape and have any strides and dtypes; out has any
// strides, no element twice, and is exactly an input or shares nothing with them. Values are converted to `compute`, the dtype of
// the arithmetic, and the result to out's dtype. Halves compute in float32. The formulas are in kernels/math*.h.
// The same holds for the families rounding, comparison, bitwise, elementary and special.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

using Unary = Kernel<void(Out out, const Tensor& x, DType compute)>;
using Binary = Kernel<void(Out out, const Tensor& a, const Tensor& b, DType compute)>;
using Ternary = Kernel<void(Out out, const Tensor& a, const Tensor& b, const Tensor& c, DType compute)>;

// out = a + alpha * b; one rounding where alpha is not 1 or -1 (fma). Booleans: or.
inline constinit Kernel<void(Out out, const Tensor& a, const Tensor& b, Scalar alpha, DType compute)> add{"add"};
// Booleans: and.
inline constinit Binary mul{"mul"};
// compute is floating.
inline constinit Binary div{"div"};
// Integers: repeated multiplication, wrapping; the op has refused negative integer exponents that are numbers, and a
// negative exponent in a tensor gives 0 (1 and -1 keep their powers).
inline constinit Binary pow{"pow"};
// NaN in either input gives NaN.
inline constinit Binary maximum{"maximum"}, minimum{"minimum"};
// Of a NaN and a number the number.
inline constinit Binary fmax{"fmax"}, fmin{"fmin"};
// compute is floating: |a| with b's sign; the number next to a towards b (float32 and float64 alone).
inline constinit Binary copysign{"copysign"}, nextafter{"nextafter"};

// out = condition ? a : b; condition is bool.
inline constinit Kernel<void(Out out, const Tensor& condition, const Tensor& a, const Tensor& b, DType compute)> where{"where"};
// out = min(max(x, low), high); a NaN in any gives NaN.
inline constinit Kernel<void(Out out, const Tensor& x, const Tensor& low, const Tensor& high, DType compute)> clamp{"clamp"};
// out = a + value * b * c.
inline constinit Kernel<void(Out out, const Tensor& a, const Tensor& b, const Tensor& c, Scalar value, DType compute)> addcmul{"addcmul"};
// out = a + value * b / c; compute is floating from here on.
inline constinit Kernel<void(Out out, const Tensor& a, const Tensor& b, const Tensor& c, Scalar value, DType compute)> addcdiv{"addcdiv"};
// out = a + weight * (b - a), from b's side where |weight| >= 1/2: exact at 0 and at 1.
inline constinit Kernel<void(Out out, const Tensor& a, const Tensor& b, const Tensor& weight, DType compute)> lerp{"lerp"};

// compute is any dtype but bool.
inline constinit Unary neg{"neg"}, abs{"abs"};
// -1, 0 or 1; 0 of a NaN.
inline constinit Unary sign{"sign"};
// max(x, 0); NaN stays NaN.
inline constinit Unary relu{"relu"};
// compute is floating from here on.
inline constinit Unary reciprocal{"reciprocal"}, sigmoid{"sigmoid"};

// out = (a - b) * c; out = exp(a - b) * c: derivatives of the variance and of logsumexp.
inline constinit Ternary scaled_difference{"scaled_difference"}, scaled_exp_difference{"scaled_exp_difference"};

// Derivatives in one pass, for a backward that records no graph. All tensors have out's dtype.
// out = y > 0 ? g : 0, y = relu(x).
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& y, DType compute)> relu_backward{"relu_backward"};
// out = g * y * (1 - y), y = sigmoid(x).
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& y, DType compute)> sigmoid_backward{"sigmoid_backward"};

// Those that every device brings: X(name).
#define DLX_FOR_ELEMENTWISE_KERNELS(X) \
  X(add) X(mul) X(div) X(pow) X(maximum) X(minimum) X(where) X(neg) X(abs) X(relu) X(sigmoid) X(relu_backward) X(sigmoid_backward)

}  // namespace dlx::kernels
