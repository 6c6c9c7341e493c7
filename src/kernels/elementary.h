// Elementary functions. As kernels/elementwise.h says; compute is floating.
#pragma once
#include "kernels/elementwise.h"

namespace dlx::kernels {

inline constinit Unary exp{"exp"}, exp2{"exp2"}, expm1{"expm1"};
inline constinit Unary log{"log"}, log2{"log2"}, log10{"log10"}, log1p{"log1p"};
inline constinit Unary sqrt{"sqrt"}, rsqrt{"rsqrt"};
inline constinit Unary sin{"sin"}, cos{"cos"}, tan{"tan"}, asin{"asin"}, acos{"acos"}, atan{"atan"};
inline constinit Unary sinh{"sinh"}, cosh{"cosh"}, tanh{"tanh"}, asinh{"asinh"}, acosh{"acosh"}, atanh{"atanh"};
// The angle of the point (b, a); sqrt(a^2 + b^2).
inline constinit Binary atan2{"atan2"}, hypot{"hypot"};

// out = g * (1 - y * y), y = tanh(x). All tensors have out's dtype.
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& y, DType compute)> tanh_backward{"tanh_backward"};

// Those that every device brings: X(name).
#define DLX_FOR_ELEMENTARY_KERNELS(X) X(exp) X(log) X(sqrt) X(rsqrt) X(tanh) X(tanh_backward)

}  // namespace dlx::kernels
