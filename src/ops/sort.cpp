#include "ops/sort.h"

#include <algorithm>

#include "kernels/sort.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/index.h"
#include "ops/reduce.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

using Pair = std::pair<Tensor, Tensor>;

// Dimension d last (or, `back`, the last one at d): a view that no graph knows.
Tensor moved(const Tensor& x, int64_t d, bool back) {
  if (x.dim() == 0 || d == x.dim() - 1) return x;
  Dims order;
  for (int64_t i = 0; i < x.dim(); ++i)
    if (i != (back ? x.dim() - 1 : d)) order.push_back(i);
  order.insert(back ? d : x.dim() - 1, back ? x.dim() - 1 : d);
  return permuted(x, order);
}
// (rows, n) of x along d.
Tensor rows_along(const Tensor& x, int64_t d) {
  const int64_t n = x.dim() == 0 ? 1 : x.size(d);
  return reshaped(as_contiguous(moved(x, d, false)), {n == 0 ? 0 : x.numel() / n, n});
}
// Rows of x's, now `count` long, in x's order of dimensions.
Tensor from_rows(const Tensor& rows, const Tensor& x, int64_t d, int64_t count) {
  if (x.dim() == 0) return reshaped(rows, {});
  Dims shape = x.shape();
  shape.erase(d);
  shape.push_back(count);
  const Tensor last = reshaped(rows, shape);
  return d == x.dim() - 1 ? last : untracked_copy(moved(last, d, true));
}

// Gives values their gradient: that of picking them by index along d (kept: the shape with d in it).
Pair picked(const char* op, const Tensor& x, int64_t d, const Dims& kept, const Tensor& values, const Tensor& indices, const OptTensor& values_out,
            const OptTensor& indices_out) {
  const Tensor outs[] = {values, indices};
  with_gradients(op, outs, {x}, [at = recording({x}) ? save(indices) : Saved(), kept, shape = x.shape(), d](std::span<const Tensor> g, Needs) -> Gradients {
    if (shape.empty()) return reshape(g[0], {});
    return scatter_sum(shape, d, reshape(at.get(), kept), reshape(g[0], kept));
  });
  return {written_to(op, values_out, {x}, values), written_to(op, indices_out, {}, indices)};
}

// An op that picks `count` elements of each row, or one without its dimension.
template <class F>
Pair pick(const char* op, const Tensor& x, int64_t d, int64_t count, bool drops, const OptTensor& values_out, const OptTensor& indices_out, F kernel_call) {
  Dims kept = x.shape();
  if (x.dim() > 0) kept[d] = count;
  Dims shape = kept;
  if (drops && x.dim() > 0) shape.erase(d);
  const Tensor rows = rows_along(x, d);
  const Dims size{x.dim() == 0 ? 1 : checked_numel(kept, op) / std::max<int64_t>(count, 1), count};
  Tensor values = empty(size, x.dtype(), x.device()), indices = empty(size, DType::int64, x.device());
  if (values.numel() > 0) kernel_call(values, indices, rows);
  values = reshaped(from_rows(values, x, d, count), shape);
  indices = reshaped(from_rows(indices, x, d, count), shape);
  return picked(op, x, d, kept, values, indices, values_out, indices_out);
}

int64_t size_along(const Tensor& x, int64_t d) { return x.dim() == 0 ? 1 : x.size(d); }

void check_some(const char* op, const Tensor& x, int64_t d) {
  check<IndexError>(size_along(x, d) > 0, "{}: dimension {} is empty, so there is nothing to choose. Got shape {}.", op, d, x.shape());
}

}  // namespace

Pair sort(const Tensor& x, int64_t dim, bool descending, const OptTensor& values, const OptTensor& indices) {
  const int64_t d = normalized_dim("sort", dim, x.dim());
  return pick("sort", x, d, size_along(x, d), false, values, indices,
              [&](const Tensor& v, const Tensor& i, const Tensor& rows) { run(kernels::sort, v, i, rows, descending); });
}
Tensor argsort(const Tensor& x, int64_t dim, bool descending, const OptTensor& out) {
  const int64_t d = normalized_dim("argsort", dim, x.dim());
  const Tensor rows = rows_along(x, d);
  Tensor indices = empty(rows.shape(), DType::int64, x.device());
  if (indices.numel() > 0) run(kernels::sort, Tensor(), indices, rows, descending);
  if (x.numel() == 0) indices = empty(x.shape(), DType::int64, x.device());
  else indices = from_rows(indices, x, d, size_along(x, d));
  return written_to("argsort", out, {}, indices);
}
Pair topk(const Tensor& x, int64_t k, int64_t dim, bool largest, const OptTensor& values, const OptTensor& indices) {
  const int64_t d = normalized_dim("topk", dim, x.dim()), n = size_along(x, d);
  check<IndexError>(k >= 0 && k <= n, "topk: k must be from 0 to {}, the size of dimension {}. Got {}.", n, d, k);
  if (x.dim() == 0 && k == 0) return topk(unsqueeze(x, 0), 0, 0, largest, values, indices);
  return pick("topk", x, d, k, false, values, indices,
              [&](const Tensor& v, const Tensor& i, const Tensor& rows) { run(kernels::topk, v, i, rows, largest); });
}
Pair kthvalue(const Tensor& x, int64_t k, int64_t dim, bool keepdim, const OptTensor& values, const OptTensor& indices) {
  const int64_t d = normalized_dim("kthvalue", dim, x.dim()), n = size_along(x, d);
  check_some("kthvalue", x, d);
  check<ValueError>(k >= 1 && k <= n, "kthvalue: k must be from 1 to {}, the size of dimension {}. Got {}.", n, d, k);
  return pick("kthvalue", x, d, 1, !keepdim, values, indices, [&](const Tensor& v, const Tensor& i, const Tensor& rows) {
    run(kernels::kthvalue, reshaped(v, {v.numel()}), reshaped(i, {i.numel()}), rows, k - 1);
  });
}
Pair median_dim(const Tensor& x, int64_t dim, bool keepdim, bool ignore_nan, const OptTensor& values, const OptTensor& indices) {
  const char* op = ignore_nan ? "nanmedian" : "median";
  const int64_t d = normalized_dim(op, dim, x.dim());
  check_some(op, x, d);
  return pick(op, x, d, 1, !keepdim, values, indices, [&](const Tensor& v, const Tensor& i, const Tensor& rows) {
    run(kernels::median, reshaped(v, {v.numel()}), reshaped(i, {i.numel()}), rows, ignore_nan);
  });
}
Tensor median(const Tensor& x, bool ignore_nan) {
  const char* op = ignore_nan ? "nanmedian" : "median";
  if (x.numel() == 0) {
    check_floating(op, "an empty input", x);
    return filled({}, Scalar(__builtin_nan("")), x.dtype(), x.device());
  }
  Tensor value = empty({}, x.dtype(), x.device());
  run(kernels::median, reshaped(value, {1}), Tensor(), reshaped(as_contiguous(x), {1, x.numel()}), ignore_nan);
  return with_gradient(op, value, {x}, [x = save(x)](const Tensor& g, const Tensor& y) {
    const Tensor from = x.get();
    const Tensor ties = to(eq(from, y), {}, from.dtype());  // shared equally, as PyTorch does
    return mul(div(ties, sum(ties, {}, false, {})), g);
  });
}
Pair mode(const Tensor& x, int64_t dim, bool keepdim, const OptTensor& values, const OptTensor& indices) {
  const int64_t d = normalized_dim("mode", dim, x.dim());
  check_some("mode", x, d);
  return pick("mode", x, d, 1, !keepdim, values, indices, [&](const Tensor& v, const Tensor& i, const Tensor& rows) {
    run(kernels::mode, reshaped(v, {v.numel()}), reshaped(i, {i.numel()}), rows);
  });
}

std::vector<Tensor> unique(const Tensor& x, std::optional<int64_t> dim, bool consecutive) {
  const char* op = consecutive ? "unique_consecutive" : "unique";
  const bool slices = dim && x.dim() > 0;
  const int64_t d = slices ? normalized_dim(op, *dim, x.dim()) : 0;
  const int64_t n = slices ? x.size(d) : x.numel();
  Tensor first_last = x;  // the slices' dimension first
  if (slices && d > 0) {
    Dims order{d};
    for (int64_t i = 0; i < x.dim(); ++i)
      if (i != d) order.push_back(i);
    first_last = permuted(x, order);
  }
  check<ShapeError>(!slices || n == 0 || x.numel() > 0, "{}: slices along dimension {} of shape {} have no elements.", op, d, x.shape());
  const Tensor rows = reshaped(as_contiguous(first_last), {n, n == 0 ? 1 : x.numel() / n});
  const auto integers = [&](const Dims& shape) { return empty(shape, DType::int64, x.device()); };
  Tensor inverse = integers({n}), first = integers({n}), counts = integers({n}), total = integers({});
  int64_t groups = 0;
  if (n > 0) {
    run(kernels::unique, inverse, first, counts, total, rows, !consecutive);
    groups = host_scalar(total, op).integer;
  }
  const GradMode untracked(false);
  const auto head = [&](const Tensor& t) { return untracked_copy(alias(t, Dims{groups}, Dims{1}, t.offset())); };
  Tensor values = index_select(rows, 0, head(first));
  if (slices) {
    Dims shape = first_last.shape();
    shape[0] = groups;
    values = reshaped(values, shape);
    if (d > 0) {
      Dims order;
      for (int64_t i = 0; i < x.dim(); ++i) order.push_back(i < d ? i + 1 : i == d ? 0 : i);
      values = untracked_copy(permuted(values, order));
    }
  } else {
    values = reshaped(values, {groups});
    inverse = reshaped(inverse, x.shape());
  }
  return {values, inverse, head(counts)};
}

Tensor searchsorted(const Tensor& sequence, const Operand& input, bool out_int32, bool right, const OptTensor& sorter, const OptTensor& out) {
  check<ShapeError>(sequence.dim() > 0, "searchsorted: sorted_sequence must have 1 dimension at least. Got shape ().");
  const bool shared = sequence.dim() == 1;
  bool fits = shared || input.dim() == sequence.dim();
  for (int64_t d = 0; fits && !shared && d + 1 < sequence.dim(); ++d) fits = input.size(d) == sequence.size(d);
  check<ShapeError>(fits, "searchsorted: sorted_sequence must have one dimension, or agree with input in all but the last. Got shapes {} and {}.",
                    sequence.shape(), input.shape());
  if (sorter.defined()) {
    check_shape("searchsorted", "sorter", sorter, sequence.shape());
    check_dtype("searchsorted", "sorter", sorter, DType::int64);
  }
  const Device device = common_device("searchsorted", {sequence, input, sorter});
  const DType dtype = input.is_number() ? result_type(sequence, input) : promote_types(sequence.dtype(), input.dtype());
  const DType places = out_int32 ? DType::int32 : DType::int64;
  const int64_t n = sequence.shape().back();
  check<ValueError>(!out_int32 || n <= INT32_MAX, "searchsorted: int32 cannot count {} elements. Leave out_int32 out.", n);
  const Tensor values = as_contiguous(as_dtype(input, dtype));
  Tensor found = empty(input.shape(), places, device);
  if (found.numel() > 0) {
    const int64_t rows = shared ? 1 : sequence.numel() / std::max<int64_t>(n, 1), m = shared ? values.numel() : values.shape().back();
    if (n == 0) copy_untracked(found, zeros(found.shape(), places, device));
    else
      run(kernels::searchsorted, reshaped(found, {found.numel() / m, m}), reshaped(as_contiguous(as_dtype(sequence, dtype)), {rows, n}),
          reshaped(values, {found.numel() / m, m}), sorter.defined() ? OptTensor(reshaped(as_contiguous(sorter), {rows, n})) : OptTensor(), right);
  }
  return written_to("searchsorted", out, {}, found);
}
Tensor bucketize(const Operand& input, const Tensor& boundaries, bool out_int32, bool right, const OptTensor& out) {
  check_dim("bucketize", "boundaries", boundaries, 1);
  return searchsorted(boundaries, input, out_int32, right, {}, out);
}

Tensor bincount(const Tensor& x, const OptTensor& weights, int64_t minlength) {
  check_dim("bincount", "input", x, 1);
  check_integer("bincount", "input", x);
  check<ValueError>(minlength >= 0, "bincount: minlength must not be negative. Got {}.", minlength);
  if (weights.defined()) check_shape("bincount", "weights", weights, x.shape());
  const GradMode untracked(false);
  int64_t bins = minlength;
  const Tensor at = to(x, {}, DType::int64);
  if (x.numel() > 0) {
    check<ValueError>(host_scalar(amin(at, {}, false), "bincount").integer >= 0, "bincount: input must not hold negative integers.");
    bins = std::max(bins, host_scalar(amax(at, {}, false), "bincount").integer + 1);
  }
  // Integers count in int64, weights of any other dtype than float32 in float64, as in PyTorch.
  const DType dtype = !weights.defined() ? DType::int64 : weights.dtype() == DType::float32 ? DType::float32 : DType::float64;
  const Tensor amount = weights.defined() ? to(weights, {}, dtype) : filled(x.shape(), Scalar(1), dtype, x.device());
  const Tensor counts = zeros({bins}, dtype, x.device());
  return x.numel() == 0 ? counts : index_add(counts, 0, at, amount);
}

Tensor quantile(const Tensor& x, const Tensor& q, std::optional<int64_t> dim, bool keepdim, int64_t interpolation, bool ignore_nan, const OptTensor& out) {
  const char* op = ignore_nan ? "nanquantile" : "quantile";
  check<DtypeError>(x.dtype() == DType::float32 || x.dtype() == DType::float64, "{}: input must be float32 or float64. Got {}.", op, x.dtype());
  check<ShapeError>(q.dim() <= 1, "{}: q must have at most 1 dimension. Got shape {}.", op, q.shape());
  check_same_dtype(op, "q", q, "input", x);
  check<ValueError>(x.numel() > 0, "{}: input must not be empty. Got shape {}.", op, x.shape());
  const int64_t d = dim ? normalized_dim(op, *dim, x.dim()) : 0;
  {
    const GradMode untracked(false);
    const Tensor inside = all(mul(to(ge(q, number(0)), {}, DType::int64), to(le(q, number(1)), {}, DType::int64)), {}, false);
    check<ValueError>(host_scalar(inside, op).to<bool>(), "{}: q must lie in [0, 1].", op);
  }
  const bool flat = !dim || x.dim() == 0;
  const Tensor line = flat ? reshape(x, {x.numel()}) : x.dim() == d + 1 ? x : transpose(unsqueeze(x, x.dim()), d, x.dim());
  const Tensor sorted = sort(line, -1, false).first;  // (..., n), a 1 where d was
  const int64_t n = line.shape().back(), count = q.numel();
  Dims places = sorted.shape();
  places[places.size() - 1] = count;
  Tensor position;  // in float64, of shape (..., count)
  const Tensor missing = to(sum(ne(sorted, sorted), Dims{-1}, true, {}), {}, DType::float64);
  {
    const GradMode untracked(false);
    const Tensor wide = to(reshape(q, {count}), {}, DType::float64);
    const Tensor last = ignore_nan ? maximum(sub(number(static_cast<double>(n - 1)), missing), number(0)) : filled({1}, Scalar(static_cast<double>(n - 1)), DType::float64, x.device());
    position = expand(mul(last, wide), places);
    // A row with a NaN is NaN: the last of the order.
    if (!ignore_nan) position = where(gt(missing, number(0)), number(static_cast<double>(n - 1)), position);
  }
  const auto at = [&](const Tensor& p) { return gather(sorted, sorted.dim() - 1, as_contiguous(to(p, {}, DType::int64))); };
  const Tensor floor = to(to(position, {}, DType::int64), {}, DType::float64);
  const Tensor fraction = sub(position, floor);
  const Tensor ceiling = where(gt(fraction, number(0)), add(floor, number(1)), floor);
  Tensor result;
  switch (interpolation) {
    case 1: result = at(floor); break;
    case 2: result = at(ceiling); break;
    case 4: {  // to the nearest, halves to the even place
      const Tensor half = eq(fraction, number(0.5)), odd = ne(sub(floor, mul(to(to(div(floor, number(2)), {}, DType::int64), {}, DType::float64), number(2))), number(0));
      result = at(where(half, add(floor, to(odd, {}, DType::float64)), where(gt(fraction, number(0.5)), ceiling, floor)));
      break;
    }
    default: {
      const Tensor low = at(floor), weight = interpolation == 3 ? mul(to(gt(fraction, number(0)), {}, DType::float64), number(0.5)) : fraction;
      result = add(low, mul(sub(at(ceiling), low), to(weight, {}, x.dtype())));
    }
  }
  // (..., count) -> (count, ...) without or with the reduced dimension.
  Dims shape;
  if (flat) {
    if (keepdim) shape = Dims(x.dim(), 1);
  } else {
    for (int64_t i = 0; i < x.dim(); ++i)
      if (i != d || keepdim) shape.push_back(i == d ? 1 : x.size(i));
  }
  Dims order{result.dim() - 1};
  for (int64_t i = 0; i + 1 < result.dim(); ++i) order.push_back(i);
  result = permute(result, order);
  if (q.dim() > 0) shape.insert(0, count);
  return written_to(op, out, {x}, reshape(result, shape));
}

}  // namespace dlx::ops
