// Padding: more elements, or fewer, at both ends of dimensions.
#pragma once
#include "core/tensor.h"

namespace dlx::ops {

// pad: (before, after) of the last dimension, then of the one before it, and so on; negative numbers cut elements off.
Tensor constant_pad(const Tensor& input, const Dims& pad, Scalar value);
Tensor reflection_pad(const Tensor& input, const Dims& pad);   // mirrored at the edge, which is not repeated
Tensor replication_pad(const Tensor& input, const Dims& pad);  // the edge again
Tensor circular_pad(const Tensor& input, const Dims& pad);     // from the other end

}  // namespace dlx::ops
