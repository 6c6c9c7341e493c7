// The few tensor functions that the engine calls. ops/ defines them (ops/engine_ops.cpp); all can be differentiated.
#pragma once
#include "core/tensor.h"

namespace dlx::autograd {

// Where a view lies in its root's storage.
struct ViewGeometry {
  Dims root_shape, root_strides, shape, strides;
  int64_t root_offset, offset;
};

DLX_API Tensor sum_to(const Tensor& g, const Dims& shape);      // g broadcast from `shape`: sums the repeated dimensions
DLX_API Tensor cast_to(const Tensor& g, DType dtype);
DLX_API Tensor added(const Tensor& a, const Tensor& b);
DLX_API void add_in_place(const Tensor& to, const Tensor& g);
DLX_API Tensor ones_like_scalar(const Tensor& x);
DLX_API bool has_nan(const Tensor& x);                          // reads it on the host
DLX_API Tensor compact_clone(const Tensor& g, const Tensor& like);  // in the strides of `like` if it is dense

DLX_API Tensor view_of(const Tensor& root, const ViewGeometry& at);        // root's elements where the view is
DLX_API Tensor spread_view(const Tensor& g, const ViewGeometry& at);       // zeros of the root's shape, g where the view is
DLX_API Tensor without_view(const Tensor& root, const ViewGeometry& at);   // root's elements, zeros where the view is

}  // namespace dlx::autograd
