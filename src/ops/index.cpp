#include "ops/index.h"

#include "kernels/index.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

// int64, contiguous.
Tensor index_tensor(const char* op, const Tensor& index) {
  check<DtypeError>(index.dtype() == DType::int64 || index.dtype() == DType::int32,
                    "{}: index must be of dtype int64 or int32. Got {}.", op, index.dtype());
  return as_contiguous(as_dtype(index, DType::int64));
}

// A kernel writes contiguous memory of its inputs' dtype; another destination gets a copy.
Tensor kernel_target(const Tensor& out, DType dtype) {
  return out.is_contiguous() && out.dtype() == dtype ? out : empty(out.shape(), dtype, out.device());
}

}  // namespace

Tensor index_select(const Tensor& x, int64_t dim, const Tensor& index, const OptTensor& out) {
  const int64_t d = normalized_dim("index_select", dim, x.dim());
  check<ShapeError>(index.dim() <= 1, "index_select: index must have one dimension. Got shape {}.", index.shape());
  const Device device = common_device("index_select", {x, index});
  const Tensor at = index_tensor("index_select", index);
  const Dims rows = around(x, d);
  Dims shape = x.shape();
  if (x.dim() > 0) shape[d] = at.numel();
  else check<ShapeError>(at.numel() == 1, "index_select: a 0-d tensor takes one index. Got {}.", at.numel());
  check<IndexError>(rows[1] > 0 || at.numel() == 0, "index_select: dimension {} of shape {} is empty, so no index fits.", d, x.shape());
  const Result r("index_select", out, {x}, shape, x.dtype(), device);
  const Saved sat = r.save(at);
  const Tensor to = kernel_target(r, x.dtype());
  if (to.numel() > 0) run(kernels::index_select, reshaped(to, {rows[0], at.numel(), rows[2]}), reshaped(as_contiguous(x), rows), reshaped(at, {at.numel()}), d);
  if (!to.same(r.tensor())) copy_untracked(r.tensor(), to);
  return r.with_gradient([sat, d, from = x.shape()](const Tensor& g) {
    return index_add(zeros(from, g.dtype(), g.device()), d, sat.get(), g);
  });
}

Tensor index_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source, Scalar alpha, const OptTensor& out) {
  const int64_t d = normalized_dim("index_add", dim, x.dim());
  check<ShapeError>(index.dim() <= 1, "index_add: index must have one dimension. Got shape {}.", index.shape());
  check_same_dtype("index_add", "source", source, "input", x);
  check<DtypeError>(alpha.kind != Kind::floating || is_floating(x.dtype()), "index_add: alpha must be a whole number for tensors of dtype {}.", x.dtype());
  const Device device = common_device("index_add", {x, index, source});
  const Tensor at = index_tensor("index_add", index);
  Dims expected = x.shape();
  if (x.dim() > 0) expected[d] = at.numel();
  check<ShapeError>(source.shape() == expected || (x.dim() == 0 && source.numel() == at.numel()),
                    "index_add: source must have shape {}: that of input, with as many entries in dimension {} as index. Got {}.", expected,
                    d, source.shape());
  const Result r("index_add", out, {x, source}, x.shape(), x.dtype(), device);
  const Dims rows = around(x, d);
  check<IndexError>(rows[1] > 0 || at.numel() == 0, "index_add: dimension {} of shape {} is empty, so no index fits.", d, x.shape());
  const Saved sat = r.save(at);
  const bool in_place = overlap_of(r.tensor(), x) == Overlap::same;
  const Tensor to = kernel_target(r, x.dtype());
  if (!in_place || !to.same(r.tensor())) copy_untracked(to, x);
  if (to.numel() > 0)
    run(kernels::index_add, reshaped(to, rows), reshaped(at, {at.numel()}), reshaped(as_contiguous(source), {rows[0], at.numel(), rows[2]}), alpha, d);
  if (!to.same(r.tensor())) copy_untracked(r.tensor(), to);
  return r.with_gradient([sat, d, alpha, from = source.shape()](const Tensor& g, Needs needs) -> Gradients {
    if (!needs[1]) return {g, Tensor()};
    const Tensor rows = index_select(g, d, sat.get());
    return {g, alpha.is(1) ? rows : mul(rows, Operand(alpha))};
  });
}

namespace {
// gather and scatter_add: index may be shorter than the tensor in the other dimensions, which kernels do not know.
Tensor cropped(const Tensor& x, const Dims& shape, int64_t d) {
  Dims size = shape;
  size[d] = x.size(d);
  return alias(x, size, x.strides(), x.offset());
}
void check_index_shape(const char* op, const Tensor& x, const Tensor& index, int64_t d) {
  check<ShapeError>(index.dim() == x.dim() || (index.dim() <= 1 && x.dim() <= 1), "{}: index must have as many dimensions as input. Got shapes {} and {}.", op,
                    index.shape(), x.shape());
  for (int64_t i = 0; i < x.dim() && index.dim() == x.dim(); ++i)
    check<ShapeError>(i == d || index.size(i) <= x.size(i), "{}: index of shape {} is larger than {} in dimension {}.", op, index.shape(), x.shape(), i);
}
}  // namespace

Tensor gather(const Tensor& x, int64_t dim, const Tensor& index, const OptTensor& out) {
  const int64_t d = normalized_dim("gather", dim, x.dim());
  check_index_shape("gather", x, index, d);
  const Device device = common_device("gather", {x, index});
  const Tensor at = index_tensor("gather", index);
  const Result r("gather", out, {x}, index.shape(), x.dtype(), device);
  const Saved sat = r.save(at);
  if (index.numel() > 0) {
    const Tensor from = x.dim() == 0 || x.dim() != index.dim() ? reshaped(as_contiguous(x), {x.numel()}) : as_contiguous(cropped(x, index.shape(), d));
    const Tensor flat = index.dim() == 0 ? reshaped(at, {1}) : at;
    check<IndexError>(from.size(d) > 0, "gather: dimension {} of shape {} is empty, so no index fits.", d, x.shape());
    const Tensor to = kernel_target(r, x.dtype());
    run(kernels::gather, reshaped(to, around(flat, d)), reshaped(from, around(from, d)), reshaped(flat, around(flat, d)), d);
    if (!to.same(r.tensor())) copy_untracked(r.tensor(), to);
  }
  return r.with_gradient([sat, d, from = x.shape()](const Tensor& g) {
    return scatter_add(zeros(from, g.dtype(), g.device()), d, sat.get(), g);
  });
}

Tensor scatter_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source, const OptTensor& out) {
  const int64_t d = normalized_dim("scatter_add", dim, x.dim());
  check_index_shape("scatter_add", x, index, d);
  check_same_dtype("scatter_add", "source", source, "input", x);
  check<ShapeError>(source.dim() == index.dim(), "scatter_add: source must have as many dimensions as index. Got shapes {} and {}.", source.shape(), index.shape());
  for (int64_t i = 0; i < index.dim(); ++i)
    check<ShapeError>(index.size(i) <= source.size(i), "scatter_add: index of shape {} is larger than source {} in dimension {}.", index.shape(),
                      source.shape(), i);
  const Device device = common_device("scatter_add", {x, index, source});
  const Tensor at = index_tensor("scatter_add", index);
  const Result r("scatter_add", out, {x, source}, x.shape(), x.dtype(), device);
  check_dtype("scatter_add", "out", r.tensor(), x.dtype());
  const Saved sat = r.save(at);
  if (overlap_of(r.tensor(), x) != Overlap::same) copy_untracked(r.tensor(), x);
  if (index.numel() > 0) {
    const bool flat_input = x.dim() == 0 || x.dim() != index.dim();
    const Tensor target = flat_input ? alias(r.tensor(), Dims{x.numel()}, Dims{x.dim() == 0 ? 1 : r.tensor().stride(0)}, r.tensor().offset())
                                     : cropped(r.tensor(), index.shape(), d);
    check<IndexError>(target.size(d) > 0, "scatter_add: dimension {} of shape {} is empty, so no index fits.", d, x.shape());
    const Tensor flat = index.dim() == 0 ? reshaped(at, {1}) : at;
    const Tensor from = index.dim() == 0 ? reshaped(as_contiguous(source), {1}) : as_contiguous(alias(source, index.shape(), source.strides(), source.offset()));
    const Tensor to = target.is_contiguous() ? target : untracked_copy(target);
    run(kernels::scatter_add, reshaped(to, around(target, d)), reshaped(flat, around(flat, d)), reshaped(from, around(flat, d)), d);
    if (!target.is_contiguous()) copy_untracked(target, to);
  }
  return r.with_gradient([sat, d, shape = source.shape()](const Tensor& g, Needs needs) -> Gradients {
    if (!needs[1]) return {g, Tensor()};
    const Tensor taken = gather(g, d, sat.get());
    if (taken.shape() == shape) return {g, taken};
    // Entries of source that index does not reach got nothing.
    const Tensor all = zeros(shape, g.dtype(), g.device());
    copy_(as_strided(all, taken.shape(), all.strides(), 0), taken);
    return {g, all};
  });
}

}  // namespace dlx::ops
