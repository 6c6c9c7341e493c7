// Rows of a table by number.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

// out[k, i] = weight[index[k], i]. Contiguous: weight (n, width), index (count) int64, out (count, width) of weight's dtype.
// An index outside of [0, n) is reported as DataError::embedding_out_of_range.
inline constinit Kernel<void(Out out, const Tensor& weight, const Tensor& index)> embedding{"embedding"};

// Bags of entries: bag b has the entries k with starts[b] <= k < starts[b + 1], but for those whose index is `padding` (-1: all count).
// out[b, i] = sum, mean or largest of factors[k] * weight[index[k], i]; 0 for an empty bag. Halves add in float32. Contiguous: weight
// (n, width), index (count) and starts (bags + 1) int64, factors (count) of weight's dtype or undefined (ones), out (bags, width).
enum class Bag : uint8_t { sum, mean, max };
inline constinit Kernel<void(Out out, const Tensor& weight, const Tensor& index, const Tensor& starts, const OptTensor& factors, Bag mode, int64_t padding)>
    embedding_bag{"embedding_bag"};
// The gradient of weight in a sum or mean: out[index[k], i] += factors[k] * g[b, i] (mean: divided by the entries of b), in the order of k.
// g: (bags, width); out: (n, width), float32 where g is a half, else of g's dtype. The indices are in range.
inline constinit Kernel<void(InOut out, const Tensor& g, const Tensor& index, const Tensor& starts, const OptTensor& factors, Bag mode, int64_t padding)>
    embedding_bag_backward{"embedding_bag_backward"};

}  // namespace dlx::kernels
