#include "ops/view.h"

#include <algorithm>

#include "autograd/engine_ops.h"
#include "kernels/copy.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/reduce.h"

namespace dlx::ops {
namespace {

void set_root(TensorImpl& view, const Tensor& x) {
  view.root = x.impl()->root ? x.impl()->root : x.ref();
  view.root_count = view.root->history_count;
  view.view_without_grad = !thread_state.grad_enabled;
  view.multi_view = x.impl()->multi_view;
}

// A tracked view of x. `gradient` maps the view's gradient to x's.
template <class F> Tensor tracked_view(const char* op, const Tensor& x, Dims shape, Dims strides, int64_t offset, F gradient) {
  Tensor out = alias(x, std::move(shape), std::move(strides), offset);
  const bool recorded = recording({x});  // brings x's own history up to date
  set_root(*out.impl(), x);
  return recorded ? with_gradient(op, out, {x}, std::move(gradient)) : out;
}

// The shape with a -1 worked out.
Dims completed_shape(const char* op, const Tensor& x, const Dims& shape) {
  Dims out = shape;
  int64_t known = 1, unknown = -1;
  bool overflow = false;
  for (int64_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == -1) {
      check<ShapeError>(unknown < 0, "{}: only one size can be -1. Got shape {}.", op, shape);
      unknown = d;
      continue;
    }
    check<ShapeError>(shape[d] >= 0, "{}: sizes must not be negative (but one -1). Got shape {}.", op, shape);
    overflow |= __builtin_mul_overflow(known, shape[d], &known);
  }
  if (unknown >= 0 && !overflow && known > 0 && x.numel() % known == 0) out[unknown] = x.numel() / known;
  const bool fits = !overflow && (unknown >= 0 ? known > 0 && x.numel() % known == 0 : known == x.numel());
  check<ShapeError>(fits, "{}: a tensor of shape {} has {} elements, which shape {} cannot hold.", op, x.shape(), x.numel(), shape);
  return out;
}

// Strides that show x's memory in `shape`, or nothing where that takes a copy. Runs of x's dimensions that memory walks
// as one are split among the new sizes.
std::optional<Dims> view_strides(const Tensor& x, const Dims& shape) {
  if (x.is_contiguous() || x.numel() == 0) return contiguous_strides(shape);
  Dims strides = Dims::uninitialised(shape.size());
  int64_t to = shape.size() - 1, run = 1, room = 1;
  if (x.dim() == 0) return contiguous_strides(shape);
  int64_t base = x.strides().back();
  for (int64_t from = x.dim() - 1; from >= 0; --from) {
    run *= x.size(from);
    const bool ends = from == 0 || (x.size(from - 1) != 1 && x.stride(from - 1) != run * base);
    if (!ends) continue;
    while (to >= 0 && (room < run || shape[to] == 1)) {
      strides[to] = room * base;
      room *= shape[to];
      --to;
    }
    if (room != run) return std::nullopt;
    if (from > 0) {
      base = x.stride(from - 1);
      run = room = 1;
    }
  }
  return to < 0 ? std::optional<Dims>(strides) : std::nullopt;
}

Tensor view_as(const char* op, const Tensor& x, const Dims& shape, Dims strides) {
  return tracked_view(op, x, shape, std::move(strides), x.offset(), [from = x.shape()](const Tensor& g) { return reshape(g, from); });
}

// The gradient of a view along one dimension: zeros, with g in its place.
Tensor spread(const Tensor& g, const Dims& shape, int64_t dim, int64_t start, int64_t step, bool dim_kept);

}  // namespace

Tensor reshape(const Tensor& x, const Dims& wanted) {
  const Dims shape = completed_shape("reshape", x, wanted);
  if (auto strides = view_strides(x, shape)) return view_as("reshape", x, shape, std::move(*strides));
  Tensor out = empty(shape, x.dtype(), x.device());
  run(kernels::copy, reshaped(out, x.shape()), x);
  return with_gradient("reshape", out, {x}, [from = x.shape()](const Tensor& g) { return reshape(g, from); });
}

Tensor view(const Tensor& x, const Dims& wanted) {
  const Dims shape = completed_shape("view", x, wanted);
  auto strides = view_strides(x, shape);
  check<ShapeError>(strides.has_value(), "view: a tensor of shape {} with strides {} cannot be seen as {} without a copy. Use reshape.",
                    x.shape(), x.strides(), shape);
  return view_as("view", x, shape, std::move(*strides));
}

Tensor permute(const Tensor& x, const Dims& dims) {
  check<ShapeError>(dims.size() == x.dim(), "permute: dims must name each of the {} dimensions once. Got {}.", x.dim(), dims);
  Dims order = dims, back = Dims(x.dim(), -1), shape = Dims::uninitialised(x.dim()), strides = shape;
  for (int64_t i = 0; i < dims.size(); ++i) {
    const int64_t d = normalized_dim("permute", dims[i], x.dim());
    check<ShapeError>(back[d] < 0, "permute: dims must name each dimension once. Got {}.", dims);
    order[i] = d;
    back[d] = i;
    shape[i] = x.size(d);
    strides[i] = x.stride(d);
  }
  return tracked_view("permute", x, shape, strides, x.offset(), [back](const Tensor& g) { return permute(g, back); });
}

Tensor transpose(const Tensor& x, int64_t dim0, int64_t dim1) {
  const int64_t a = normalized_dim("transpose", dim0, x.dim()), b = normalized_dim("transpose", dim1, x.dim());
  Dims shape = x.shape(), strides = x.strides();
  if (x.dim() > 0) {
    std::swap(shape[a], shape[b]);
    std::swap(strides[a], strides[b]);
  }
  return tracked_view("transpose", x, shape, strides, x.offset(), [a, b](const Tensor& g) { return transpose(g, a, b); });
}

Tensor t(const Tensor& x) {
  check<ShapeError>(x.dim() <= 2, "t: the tensor must have at most 2 dimensions. Got shape {}. Use transpose or permute.", x.shape());
  return x.dim() < 2 ? transpose(x, 0, 0) : transpose(x, 0, 1);
}

Tensor expand(const Tensor& x, const Dims& sizes) {
  check<ShapeError>(sizes.size() >= x.dim(), "expand: sizes {} has fewer dimensions than the tensor of shape {}.", sizes, x.shape());
  Dims shape = sizes, strides = Dims(sizes.size(), 0);
  const int64_t added = sizes.size() - x.dim();
  for (int64_t i = 0; i < sizes.size(); ++i) {
    const int64_t own = i < added ? 1 : x.size(i - added);
    if (sizes[i] == -1 && i >= added) shape[i] = own;
    check<ShapeError>(shape[i] >= 0 && (own == shape[i] || own == 1),
                      "expand: a tensor of shape {} cannot be expanded to {}: only sizes of 1 grow.", x.shape(), sizes);
    strides[i] = i >= added && own == shape[i] ? x.stride(i - added) : 0;
  }
  checked_numel(shape, "expand");
  return tracked_view("expand", x, shape, strides, x.offset(), [from = x.shape()](const Tensor& g) { return autograd::sum_to(g, from); });
}

Tensor squeeze(const Tensor& x, const std::optional<Dims>& dims) {
  std::vector<bool> goes(static_cast<size_t>(x.dim()), !dims);
  if (dims)
    for (const int64_t d : *dims) {
      const int64_t at = normalized_dim("squeeze", d, x.dim());
      if (x.dim() > 0) goes[static_cast<size_t>(at)] = true;
    }
  Dims shape, strides;
  for (int64_t d = 0; d < x.dim(); ++d)
    if (!goes[static_cast<size_t>(d)] || x.size(d) != 1) {
      shape.push_back(x.size(d));
      strides.push_back(x.stride(d));
    }
  return view_as("squeeze", x, shape, strides);
}

Tensor unsqueeze(const Tensor& x, int64_t dim) {
  const int64_t d = normalized_dim("unsqueeze", dim, x.dim() + 1);
  Dims shape = x.shape(), strides = x.strides();
  strides.insert(d, d < x.dim() ? x.size(d) * x.stride(d) : 1);
  shape.insert(d, 1);
  return view_as("unsqueeze", x, shape, strides);
}

Tensor flatten(const Tensor& x, int64_t start_dim, int64_t end_dim) {
  const int64_t start = normalized_dim("flatten", start_dim, x.dim()), end = normalized_dim("flatten", end_dim, x.dim());
  check<ShapeError>(start <= end, "flatten: start_dim {} comes after end_dim {}.", start_dim, end_dim);
  if (x.dim() == 0) return reshape(x, {1});
  if (start == end) return x;
  Dims shape;
  int64_t run = 1;
  for (int64_t d = 0; d < x.dim(); ++d) {
    if (d < start || d > end) shape.push_back(x.size(d));
    else run *= x.size(d);
    if (d == end) shape.push_back(run);
  }
  return reshape(x, shape);
}

Tensor slice(const Tensor& x, int64_t dim, int64_t start, int64_t end, int64_t step) {
  check<IndexError>(x.dim() > 0, "slice: a 0-d tensor cannot be sliced.");
  check<ValueError>(step > 0, "slice: the step must be positive. Got {}. Use flip to reverse.", step);
  const int64_t d = normalized_dim("slice", dim, x.dim()), n = x.size(d);
  start = std::clamp<int64_t>(start < 0 ? start + n : start, 0, n);
  end = std::clamp<int64_t>(end < 0 ? end + n : end, start, n);
  Dims shape = x.shape(), strides = x.strides();
  shape[d] = (end - start) / step + ((end - start) % step != 0);
  const int64_t offset = x.offset() + (shape[d] > 0 ? start * x.stride(d) : 0);
  if (shape[d] > 1) strides[d] *= step;  // cannot overflow: start + step lies within the tensor
  return tracked_view("slice", x, shape, strides, offset,
                      [from = x.shape(), d, start, step](const Tensor& g) { return spread(g, from, d, start, step, true); });
}

Tensor narrow(const Tensor& x, int64_t dim, int64_t start, int64_t length) {
  check<IndexError>(x.dim() > 0, "narrow: a 0-d tensor cannot be narrowed.");
  const int64_t d = normalized_dim("narrow", dim, x.dim()), n = x.size(d), from = start < 0 ? start + n : start;
  check<IndexError>(from >= 0 && from <= n && length >= 0 && length <= n - from,
                    "narrow: start {} and length {} do not lie within dimension {} of size {}.", start, length, d, n);
  return slice(x, d, from, from + length, 1);
}

Tensor select(const Tensor& x, int64_t dim, int64_t index) {
  check<IndexError>(x.dim() > 0, "select: a 0-d tensor cannot be indexed.");
  const int64_t d = normalized_dim("select", dim, x.dim()), n = x.size(d), at = index < 0 ? index + n : index;
  check<IndexError>(at >= 0 && at < n, "select: index {} is out of bounds for dimension {} with size {}.", index, d, n);
  Dims shape = x.shape(), strides = x.strides();
  shape.erase(d);
  strides.erase(d);
  return tracked_view("select", x, shape, strides, x.offset() + at * x.stride(d),
                      [from = x.shape(), d, at](const Tensor& g) { return spread(g, from, d, at, 1, false); });
}

Tensor as_strided(const Tensor& x, const Dims& size, const Dims& stride, std::optional<int64_t> storage_offset) {
  check<ShapeError>(size.size() == stride.size(), "as_strided: size {} and stride {} must have as many entries.", size, stride);
  check<ShapeError>(size.size() <= kMaxDims, "as_strided: a tensor has at most {} dimensions.", kMaxDims);
  checked_numel(size, "as_strided");
  const int64_t offset = storage_offset.value_or(x.offset()), held = x.storage()->bytes / itemsize(x.dtype());
  const int64_t length = reach(size, stride, offset);
  check<ShapeError>(length >= 0 && length <= held && offset >= 0 && offset <= held,
                    "as_strided: size {}, stride {} and storage_offset {} reach outside of the storage, which holds {} elements.", size,
                    stride, offset, held);
  const autograd::ViewGeometry at{x.shape(), x.strides(), size, stride, x.offset(), offset};
  return tracked_view("as_strided", x, size, stride, offset, [at](const Tensor& g) { return autograd::spread_view(g, at); });
}

Tensor detach(const Tensor& x) { return alias(x); }

namespace {
// The parts of x that split and unbind return share one node, whose gradient is one cat: nodes of their own would each
// spread zeros over all of x.
Tensor part_of(const Tensor& x, Dims shape, Dims strides, int64_t offset) {
  recording({x});  // brings x's own history up to date
  Tensor out = alias(x, std::move(shape), std::move(strides), offset);
  set_root(*out.impl(), x);
  out.impl()->multi_view = true;
  return out;
}

// The gradients of all parts: zeros for those that nothing used.
template <class F> std::vector<Tensor> with_zeros(std::span<const Tensor> g, F shape_of) {
  const Tensor& some = *std::find_if(g.begin(), g.end(), [](const Tensor& x) { return x.defined(); });
  std::vector<Tensor> out;
  for (size_t i = 0; i < g.size(); ++i) out.push_back(g[i].defined() ? g[i] : zeros(shape_of(i), some.dtype(), some.device()));
  return out;
}
}  // namespace

std::vector<Tensor> split(const Tensor& x, const Dims& sizes, int64_t dim) {
  check<ShapeError>(x.dim() > 0, "split: a 0-d tensor cannot be split.");
  const int64_t d = normalized_dim("split", dim, x.dim());
  int64_t sum = 0;
  for (const int64_t size : sizes) {
    check<ShapeError>(size >= 0 && size <= x.size(d) - sum, "split: sizes {} do not add up to {}, the size of dimension {}.", sizes, x.size(d), d);
    sum += size;
  }
  check<ShapeError>(sum == x.size(d), "split: sizes {} do not add up to {}, the size of dimension {}.", sizes, x.size(d), d);
  std::vector<Tensor> out;
  int64_t start = 0;
  for (const int64_t size : sizes) {
    Dims shape = x.shape();
    shape[d] = size;
    out.push_back(part_of(x, std::move(shape), x.strides(), x.offset() + start * x.stride(d)));
    start += size;
  }
  with_gradients("split", out, {x}, [d, sizes, shape = x.shape()](std::span<const Tensor> g, Needs) -> Gradients {
    return {cat(with_zeros(g, [&](size_t i) {
      Dims at = shape;
      at[d] = sizes[static_cast<int64_t>(i)];
      return at;
    }), d, {})};
  });
  return out;
}

std::vector<Tensor> split_size(const Tensor& x, int64_t size, int64_t dim) {
  check<ShapeError>(x.dim() > 0, "split: a 0-d tensor cannot be split.");
  const int64_t d = normalized_dim("split", dim, x.dim()), n = x.size(d);
  check<ValueError>(size > 0 || (size == 0 && n == 0), "split: the size of a piece must be positive. Got {}.", size);
  Dims sizes;
  for (int64_t start = 0; start < n || sizes.empty(); start += std::max<int64_t>(size, 1)) sizes.push_back(std::min(size, n - start));
  return split(x, sizes, d);
}

std::vector<Tensor> unbind(const Tensor& x, int64_t dim) {
  check<ShapeError>(x.dim() > 0, "unbind: a 0-d tensor cannot be unbound.");
  const int64_t d = normalized_dim("unbind", dim, x.dim());
  Dims shape = x.shape(), strides = x.strides();
  shape.erase(d);
  strides.erase(d);
  std::vector<Tensor> out;
  for (int64_t i = 0; i < x.size(d); ++i) out.push_back(part_of(x, shape, strides, x.offset() + i * x.stride(d)));
  with_gradients("unbind", out, {x}, [d, shape](std::span<const Tensor> g, Needs) -> Gradients {
    return {stack(with_zeros(g, [&](size_t) { return shape; }), d, {})};
  });
  return out;
}

namespace {
Tensor spread(const Tensor& g, const Dims& shape, int64_t dim, int64_t start, int64_t step, bool dim_kept) {
  Tensor out = zeros(shape, g.dtype(), g.device());
  Dims size = out.shape(), strides = out.strides();
  const int64_t offset = start * strides[dim];
  if (dim_kept) {
    size[dim] = g.size(dim);
    strides[dim] *= step;
  } else {
    size.erase(dim);
    strides.erase(dim);
  }
  if (g.numel() > 0) run(kernels::copy, alias(out, size, strides, offset), g);
  const int64_t end = dim_kept ? start + (g.size(dim) - 1) * step + 1 : start;
  return with_gradient("slice", out, {g}, [dim, start, end, step, dim_kept](const Tensor& gg) {
    return dim_kept ? slice(gg, dim, start, std::max(start, end), step) : select(gg, dim, start);
  });
}
}  // namespace

Tensor cat(const std::vector<Tensor>& tensors, int64_t dim, const OptTensor& out) {
  check<ValueError>(!tensors.empty(), "cat: it takes at least one tensor.");
  std::vector<Tensor> parts;
  DType dtype = tensors[0].dtype();
  for (const Tensor& x : tensors) {
    dtype = promote_types(dtype, x.dtype());
    if (x.dim() == 1 && x.numel() == 0) continue;  // PyTorch's old empty tensor joins anything
    check<ShapeError>(x.dim() > 0, "cat: 0-d tensors cannot be concatenated. Use stack.");
    parts.push_back(x);
  }
  const Device device = common_device("cat", tensors);
  if (parts.empty()) return with_gradient("cat", empty({0}, dtype, device), tensors, [](const Tensor&) { return Gradients(); });
  const int64_t d = normalized_dim("cat", dim, parts[0].dim());
  Dims shape = parts[0].shape(), ends;
  int64_t total = 0;
  for (const Tensor& x : parts) {
    bool fits = x.dim() == shape.size();
    for (int64_t i = 0; fits && i < x.dim(); ++i) fits = i == d || x.size(i) == shape[i];
    check<ShapeError>(fits, "cat: all tensors must agree but in dimension {}. Got shapes {} and {}.", d, parts[0].shape(), x.shape());
    check<ShapeError>(!__builtin_add_overflow(total, x.size(d), &total), "cat: the sizes in dimension {} overflow.", d);
  }
  shape[d] = total;
  if (out.defined()) {
    check<RuntimeError>(!recording(tensors), "cat: out= cannot be used while gradients are recorded.");
    for (const Tensor& x : parts)
      check<RuntimeError>(overlap_of(out, x) == Overlap::none, "cat: out shares memory with an input. Use the result instead.");
  }
  const Result r("cat", out, {parts[0]}, shape, dtype, device);
  std::vector<int64_t> sizes;
  int64_t start = 0;
  for (const Tensor& x : parts) {
    Dims at = shape;
    at[d] = x.size(d);
    if (x.numel() > 0) run(kernels::copy, alias(r.tensor(), at, r.tensor().strides(), r.tensor().offset() + start * r.tensor().stride(d)), x);
    start += x.size(d);
  }
  for (const Tensor& x : tensors) sizes.push_back(x.dim() == 1 && x.numel() == 0 ? -1 : x.size(d));
  return with_gradient("cat", r.tensor(), tensors, [d, sizes](const Tensor& g, Needs needs) {
    std::vector<Tensor> gradients(sizes.size());
    int64_t from = 0;
    for (size_t i = 0; i < sizes.size(); ++i) {
      if (sizes[i] < 0) continue;
      if (needs[static_cast<int>(i)]) gradients[i] = slice(g, d, from, from + sizes[i], 1);
      from += sizes[i];
    }
    return Gradients(std::move(gradients));
  });
}

Tensor stack(const std::vector<Tensor>& tensors, int64_t dim, const OptTensor& out) {
  check<ValueError>(!tensors.empty(), "stack: it takes at least one tensor.");
  const int64_t d = normalized_dim("stack", dim, tensors[0].dim() + 1);
  std::vector<Tensor> rows;
  for (const Tensor& x : tensors) {
    check<ShapeError>(x.shape() == tensors[0].shape(), "stack: all tensors must have one shape. Got {} and {}.", tensors[0].shape(), x.shape());
    rows.push_back(unsqueeze(x, d));
  }
  return cat(rows, d, out);
}

}  // namespace dlx::ops
