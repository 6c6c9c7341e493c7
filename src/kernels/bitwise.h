// Integers as bits, and their divisors. As kernels/elementwise.h says; compute is an integer dtype, or bool where it is said.
#pragma once
#include "kernels/elementwise.h"

namespace dlx::kernels {

// bool too.
inline constinit Binary bitwise_and{"bitwise_and"}, bitwise_or{"bitwise_or"}, bitwise_xor{"bitwise_xor"};
inline constinit Unary bitwise_not{"bitwise_not"};
// a * 2^b, wrapping, and a / 2^b rounded down. By a negative number of places, or more than there are: 0, or -1 for a < 0 to the right.
inline constinit Binary bitwise_left_shift{"bitwise_left_shift"}, bitwise_right_shift{"bitwise_right_shift"};
// Not negative; gcd(0, 0) = 0. lcm wraps.
inline constinit Binary gcd{"gcd"}, lcm{"lcm"};

}  // namespace dlx::kernels
