// Special functions. As kernels/elementwise.h says; compute is floating.
#pragma once
#include "kernels/elementwise.h"

namespace dlx::kernels {

inline constinit Unary erf{"erf"}, erfc{"erfc"}, erfinv{"erfinv"};
// ln |gamma(x)|, and its first, second and third derivative. Evaluated in double, rounded to compute.
inline constinit Unary lgamma{"lgamma"}, digamma{"digamma"}, trigamma{"trigamma"}, tetragamma{"tetragamma"};
// sin(pi x) / (pi x); ln(x / (1 - x)).
inline constinit Unary sinc{"sinc"}, logit{"logit"};
// ln(e^a + e^b), and to base 2; a ln(b), 0 where a is 0.
inline constinit Binary logaddexp{"logaddexp"}, logaddexp2{"logaddexp2"}, xlogy{"xlogy"};

}  // namespace dlx::kernels
