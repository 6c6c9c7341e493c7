// Linear maps along one dimension whose results each see a few elements: what pooling by averages, interpolation, padding by copies and
// patches have in common. The map is a sparse matrix; its gradient is the transposed one.
#pragma once
#include <memory>
#include <vector>

#include "core/tensor.h"

namespace dlx::ops {

// The matrix by rows: result j sees the elements index[first[j]] ... index[first[j + 1] - 1] of `n`.
struct Taps {
  int64_t n = 0;
  std::vector<int64_t> first{0}, index;
  std::vector<double> weight;  // empty: ones

  int64_t m() const { return static_cast<int64_t>(first.size()) - 1; }
  void add(int64_t element) { index.push_back(element); }
  void add(int64_t element, double w) {
    index.push_back(element);
    weight.push_back(w);
  }
  void end_result() { first.push_back(static_cast<int64_t>(index.size())); }
};
using TapsPtr = std::shared_ptr<const Taps>;

// Windows of `kernel` elements, `dilation` apart, that begin at j * stride - padding; what lies outside [0, n) counts as 0.
TapsPtr window_taps(int64_t n, int64_t m, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation);
// The elements of the same windows one by one: result (t, j) is element t of window j.
TapsPtr patch_taps(int64_t n, int64_t m, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation);
// m windows that cover n elements as evenly as can be: from floor(j * n / m) to ceil((j + 1) * n / m).
TapsPtr adaptive_taps(int64_t n, int64_t m);
TapsPtr transposed(const Taps& taps);

// x with its dimension `dim` mapped. NHWC images stay so; all else becomes contiguous. A kernel's terms on it: kernels/taps.h.
Tensor map_taps(const char* op, const Tensor& x, int64_t dim, const TapsPtr& taps);

}  // namespace dlx::ops
