#include "ops/reduce.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/elementwise.h"
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

// A tensor whose runs of neighbouring dimensions are to be reduced, from the last.
struct Runs {
  Tensor x;  // contiguous
  Dims shape;
  std::vector<std::pair<int64_t, int64_t>> runs;  // [first, last] dimension

  Runs(const Tensor& input, const Reduction& r) {
    // Dimensions in memory's order where that makes the tensor contiguous without a copy and leaves those that are kept in theirs (all of a
    // transposed tensor, the pixels of NHWC images).
    std::vector<int64_t> order(static_cast<size_t>(input.dim()));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return input.stride(a) > input.stride(b); });
    int64_t last_kept = -1;
    bool in_place = input.numel() > 0 && !input.is_contiguous() && is_dense(input.shape(), input.strides());
    for (const int64_t d : order)
      if (!r.reduced[static_cast<size_t>(d)] && input.size(d) != 1) in_place = in_place && d > last_kept, last_kept = d;
    if (!in_place) std::iota(order.begin(), order.end(), 0);
    x = in_place ? permuted(input, order) : as_contiguous(input);
    shape = x.shape();
    for (int64_t d = shape.size() - 1; d >= 0; --d) {
      if (!r.reduced[static_cast<size_t>(order[static_cast<size_t>(d)])]) continue;
      if (!runs.empty() && runs.back().first == d + 1) runs.back().first = d;
      else runs.emplace_back(d, d);
    }
    if (runs.empty()) runs.emplace_back(0, -1);  // nothing to reduce: n = 1
  }
  // x as (outer, n, inner) around a run.
  Dims around(std::pair<int64_t, int64_t> run) const {
    const auto [first, last] = run;
    if (last < first) return {x.numel(), 1, 1};
    int64_t outer = 1, n = 1, inner = 1;
    for (int64_t d = 0; d < shape.size(); ++d) (d < first ? outer : d <= last ? n : inner) *= shape[d];
    return {outer, n, inner};
  }
};

// All that is reduced as one run, for what cannot be taken run by run: with those dimensions last in a copy, where they are several runs.
Tensor as_one_run(const Tensor& input, const Reduction& r) {
  const Runs runs(input, r);
  if (runs.runs.size() == 1) return reshaped(runs.x, runs.around(runs.runs[0]));
  std::vector<int64_t> order;
  for (const bool reduced : {false, true})
    for (int64_t d = 0; d < input.dim(); ++d)
      if (r.reduced[static_cast<size_t>(d)] == reduced) order.push_back(d);
  return reshaped(as_contiguous(permuted(input, order)), {input.numel() / std::max<int64_t>(r.count, 1), r.count, 1});
}

// Reduces x over the plan's dimensions run by run, the first by `kernel` and the others by `others`; between runs values stay in `between`.
void reduce_runs(const ReduceKernel& kernel, const ReduceKernel& others, const Tensor& out, const Tensor& input, const Reduction& r, DType between) {
  auto [x, shape, runs] = Runs(input, r);
  for (size_t i = 0; i < runs.size(); ++i) {
    const auto [first, last] = runs[i];
    int64_t outer = 1, n = 1, inner = 1;
    for (int64_t d = 0; d < shape.size(); ++d) (d < first ? outer : d <= last ? n : inner) *= shape[d];
    if (last < first) inner = 1, outer = x.numel();
    for (int64_t d = first; d <= last; ++d) shape[d] = 1;
    const bool final_run = i + 1 == runs.size();
    const Tensor to = final_run ? reshaped(out, {outer, inner}) : empty({outer, inner}, between, x.device());
    if (to.numel() > 0) run(i == 0 ? kernel : others, to, reshaped(x, {outer, n, inner}));
    x = to;
  }
}
void reduce_runs(const ReduceKernel& kernel, const Tensor& out, const Tensor& input, const Reduction& r, DType between) {
  reduce_runs(kernel, kernel, out, input, r, between);
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
  return result.with_gradient([sx, r](const Tensor& g, const Tensor& y) {
    const Tensor x = sx.get();
    const Runs runs(x, r);
    if (!thread_state.grad_enabled && x.device() == kCpu && x.is_contiguous() && x.numel() > 0 && runs.runs.size() == 1) {
      const Dims rows = runs.around(runs.runs[0]), each{rows[0], rows[2]};
      Tensor out = empty(x.shape(), x.dtype(), x.device());
      run(kernels::extreme_backward, reshaped(out, rows), reshaped(as_contiguous(g), each), reshaped(x, rows), reshaped(as_contiguous(y), each));
      return out;
    }
    const Tensor ties = to(eq(x, reshape(y, r.kept)), {}, x.dtype());  // shared equally, as PyTorch does
    Dims over;
    for (int64_t d = 0; d < x.dim(); ++d)
      if (r.kept[d] != x.size(d)) over.push_back(d);
    const Tensor count = over.empty() ? ties : sum(ties, over, true, {});
    return mul(div(ties, count), reshape(g, r.kept));
  });
}

std::pair<Tensor, Tensor> extreme_dim(const char* op, const ExtremeKernel& kernel, const Tensor& x, int64_t dim, bool keepdim, const OptTensor& values_out,
                                      const OptTensor& indices_out) {
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
  return {written_to(op, values_out, {x}, values), written_to(op, indices_out, {}, indices)};
}

Tensor extreme_index(const char* op, const ExtremeKernel& kernel, const Tensor& x, std::optional<int64_t> dim, bool keepdim, const OptTensor& out) {
  const Tensor flat = dim ? x : reshaped(as_contiguous(x), {x.numel()});
  const int64_t d = dim ? normalized_dim(op, *dim, x.dim()) : 0;
  const Reduction r = dim ? plan(op, x, Dims{d}, keepdim) : plan(op, x, {}, keepdim);
  check_not_empty(op, x, r);
  const Dims rows = around(flat, d);
  Tensor indices = empty(r.shape, DType::int64, x.device());
  if (indices.numel() > 0) run(kernel, Tensor(), reshaped(indices, {rows[0], rows[2]}), reshaped(as_contiguous(flat), rows));
  return written_to(op, out, {}, indices);
}

Tensor truth(const ReduceKernel& kernel, const Tensor& x, const std::optional<Dims>& dims, bool keepdim, const OptTensor& out) {
  const Reduction r = plan(kernel.name(), x, dims, keepdim);
  const DType natural = x.dtype() == DType::uint8 ? DType::uint8 : DType::boolean;
  const Result result(kernel.name(), out, {x}, r.shape, natural, x.device());
  check<RuntimeError>(!out.defined() || overlap_of(out, x) == Overlap::none, "{}: out shares memory with input. Use the result instead.", kernel.name());
  reduce_into(kernel, result, x, r, natural, DType::boolean);
  return result;
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
std::pair<Tensor, Tensor> max_dim(const Tensor& x, int64_t dim, bool keepdim, const OptTensor& values, const OptTensor& indices) {
  return extreme_dim("max", kernels::max_index, x, dim, keepdim, values, indices);
}
std::pair<Tensor, Tensor> min_dim(const Tensor& x, int64_t dim, bool keepdim, const OptTensor& values, const OptTensor& indices) {
  return extreme_dim("min", kernels::min_index, x, dim, keepdim, values, indices);
}
Tensor argmax(const Tensor& x, std::optional<int64_t> dim, bool keepdim, const OptTensor& out) {
  return extreme_index("argmax", kernels::max_index, x, dim, keepdim, out);
}
Tensor argmin(const Tensor& x, std::optional<int64_t> dim, bool keepdim, const OptTensor& out) {
  return extreme_index("argmin", kernels::min_index, x, dim, keepdim, out);
}
Tensor all(const Tensor& x, const std::optional<Dims>& dims, bool keepdim, const OptTensor& out) { return truth(kernels::all, x, dims, keepdim, out); }
Tensor any(const Tensor& x, const std::optional<Dims>& dims, bool keepdim, const OptTensor& out) { return truth(kernels::any, x, dims, keepdim, out); }

// --- products ------------------------------------------------------------------------------------------------------

namespace {
// For each element along d: g (of size 1 there) times the product of the others. By a tree of products, so without a division:
// right where elements are zero, and so are its own derivatives.
Tensor times_others(const Tensor& x, const Tensor& g, int64_t d) {
  const int64_t n = x.size(d), half = n / 2;
  if (n == 0) return mul(x, g);
  if (n == 1) return g;
  const Tensor a = narrow(x, d, 0, half), b = narrow(x, d, half, half);
  const bool odd = n % 2 != 0;
  const Tensor pairs = mul(a, b);
  const Tensor gs = times_others(odd ? cat({pairs, narrow(x, d, n - 1, 1)}, d, {}) : pairs, g, d);
  const Tensor of_pairs = odd ? narrow(gs, d, 0, half) : gs;
  std::vector<Tensor> parts{mul(of_pairs, b), mul(of_pairs, a)};
  if (odd) parts.push_back(narrow(gs, d, half, 1));
  return cat(parts, d, {});
}
}  // namespace

Tensor prod(const Tensor& x, std::optional<int64_t> dim, bool keepdim, std::optional<DType> dtype, const OptTensor& out) {
  const std::optional<Dims> dims = dim ? std::optional(Dims{*dim}) : std::nullopt;
  const Reduction r = plan("prod", x, dims, keepdim);
  const DType natural = dtype ? *dtype : is_floating(x.dtype()) ? x.dtype() : DType::int64;
  const Tensor from = as_dtype(x, natural);
  const Result result("prod", out, {x}, r.shape, natural, x.device());
  const Saved sx = result.save(x);
  reduce_into(kernels::prod, result, from, r, natural, sum_dtype(natural));
  return result.with_gradient([sx, dim, natural](const Tensor& g) {
    const Tensor x = to(sx.get(), {}, natural);
    const Dims flat{x.numel()};
    const int64_t d = dim && x.dim() > 0 ? normalized_dim("prod", *dim, x.dim()) : 0;
    Dims kept = dim && x.dim() > 0 ? x.shape() : flat;
    kept[d] = 1;
    return reshape(times_others(dim && x.dim() > 0 ? x : reshape(x, flat), reshape(g, kept), d), x.shape());
  });
}

// --- variance ------------------------------------------------------------------------------------------------------

namespace {
// The variance of x, or its root, into `result`; the mean, of the kept shape, if it is wanted.
Tensor variance(const Result& result, const Tensor& x, const Reduction& r, double correction, bool root) {
  const Tensor& out = result.tensor();
  if (out.numel() == 0) return {};
  if (r.count == 0) {
    copy_untracked(out, filled(r.shape, Scalar(static_cast<double>(NAN)), x.dtype(), x.device()));
    return {};
  }
  const bool direct = out.is_contiguous() && out.dtype() == x.dtype();
  const Tensor there = direct ? out : empty(r.shape, x.dtype(), x.device());
  const Tensor mean = result.recording() ? empty(r.kept, sum_dtype(x.dtype()), x.device()) : Tensor();
  const Tensor rows = as_one_run(x, r);
  const Dims flat{rows.size(0), rows.size(2)};
  run(kernels::variance, reshaped(there, flat), mean.defined() ? reshaped(mean, flat) : Tensor(), rows,
      std::max(static_cast<double>(r.count) - correction, 0.0), root);
  if (!direct) copy_untracked(out, there);
  return mean;
}
// The gradient of the variance: 2 g (x - mean) / (n - correction), g of the kept shape.
// known_mean: what the forward pass found.
Tensor variance_gradient(const Tensor& x, const Tensor& known_mean, const Tensor& g, const std::optional<Dims>& dims, double n, double correction) {
  if (!thread_state.grad_enabled && known_mean.defined()) {
    const Tensor scale = mul(g, number(2 / (n - correction)));
    const Result out = elementwise_result("var", {}, {x, known_mean, scale}, x.dtype());
    run(kernels::scaled_difference, out, x, known_mean, scale, compute_dtype(x.dtype()));
    return out;
  }
  const Tensor wide = to(x, {}, sum_dtype(x.dtype()));
  return mul(mul(sub(wide, mean(wide, dims, true, {})), g), number(2 / (n - correction)));
}
}  // namespace

Tensor var(const Tensor& x, const std::optional<Dims>& dims, double correction, bool keepdim, const OptTensor& out) {
  check_floating("var", "input", x);
  const Reduction r = plan("var", x, dims, keepdim);
  const Result result("var", out, {x}, r.shape, x.dtype(), x.device());
  const Saved sx = result.save(x);
  const Tensor mean = variance(result, x, r, correction, false);
  return result.with_gradient([sx, mean, dims, kept = r.kept, n = static_cast<double>(r.count), correction](const Tensor& g) {
    return variance_gradient(sx.get(), mean, reshape(g, kept), dims, n, correction);
  });
}

Tensor standard_deviation(const Tensor& x, const std::optional<Dims>& dims, double correction, bool keepdim, const OptTensor& out) {
  check_floating("std", "input", x);
  const Reduction r = plan("std", x, dims, keepdim);
  const Result result("std", out, {x}, r.shape, x.dtype(), x.device());
  const Saved sx = result.save(x);
  const Tensor mean = variance(result, x, r, correction, true);
  return result.with_gradient([sx, mean, dims, kept = r.kept, n = static_cast<double>(r.count), correction](const Tensor& g, const Tensor& y) {
    const Tensor none = eq(y, number(0));  // equal values: the gradient is 0 there, as in PyTorch
    const Tensor half = where(none, number(0), div(g, mul(where(none, number(1), y), number(2))));
    return variance_gradient(sx.get(), mean, reshape(half, kept), dims, n, correction);
  });
}

// --- logarithms and norms ------------------------------------------------------------------------------------------

Tensor logsumexp(const Tensor& x, const std::optional<Dims>& dims, bool keepdim, const OptTensor& out) {
  const Reduction r = plan("logsumexp", x, dims, keepdim);
  const DType natural = as_floating(x.dtype());
  const Result result("logsumexp", out, {x}, r.shape, natural, x.device());
  const Saved sx = result.save(x);
  if (r.count == 0) {
    copy_untracked(result, filled(r.shape, Scalar(-static_cast<double>(INFINITY)), natural, x.device()));
  } else {
    const Tensor rows = as_one_run(as_dtype(x, natural), r);
    const bool direct = result.tensor().is_contiguous() && result.tensor().dtype() == natural;
    const Tensor there = direct ? result.tensor() : empty(r.shape, natural, x.device());
    if (there.numel() > 0) run(kernels::logsumexp, reshaped(there, {rows.size(0), rows.size(2)}), rows);
    if (!direct) copy_untracked(result, there);
  }
  return result.with_gradient([sx, kept = r.kept, natural](const Tensor& g_in, const Tensor& y_in) {
    const Tensor x = to(sx.get(), {}, natural), g = reshape(g_in, kept), y = reshape(y_in, kept);
    if (thread_state.grad_enabled || x.numel() == 0) return mul(g, exp(sub(x, y)));
    const Result out = elementwise_result("logsumexp", {}, {x, y, g}, natural);
    run(kernels::scaled_exp_difference, out, x, y, g, compute_dtype(natural));
    return out.tensor();
  });
}

namespace {
// (sum |x|^p)^(1/p) of a tensor of natural dtype, p neither 0 nor infinite.
Tensor power_norm(const char* op, const Tensor& x, double p, const Reduction& r, const std::optional<Dims>& dims) {
  Tensor y;
  {
    const GradMode untracked(false);
    Tensor total;
    if (p == 2) {
      total = empty(r.kept, sum_dtype(x.dtype()), x.device());
      reduce_runs(kernels::sum_of_squares, kernels::sum, total, x, r, total.dtype());
    } else {
      total = sum(pow(abs(as_dtype(x, compute_dtype(x.dtype()))), number(p)), dims, true, {});
    }
    y = reshaped(as_contiguous(as_dtype(p == 2 ? sqrt(total) : pow(total, number(1 / p)), x.dtype())), r.kept);
  }
  return with_gradient(op, y, {x}, [x = save(x), p](const Tensor& g, const Tensor& y) {
    const Tensor from = x.get(), none = eq(y, number(0));  // at 0 the subgradient 0
    const Tensor safe = where(none, number(1), y);
    const Tensor scale = where(none, number(0), div(g, p == 2 ? safe : pow(safe, number(p - 1))));
    if (p == 2) return mul(from, scale);
    const Tensor zero = eq(from, number(0));
    return mul(where(zero, number(0), mul(from, pow(abs(where(zero, number(1), from)), number(p - 2)))), scale);
  });
}
}  // namespace

Tensor vector_norm(const Tensor& input, double p, const std::optional<Dims>& dims, bool keepdim, std::optional<DType> dtype, const OptTensor& out) {
  const DType natural = dtype.value_or(input.dtype());
  check<DtypeError>(is_floating(natural), "norm: input must be floating point. Got {}; pass dtype=dlx.float32 or convert it.", input.dtype());
  const Reduction r = plan("norm", input, dims, keepdim);
  const Tensor x = to(input, {}, natural);
  Tensor y;
  if (p == static_cast<double>(INFINITY) || p == -static_cast<double>(INFINITY)) {
    check<RuntimeError>(r.count > 0, "norm: the norm with p={} of no elements does not exist. Got shape {}.", p, input.shape());
    y = p > 0 ? amax(abs(x), dims, true) : amin(abs(x), dims, true);
  } else if (p == 0) {
    y = to(sum(ne(x, number(0)), dims, true, {}), {}, natural);
    y = recording({x}) ? add(y, mul(sum(x, dims, true, {}), number(0))) : y;  // a gradient of zeros
  } else if (p == 1) {
    y = sum(abs(x), dims, true, {});
  } else {
    check<RuntimeError>(p > 0 || r.count > 0, "norm: the norm with p={} of no elements does not exist. Got shape {}.", p, input.shape());
    y = power_norm("norm", x, p, r, dims);
  }
  return written_to("norm", out, {input}, reshape(y, r.shape));
}

// --- what is not zero, what is not nan -----------------------------------------------------------------------------

Tensor count_nonzero(const Tensor& x, const std::optional<Dims>& dims) { return sum(ne(x, number(0)), dims, false, {}); }

Tensor nansum(const Tensor& x, const std::optional<Dims>& dims, bool keepdim, std::optional<DType> dtype, const OptTensor& out) {
  if (!is_floating(x.dtype())) return sum(x, dims, keepdim, dtype, out);
  return written_to("nansum", out, {x}, sum(where(ne(x, x), number(0), x), dims, keepdim, dtype));
}
Tensor nanmean(const Tensor& x, const std::optional<Dims>& dims, bool keepdim, std::optional<DType> dtype, const OptTensor& out) {
  check<DtypeError>(is_floating(dtype.value_or(x.dtype())), "nanmean: input must be floating point. Got {}; pass dtype=dlx.float32 or convert it.", x.dtype());
  const Tensor total = nansum(x, dims, keepdim, dtype);
  return written_to("nanmean", out, {x}, div(total, sum(eq(x, x), dims, keepdim, {})));
}

}  // namespace dlx::ops
