// Connectionist temporal classification: the loss of an alignment that is not known. Source: Graves et al. 2006, ICML 369-376.
#include <algorithm>
#include <cstdlib>
#include <limits>

#include "kernels/loss.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/index.h"
#include "ops/loss.h"
#include "ops/reduce.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

// The integers of the batch, in the kernels' layout.
struct Batch {
  Tensor targets, offsets, input_lengths, target_lengths;
  int64_t blank, longest;  // targets of a row at most
};

Tensor lengths_of(const char* name, const Tensor& lengths, int64_t rows, int64_t most) {
  check_integer("ctc_loss", name, lengths);
  check<ShapeError>(lengths.numel() == rows, "ctc_loss: {} must have one entry for each of the {} sequences. Got shape {}.", name, rows, lengths.shape());
  const Tensor here = as_dtype(host_copy(lengths, "ctc_loss"), DType::int64);
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t length = here.data<int64_t>()[r];
    check<ValueError>(length >= 0 && length <= most, "ctc_loss: {} must be in [0, {}]. Got {}.", name, most, length);
  }
  return here;
}

// -inf of the recorded gradient: differences of two are numbers.
constexpr double kNever = -1e30;

Tensor log_sum(const Tensor& a, const Tensor& b, const Tensor& c) {
  const Tensor most = maximum(maximum(detach(a), detach(b)), detach(c));
  return add(most, log(add(add(exp(sub(a, most)), exp(sub(b, most))), exp(sub(c, most)))));
}
// x (n, states) moved by k states, kNever coming in.
Tensor moved(const Tensor& x, int64_t k) {
  const int64_t n = x.size(1), gap = std::min(std::abs(k), n);
  const Tensor nothing = filled({x.size(0), gap}, Scalar(kNever), x.dtype(), x.device());
  return k > 0 ? cat({nothing, narrow(x, 1, 0, n - gap)}, 1, {}) : cat({narrow(x, 1, gap, n - gap), nothing}, 1, {});
}

// The gradient in log_probs written with ops: the same recursion, all rows at once, to the longest row.
Tensor recorded_gradient(const Tensor& g, const Tensor& log_probs, const Batch& batch) {
  const Tensor lp = to(log_probs, {}, sum_dtype(log_probs.dtype()));
  const int64_t times = lp.size(0), rows = lp.size(1), states = 2 * batch.longest + 1;
  const auto constant = [&](DType dtype) { return empty({rows, states}, dtype); };
  const Tensor labels = constant(DType::int64), skip = constant(DType::float64), valid = constant(DType::float64), start = constant(DType::float64),
               final = constant(DType::float64);
  const Tensor targets = host_copy(batch.targets, "ctc_loss");
  const int64_t *offsets = batch.offsets.data<int64_t>(), *lengths = batch.target_lengths.data<int64_t>(), *ends = batch.input_lengths.data<int64_t>();
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t n = 2 * lengths[r] + 1;
    int64_t* label = labels.data<int64_t>() + r * states;
    for (int64_t s = 0, i = r * states; s < states; ++s, ++i) {
      label[s] = s % 2 == 1 && s < n ? targets.data<int64_t>()[offsets[r] + s / 2] : batch.blank;
      skip.data<double>()[i] = s % 2 == 1 && s >= 2 && label[s] != label[s - 2] ? 0 : kNever;
      valid.data<double>()[i] = s < n ? 0 : kNever;
      start.data<double>()[i] = s < 2 ? 0 : kNever;
      final.data<double>()[i] = s == n - 1 || s == n - 2 ? 0 : kNever;
    }
  }
  const DType dtype = lp.dtype();
  const Tensor jump = to(skip, {}, dtype), last = to(final, {}, dtype);
  const Tensor index = expand(unsqueeze(labels, 0), {times, rows, states});
  const std::vector<Tensor> emit = unbind(add(gather(lp, 2, index), to(valid, {}, dtype)), 0);
  std::vector<Tensor> alpha(static_cast<size_t>(times)), beta(static_cast<size_t>(times)), inside(static_cast<size_t>(times));
  for (size_t t = 0; t < alpha.size(); ++t) {
    if (t == 0) alpha[t] = add(emit[t], to(start, {}, dtype));
    else alpha[t] = add(emit[t], log_sum(alpha[t - 1], moved(alpha[t - 1], 1), add(moved(alpha[t - 1], 2), jump)));
  }
  for (size_t t = beta.size(); t-- > 0;) {
    const Tensor ends_here = empty({rows, 1}, DType::boolean);
    inside[t] = empty({rows, 1}, DType::boolean);
    for (int64_t r = 0; r < rows; ++r) {
      ends_here.data<bool>()[r] = ends[r] == static_cast<int64_t>(t) + 1;
      inside[t].data<bool>()[r] = ends[r] > static_cast<int64_t>(t);
    }
    if (t + 1 == beta.size()) {
      beta[t] = last;
    } else {
      const Tensor next = add(beta[t + 1], emit[t + 1]);
      beta[t] = where(ends_here, last, log_sum(next, moved(next, -1), moved(add(next, jump), -2)));
    }
  }
  const Tensor total = logsumexp(add(alpha[0], beta[0]), Dims{1}, true);
  std::vector<Tensor> posterior;
  for (size_t t = 0; t < alpha.size(); ++t) posterior.push_back(exp(where(inside[t], sub(add(alpha[t], beta[t]), total), number(kNever))));
  const Tensor of_class = scatter_sum(lp.shape(), 2, contiguous(index), stack(posterior, 0, {}));
  return mul(neg(of_class), reshape(g, {1, rows, 1}));
}

}  // namespace

Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths, const Tensor& target_lengths, int64_t blank,
                Reduction reduction, bool zero_infinity) {
  check_floating("ctc_loss", "log_probs", log_probs);
  check<ShapeError>(log_probs.dim() == 2 || log_probs.dim() == 3, "ctc_loss: log_probs must have shape (t, n, c) or (t, c). Got {}.", log_probs.shape());
  check_integer("ctc_loss", "targets", targets);
  const bool batched = log_probs.dim() == 3;
  const Tensor lp = batched ? log_probs : unsqueeze(log_probs, 1);
  const int64_t times = lp.size(0), rows = lp.size(1), classes = lp.size(2);
  check<ShapeError>(targets.dim() == 1 || (targets.dim() == 2 && targets.size(0) == rows),
                    "ctc_loss: targets must have shape (n, s) for n = {} sequences, or (sum of target_lengths). Got {}.", rows, targets.shape());
  check<ValueError>(blank >= 0 && blank < classes, "ctc_loss: blank must be a class, in [0, {}). Got {}.", classes, blank);
  const int64_t most = targets.dim() == 2 ? targets.size(1) : targets.numel();
  Batch batch{reshaped(as_contiguous(as_dtype(targets, DType::int64)), {targets.numel()}), empty({rows}, DType::int64),
              lengths_of("input_lengths", input_lengths, rows, times), lengths_of("target_lengths", target_lengths, rows, most), blank, 0};
  int64_t sum_of_lengths = 0;
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t length = batch.target_lengths.data<int64_t>()[r];
    batch.offsets.data<int64_t>()[r] = targets.dim() == 2 ? r * most : sum_of_lengths;
    batch.longest = std::max(batch.longest, length);
    sum_of_lengths += length;
  }
  check<ShapeError>(targets.dim() == 2 || sum_of_lengths == targets.numel(), "ctc_loss: target_lengths sum to {}, but there are {} targets.", sum_of_lengths,
                    targets.numel());

  const DType sums = sum_dtype(lp.dtype());
  const Tensor from = as_contiguous(lp);
  Tensor loss = empty({rows}, sums), log_alpha = empty({rows, times, 2 * batch.longest + 3}, sums);
  if (rows > 0) run(kernels::ctc_loss, loss, log_alpha, from, batch.targets, batch.offsets, batch.input_lengths, batch.target_lengths, blank);
  loss = with_gradient("ctc_loss", loss, {lp}, [lp = save(lp), log_alpha, batch](const Tensor& g, const Tensor& loss) {
    const Tensor x = lp.get();
    if (thread_state.grad_enabled) return recorded_gradient(g, x, batch);
    Tensor out = empty(x.shape(), x.dtype(), x.device());
    if (out.numel() > 0)
      run(kernels::ctc_loss_backward, out, as_contiguous(g), as_contiguous(loss), log_alpha, as_contiguous(x), batch.targets, batch.offsets,
          batch.input_lengths, batch.target_lengths, batch.blank);
    return out;
  });
  const double infinity = std::numeric_limits<double>::infinity();
  if (zero_infinity) loss = where(eq(loss, number(infinity)), number(0), loss);
  if (reduction == Reduction::mean) loss = div(loss, maximum(batch.target_lengths, Operand(Scalar(1))));
  loss = to(reduced(loss, reduction), {}, log_probs.dtype());
  return batched || reduction != Reduction::none ? loss : reshape(loss, {});
}

}  // namespace dlx::ops
