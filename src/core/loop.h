// The plan of an element-wise loop: the one place for strides, broadcasting and the order of dimensions.
#pragma once
#include <span>

#include "core/tensor.h"

namespace dlx {

inline constexpr int kMaxLoopOperands = 5;

// A loop over the elements of a result. Dimensions are sorted so that the first runs fastest in memory, and neighbours that
// every operand walks as one are merged: a contiguous loop has ndim <= 1. Operand 0 is the result.
struct LoopPlan {
  int operands;
  int ndim;
  int64_t numel;
  int64_t size[kMaxDims];
  int64_t stride[kMaxLoopOperands][kMaxDims];  // in bytes; 0 where an operand is broadcast
  char* data[kMaxLoopOperands];
  DType dtype[kMaxLoopOperands];
  bool contiguous;  // one dimension at most, and every operand's stride is its item size (or it is one element, stride 0)

  // Of memory that operand i lies in: all between its ends, but at most a line for each element.
  DLX_INLINE int64_t bytes(int i) const {
    int64_t extent = itemsize(dtype[i]), count = 1;
    for (int d = 0; d < ndim; ++d) {
      if (stride[i][d] == 0) continue;
      extent += (size[d] - 1) * (stride[i][d] < 0 ? -stride[i][d] : stride[i][d]);
      count *= size[d];
    }
    return extent < 64 * count ? extent : 64 * count;
  }

  // Byte offsets of the element with number `index` in the loop's order.
  DLX_INLINE void locate(int64_t index, int64_t (&offset)[kMaxLoopOperands]) const {
    for (int i = 0; i < operands; ++i) offset[i] = 0;
    for (int d = 0; d < ndim; ++d) {
      const int64_t at = index % size[d];
      index /= size[d];
      for (int i = 0; i < operands; ++i) offset[i] += at * stride[i][d];
    }
  }
};

// `inputs` broadcast to `out`, which the op has checked.
DLX_API void plan_loop(LoopPlan& plan, const Tensor& out, std::span<const Tensor* const> inputs);

// Merges neighbouring dimensions that every operand walks as one. plan_loop has done it; for who changes strides.
DLX_API void merge_dimensions(LoopPlan& plan);

// Strides of the result of an element-wise op on `inputs`, as PyTorch lays them out: the dimensions keep the order that
// they have in the inputs' memory, the first input deciding where inputs disagree.
DLX_API Dims result_strides(const Dims& shape, std::span<const Tensor* const> inputs);

}  // namespace dlx
