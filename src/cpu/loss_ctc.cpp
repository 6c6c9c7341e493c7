// Connectionist temporal classification: forward and backward variables of one row at a time, in logarithms; a step is a map over the
// row's states, which read their neighbours in the step before.
#include "core/parallel.h"
#include "core/scratch.h"
#include "cpu/row.h"
#include "kernels/loss.h"
#include "kernels/math.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kStepCost = 40;  // of one state at one time

// What the kernels read, and scratch for the states of each row.
template <class T> struct Problem {
  using C = compute_of<T>;
  static constexpr C kNever = -Format<C>::kInfinity;
  const T* log_probs;
  const int64_t *targets, *offsets, *input_lengths, *target_lengths;
  int64_t times, rows, classes, blank, width;
  ErrorSlot* errors;

  Problem(const Tensor& lp, const Tensor& target, const Tensor& offset, const Tensor& inputs, const Tensor& lengths, int64_t blank_class,
          const Tensor& log_alpha)
      : log_probs(lp.data<T>()),
        targets(target.data<int64_t>()),
        offsets(offset.data<int64_t>()),
        input_lengths(inputs.data<int64_t>()),
        target_lengths(lengths.data<int64_t>()),
        times(lp.size(0)),
        rows(lp.size(1)),
        classes(lp.size(2)),
        blank(blank_class),
        width(log_alpha.size(2)),
        errors(&error_slot()) {}

  int64_t states(int64_t r) const { return 2 * target_lengths[r] + 1; }
  // The labels of row r, and what it costs to skip the blank before each: 0, or -inf. False where a target is no class.
  bool prepare(int64_t r, int64_t* label, C* skip) const {
    const int64_t n = states(r);
    const int64_t* target = targets + offsets[r];
    for (int64_t s = 0; s < n; ++s) {
      label[s] = s % 2 == 0 ? blank : target[s / 2];
      if (label[s] < 0 || label[s] >= classes) {
        errors->report(DataError::class_out_of_range, label[s], 1, classes);
        return false;
      }
      skip[s] = s % 2 == 1 && s >= 2 && label[s] != label[s - 2] ? C(0) : kNever;
    }
    skip[n] = skip[n + 1] = kNever;
    return true;
  }
  void gather(int64_t r, int64_t t, const int64_t* label, C* emit) const {
    const T* at = log_probs + (t * rows + r) * classes;
    for (int64_t s = 0, n = states(r); s < n; ++s) emit[s] = static_cast<C>(at[label[s]]);
  }
};

// log(e^a + e^b + e^c), -inf of nothing.
template <class V> DLX_INLINE V log_sum(V a, V b, V c) {
  const V most = maximum(maximum(a, b), c);
  const V sum = Exp::apply(a - most) + Exp::apply(b - most) + Exp::apply(c - most);
  return select(most == V(-Format<scalar_of<V>>::kInfinity), most, most + Log::apply(sum));
}

template <class T> void forward_rows(Out loss, Out log_alpha, const Problem<T>& p) {
  using C = compute_of<T>;
  constexpr C kNever = Problem<T>::kNever;
  C *to = loss.data<C>(), *alphas = log_alpha.data<C>();
  const int64_t width = p.width;
  const Scratch<int64_t> labels(p.rows * width);
  const Scratch<C> skips(p.rows * (width + 2)), emits(p.rows * width);
  parallel_for(p.rows, p.times * width * kStepCost, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      int64_t* label = labels.data() + r * width;
      C *skip = skips.data() + r * (width + 2), *emit = emits.data() + r * width, *alpha = alphas + r * p.times * width;
      for (int64_t i = 0; i < p.times * width; ++i) alpha[i] = kNever;
      to[r] = -kNever;
      if (!p.prepare(r, label, skip)) continue;
      const int64_t n = p.states(r), last = p.input_lengths[r] - 1;
      if (last < 0) {
        if (n == 1) to[r] = C(0);
        continue;
      }
      for (int64_t t = 0; t <= last; ++t) {
        p.gather(r, t, label, emit);
        C* now = alpha + t * width + 2;
        if (t == 0) {
          now[0] = emit[0];
          if (n > 1) now[1] = emit[1];
          continue;
        }
        const C* before = now - width;
        map_row(now, n, [&](int64_t s, auto lanes) {
          const Vec<C> jump = load_lanes(before + s - 2, lanes) + load_lanes(skip + s, lanes);
          return log_sum(load_lanes(before + s, lanes), load_lanes(before + s - 1, lanes), jump) + load_lanes(emit + s, lanes);
        });
      }
      const C* final = alpha + last * width + n;  // state n - 2
      to[r] = -log_sum(Vec<C>(final[0]), Vec<C>(final[1]), Vec<C>(kNever)).v[0];
    }
  });
}

template <class T> void backward_rows(Out out, const Tensor& g, const Tensor& loss, const Tensor& log_alpha, const Problem<T>& p) {
  using C = compute_of<T>;
  constexpr C kNever = Problem<T>::kNever;
  T* to = out.data<T>();
  const C *gradient = g.data<C>(), *losses = loss.data<C>(), *alphas = log_alpha.data<C>();
  const int64_t width = p.width;
  const Scratch<int64_t> labels(p.rows * width);
  const Scratch<C> skips(p.rows * (width + 2)), emits(p.rows * width), nexts(p.rows * (width + 2)), betas(p.rows * width), sums(p.rows * p.classes);
  parallel_for(p.rows, p.times * (width * kStepCost + p.classes), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      int64_t* label = labels.data() + r * width;
      C *skip = skips.data() + r * (width + 2), *emit = emits.data() + r * width, *next = nexts.data() + r * (width + 2),
        *beta = betas.data() + r * width, *sum = sums.data() + r * p.classes;
      const C scale = gradient[r];
      const int64_t last = scale == C(0) || !p.prepare(r, label, skip) ? -1 : p.input_lengths[r] - 1, n = p.states(r);
      for (int64_t t = p.times - 1; t >= 0; --t) {
        T* row = to + (t * p.rows + r) * p.classes;
        for (int64_t c = 0; c < p.classes; ++c) sum[c] = C(0);
        if (t <= last) {
          if (t == last) {
            for (int64_t s = 0; s < n; ++s) beta[s] = s >= n - 2 ? C(0) : kNever;
          } else {  // `next` is of the time after this one
            map_row(beta, n, [&](int64_t s, auto lanes) {
              const Vec<C> jump = load_lanes(next + s + 2, lanes) + load_lanes(skip + s + 2, lanes);
              return log_sum(load_lanes(next + s, lanes), load_lanes(next + s + 1, lanes), jump);
            });
          }
          const C* alpha = alphas + (r * p.times + t) * width + 2;
          p.gather(r, t, label, emit);
          for (int64_t s = 0; s < n; ++s) next[s] = beta[s] + emit[s];
          next[n] = next[n + 1] = kNever;
          const Vec<C> total(losses[r]);
          map_row(beta, n, [&](int64_t s, auto lanes) { return Exp::apply(load_lanes(alpha + s, lanes) + load_lanes(beta + s, lanes) + total); });
          for (int64_t s = 0; s < n; ++s) sum[label[s]] -= scale * beta[s];
        }
        for (int64_t c = 0; c < p.classes; ++c) row[c] = static_cast<T>(sum[c]);
      }
    }
  });
}

void ctc_loss(Out loss, Out log_alpha, const Tensor& log_probs, const Tensor& targets, const Tensor& offsets, const Tensor& input_lengths,
              const Tensor& target_lengths, int64_t blank) {
  dispatch_floating(log_probs.dtype(), [&]<class T>() {
    forward_rows<T>(loss, log_alpha, Problem<T>(log_probs, targets, offsets, input_lengths, target_lengths, blank, log_alpha));
  });
}
void ctc_loss_backward(Out out, const Tensor& g, const Tensor& loss, const Tensor& log_alpha, const Tensor& log_probs, const Tensor& targets,
                       const Tensor& offsets, const Tensor& input_lengths, const Tensor& target_lengths, int64_t blank) {
  dispatch_floating(log_probs.dtype(), [&]<class T>() {
    backward_rows<T>(out, g, loss, log_alpha, Problem<T>(log_probs, targets, offsets, input_lengths, target_lengths, blank, log_alpha));
  });
}

DLX_REGISTER_CPU(kernels::ctc_loss, ctc_loss);
DLX_REGISTER_CPU(kernels::ctc_loss_backward, ctc_loss_backward);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
