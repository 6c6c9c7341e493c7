#include "ops/embedding.h"

#include <cmath>

#include "kernels/copy.h"
#include "kernels/embedding.h"
#include "kernels/index.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/index.h"
#include "ops/reduce.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

void check_table(const char* op, const Tensor& input, const Tensor& weight) {
  check<DtypeError>(input.dtype() == DType::int64 || input.dtype() == DType::int32, "{}: input must hold indices of dtype int64 or int32. Got {}.", op,
                    input.dtype());
  check_dim(op, "weight", weight, 2);
  common_device(op, {input, weight});
}

Tensor flat_index(const Tensor& input) { return reshaped(as_contiguous(as_dtype(input, DType::int64)), {input.numel()}); }

std::optional<int64_t> row_of(const char* op, std::optional<int64_t> padding_idx, int64_t n) {
  if (!padding_idx) return {};
  check<ValueError>(*padding_idx >= -n && *padding_idx < n, "{}: padding_idx must be in [{}, {}] for a weight of {} embeddings. Got {}.", op, -n, n - 1, n,
                    *padding_idx);
  return *padding_idx < 0 ? *padding_idx + n : *padding_idx;
}

// 1 / (how often the row of each entry is taken), of shape (count, 1).
Tensor shares(const Tensor& at, int64_t n, DType dtype) {
  const GradMode untracked(false);
  const Tensor counts = index_add(zeros({n}, DType::float64, at.device()), 0, at, filled({at.numel()}, Scalar(1), DType::float64, at.device()));
  return as_dtype(div(number(1), Operand(reshape(index_select(counts, 0, at), {at.numel(), 1}))), dtype);
}

// The gradient of weight: the rows of g added at their indices, in their order. Halves add in float32.
Tensor embedding_gradient(const Tensor& g, const Tensor& at, int64_t n, std::optional<int64_t> padding, bool by_frequency) {
  const int64_t width = g.dim() == 0 ? 1 : g.size(g.dim() - 1);
  const DType sum = is_half(g.dtype()) ? DType::float32 : g.dtype();
  Tensor rows = reshaped(as_contiguous(as_dtype(g, sum)), {at.numel(), width});
  const Tensor share = by_frequency ? shares(at, n, sum) : Tensor();
  if (by_frequency) {
    const GradMode untracked(false);
    rows = mul(rows, share);
  }
  Tensor out = zeros({n, width}, sum, g.device());
  if (rows.numel() > 0) run(kernels::put_rows, out, at, rows, true, int64_t{0}, int64_t{1});
  if (padding && width > 0) run(kernels::fill, alias(out, {width}, {1}, *padding * width), Scalar(0));
  const Saved sat = save(at);
  return with_gradient("embedding", as_dtype(out, g.dtype()), {g},
                       [sat, padding, share, shape = g.shape()](const Tensor& gg) {
    const Tensor at = sat.get();
    Tensor taken = embedding(at, gg, {}, false);
    if (share.defined()) taken = mul(taken, as_dtype(share, gg.dtype()));
    if (padding) taken = where(reshape(eq(at, Operand(Scalar(*padding))), {at.numel(), 1}), number(0), Operand(taken));
    return reshape(taken, shape);
  });
}

// The bag of each of `count` entries.
Tensor bags_of(const Tensor& starts, int64_t count, Device device) {
  const Tensor bag = empty({count}, DType::int64);
  const int64_t* first = starts.data<int64_t>();
  for (int64_t b = 0; b + 1 < starts.numel(); ++b)
    for (int64_t k = first[b]; k < first[b + 1]; ++k) bag.data<int64_t>()[k] = b;
  return to(bag, device, {});
}

}  // namespace

Tensor embedding(const Tensor& input, const Tensor& weight, std::optional<int64_t> padding_idx, bool scale_grad_by_freq) {
  check_table("embedding", input, weight);
  const int64_t n = weight.size(0), width = weight.size(1);
  const auto padding = row_of("embedding", padding_idx, n);
  const Tensor at = flat_index(input);
  Dims shape = input.shape();
  shape.push_back(width);
  Tensor out = empty(shape, weight.dtype(), weight.device());
  if (at.numel() > 0) run(kernels::embedding, reshaped(out, {at.numel(), width}), as_contiguous(weight), at);
  return with_gradient("embedding", out, {weight}, [sat = save(at), n, padding, scale_grad_by_freq](const Tensor& g) {
    return embedding_gradient(g, sat.get(), n, padding, scale_grad_by_freq);
  });
}

void embedding_renorm_(const Tensor& weight, const Tensor& input, double max_norm, double norm_type) {
  check_table("embedding", input, weight);
  check_floating("embedding", "weight", weight);
  check<ValueError>(norm_type > 0, "embedding: norm_type must be above 0. Got {}.", norm_type);
  const GradMode untracked(false);
  const Tensor at = flat_index(input);
  if (at.numel() == 0 || weight.size(1) == 0) return;
  const Tensor rows = embedding(at, weight, {}, false);
  const Tensor size = abs(as_dtype(rows, compute_dtype(weight.dtype())));
  const Tensor norm = std::isinf(norm_type) ? amax(size, Dims{1}, true)
                                            : pow(sum(pow(size, number(norm_type)), Dims{1}, true, std::nullopt), number(1 / norm_type));
  // 1e-7 keeps the norm below max_norm after rounding, as PyTorch does.
  const Tensor scale = where(gt(norm, number(max_norm)), Operand(div(number(max_norm), Operand(add(norm, number(1e-7))))), number(1));
  index_put(weight, {at}, as_dtype(mul(as_dtype(rows, scale.dtype()), scale), weight.dtype()), false, weight);
}

Tensor embedding_bag(const Tensor& input, const Tensor& weight, const OptTensor& offsets, bool scale_grad_by_freq, BagMode mode,
                     const OptTensor& per_sample_weights, bool include_last_offset, std::optional<int64_t> padding_idx) {
  check_table("embedding_bag", input, weight);
  check_floating("embedding_bag", "weight", weight);
  check<ShapeError>(input.dim() == 1 || input.dim() == 2, "embedding_bag: input must have 1 or 2 dimensions. Got shape {}.", input.shape());
  check<ValueError>(input.dim() == 1 || !offsets.defined(), "embedding_bag: rows of a two-dimensional input are the bags, so offsets must be None.");
  check<ValueError>(input.dim() == 2 || offsets.defined(), "embedding_bag: a one-dimensional input needs offsets, the first entry of each bag.");
  const auto padding = row_of("embedding_bag", padding_idx, weight.size(0));
  if (per_sample_weights.defined()) {
    check<ValueError>(mode == BagMode::sum, "embedding_bag: per_sample_weights are for mode='sum' only.");
    check_shape("embedding_bag", "per_sample_weights", per_sample_weights, input.shape());
    check_same_dtype("embedding_bag", "per_sample_weights", per_sample_weights, "weight", weight);
  }
  // The first entry of each bag, and the end. The host reads the offsets.
  const int64_t count = input.numel();
  Tensor starts;
  if (input.dim() == 2) {
    const int64_t size = input.size(1);
    starts = empty({input.size(0) + 1}, DType::int64);
    for (int64_t b = 0; b <= input.size(0); ++b) starts.data<int64_t>()[b] = b * size;
  } else {
    check_dim("embedding_bag", "offsets", offsets, 1);
    check<DtypeError>(offsets.dtype() == DType::int64 || offsets.dtype() == DType::int32, "embedding_bag: offsets must be of dtype int64 or int32. Got {}.",
                      offsets.dtype());
    check<ValueError>(!include_last_offset || offsets.numel() > 0, "embedding_bag: include_last_offset needs at least one offset.");
    const Tensor here = as_dtype(host_copy(offsets, "embedding_bag"), DType::int64);
    const int64_t* first = here.data<int64_t>();
    const int64_t bags = here.numel() - include_last_offset;
    check<ValueError>(here.numel() == 0 || first[0] == 0, "embedding_bag: offsets must begin with 0. Got {}.", here.numel() == 0 ? int64_t{0} : first[0]);
    check<ValueError>(bags > 0 || count == 0, "embedding_bag: input has {} entries but offsets names no bag.", count);
    starts = empty({bags + 1}, DType::int64);
    for (int64_t b = 0; b < bags; ++b) {
      const int64_t last = b + 1 < here.numel() ? first[b + 1] : count;
      check<ValueError>(first[b] <= last && last <= count, "embedding_bag: offsets must rise and not pass the {} entries of input. Got {} and {}.", count,
                        first[b], last);
      starts.data<int64_t>()[b] = first[b];
    }
    starts.data<int64_t>()[bags] = count;
    check<ValueError>(!include_last_offset || first[bags] == count, "embedding_bag: the last offset must be the {} entries of input. Got {}.", count, first[bags]);
  }
  const Tensor at = flat_index(input);
  const Tensor factor = per_sample_weights.defined() ? reshaped(as_contiguous(per_sample_weights), {count}) : Tensor();
  if (mode == BagMode::max && recording({weight})) {  // its gradient is that of a composition
    Tensor bag_of = bags_of(starts, count, weight.device()), kept_at = at;
    if (padding) {
      const Tensor kept = ne(at, Operand(Scalar(*padding)));
      bag_of = index(bag_of, {kept});
      kept_at = index(at, {kept});
    }
    const Tensor rows = embedding(kept_at, weight, padding, scale_grad_by_freq);
    const Tensor none = zeros({starts.numel() - 1, weight.size(1)}, weight.dtype(), weight.device());
    return scatter_reduce(none, 0, expand(unsqueeze(bag_of, 1), rows.shape()), rows, Combination::maximum, false);
  }
  const int64_t n = weight.size(0), skipped = padding.value_or(-1);
  const auto kind = mode == BagMode::sum ? kernels::Bag::sum : mode == BagMode::mean ? kernels::Bag::mean : kernels::Bag::max;
  const Tensor first = to(starts, weight.device(), {});
  Tensor out = empty({starts.numel() - 1, weight.size(1)}, weight.dtype(), weight.device());
  if (out.numel() > 0) run(kernels::embedding_bag, out, as_contiguous(weight), at, first, OptTensor(factor), kind, skipped);
  return with_gradient("embedding_bag", out, {weight, per_sample_weights},
                       [sat = save(at), sfirst = save(first), starts, sweight = factor.defined() ? save(weight) : Saved(),
                        sfactor = factor.defined() ? save(per_sample_weights) : Saved(), has_factor = factor.defined(), kind, padding, skipped, n,
                        scale_grad_by_freq](const Tensor& g, Needs needs) -> Gradients {
    const Tensor at = sat.get();
    const int64_t count = at.numel(), width = g.size(1);
    Gradients out;
    if (needs[0] && !thread_state.grad_enabled && !scale_grad_by_freq) {
      const Tensor sums = zeros({n, width}, compute_dtype(g.dtype()), g.device());
      const Tensor factor = has_factor ? reshaped(as_contiguous(sfactor.get()), {count}) : Tensor();
      if (g.numel() > 0 && n > 0) run(kernels::embedding_bag_backward, sums, as_contiguous(g), at, sfirst.get(), OptTensor(factor), kind, skipped);
      out[0] = as_dtype(sums, g.dtype());
      if (!needs[1]) return out;
    }
    // By ops, which can be differentiated again: g at each entry.
    const Tensor bag_of = bags_of(starts, count, g.device());
    Tensor rows = index_select(g, 0, bag_of, {});
    const Tensor counts_it = padding ? to(ne(at, Operand(Scalar(*padding))), {}, g.dtype()) : filled({count}, Scalar(1), g.dtype(), g.device());
    if (kind == kernels::Bag::mean) {
      const DType wide = compute_dtype(g.dtype());
      const Tensor entries = maximum(index_add(zeros({g.size(0)}, wide, g.device()), 0, bag_of, as_dtype(counts_it, wide)), number(1));
      rows = mul(rows, reshape(as_dtype(div(number(1), Operand(index_select(entries, 0, bag_of, {}))), g.dtype()), {count, 1}));
    }
    if (needs[0] && !out[0].defined())
      out[0] = embedding_gradient(has_factor ? mul(rows, reshape(sfactor.get(), {count, 1})) : rows, at, n, padding, scale_grad_by_freq);
    if (needs[1]) {
      const Tensor each = mul(sum(mul(rows, embedding(at, sweight.get(), padding, scale_grad_by_freq)), Dims{1}, false, std::nullopt), counts_it);
      out[1] = reshape(each, sfactor.get().shape());
    }
    return out;
  });
}

}  // namespace dlx::ops
