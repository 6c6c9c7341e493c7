#include "core/dims.h"

#include <algorithm>

#include "core/errors.h"

namespace dlx {

int64_t checked_numel(std::span<const int64_t> shape, const char* what) {
  int64_t n = 1;
  bool overflow = false, empty = false;
  for (const int64_t size : shape) {
    check<ShapeError>(size >= 0, "{}: sizes must not be negative. Got shape {}.", what, shape);
    empty |= size == 0;
    overflow |= __builtin_mul_overflow(n, std::max<int64_t>(size, 1), &n);
  }
  // Eight bytes an element at most: the byte count must fit too.
  check<ShapeError>(!overflow && n <= INT64_MAX / 8, "{}: a tensor of shape {} has more than 2^60 elements.", what, shape);
  return empty ? 0 : n;
}

Dims contiguous_strides(std::span<const int64_t> shape) {
  const int64_t ndim = static_cast<int64_t>(shape.size());
  Dims strides = Dims::uninitialised(ndim);
  int64_t step = 1;
  for (int64_t d = ndim - 1; d >= 0; --d) {
    strides[d] = step;
    step *= std::max<int64_t>(shape[static_cast<size_t>(d)], 1);
  }
  return strides;
}

Dims broadcast_shape(const char* op, const Dims& a, const Dims& b) {
  if (a == b) return a;
  const int64_t ndim = std::max(a.size(), b.size());
  Dims out = Dims::uninitialised(ndim);
  for (int64_t i = 1; i <= ndim; ++i) {  // from the last dimension
    const int64_t x = i <= a.size() ? a[a.size() - i] : 1, y = i <= b.size() ? b[b.size() - i] : 1;
    check<ShapeError>(x == y || x == 1 || y == 1,
                      "{}: shapes {} and {} do not broadcast: in dimension {} they are {} and {}; each pair of sizes, "
                      "from the last, must be equal or one of them 1.",
                      op, a, b, ndim - i, x, y);
    out[ndim - i] = x == 1 ? y : x;
  }
  return out;
}

bool broadcasts_to(const Dims& from, const Dims& to) {
  if (from.size() > to.size()) return false;
  for (int64_t i = 1; i <= from.size(); ++i) {
    const int64_t x = from[from.size() - i];
    if (x != 1 && x != to[to.size() - i]) return false;
  }
  return true;
}

int64_t normalized_dim(const char* op, int64_t dim, int64_t ndim) {
  const int64_t n = std::max<int64_t>(ndim, 1);
  check<IndexError>(dim >= -n && dim < n, "{}: dim must be in [{}, {}] for a tensor of {} dimensions. Got {}.", op, -n, n - 1,
                    ndim, dim);
  return dim < 0 ? dim + n : dim;
}

}  // namespace dlx
