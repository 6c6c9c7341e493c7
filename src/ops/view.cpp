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
  const auto skipped = [](const Tensor& x) { return x.dim() == 1 && x.numel() == 0; };  // PyTorch's old empty tensor joins anything
  const Tensor* first = nullptr;  // that is not skipped
  DType dtype = tensors[0].dtype();
  for (const Tensor& x : tensors) {
    dtype = promote_types(dtype, x.dtype());
    check<ShapeError>(x.dim() > 0, "cat: 0-d tensors cannot be concatenated. Use stack.");
    if (!first && !skipped(x)) first = &x;
  }
  const Device device = common_device("cat", tensors);
  if (!first) return with_gradient("cat", empty({0}, dtype, device), tensors, [](const Tensor&) { return Gradients(); });
  const int64_t d = normalized_dim("cat", dim, first->dim());
  Dims shape = first->shape();
  int64_t total = 0;
  for (const Tensor& x : tensors) {
    if (skipped(x)) continue;
    bool fits = x.dim() == shape.size();
    for (int64_t i = 0; fits && i < x.dim(); ++i) fits = i == d || x.size(i) == shape[i];
    check<ShapeError>(fits, "cat: all tensors must agree but in dimension {}. Got shapes {} and {}.", d, first->shape(), x.shape());
    check<ShapeError>(!__builtin_add_overflow(total, x.size(d), &total), "cat: the sizes in dimension {} overflow.", d);
  }
  shape[d] = total;
  const bool recorded = recording(tensors);
  if (out.defined()) {
    check<RuntimeError>(!recorded, "cat: out= cannot be used while gradients are recorded.");
    for (const Tensor& x : tensors)
      check<RuntimeError>(overlap_of(out, x) == Overlap::none, "cat: out shares memory with an input. Use the result instead.");
  }
  const Result r("cat", out, {*first}, shape, dtype, device);
  int64_t start = 0;
  for (const Tensor& x : tensors) {
    if (x.numel() > 0) run(kernels::copy, alias(r.tensor(), x.shape(), r.tensor().strides(), r.tensor().offset() + start * r.tensor().stride(d)), x);
    if (!skipped(x)) start += x.size(d);
  }
  if (!recorded) return r.tensor();
  std::vector<int64_t> sizes;
  for (const Tensor& x : tensors) sizes.push_back(skipped(x) ? -1 : x.size(d));
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

// --- other views ----------------------------------------------------------------------------------------------------

namespace {

// How a view lies in memory, from how its input does.
struct Layout {
  Dims shape, strides;
  int64_t offset;
};
// A view whose gradient is known from where its elements lie in a contiguous tensor of x's shape; elements may come twice.
template <class F> Tensor laid_out(const char* op, const Tensor& x, F layout) {
  const Layout own = layout(x.strides(), x.offset()), plain = layout(contiguous_strides(x.shape()), int64_t{0});
  const autograd::ViewGeometry at{x.shape(), contiguous_strides(x.shape()), plain.shape, plain.strides, 0, plain.offset};
  return tracked_view(op, x, own.shape, own.strides, own.offset, [at](const Tensor& g) { return autograd::spread_view(g, at); });
}

// Checked and not negative, each once.
Dims distinct_dims(const char* op, const Dims& dims, int64_t ndim) {
  Dims out = dims;
  for (int64_t i = 0; i < dims.size(); ++i) {
    out[i] = normalized_dim(op, dims[i], ndim);
    for (int64_t j = 0; j < i; ++j) check<ValueError>(out[i] != out[j], "{}: dimension {} is named twice. Got {}.", op, out[i], dims);
  }
  return out;
}

// The diagonal of a matrix in x: strides, and how long it is.
Layout diagonal_layout(const Dims& shape, const Dims& strides, int64_t start, int64_t offset, int64_t a, int64_t b) {
  Layout out{{}, {}, start};
  for (int64_t d = 0; d < shape.size(); ++d)
    if (d != a && d != b) {
      out.shape.push_back(shape[d]);
      out.strides.push_back(strides[d]);
    }
  const int64_t n = offset >= 0 ? std::min(shape[a], shape[b] - std::min(offset, shape[b])) : std::min(shape[a] + std::max(offset, -shape[a]), shape[b]);
  out.shape.push_back(n);
  out.strides.push_back(strides[a] + strides[b]);
  if (n > 0) out.offset += offset >= 0 ? offset * strides[b] : -offset * strides[a];
  return out;
}

}  // namespace

Tensor unflatten(const Tensor& x, int64_t dim, const Dims& sizes) {
  check<IndexError>(x.dim() > 0, "unflatten: a 0-d tensor has no dimension to split.");
  check<ShapeError>(!sizes.empty(), "unflatten: sizes must not be empty.");
  const int64_t d = normalized_dim("unflatten", dim, x.dim());
  int64_t known = 1, unknown = -1;
  bool overflow = false;
  for (int64_t i = 0; i < sizes.size(); ++i) {
    check<ShapeError>(sizes[i] >= 0 || (sizes[i] == -1 && unknown < 0), "unflatten: sizes must not be negative, but one -1. Got {}.", sizes);
    if (sizes[i] == -1) unknown = i;
    else overflow |= __builtin_mul_overflow(known, sizes[i], &known);
  }
  const bool fits = !overflow && (unknown < 0 ? known == x.size(d) : known > 0 && x.size(d) % known == 0);
  check<ShapeError>(fits, "unflatten: sizes {} do not make {}, the size of dimension {} of shape {}.", sizes, x.size(d), d, x.shape());
  Dims shape, strides;
  for (int64_t i = 0; i < x.dim(); ++i) {
    if (i != d) {
      shape.push_back(x.size(i));
      strides.push_back(x.stride(i));
      continue;
    }
    int64_t step = x.stride(d) * (known > 0 && unknown >= 0 ? x.size(d) / known * known : known);
    for (int64_t k = 0; k < sizes.size(); ++k) {
      const int64_t size = sizes[k] == -1 ? x.size(d) / known : sizes[k];
      step = size > 0 ? step / size : x.stride(d);
      shape.push_back(size);
      strides.push_back(step);
    }
  }
  return view_as("unflatten", x, shape, x.numel() == 0 ? contiguous_strides(shape) : strides);
}

Tensor movedim(const Tensor& x, const Dims& source, const Dims& destination) {
  check<ValueError>(source.size() == destination.size(), "movedim: source and destination must have as many entries. Got {} and {}.", source, destination);
  const Dims from = distinct_dims("movedim", source, x.dim()), to = distinct_dims("movedim", destination, x.dim());
  if (x.dim() == 0) return permute(x, {});
  Dims order(x.dim(), -1);
  std::vector<bool> moved(static_cast<size_t>(x.dim()));
  for (int64_t i = 0; i < from.size(); ++i) {
    order[to[i]] = from[i];
    moved[static_cast<size_t>(from[i])] = true;
  }
  for (int64_t i = 0, next = 0; i < x.dim(); ++i) {
    if (order[i] >= 0) continue;
    while (moved[static_cast<size_t>(next)]) ++next;
    order[i] = next++;
  }
  return permute(x, order);
}

Tensor diagonal(const Tensor& x, int64_t offset, int64_t dim1, int64_t dim2) {
  check<ShapeError>(x.dim() >= 2, "diagonal: input must have at least 2 dimensions. Got shape {}.", x.shape());
  const int64_t a = normalized_dim("diagonal", dim1, x.dim()), b = normalized_dim("diagonal", dim2, x.dim());
  check<ValueError>(a != b, "diagonal: dim1 and dim2 must be two dimensions. Got {} and {}.", dim1, dim2);
  check<ValueError>(offset > INT64_MIN, "diagonal: offset is too low.");
  return laid_out("diagonal", x, [&](const Dims& strides, int64_t start) { return diagonal_layout(x.shape(), strides, start, offset, a, b); });
}

Tensor unfold_dim(const Tensor& x, int64_t dimension, int64_t size, int64_t step) {
  const int64_t d = normalized_dim("unfold", dimension, x.dim()), n = x.dim() == 0 ? 1 : x.size(d);
  check<ValueError>(step > 0, "unfold: step must be above 0. Got {}.", step);
  check<ValueError>(size >= 0 && size <= n, "unfold: size must be in [0, {}], the size of dimension {}. Got {}.", n, d, size);
  return laid_out("unfold", x, [&](const Dims& strides, int64_t start) {
    Layout out{x.shape(), strides, start};
    out.shape.push_back(size);
    out.strides.push_back(x.dim() == 0 ? 1 : strides[d]);
    if (x.dim() > 0) {
      out.shape[d] = (n - size) / step + 1;
      if (__builtin_mul_overflow(strides[d], step, &out.strides[d])) out.strides[d] = 1;  // then there is one stretch
    }
    return out;
  });
}

Tensor view_dtype(const Tensor& x, DType dtype) {
  const int64_t from = itemsize(x.dtype()), to = itemsize(dtype);
  Dims shape = x.shape(), strides = x.numel() > 0 ? x.strides() : contiguous_strides(x.shape());
  int64_t offset = x.offset();
  if (from != to) {
    check<ShapeError>(x.dim() > 0, "view: a 0-d tensor of {} cannot be seen as {}, which has another item size.", x.dtype(), dtype);
    check<ShapeError>(strides.back() == 1 || x.size(x.dim() - 1) <= 1, "view: the last dimension must lie without gaps to be seen as {}. Got strides {}.",
                      dtype, x.strides());
    const int64_t last = x.dim() - 1, bytes = shape[last] * from;
    check<ShapeError>(bytes % to == 0, "view: the last dimension of shape {} has {} bytes, which {} cannot be divided into.", x.shape(), bytes, dtype);
    shape[last] = bytes / to;
    strides[last] = 1;
    for (int64_t d = 0; d < last; ++d) {
      check<ShapeError>(strides[d] * from % to == 0 || shape[d] <= 1, "view: strides {} are not whole elements of {}.", x.strides(), dtype);
      strides[d] = strides[d] * from / to;
    }
    check<ShapeError>(offset * from % to == 0, "view: the tensor begins at byte {} of its memory, which is no whole element of {}.", offset * from, dtype);
    offset = offset * from / to;
  }
  Tensor out = on_storage(x.storage(), shape, strides, offset, dtype);
  out.impl()->own_version = x.impl()->own_version;
  return out;
}

// --- in place -------------------------------------------------------------------------------------------------------

Tensor squeeze_(const Tensor& x, const std::optional<Dims>& dims) { return become_view("squeeze_", x, [&] { return squeeze(x, dims); }); }
Tensor unsqueeze_(const Tensor& x, int64_t dim) { return become_view("unsqueeze_", x, [&] { return unsqueeze(x, dim); }); }
Tensor transpose_(const Tensor& x, int64_t dim0, int64_t dim1) { return become_view("transpose_", x, [&] { return transpose(x, dim0, dim1); }); }
Tensor t_(const Tensor& x) { return become_view("t_", x, [&] { return t(x); }); }
Tensor detach_(const Tensor& x) {
  drop_history("detach_", x);
  return x;
}

// --- new tensors ----------------------------------------------------------------------------------------------------

Tensor flip(const Tensor& x, const Dims& dims) {
  const Dims turned = distinct_dims("flip", dims, x.dim());
  Tensor out = empty_like(x, {}, {});
  if (x.numel() > 0) {
    Dims strides = x.strides();
    int64_t offset = x.offset();
    for (int64_t i = 0; i < turned.size() && x.dim() > 0; ++i) {
      const int64_t d = turned[i];
      if (x.size(d) <= 1) continue;
      offset += (x.size(d) - 1) * strides[d];
      strides[d] = -strides[d];
    }
    run(kernels::copy, out, alias(x, x.shape(), strides, offset));
  }
  return with_gradient("flip", out, {x}, [turned](const Tensor& g) { return flip(g, turned); });
}

Tensor roll(const Tensor& x, const Dims& shifts, const Dims& dims) {
  check<ValueError>(!shifts.empty(), "roll: shifts must not be empty.");
  if (dims.empty()) {
    check<ValueError>(shifts.size() == 1, "roll: without dims there is one shift. Got {}.", shifts);
    return reshape(roll(reshape(x, {-1}), shifts, {0}), x.shape());
  }
  check<ValueError>(shifts.size() == dims.size(), "roll: shifts and dims must have as many entries. Got {} and {}.", shifts, dims);
  Tensor out = x;
  for (int64_t i = 0; i < dims.size(); ++i) {
    const int64_t d = normalized_dim("roll", dims[i], x.dim()), n = x.dim() == 0 ? 1 : x.size(d);
    const int64_t shift = n > 0 ? (shifts[i] % n + n) % n : 0;
    if (shift > 0) out = cat({slice(out, d, n - shift, n, 1), slice(out, d, 0, n - shift, 1)}, d, {});
  }
  return out.same(x) ? clone(x) : out;
}

Tensor rot90(const Tensor& x, int64_t k, const Dims& dims) {
  check<ValueError>(dims.size() == 2, "rot90: dims must name two dimensions. Got {}.", dims);
  check<ShapeError>(x.dim() >= 2, "rot90: input must have at least 2 dimensions. Got shape {}.", x.shape());
  const Dims plane = distinct_dims("rot90", dims, x.dim());
  switch ((k % 4 + 4) % 4) {
    case 1: return transpose(flip(x, {plane[1]}), plane[0], plane[1]);
    case 2: return flip(x, plane);
    case 3: return transpose(flip(x, {plane[0]}), plane[0], plane[1]);
    default: return clone(x, MemoryFormat::contiguous);
  }
}

Tensor repeat(const Tensor& x, const Dims& sizes) {
  check<ShapeError>(sizes.size() >= x.dim(), "repeat: sizes {} must have an entry for each dimension of shape {}.", sizes, x.shape());
  const int64_t added = sizes.size() - x.dim();
  Dims shape, split, grown;
  for (int64_t i = 0; i < sizes.size(); ++i) {
    check<ValueError>(sizes[i] >= 0, "repeat: sizes must not be negative. Got {}.", sizes);
    const int64_t own = i < added ? 1 : x.size(i - added);
    int64_t size = 0;
    check<ShapeError>(!__builtin_mul_overflow(own, sizes[i], &size), "repeat: sizes {} of shape {} overflow.", sizes, x.shape());
    shape.push_back(size);
    if (sizes[i] != 1) {
      split.push_back(1);
      grown.push_back(sizes[i]);
    }
    split.push_back(own);
    grown.push_back(own);
  }
  checked_numel(shape, "repeat");
  const Tensor out = reshape(expand(reshape(x, split), grown), shape);
  return out.storage() == x.storage() ? clone(out, MemoryFormat::contiguous) : out;
}

Tensor tile(const Tensor& x, const Dims& dims) {
  Dims sizes = dims;
  while (sizes.size() < x.dim()) sizes.insert(0, 1);
  return repeat(x, sizes);
}

Tensor repeat_interleave(const Tensor& x, int64_t repeats, std::optional<int64_t> dim) {
  check<ValueError>(repeats >= 0, "repeat_interleave: repeats must not be negative. Got {}.", repeats);
  const Tensor from = dim && x.dim() > 0 ? x : reshape(x, {-1});
  const int64_t d = normalized_dim("repeat_interleave", dim.value_or(0), x.dim() > 0 ? from.dim() : 1);
  Dims grown = from.shape(), shape = from.shape();
  check<ShapeError>(!__builtin_mul_overflow(from.size(d), repeats, &shape[d]), "repeat_interleave: {} repeats of shape {} overflow.", repeats, x.shape());
  checked_numel(shape, "repeat_interleave");
  grown.insert(d + 1, repeats);
  const Tensor out = reshape(expand(unsqueeze(from, d + 1), grown), shape);
  return out.storage() == x.storage() ? clone(out, MemoryFormat::contiguous) : out;
}

Tensor repeated_positions(const Tensor& repeats, std::optional<int64_t> output_size) {
  check<DtypeError>(repeats.dtype() == DType::int64 || repeats.dtype() == DType::int32, "repeat_interleave: repeats must be of dtype int64 or int32. Got {}.",
                    repeats.dtype());
  check<ShapeError>(repeats.dim() <= 1, "repeat_interleave: repeats must have one dimension. Got shape {}.", repeats.shape());
  const Tensor here = as_dtype(host_copy(repeats, "repeat_interleave"), DType::int64);
  int64_t total = 0;
  for (int64_t i = 0; i < here.numel(); ++i) {
    const int64_t n = here.data<int64_t>()[i];
    check<ValueError>(n >= 0, "repeat_interleave: repeats must not be negative. Got {}.", n);
    check<ShapeError>(!__builtin_add_overflow(total, n, &total), "repeat_interleave: the sum of repeats overflows.");
  }
  check<ValueError>(output_size.value_or(total) == total, "repeat_interleave: output_size is {} but repeats sum to {}.", output_size.value_or(total), total);
  const Tensor out = empty({total}, DType::int64);
  int64_t* to = out.data<int64_t>();
  for (int64_t i = 0; i < here.numel(); ++i) to = std::fill_n(to, here.data<int64_t>()[i], i);
  return ops::to(out, repeats.device(), {});
}

Tensor diag_embed(const Tensor& x, int64_t offset, int64_t dim1, int64_t dim2) {
  check<ShapeError>(x.dim() > 0, "diag_embed: input must have at least one dimension.");
  const int64_t a = normalized_dim("diag_embed", dim1, x.dim() + 1), b = normalized_dim("diag_embed", dim2, x.dim() + 1);
  check<ValueError>(a != b, "diag_embed: dim1 and dim2 must be two dimensions. Got {} and {}.", dim1, dim2);
  const int64_t last = x.size(x.dim() - 1);
  int64_t n = 0;
  const bool fits = offset > INT64_MIN && !__builtin_add_overflow(last, offset < 0 ? -offset : offset, &n);
  check<ShapeError>(fits, "diag_embed: offset {} is too far.", offset);
  Dims shape = x.shape();
  shape.erase(x.dim() - 1);
  shape.insert(std::min(a, b), n);
  shape.insert(std::max(a, b), n);
  checked_numel(shape, "diag_embed");
  const Dims strides = contiguous_strides(shape);
  const Layout at = diagonal_layout(shape, strides, 0, offset, a, b);
  return autograd::spread_view(x, {shape, strides, at.shape, at.strides, 0, at.offset});
}

Tensor diag(const Tensor& x, int64_t k, const OptTensor& out) {
  check<ShapeError>(x.dim() == 1 || x.dim() == 2, "diag: input must have 1 or 2 dimensions. Got shape {}.", x.shape());
  return written_to("diag", out, {x}, x.dim() == 1 ? diag_embed(x, k, 0, 1) : clone(diagonal(x, k, 0, 1), MemoryFormat::contiguous));
}

Tensor block_diag(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> blocks, rows;
  for (const Tensor& x : tensors) {
    check<ShapeError>(x.dim() <= 2, "block_diag: tensors must have at most 2 dimensions. Got shape {}.", x.shape());
    blocks.push_back(x.dim() == 2 ? x : reshape(x, {1, x.numel()}));
  }
  if (blocks.empty()) return empty({1, 0}, default_dtype());
  int64_t columns = 0, before = 0;
  for (const Tensor& x : blocks) columns += x.size(1);
  for (const Tensor& x : blocks) {
    const Tensor left = zeros({x.size(0), before}, x.dtype(), x.device()), right = zeros({x.size(0), columns - before - x.size(1)}, x.dtype(), x.device());
    rows.push_back(cat({left, x, right}, 1, {}));
    before += x.size(1);
  }
  return cat(rows, 0, {});
}

}  // namespace dlx::ops
