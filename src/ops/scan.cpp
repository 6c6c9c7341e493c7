#include "ops/scan.h"

#include <vector>

#include "kernels/scan.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/index.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

using ExtremeKernel = Kernel<void(Out, Out, const Tensor&)>;
using Pair = std::pair<Tensor, Tensor>;

DType natural_dtype(const Tensor& x, std::optional<DType> dtype) { return dtype ? *dtype : is_floating(x.dtype()) ? x.dtype() : DType::int64; }

// Runs kernel_call(to, from), both contiguous (outer, n, inner) in `dtype`, and writes the result to `out`.
template <class F> void scan_into(const Tensor& out, const Tensor& x, int64_t d, DType dtype, F kernel_call) {
  if (out.numel() == 0) return;
  const DType computing = dtype == DType::boolean ? DType::int64 : dtype;
  const Dims rows = around(x, d);
  const Tensor from = as_contiguous(as_dtype(x, computing));
  const Tensor to = out.is_contiguous() && out.dtype() == computing ? out : empty(x.shape(), computing, x.device());
  kernel_call(reshaped(to, rows), reshaped(from, rows));
  if (!to.same(out)) copy_untracked(out, to);
}

// The sum from each element to the last.
Tensor sum_from_here(const Tensor& g, int64_t d);
Tensor sum_to_here(const Tensor& g, int64_t d) {
  Tensor out = empty(g.shape(), g.dtype(), g.device());
  scan_into(out, g, d, g.dtype(), [](const Tensor& to, const Tensor& from) { run(kernels::cumsum, to, from, false); });
  return with_gradient("cumsum", out, {g}, [d](const Tensor& g) { return sum_from_here(g, d); });
}
Tensor sum_from_here(const Tensor& g, int64_t d) {
  Tensor out = empty(g.shape(), g.dtype(), g.device());
  scan_into(out, g, d, g.dtype(), [](const Tensor& to, const Tensor& from) { run(kernels::cumsum, to, from, true); });
  return with_gradient("cumsum", out, {g}, [d](const Tensor& g) { return sum_to_here(g, d); });
}

// The gradient of a cumulative product, without a division: right where elements are zero, and so are its own derivatives. The
// products over 1, 2, 4, ... elements up to each place, and their derivatives in the other direction.
Tensor cumprod_gradient(const Tensor& x, const Tensor& g, int64_t d) {
  const int64_t n = x.size(d);
  std::vector<std::pair<int64_t, Tensor>> levels;  // the step, and what is multiplied by what lies a step before it
  Tensor y = x;
  for (int64_t step = 1; step < n; step *= 2) {
    levels.emplace_back(step, y);
    y = cat({narrow(y, d, 0, step), mul(narrow(y, d, step, n - step), narrow(y, d, 0, n - step))}, d, {});
  }
  Tensor result = g;
  for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
    const int64_t step = level->first;
    const Tensor& v = level->second;
    const Tensor rest = narrow(result, d, step, n - step);
    Dims none = x.shape();
    none[d] = step;
    result = add(cat({narrow(result, d, 0, step), mul(rest, narrow(v, d, 0, n - step))}, d, {}),
                 cat({mul(rest, narrow(v, d, step, n - step)), zeros(none, g.dtype(), g.device())}, d, {}));
  }
  return result;
}

// h[k] = g[k] + a[k] h[k - 1] (reverse: h[k + 1]); linear in g, so its gradient is itself the other way.
Tensor recurrence(const Tensor& g, const Tensor& a, int64_t d, bool reverse) {
  Tensor out = empty(g.shape(), g.dtype(), g.device());
  if (out.numel() > 0) {
    const Dims rows = around(g, d);
    run(kernels::recurrence, reshaped(out, rows), reshaped(as_contiguous(g), rows), reshaped(as_contiguous(a), rows), reverse);
  }
  return with_gradient("recurrence", out, {g, a}, [a = save(a), d, reverse](const Tensor& v, const Tensor& h) -> Gradients {
    const int64_t n = h.size(d);
    Dims one = h.shape();
    one[d] = 1;
    const Tensor nothing = zeros(one, h.dtype(), h.device());
    // Moved by one, away from the end where the recurrence starts.
    const auto earlier = [&](const Tensor& t) { return reverse ? cat({narrow(t, d, 1, n - 1), nothing}, d, {}) : cat({nothing, narrow(t, d, 0, n - 1)}, d, {}); };
    const auto later = [&](const Tensor& t) { return reverse ? cat({nothing, narrow(t, d, 0, n - 1)}, d, {}) : cat({narrow(t, d, 1, n - 1), nothing}, d, {}); };
    const Tensor of_g = recurrence(v, later(a.get()), d, !reverse);
    return {of_g, mul(of_g, earlier(h))};
  });
}

Pair cumulative_extreme(const char* op, const ExtremeKernel& kernel, const Tensor& x, int64_t dim, const OptTensor& values_out, const OptTensor& indices_out) {
  const int64_t d = normalized_dim(op, dim, x.dim());
  Tensor values = empty(x.shape(), x.dtype(), x.device()), indices = empty(x.shape(), DType::int64, x.device());
  const Dims rows = around(x, d);
  if (x.numel() > 0) run(kernel, reshaped(values, rows), reshaped(indices, rows), reshaped(as_contiguous(x), rows));
  const Tensor outs[] = {values, indices};
  with_gradients(op, outs, {x}, [at = recording({x}) ? save(indices) : Saved(), d](std::span<const Tensor> g, Needs) -> Gradients {
    return scatter_sum(g[0].shape(), d, at.get(), g[0]);
  });
  return {written_to(op, values_out, {x}, values), written_to(op, indices_out, {}, indices)};
}

}  // namespace

Tensor cumsum(const Tensor& x, int64_t dim, std::optional<DType> dtype, const OptTensor& out) {
  const int64_t d = normalized_dim("cumsum", dim, x.dim());
  const DType natural = natural_dtype(x, dtype);
  const Result r("cumsum", out, {x}, x.shape(), natural, x.device());
  scan_into(r, x, d, natural, [](const Tensor& to, const Tensor& from) { run(kernels::cumsum, to, from, false); });
  return r.with_gradient([d](const Tensor& g) { return sum_from_here(g, d); });
}
Tensor cumprod(const Tensor& x, int64_t dim, std::optional<DType> dtype, const OptTensor& out) {
  const int64_t d = normalized_dim("cumprod", dim, x.dim());
  const DType natural = natural_dtype(x, dtype);
  const Result r("cumprod", out, {x}, x.shape(), natural, x.device());
  const Saved sx = r.save(x);
  scan_into(r, x, d, natural, [](const Tensor& to, const Tensor& from) { run(kernels::cumprod, to, from); });
  return r.with_gradient([sx, d, natural](const Tensor& g) {
    const Tensor x = to(sx.get(), {}, natural);
    return x.dim() == 0 ? g : cumprod_gradient(x, g, d);
  });
}
Pair cummax(const Tensor& x, int64_t dim, const OptTensor& values, const OptTensor& indices) {
  return cumulative_extreme("cummax", kernels::cummax, x, dim, values, indices);
}
Pair cummin(const Tensor& x, int64_t dim, const OptTensor& values, const OptTensor& indices) {
  return cumulative_extreme("cummin", kernels::cummin, x, dim, values, indices);
}

Tensor logcumsumexp(const Tensor& x, int64_t dim, const OptTensor& out) {
  check_floating("logcumsumexp", "input", x);
  const int64_t d = normalized_dim("logcumsumexp", dim, x.dim());
  const Result r("logcumsumexp", out, {x}, x.shape(), x.dtype(), x.device());
  const Saved sx = r.save(x);
  scan_into(r, x, d, x.dtype(), [](const Tensor& to, const Tensor& from) { run(kernels::logcumsumexp, to, from); });
  // dx[i] = exp(x[i] - y[i]) h[i], h[i] = g[i] + exp(y[i] - y[i + 1]) h[i + 1]: y rises, so no exponent is positive.
  return r.with_gradient([sx, d](const Tensor& g, const Tensor& y) {
    const Tensor x = sx.get();
    const Operand none = number(-__builtin_huge_val());
    const Tensor share = where(eq(y, none), number(0), exp(sub(x, where(eq(y, none), number(0), y))));
    if (x.dim() == 0 || x.size(d) == 0) return mul(g, share);
    const int64_t n = x.size(d);
    Dims one = x.shape();
    one[d] = 1;
    const Tensor now = narrow(y, d, 0, n - 1), next = narrow(y, d, 1, n - 1);
    const Tensor nothing = eq(now, none);
    const Tensor factor = where(nothing, number(0), exp(sub(where(nothing, number(0), now), where(nothing, number(0), next))));
    return mul(recurrence(g, cat({factor, zeros(one, y.dtype(), y.device())}, d, {}), d, true), share);
  });
}

Tensor diff(const Tensor& x, int64_t n, int64_t dim, const OptTensor& prepend, const OptTensor& append, const OptTensor& out) {
  check<ShapeError>(x.dim() > 0, "diff: input must have 1 dimension at least. Got shape ().");
  check<ValueError>(n >= 0, "diff: n must not be negative. Got {}.", n);
  const int64_t d = normalized_dim("diff", dim, x.dim());
  std::vector<Tensor> parts;
  const auto put = [&](const char* name, const OptTensor& part) {
    if (!part.defined()) return;
    check<ShapeError>(part.dim() == x.dim() || part.dim() == 0, "diff: {} must have as many dimensions as input. Got shapes {} and {}.", name, part.shape(), x.shape());
    Dims shape = x.shape();
    shape[d] = 1;
    parts.push_back(part.dim() == 0 ? expand(part, shape) : Tensor(part));
  };
  put("prepend", prepend);
  parts.push_back(x);
  put("append", append);
  Tensor y = parts.size() > 1 ? cat(parts, d, {}) : clone(x);
  for (int64_t i = 0; i < n && (i == 0 || y.size(d) > 0); ++i) {
    const int64_t size = y.size(d);
    const Tensor after = narrow(y, d, size > 0 ? 1 : 0, size > 0 ? size - 1 : 0), before = narrow(y, d, 0, size > 0 ? size - 1 : 0);
    y = y.dtype() == DType::boolean ? ne(after, before) : sub(after, before);
  }
  return written_to("diff", out, {x}, y);
}

}  // namespace dlx::ops
