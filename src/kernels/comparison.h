// Comparisons and questions: their natural result is bool (out may be of another dtype: 0 and 1). As kernels/elementwise.h says.
#pragma once
#include "kernels/elementwise.h"

namespace dlx::kernels {

inline constinit Binary eq{"eq"}, ne{"ne"}, lt{"lt"}, le{"le"}, gt{"gt"}, ge{"ge"};

// x != 0 and y != 0, and so on, of any dtypes.
inline constinit Kernel<void(Out out, const Tensor& a, const Tensor& b)> logical_and{"logical_and"}, logical_or{"logical_or"},
    logical_xor{"logical_xor"};
inline constinit Kernel<void(Out out, const Tensor& x)> logical_not{"logical_not"};

// compute is floating.
inline constinit Unary isnan{"isnan"}, isinf{"isinf"}, isfinite{"isfinite"}, signbit{"signbit"};
// |a - b| <= atol + rtol * |b|, or a == b, or both are NaN if equal_nan. An infinity is close to itself alone.
inline constinit Kernel<void(Out out, const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan, DType compute)> isclose{"isclose"};

#define DLX_FOR_COMPARISON_KERNELS(X) X(eq) X(ne) X(lt) X(le) X(gt) X(ge)

}  // namespace dlx::kernels
