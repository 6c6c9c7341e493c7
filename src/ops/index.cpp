#include "ops/index.h"

#include <limits>

#include "autograd/engine_ops.h"
#include "kernels/elementwise.h"
#include "kernels/index.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
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
    const Tensor sums = zeros(from, g.dtype(), g.device());
    return index_add(sums, d, sat.get(), g, Scalar(1), sums);
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
// gather and scatter: index may be shorter than the tensor in the other dimensions, which kernels do not know.
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
    return scatter_sum(from, d, sat.get(), g);
  });
}

namespace {

// What scatter, scatter_add and scatter_reduce share: checks, the copy of x, and the parts that kernels see.
struct Scattered {
  int64_t d;
  Tensor at;  // int64, contiguous
  Scattered(const char* op, const Tensor& x, int64_t dim, const Tensor& index, const Operand& source) : d(normalized_dim(op, dim, x.dim())) {
    check_index_shape(op, x, index, d);
    if (!source.is_number()) {
      check_same_dtype(op, "source", source, "input", x);
      check<ShapeError>(source.dim() == index.dim(), "{}: source must have as many dimensions as index. Got shapes {} and {}.", op, source.shape(),
                        index.shape());
      for (int64_t i = 0; i < index.dim(); ++i)
        check<ShapeError>(index.size(i) <= source.size(i), "{}: index of shape {} is larger than source {} in dimension {}.", op, index.shape(),
                          source.shape(), i);
    }
    at = index_tensor(op, index);
  }
  // f(target, index, source): each (outer, n, inner) and contiguous; a number is a source of one element.
  template <class F> void each(const char* op, const Tensor& out, const Tensor& x, const Operand& source, F f) const {
    check_dtype(op, "out", out, x.dtype());
    if (overlap_of(out, x) != Overlap::same) copy_untracked(out, x);
    if (at.numel() == 0) return;
    const bool flat_input = x.dim() == 0 || x.dim() != at.dim();
    const Tensor target = flat_input ? alias(out, Dims{x.numel()}, Dims{x.dim() == 0 ? 1 : out.stride(0)}, out.offset()) : cropped(out, at.shape(), d);
    check<IndexError>(target.size(d) > 0, "{}: dimension {} of shape {} is empty, so no index fits.", op, d, x.shape());
    const Tensor flat = at.dim() == 0 ? reshaped(at, {1}) : at;
    const Dims layout = around(flat, d);
    const Tensor from = source.is_number()      ? filled({1, 1, 1}, host_scalar(source, op), x.dtype(), x.device())
                        : at.dim() == 0         ? reshaped(as_contiguous(source), {1, 1, 1})
                                                : reshaped(as_contiguous(alias(source, at.shape(), source.strides(), source.offset())), layout);
    const Tensor to = target.is_contiguous() ? target : untracked_copy(target);
    f(reshaped(to, around(target, d)), reshaped(flat, layout), from);
    if (!target.is_contiguous()) copy_untracked(target, to);
  }
};

// g where the entries of source are taken from; zeros where index does not reach.
Tensor reached(const Tensor& taken, const Dims& shape) {
  if (taken.shape() == shape) return taken;
  const Tensor all = zeros(shape, taken.dtype(), taken.device());
  copy_(as_strided(all, taken.shape(), all.strides(), 0), taken);
  return all;
}
// source where index reaches.
Tensor reaching(const Tensor& source, const Tensor& index) {
  Tensor out = source;
  for (int64_t i = 0; i < index.dim(); ++i) out = index.size(i) < out.size(i) ? narrow(out, i, 0, index.size(i)) : out;
  return out;
}

// Of entries with one destination only the last is in the result: true for these.
Tensor last_entries(const Dims& shape, int64_t d, const Tensor& at) {
  const GradMode untracked(false);
  const Tensor count = reshaped(arange(Scalar(0), Scalar(at.numel()), Scalar(1), DType::int64, at.device()), at.shape());
  return eq(gather(scatter(zeros(shape, DType::int64, at.device()), d, at, Operand(count)), d, at), Operand(count));
}

}  // namespace

Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index, const Operand& source, const OptTensor& out) {
  const Scattered s("scatter", x, dim, index, source);
  const Result r("scatter", out, {x, source}, x.shape(), x.dtype(), common_device("scatter", {x, index, source}));
  const Saved sat = r.save(s.at);
  s.each("scatter", r, x, source, [&](const Tensor& to, const Tensor& at, const Tensor& from) { run(kernels::scatter, to, at, from, kernels::Combine::set, s.d); });
  return r.with_gradient([sat, d = s.d, from = x.shape(), shape = source.shape()](const Tensor& g, Needs needs) -> Gradients {
    const Tensor at = sat.get();
    return {needs[0] ? scatter(g, d, at, number(0)) : Tensor(),
            needs[1] ? reached(where(last_entries(from, d, at), Operand(gather(g, d, at)), number(0)), shape) : Tensor()};
  });
}

Tensor scatter_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source, const OptTensor& out) {
  const Scattered s("scatter_add", x, dim, index, source);
  const Result r("scatter_add", out, {x, source}, x.shape(), x.dtype(), common_device("scatter_add", {x, index, source}));
  const Saved sat = r.save(s.at);
  s.each("scatter_add", r, x, source, [&](const Tensor& to, const Tensor& at, const Tensor& from) { run(kernels::scatter_add, to, at, from, s.d); });
  return r.with_gradient([sat, d = s.d, shape = source.shape()](const Tensor& g, Needs needs) -> Gradients {
    return {g, needs[1] ? reached(gather(g, d, sat.get()), shape) : Tensor()};
  });
}

Tensor scatter_sum(const Dims& shape, int64_t dim, const Tensor& index, const Tensor& source) {
  const Tensor sums = zeros(shape, source.dtype(), source.device());
  return scatter_add(sums, dim, index, source, sums);
}

namespace {

// x with each destination of an entry set to what changes no entry.
Tensor without_self(const Tensor& x, int64_t d, const Tensor& index, Combination how) {
  Scalar neutral(0);
  if (how == Combination::product) neutral = Scalar(1);
  const bool extreme = how == Combination::maximum || how == Combination::minimum, low = how == Combination::maximum;
  if (extreme) {
    if (is_floating(x.dtype())) neutral = Scalar(low ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity());
    else if (x.dtype() == DType::boolean || x.dtype() == DType::uint8) neutral = Scalar(low ? 0 : x.dtype() == DType::uint8 ? 255 : 1);
    else {
      const int64_t least = INT64_MIN >> (64 - 8 * itemsize(x.dtype()));
      neutral = Scalar(low ? least : ~least);
    }
  }
  return scatter(x, d, index, Operand(neutral));
}

// floor(a / b) of integers, b > 0; written into a.
Tensor floor_ratio(const Tensor& a, const Tensor& b) {
  const Dims each{a.numel(), 1, 1};
  if (a.numel() > 0)
    run(kernels::scatter, reshaped(a, each), zeros(each, DType::int64, a.device()), reshaped(as_contiguous(b), each), kernels::Combine::floor_divide, int64_t{0});
  return a;
}

// One kernel call: product, maximum or minimum with what is there.
Tensor scatter_combined(const char* op, const Tensor& x, int64_t dim, const Tensor& index, const Operand& source, Combination how, const OptTensor& out) {
  const Scattered s(op, x, dim, index, source);
  const Result r(op, out, {x, source}, x.shape(), x.dtype(), common_device(op, {x, index, source}));
  const bool product = how == Combination::product;
  const Saved sat = r.save(s.at), sx = r.save(x), ssource = r.save(source);
  const auto kind = product ? kernels::Combine::multiply : how == Combination::maximum ? kernels::Combine::maximum : kernels::Combine::minimum;
  s.each(op, r, x, source, [&](const Tensor& to, const Tensor& at, const Tensor& from) { run(kernels::scatter, to, at, from, kind, s.d); });
  return r.with_gradient([sat, sx, ssource, d = s.d, product, how, op](const Tensor& g, const Tensor& y, Needs needs) -> Gradients {
    const Tensor at = sat.get(), x = sx.get(), whole = ssource.get(), from = reaching(whole, at);
    Gradients out;
    if (!product) {  // ties share the gradient evenly
      const Tensor own = to(eq(x, y), {}, g.dtype()), theirs = to(eq(from, gather(y, d, at)), {}, g.dtype());
      const Tensor each = div(g, scatter_add(own, d, at, theirs));
      if (needs[0]) out[0] = mul(each, own);
      if (needs[1]) out[1] = reached(mul(gather(each, d, at), theirs), whole.shape());
      return out;
    }
    if (needs[0]) out[0] = mul(g, scatter_combined(op, filled(x.shape(), Scalar(1), x.dtype(), x.device()), d, at, from, how, {}));
    if (needs[1]) {
      // The product without an entry: divided by it, or, where it is the one zero, taken with 1 in its place.
      const Tensor zero = eq(from, number(0)), zeros_there = scatter_add(to(eq(x, number(0)), {}, g.dtype()), d, at, to(zero, {}, g.dtype()));
      if (thread_state.grad_enabled)  // what follows is constant there, though its derivative is not 0
        check<RuntimeError>(!host_scalar(any(ge(zeros_there, number(2)), {}, false), op).to<bool>(),
                            "{}: the gradient of the gradient of 'prod' is not known where two entries of one place are zero.", op);
      const Tensor only = mul(zero, eq(gather(zeros_there, d, at), number(1)));
      const Tensor others = scatter_combined(op, x, d, at, where(only, number(1), Operand(from)), how, {});
      const Tensor divided = div(gather(mul(g, y), d, at), where(zero, number(1), Operand(from)));
      out[1] = reached(where(only, Operand(gather(mul(g, others), d, at)), Operand(divided)), whole.shape());
    }
    return out;
  });
}

}  // namespace

Tensor scatter_reduce(const Tensor& x, int64_t dim, const Tensor& index, const Operand& source, Combination how, bool include_self,
                      const OptTensor& out) {
  if (source.is_number()) return scatter_reduce(x, dim, index, filled(index.shape(), host_scalar(source, "scatter_reduce"), x.dtype(), x.device()), how, include_self, out);
  if (how == Combination::set) return scatter(x, dim, index, source, out);
  check<DtypeError>(how != Combination::mean || x.dtype() != DType::boolean, "scatter_reduce: booleans have no mean. Convert input with .to().");
  const int64_t d = normalized_dim("scatter_reduce", dim, x.dim());
  const Tensor start = include_self ? x : without_self(x, d, index, how);
  const OptTensor last = include_self ? out : OptTensor();
  Tensor y;
  if (how == Combination::sum) {
    y = scatter_add(start, d, index, source, last);
  } else if (how == Combination::mean) {
    const Tensor sum = scatter_add(start, d, index, source);
    const Tensor entries = filled(index.shape(), Scalar(1), DType::int64, x.device()), own = filled(x.shape(), Scalar(include_self), DType::int64, x.device());
    Tensor count = scatter_add(own, d, index, entries);
    count = maximum(count, Operand(Scalar(1)));
    y = is_floating(x.dtype()) ? div(sum, as_dtype(count, x.dtype())) : floor_ratio(sum, as_dtype(count, x.dtype()));
    return written_to("scatter_reduce", out, {x, source}, y);
  } else {
    y = scatter_combined("scatter_reduce", start, d, index, source, how, last);
  }
  return include_self || !out.defined() ? y : written_to("scatter_reduce", out, {x, source}, y);
}

namespace {

// The elements of x that a tuple of index tensors names, and where they stand in the result.
struct Places {
  Dims order;          // x's dimensions: those before, the indexed ones, the rest
  int64_t before = 0, indexed = 0;
  Dims shape;          // what the indices broadcast to
  Tensor rows;         // for each place, in the order of the indexed dimensions; of a single index, its own
  bool distinct = false;  // no place comes twice
  Dims result_shape(const Tensor& x) const {
    Dims out;
    for (int64_t i = 0; i < before; ++i) out.push_back(x.size(order[i]));
    for (const int64_t size : shape) out.push_back(size);
    for (int64_t i = before + indexed; i < order.size(); ++i) out.push_back(x.size(order[i]));
    return out;
  }
};
// Places that a gradient keeps.
class SavedPlaces {
 public:
  SavedPlaces(const Result& r, Places places) : places_(std::move(places)), rows_(r.save(places_.rows)) { places_.rows = Tensor(); }
  Places get() const {
    Places out = places_;
    out.rows = rows_.get();
    return out;
  }

 private:
  Places places_;
  Saved rows_;
};

// How many elements of a contiguous mask are true before each of its chunks, and in all. The host reads the counts.
std::pair<Tensor, int64_t> counted(const Tensor& mask, const char* what) {
  const int64_t chunks = (mask.numel() + kernels::kMaskChunk - 1) / kernels::kMaskChunk;
  Tensor counts = empty({chunks}, DType::int64, mask.device());
  if (chunks == 0) return {counts, 0};
  run(kernels::count_true, counts, mask);
  const Tensor here = host_copy(counts, what), starts = empty({chunks}, DType::int64);
  int64_t total = 0;
  for (int64_t c = 0; c < chunks; ++c) {
    starts.data<int64_t>()[c] = total;
    total += here.data<int64_t>()[c];
  }
  if (mask.device() == kCpu) return {starts, total};
  copy_untracked(counts, starts);
  return {counts, total};
}

// Positions counted through the mask.
Tensor positions(const Tensor& mask, const char* what) {
  const Tensor dense = as_contiguous(as_dtype(mask, DType::boolean));
  const auto [starts, count] = counted(dense, what);
  Tensor out = empty({count}, DType::int64, mask.device());
  if (count > 0) run(kernels::find_true, out, dense, starts);
  return out;
}

bool is_mask(const Tensor& index) { return index.dtype() == DType::boolean || index.dtype() == DType::uint8; }

// A piece of an index: `index`, int64, names positions in dimensions [dim, dim + covers), counted through them.
struct Piece {
  int64_t dim, covers;
  Tensor index;
};

Places places_of(const char* op, const Tensor& x, std::vector<Piece> pieces) {
  Places out;
  for (const Piece& p : pieces) {
    for (int64_t i = 1; i <= p.index.dim() && i <= out.shape.size(); ++i) {
      const int64_t a = p.index.size(p.index.dim() - i), b = out.shape[out.shape.size() - i];
      check<IndexError>(a == b || a == 1 || b == 1, "{}: the index tensors do not broadcast. Got shapes {} and {}.", op, out.shape, p.index.shape());
    }
    out.shape = broadcast_shape(op, out.shape, p.index.shape());
    out.indexed += p.covers;
  }
  bool neighbours = true;
  std::vector<bool> named(static_cast<size_t>(x.dim()));
  for (size_t i = 0; i < pieces.size(); ++i) {
    neighbours &= i == 0 || pieces[i].dim == pieces[i - 1].dim + pieces[i - 1].covers;
    for (int64_t d = pieces[i].dim; d < pieces[i].dim + pieces[i].covers; ++d) named[static_cast<size_t>(d)] = true;
  }
  out.before = neighbours && !pieces.empty() ? pieces[0].dim : 0;
  for (int64_t d = 0; d < out.before; ++d) out.order.push_back(d);
  for (const Piece& p : pieces)
    for (int64_t d = p.dim; d < p.dim + p.covers; ++d) out.order.push_back(d);
  for (int64_t d = out.before; d < x.dim(); ++d)
    if (!named[static_cast<size_t>(d)]) out.order.push_back(d);
  const int64_t count = checked_numel(out.shape, op);
  if (pieces.size() == 1) {  // the positions are the rows
    out.rows = as_contiguous(pieces[0].index);
    return out;
  }
  out.rows = empty({count}, DType::int64, x.device());
  for (const Piece& p : pieces) {
    int64_t n = 1;
    for (int64_t d = p.dim; d < p.dim + p.covers; ++d) n *= x.size(d);
    if (count == 0) continue;
    Tensor index = empty(out.shape, DType::int64, x.device());
    if (p.index.shape() == out.shape && p.index.is_contiguous()) index = p.index;
    else copy_untracked(index, p.index);
    run(kernels::index_rows, out.rows, reshaped(index, {count}), n, &p == pieces.data(), p.dim);
  }
  return out;
}

Places places_of(const char* op, const Tensor& x, const std::vector<OptTensor>& indices) {
  std::vector<Piece> pieces;
  int64_t d = 0;
  bool only_masks = true;
  for (const OptTensor& index : indices) {
    if (!index.defined()) {
      ++d;
      continue;
    }
    check<IndexError>(!is_floating(index.dtype()), "{}: tensors used as indices must hold integers or booleans. Got {}.", op, index.dtype());
    check<RuntimeError>(index.device() == x.device() || index.device() == kCpu, "{}: an index on {} does not fit a tensor on {}.", op, index.device(), x.device());
    const GradMode untracked(false);
    Tensor at = index;
    if (is_mask(index)) {
      check<IndexError>(index.dim() > 0, "{}: a mask of one element without dimensions stands for none. Got shape {}.", op, index.shape());
      check<IndexError>(d + index.dim() <= x.dim(), "{}: too many indices for a tensor of shape {}.", op, x.shape());
      for (int64_t i = 0; i < index.dim(); ++i)
        check<IndexError>(index.size(i) == x.size(d + i), "{}: the mask of shape {} does not fit the tensor of shape {}: in dimension {} they have sizes {} and {}.",
                          op, index.shape(), x.shape(), d + i, index.size(i), x.size(d + i));
      at = positions(index, op);
    } else {
      only_masks = false;
      at = as_dtype(index, DType::int64);
    }
    const int64_t covers = is_mask(index) ? index.dim() : 1;
    check<IndexError>(d + covers <= x.dim(), "{}: too many indices for a tensor of shape {}.", op, x.shape());
    pieces.push_back({d, covers, at.device() == x.device() ? at : to(at, x.device(), {})});
    d += covers;
  }
  check<IndexError>(d <= x.dim(), "{}: too many indices for a tensor of shape {}. Got {}.", op, x.shape(), d);
  check<IndexError>(!pieces.empty(), "{}: at least one index must be a tensor.", op);
  Places out = places_of(op, x, std::move(pieces));
  out.distinct = only_masks;
  return out;
}

// The whole tensor as one indexed dimension.
Places flat_places(const char* op, const Tensor& x, const Tensor& index) { return places_of(op, x, std::vector<Piece>{{0, x.dim(), index}}); }

Tensor put_at(const char* op, const Tensor& x, const Places& at, const Tensor& values, bool accumulate, const OptTensor& out);

// rows, or a copy if `written` shares memory with them.
Tensor apart(const Tensor& rows, const Tensor& written) { return overlap_of(written, rows) == Overlap::none ? rows : untracked_copy(rows); }

Tensor taken(const char* op, const Tensor& x, const Places& at, const OptTensor& out) {
  const Result r(op, out, {x}, at.result_shape(x), x.dtype(), x.device());
  const Tensor to = kernel_target(r, x.dtype());
  if (to.numel() > 0) run(kernels::take_rows, to, permuted(x, at.order), apart(at.rows, to), at.before, at.indexed);
  if (!to.same(r.tensor())) copy_untracked(r.tensor(), to);
  return r.with_gradient([op, saved = SavedPlaces(r, at), from = x.shape()](const Tensor& g) {
    const Tensor sums = zeros(from, g.dtype(), g.device());
    return put_at(op, sums, saved.get(), g, true, sums);
  });
}

// Of equal places the last has put its value: true for these.
Tensor last_places(const Tensor& x, const Places& at) {
  Dims sizes;
  for (int64_t i = at.before; i < at.before + at.indexed; ++i) sizes.push_back(x.size(at.order[i]));
  const int64_t count = at.rows.numel();
  const Tensor number_of = zeros({checked_numel(sizes, "index_put")}, DType::int64, x.device());
  const Tensor counting = arange(Scalar(0), Scalar(count), Scalar(1), DType::int64, x.device());
  const Tensor last = empty({count}, DType::int64, x.device());
  run(kernels::put_rows, number_of, at.rows, counting, false, int64_t{0}, int64_t{1});
  run(kernels::take_rows, last, number_of, at.rows, int64_t{0}, int64_t{1});
  Dims shape = at.shape;  // broadcasts over what comes after the places
  for (int64_t i = at.before + at.indexed; i < at.order.size(); ++i) shape.push_back(1);
  const GradMode untracked(false);
  return reshape(eq(Operand(last), Operand(counting)), shape);
}

Tensor put_at(const char* op, const Tensor& x, const Places& at, const Tensor& values, bool accumulate, const OptTensor& out) {
  const Dims shape = at.result_shape(x);
  check<ShapeError>(broadcasts_to(values.shape(), shape), "{}: values of shape {} do not broadcast to the {} that the indices name.", op, values.shape(), shape);
  const bool shares = overlap_of(out.defined() ? static_cast<const Tensor&>(out) : x, values) != Overlap::none && out.defined();
  const Tensor source = shares ? clone(values) : values;
  const Result r(op, out, {x, source}, x.shape(), x.dtype(), x.device());
  check_dtype(op, "out", r.tensor(), x.dtype());
  if (overlap_of(r.tensor(), x) != Overlap::same) copy_untracked(r.tensor(), x);
  const SavedPlaces saved(r, at);
  if (at.rows.numel() > 0 && checked_numel(shape, op) > 0) {
    Tensor dense = source;
    if (source.shape() != shape || !source.is_contiguous()) {
      dense = empty(shape, x.dtype(), x.device());
      copy_untracked(dense, source);
    }
    run(kernels::put_rows, permuted(r.tensor(), at.order), apart(at.rows, r.tensor()), dense, accumulate, at.before, at.indexed);
  }
  return r.with_gradient([op, saved, accumulate](const Tensor& g, Needs needs) -> Gradients {
    const Places at = saved.get();
    Gradients out;
    if (needs[0]) out[0] = accumulate ? g : put_at(op, g, at, zeros({}, g.dtype(), g.device()), false, {});
    if (needs[1]) {
      out[1] = taken(op, g, at, {});
      if (!accumulate && !at.distinct && at.rows.numel() > 0) out[1] = where(last_places(g, at), Operand(out[1]), number(0));
    }
    return out;
  });
}

// One dimension of x at a list of positions.
Places at_positions(const char* op, const Tensor& x, int64_t d, const Tensor& index) {
  check<ShapeError>(index.dim() <= 1, "{}: index must have one dimension. Got shape {}.", op, index.shape());
  const Tensor at = index_tensor(op, index);
  if (x.dim() == 0) check<ShapeError>(at.numel() == 1, "{}: a 0-d tensor takes one index. Got {}.", op, at.numel());
  return places_of(op, x, std::vector<Piece>{{d, x.dim() == 0 ? 0 : 1, x.dim() == 0 ? reshaped(at, {}) : reshaped(at, {at.numel()})}});
}

}  // namespace

Tensor index(const Tensor& x, const std::vector<OptTensor>& indices, const OptTensor& out) { return taken("index", x, places_of("index", x, indices), out); }

Tensor index_put(const Tensor& x, const std::vector<OptTensor>& indices, const Tensor& values, bool accumulate, const OptTensor& out) {
  check_same_dtype("index_put", "values", values, "input", x);
  return put_at("index_put", x, places_of("index_put", x, indices), values, accumulate, out);
}

Tensor take(const Tensor& x, const Tensor& index, const OptTensor& out) {
  common_device("take", {x, index});
  check<DtypeError>(index.dtype() == DType::int64, "take: index must be of dtype int64. Got {}.", index.dtype());
  check<IndexError>(x.numel() > 0 || index.numel() == 0, "take: input of shape {} is empty, so no index fits.", x.shape());
  return taken("take", x, flat_places("take", x, index), out);
}

Tensor put_(const Tensor& x, const Tensor& index, const Tensor& source, bool accumulate) {
  common_device("put_", {x, index, source});
  check_same_dtype("put_", "source", source, "input", x);
  const Tensor at = index_tensor("put_", index);
  check<ShapeError>(source.numel() == at.numel(), "put_: source must have as many elements as index. Got {} and {}.", source.numel(), at.numel());
  return put_at("put_", x, flat_places("put_", x, at), reshape(source, at.shape()), accumulate, x);
}

Tensor index_copy(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source, const OptTensor& out) {
  const int64_t d = normalized_dim("index_copy", dim, x.dim());
  check_same_dtype("index_copy", "source", source, "input", x);
  common_device("index_copy", {x, index, source});
  const Places at = at_positions("index_copy", x, d, index);
  const Dims shape = at.result_shape(x);
  check<ShapeError>(source.shape() == shape || (x.dim() == 0 && source.numel() == 1),
                    "index_copy: source must have shape {}: that of input, with as many entries in dimension {} as index. Got {}.", shape, d, source.shape());
  return put_at("index_copy", x, at, source.shape() == shape ? source : reshape(source, shape), false, out);
}

Tensor index_fill(const Tensor& x, int64_t dim, const Tensor& index, const Operand& value, const OptTensor& out) {
  const int64_t d = normalized_dim("index_fill", dim, x.dim());
  check<ShapeError>(value.dim() == 0, "index_fill: value must be a number or a 0-d tensor. Got shape {}.", value.shape());
  common_device("index_fill", {x, index, value});
  const Places at = at_positions("index_fill", x, d, index);
  const Tensor filling = value.is_number() ? filled({}, host_scalar(value, "index_fill"), x.dtype(), x.device()) : to(value, {}, x.dtype());
  return put_at("index_fill", x, at, filling, false, out);
}

Tensor nonzero(const Tensor& x, const OptTensor& destination) {
  const Tensor mask = as_contiguous(as_dtype(x, DType::boolean));
  const auto [starts, count] = counted(mask, "nonzero");
  const Tensor flat = empty({count}, DType::int64, x.device()), out = empty({x.dim(), count}, DType::int64, x.device());
  if (out.numel() > 0) {
    run(kernels::find_true, flat, mask, starts);
    run(kernels::coordinates, out, flat, mask);
  }
  const int64_t order[] = {1, 0};  // the strides are PyTorch's
  return written_to("nonzero", destination, {}, permuted(out, order));
}

Tensor masked_select(const Tensor& x, const Tensor& mask, const OptTensor& out) {
  check_dtype("masked_select", "mask", mask, DType::boolean);
  common_device("masked_select", {x, mask});
  const Dims shape = broadcast_shape("masked_select", x.shape(), mask.shape());
  const Tensor all = x.shape() == shape ? x : expand(x, shape);
  return taken("masked_select", all, flat_places("masked_select", all, positions(mask.shape() == shape ? mask : expand(mask, shape), "masked_select")), out);
}

Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& source, const OptTensor& out) {
  check_dtype("masked_scatter", "mask", mask, DType::boolean);
  check_same_dtype("masked_scatter", "source", source, "input", x);
  common_device("masked_scatter", {x, mask, source});
  const Dims shape = broadcast_shape("masked_scatter", x.shape(), mask.shape());
  check<ShapeError>(!out.defined() || x.shape() == shape, "masked_scatter_: mask of shape {} does not broadcast to the tensor of shape {}.", mask.shape(), x.shape());
  const Tensor all = x.shape() == shape ? x : expand(x, shape);
  Places at = flat_places("masked_scatter", all, positions(mask.shape() == shape ? mask : expand(mask, shape), "masked_scatter"));
  at.distinct = true;
  const int64_t count = at.rows.numel();
  check<ShapeError>(source.numel() >= count, "masked_scatter: source has {} elements but mask is true at {} places.", source.numel(), count);
  return put_at("masked_scatter", all, at, narrow(reshape(source, {-1}), 0, 0, count), false, out);
}

Tensor take_along_dim(const Tensor& x, const Tensor& indices, std::optional<int64_t> dim, const OptTensor& out) {
  if (!dim) return gather(reshape(x, {-1}), 0, reshape(indices, {-1}), out);
  check<ShapeError>(x.dim() == indices.dim(), "take_along_dim: input and indices must have as many dimensions. Got shapes {} and {}.", x.shape(), indices.shape());
  const int64_t d = normalized_dim("take_along_dim", *dim, x.dim());
  if (x.dim() == 0) return gather(x, 0, indices, out);
  Dims a = x.shape(), b = indices.shape();
  a[d] = b[d] = 1;
  Dims shape = broadcast_shape("take_along_dim", a, b), own = shape, theirs = shape;
  own[d] = x.size(d);
  theirs[d] = indices.size(d);
  return gather(expand(x, own), d, expand(indices, theirs), out);
}

Tensor fill_diagonal_(const Tensor& x, Scalar value, bool wrap) {
  check<ShapeError>(x.dim() >= 2, "fill_diagonal_: the tensor must have at least 2 dimensions. Got shape {}.", x.shape());
  int64_t n = x.size(0), step = 0;
  for (int64_t d = 0; d < x.dim(); ++d) {
    check<ShapeError>(x.dim() == 2 || x.size(d) == x.size(0), "fill_diagonal_: all dimensions must have one size where there are more than 2. Got shape {}.", x.shape());
    n = x.size(d) < n ? x.size(d) : n;
    step += x.stride(d);
  }
  check_in_place("fill_diagonal_", x, recording({x}));
  fill_(as_strided(x, {n}, {step}, x.offset()), Operand(value));
  const int64_t columns = x.size(1);
  if (wrap && x.dim() == 2 && x.size(0) > columns + 1)  // each further diagonal begins one row after the end of the last
    for (int64_t row = columns + 1; row < x.size(0); row += columns + 1)
      fill_(as_strided(x, {x.size(0) - row < columns ? x.size(0) - row : columns}, {step}, x.offset() + row * x.stride(0)), Operand(value));
  return x;
}

}  // namespace dlx::ops
