// Activations: kernels like those of elementwise.h. x and out have any strides and dtypes; values are converted to `compute`, which
// is floating (int64 and the other integers too for hardtanh and threshold), and the result to out's dtype. Halves compute in float32.
// The formulas, and how each treats the infinities, are in kernels/math_activation.h; NaN gives NaN.
// A <name>_backward writes g times the derivative at x; its tensors have out's dtype.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

// x Phi(x), Phi the normal distribution function; with `tanh` the formula x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).
inline constinit Kernel<void(Out out, const Tensor& x, bool tanh, DType compute)> gelu{"gelu"};
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& x, bool tanh, DType compute)> gelu_backward{"gelu_backward"};
// Phi(x).
inline constinit Kernel<void(Out out, const Tensor& x, DType compute)> normal_cdf{"normal_cdf"};

// x / (1 + e^-x)
inline constinit Kernel<void(Out out, const Tensor& x, DType compute)> silu{"silu"};
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& x, DType compute)> silu_backward{"silu_backward"};
// x tanh(log(1 + e^x))
inline constinit Kernel<void(Out out, const Tensor& x, DType compute)> mish{"mish"};
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& x, DType compute)> mish_backward{"mish_backward"};
// log(1 + e^(beta x)) / beta; x where beta x > threshold.
inline constinit Kernel<void(Out out, const Tensor& x, double beta, double threshold, DType compute)> softplus{"softplus"};
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& x, double beta, double threshold, DType compute)> softplus_backward{"softplus_backward"};
// -log(1 + e^-x)
inline constinit Kernel<void(Out out, const Tensor& x, DType compute)> logsigmoid{"logsigmoid"};
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& x, DType compute)> logsigmoid_backward{"logsigmoid_backward"};

// x > 0 ? scale x : scale alpha (e^(input_scale x) - 1). The derivative at 0 is that of the lower part.
inline constinit Kernel<void(Out out, const Tensor& x, double alpha, double scale, double input_scale, DType compute)> elu{"elu"};
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& x, double alpha, double scale, double input_scale, DType compute)> elu_backward{"elu_backward"};
// x > 0 ? x : slope x
inline constinit Kernel<void(Out out, const Tensor& x, double slope, DType compute)> leaky_relu{"leaky_relu"};
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& x, double slope, DType compute)> leaky_relu_backward{"leaky_relu_backward"};
// x > 0 ? x : weight x; weight broadcasts to x.
inline constinit Kernel<void(Out out, const Tensor& x, const Tensor& weight, DType compute)> prelu{"prelu"};

// x within [low, high], whole numbers for integers. The derivative is 0 from the bounds on: the output serves it as well as x.
inline constinit Kernel<void(Out out, const Tensor& x, double low, double high, DType compute)> hardtanh{"hardtanh"};
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& x, double low, double high, DType compute)> hardtanh_backward{"hardtanh_backward"};
// (x + 3) / 6 within [0, 1]
inline constinit Kernel<void(Out out, const Tensor& x, DType compute)> hardsigmoid{"hardsigmoid"};
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& x, DType compute)> hardsigmoid_backward{"hardsigmoid_backward"};
// x hardsigmoid(x)
inline constinit Kernel<void(Out out, const Tensor& x, DType compute)> hardswish{"hardswish"};
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& x, DType compute)> hardswish_backward{"hardswish_backward"};
// |x| <= lambda ? 0 : x
inline constinit Kernel<void(Out out, const Tensor& x, double lambda, DType compute)> hardshrink{"hardshrink"};
// x moved towards 0 by lambda, at most to 0.
inline constinit Kernel<void(Out out, const Tensor& x, double lambda, DType compute)> softshrink{"softshrink"};
// |x| <= lambda ? 0 : g, for both.
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& x, double lambda, DType compute)> shrink_backward{"shrink_backward"};
// x > threshold ? x : value; whole numbers for integers.
inline constinit Kernel<void(Out out, const Tensor& x, double threshold, double value, DType compute)> threshold{"threshold"};
inline constinit Kernel<void(Out out, const Tensor& g, const Tensor& x, double threshold, double value, DType compute)> threshold_backward{"threshold_backward"};

}  // namespace dlx::kernels
