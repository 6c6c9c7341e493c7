// What the backward engine calls (autograd/engine_ops.h), written with ops: all of it can be differentiated.
#include "autograd/engine_ops.h"

#include <algorithm>

#include "kernels/copy.h"
#include "kernels/elementwise.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/index.h"
#include "ops/reduce.h"
#include "ops/view.h"

namespace dlx::autograd {
namespace {

// A flat piece of memory that holds both a root and a view of it, as they lie in their storage.
struct Canvas {
  int64_t low, length;
  explicit Canvas(const ViewGeometry& at) : low(std::min(at.root_offset, at.offset)) {
    length = std::max(reach(at.root_shape, at.root_strides, at.root_offset), reach(at.shape, at.strides, at.offset)) - low;
    length = std::max<int64_t>(length, 0);
  }
  Tensor root(const Tensor& flat, const ViewGeometry& at) const { return alias(flat, at.root_shape, at.root_strides, at.root_offset - low); }
  Tensor view(const Tensor& flat, const ViewGeometry& at) const { return alias(flat, at.shape, at.strides, at.offset - low); }
};

}  // namespace

Tensor sum_to(const Tensor& g, const Dims& shape) {
  if (g.shape() == shape) return g;
  Dims dims;
  const int64_t added = g.dim() - shape.size();
  for (int64_t d = 0; d < g.dim(); ++d)
    if (d < added || (shape[d - added] == 1 && g.size(d) != 1)) dims.push_back(d);
  Tensor out = dims.empty() ? g : ops::sum(g, dims, true, g.dtype());
  return ops::reshape(out, shape);
}
Tensor cast_to(const Tensor& g, DType dtype) { return ops::to(g, {}, dtype); }
Tensor added(const Tensor& a, const Tensor& b) { return ops::add(a, b); }
void add_in_place(const Tensor& to, const Tensor& g) { run(kernels::add, to, to, g, Scalar(1), ops::compute_dtype(to.dtype())); }
Tensor ones_like_scalar(const Tensor& x) { return ops::filled(x.shape(), Scalar(1), x.dtype(), x.device()); }

bool has_nan(const Tensor& x) {
  const GradMode untracked(false);
  return ops::host_scalar(ops::any(ops::ne(x, x), {}, false), "anomaly mode").integer != 0;
}

Tensor compact_clone(const Tensor& g, const Tensor& like) {
  const bool same_strides = g.strides() == like.strides();
  if (!thread_state.grad_enabled || same_strides || !is_dense(like.shape(), like.strides())) {
    Tensor out = empty_strided(like.shape(), is_dense(like.shape(), like.strides()) ? like.strides() : contiguous_strides(like.shape()),
                               g.dtype(), g.device());
    ops::copy_untracked(out, g);
    return with_gradient("clone", out, {g}, [](const Tensor& gg) { return gg; });
  }
  return ops::clone(g);
}

Tensor view_of(const Tensor& g, const ViewGeometry& at) {
  const Canvas canvas(at);
  Tensor out = empty(at.shape, g.dtype(), g.device());
  if (g.strides() == at.root_strides && canvas.low == at.root_offset &&
      reach(at.shape, at.strides, g.offset() + at.offset - at.root_offset) * itemsize(g.dtype()) <= g.storage()->bytes) {
    // Laid out as the root is, which is nearly always so: read it where it lies.
    ops::copy_untracked(out, alias(g, at.shape, at.strides, g.offset() + at.offset - at.root_offset));
  } else {
    const Tensor flat = ops::zeros({canvas.length}, g.dtype(), g.device());
    ops::copy_untracked(canvas.root(flat, at), g);
    ops::copy_untracked(out, canvas.view(flat, at));
  }
  return with_gradient("as_strided", out, {g}, [at](const Tensor& gg) { return spread_view(gg, at); });
}

Tensor spread_view(const Tensor& g, const ViewGeometry& at) {
  const Canvas canvas(at);
  const Tensor flat = ops::zeros({canvas.length}, g.dtype(), g.device());
  if (g.numel() > 0 && !overlaps_itself(at.shape, at.strides)) {
    ops::copy_untracked(canvas.view(flat, at), g);
  } else if (g.numel() > 0) {  // an element seen several times gets the sum of its gradients
    const GradMode untracked(false);
    const Tensor places = canvas.view(ops::arange(Scalar(0), Scalar(canvas.length), Scalar(1), DType::int64, g.device()), at);
    ops::index_add(flat, 0, reshaped(ops::as_contiguous(places), {g.numel()}), reshaped(ops::as_contiguous(g), {g.numel()}), 1, flat);
  }
  return with_gradient("as_strided", canvas.root(flat, at), {g}, [at](const Tensor& gg) { return view_of(gg, at); });
}

Tensor without_view(const Tensor& g, const ViewGeometry& at) {
  const Canvas canvas(at);
  const Tensor flat = ops::zeros({canvas.length}, g.dtype(), g.device());
  ops::copy_untracked(canvas.root(flat, at), g);
  if (canvas.view(flat, at).numel() > 0) run(kernels::fill, canvas.view(flat, at), Scalar(0));
  return with_gradient("copy_slices", canvas.root(flat, at), {g}, [at](const Tensor& gg) { return without_view(gg, at); });
}

}  // namespace dlx::autograd
