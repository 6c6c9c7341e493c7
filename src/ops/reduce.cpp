#include "ops/reduce.h"

#include "kernels/reduce.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/index.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

using ReduceKernel = Kernel<void(Out, const Tensor&)>;
using ExtremeKernel = Kernel<void(Out, Out, const Tensor&)>;

struct Reduction {
  std::array<bool, kMaxDims> reduced{};
  Dims kept;       // with 1 where reduced
  Dims shape;      // of the result
  int64_t count = 1;
};

Reduction plan(const char* op, const Tensor& x, const std::optional<Dims>& dims, bool keepdim) {
  Reduction r;
  const bool everything = !dims || dims->empty();  // PyTorch: an empty list means all
  if (everything) {
    for (int64_t d = 0; d < x.dim(); ++d) r.reduced[static_cast<size_t>(d)] = true;
  } else {
    for (const int64_t dim : *dims) {
      const int64_t d = normalized_dim(op, dim, x.dim());
      check<ValueError>(!r.reduced[static_cast<size_t>(d)] || x.dim() == 0, "{}: dim {} stands in the list twice. Got {}.", op, d, *dims);
      r.reduced[static_cast<size_t>(d)] = true;
    }
  }
  r.kept = x.shape();
  for (int64_t d = 0; d < x.dim(); ++d) {
    if (r.reduced[static_cast<size_t>(d)]) {
      r.count *= x.size(d);
      r.kept[d] = 1;
    }
    if (!r.reduced[static_cast<size_t>(d)] || keepdim) r.shape.push_back(r.kept[d]);
  }
  return r;
}

// Reduces x over the plan's dimensions, one run of neighbours at a time from the last; between runs values stay in `between`.
void reduce_runs(const ReduceKernel& kernel, const Tensor& out, const Tensor& input, const Reduction& r, DType between) {
  // All of a dense tensor: in memory's order, without a copy.
  const bool all_dense = r.count == input.numel() && !input.is_contiguous() && is_dense(input.shape(), input.strides());
  Tensor x = all_dense ? alias(input, Dims{input.numel()}, Dims{1}, input.offset()) : as_contiguous(input);
  Dims shape = all_dense ? Dims{input.numel()} : input.shape();
  std::vector<std::pair<int64_t, int64_t>> runs;  // [first, last] dimension
  for (int64_t d = shape.size() - 1; d >= 0; --d) {
    if (!all_dense && !r.reduced[static_cast<size_t>(d)]) continue;
    if (!runs.empty() && runs.back().first == d + 1) runs.back().first = d;
    else runs.emplace_back(d, d);
  }
  if (runs.empty()) runs.emplace_back(0, -1);  // nothing to reduce: n = 1
  for (size_t i = 0; i < runs.size(); ++i) {
    const auto [first, last] = runs[i];
    int64_t outer = 1, n = 1, inner = 1;
    for (int64_t d = 0; d < shape.size(); ++d) (d < first ? outer : d <= last ? n : inner) *= shape[d];
    if (last < first) inner = 1, outer = x.numel();
    for (int64_t d = first; d <= last; ++d) shape[d] = 1;
    const bool final_run = i + 1 == runs.size();
    const Tensor to = final_run ? reshaped(out, {outer, inner}) : empty({outer, inner}, between, x.device());
    if (to.numel() > 0) run(kernel, to, reshaped(x, {outer, n, inner}));
    x = to;
  }
}

// Runs a reduction into a contiguous tensor of the plan's shape, copied to the destination where that is not one.
void reduce_into(const ReduceKernel& kernel, const Result& result, const Tensor& x, const Reduction& r, DType natural, DType between) {
  const Tensor& out = result.tensor();
  if (out.is_contiguous() && out.dtype() == natural) return reduce_runs(kernel, out, x, r, between);
  Tensor there = empty(r.shape, natural, x.device());
  reduce_runs(kernel, there, x, r, between);
  copy_untracked(out, there);
}

// The gradient of a sum: g in each element's place.
Tensor spread_over(const Tensor& g, const Dims& kept, const Dims& shape) { return expand(reshape(g, kept), shape); }

void check_not_empty(const char* op, const Tensor& x, const Reduction& r) {
  check<IndexError>(r.count > 0, "{}: there is no extreme element among none. Got shape {}.", op, x.shape());
}

Tensor extreme(const char* op, const ReduceKernel& kernel, const Tensor& x, const std::optional<Dims>& dims, bool keepdim, const OptTensor& out) {
  const Reduction r = plan(op, x, dims, keepdim);
  check_not_empty(op, x, r);
  const Result result(op, out, {x}, r.shape, x.dtype(), x.device());
  const Saved sx = result.save(x);
  reduce_into(kernel, result, x, r, x.dtype(), x.dtype());
  return result.with_gradient([sx, kept = r.kept](const Tensor& g, const Tensor& y) {
    const Tensor x = sx.get();
    const Tensor ties = to(eq(x, reshape(y, kept)), {}, x.dtype());  // shared equally, as PyTorch does
    Dims over;
    for (int64_t d = 0; d < x.dim(); ++d)
      if (kept[d] != x.size(d)) over.push_back(d);
    const Tensor count = over.empty() ? ties : sum(ties, over, true, {});
    return mul(div(ties, count), reshape(g, kept));
  });
}

std::pair<Tensor, Tensor> extreme_dim(const char* op, const ExtremeKernel& kernel, const Tensor& x, int64_t dim, bool keepdim) {
  const int64_t d = normalized_dim(op, dim, x.dim());
  const Reduction r = plan(op, x, Dims{d}, keepdim);
  check_not_empty(op, x, r);
  const Dims rows = around(x, d);
  Tensor values = empty(r.shape, x.dtype(), x.device()), indices = empty(r.shape, DType::int64, x.device());
  if (values.numel() > 0)
    run(kernel, reshaped(values, {rows[0], rows[2]}), reshaped(indices, {rows[0], rows[2]}), reshaped(as_contiguous(x), rows));
  const Tensor outs[] = {values, indices};
  with_gradients(op, outs, {x}, [at = recording({x}) ? save(indices) : Saved(), kept = r.kept, shape = x.shape(), d](std::span<const Tensor> g, Needs) -> Gradients {
    if (shape.empty()) return g[0];
    const Tensor zero = zeros(shape, g[0].dtype(), g[0].device());
    return scatter_add(zero, d, reshape(at.get(), kept), reshape(g[0], kept));
  });
  return {values, indices};
}

Tensor extreme_index(const char* op, const ExtremeKernel& kernel, const Tensor& x, std::optional<int64_t> dim, bool keepdim) {
  const Tensor flat = dim ? x : reshaped(as_contiguous(x), {x.numel()});
  const int64_t d = dim ? normalized_dim(op, *dim, x.dim()) : 0;
  const Reduction r = dim ? plan(op, x, Dims{d}, keepdim) : plan(op, x, {}, keepdim);
  check_not_empty(op, x, r);
  const Dims rows = around(flat, d);
  Tensor indices = empty(r.shape, DType::int64, x.device());
  if (indices.numel() > 0) run(kernel, Tensor(), reshaped(indices, {rows[0], rows[2]}), reshaped(as_contiguous(flat), rows));
  return indices;
}

Tensor truth(const ReduceKernel& kernel, const Tensor& x, const std::optional<Dims>& dims, bool keepdim) {
  const Reduction r = plan(kernel.name(), x, dims, keepdim);
  Tensor out = empty(r.shape, DType::boolean, x.device());
  reduce_runs(kernel, out, x, r, DType::boolean);
  return out;
}

}  // namespace

Tensor sum(const Tensor& x, const std::optional<Dims>& dims, bool keepdim, std::optional<DType> dtype, const OptTensor& out) {
  const Reduction r = plan("sum", x, dims, keepdim);
  const DType natural = dtype ? *dtype : is_floating(x.dtype()) ? x.dtype() : DType::int64;
  // Asked for another kind or a wider float, the elements are converted before they are added.
  const bool convert = kind_of(natural) != kind_of(x.dtype()) ? is_floating(natural) != is_floating(x.dtype()) : natural == DType::float64;
  const Tensor from = convert ? as_dtype(x, natural) : x;
  const Result result("sum", out, {x}, r.shape, natural, x.device());
  reduce_into(kernels::sum, result, from, r, natural, sum_dtype(from.dtype()));
  return result.with_gradient([kept = r.kept, shape = x.shape()](const Tensor& g) { return spread_over(g, kept, shape); });
}

Tensor mean(const Tensor& x, const std::optional<Dims>& dims, bool keepdim, std::optional<DType> dtype, const OptTensor& out) {
  const DType natural = dtype.value_or(x.dtype());
  check<DtypeError>(is_floating(natural), "mean: input must be floating point. Got {}; pass dtype=dlx.float32 or convert it.", x.dtype());
  const Tensor from = as_dtype(x, natural);
  const Reduction r = plan("mean", x, dims, keepdim);
  const Result result("mean", out, {x}, r.shape, natural, x.device());
  int runs = 0;
  for (int64_t d = 0; d < x.dim(); ++d) runs += r.reduced[static_cast<size_t>(d)] && (d == 0 || !r.reduced[static_cast<size_t>(d - 1)]);
  if (runs <= 1) {
    reduce_into(kernels::mean, result, from, r, natural, natural);
  } else {  // a mean of means would divide more than once
    const DType wide = sum_dtype(natural);
    Tensor total = empty(r.shape, wide, x.device());
    reduce_runs(kernels::sum, total, from, r, wide);
    const GradMode untracked(false);
    copy_untracked(result.tensor(), div(total, number(static_cast<double>(r.count))));
  }
  return result.with_gradient([kept = r.kept, shape = x.shape(), n = r.count](const Tensor& g) {
    return spread_over(div(g, number(static_cast<double>(std::max<int64_t>(n, 1)))), kept, shape);
  });
}

Tensor amax(const Tensor& x, const std::optional<Dims>& dims, bool keepdim, const OptTensor& out) {
  return extreme("amax", kernels::amax, x, dims, keepdim, out);
}
Tensor amin(const Tensor& x, const std::optional<Dims>& dims, bool keepdim, const OptTensor& out) {
  return extreme("amin", kernels::amin, x, dims, keepdim, out);
}
std::pair<Tensor, Tensor> max_dim(const Tensor& x, int64_t dim, bool keepdim) { return extreme_dim("max", kernels::max_index, x, dim, keepdim); }
std::pair<Tensor, Tensor> min_dim(const Tensor& x, int64_t dim, bool keepdim) { return extreme_dim("min", kernels::min_index, x, dim, keepdim); }
Tensor argmax(const Tensor& x, std::optional<int64_t> dim, bool keepdim) { return extreme_index("argmax", kernels::max_index, x, dim, keepdim); }
Tensor argmin(const Tensor& x, std::optional<int64_t> dim, bool keepdim) { return extreme_index("argmin", kernels::min_index, x, dim, keepdim); }
Tensor all(const Tensor& x, const std::optional<Dims>& dims, bool keepdim) { return truth(kernels::all, x, dims, keepdim); }
Tensor any(const Tensor& x, const std::optional<Dims>& dims, bool keepdim) { return truth(kernels::any, x, dims, keepdim); }

}  // namespace dlx::ops
