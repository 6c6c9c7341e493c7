// Losses of class indices, one row of logits at a time, which comes from memory once in each direction.
#include "kernels/loss.h"

#include "core/parallel.h"
#include "cpu/peak.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// The classes of the rows, and what each weighs.
template <class T> struct Targets {
  using C = compute_of<T>;
  const int64_t* target;
  const T* weight;  // null: ones
  int64_t classes, ignore_index;
  ErrorSlot* slot;

  Targets(const Tensor& target_tensor, const OptTensor& weights, int64_t class_count, int64_t ignore)
      : target(target_tensor.data<int64_t>()),
        weight(weights.defined() ? weights.data<T>() : nullptr),
        classes(class_count),
        ignore_index(ignore),
        slot(&error_slot()) {}
  // The class of row r; -1 where it is ignored, or reported.
  DLX_INLINE int64_t of_row(int64_t r) const {
    const int64_t y = target[r];
    if (y == ignore_index) return -1;
    if (y >= 0 && y < classes) [[likely]] return y;
    slot->report(DataError::class_out_of_range, y, 1, classes);
    return -1;
  }
  DLX_INLINE C weight_of(int64_t c) const { return weight ? static_cast<C>(weight[c]) : C(1); }
  DLX_INLINE C weight_sum() const { return weight ? reduce_row<SumOf>(weight, classes) : static_cast<C>(classes); }
};

template <class T> void cross_entropy_rows(Out loss, Out row_weight, Out peaks, const Tensor& logits, const Targets<T>& targets, double smoothing) {
  using C = compute_of<T>;
  const int64_t rows = logits.size(0), n = logits.size(1);
  const T* x = logits.data<T>();
  C *to = loss.data<C>(), *weights = row_weight.data<C>(), *peak = peaks.data<C>();
  const C keep = static_cast<C>(1 - smoothing), spread = static_cast<C>(smoothing / static_cast<double>(n)), total = targets.weight_sum();
  parallel_for(rows, n * kExpCost, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const T* row = x + r * n;
      const Peak<C> of_row = peak_of_row(row, n);
      const C max = of_row.max, log = of_one<Log>(of_row.sum);
      const Vec<C> highest(max);
      peak[2 * r] = max;
      peak[2 * r + 1] = log;
      const int64_t y = targets.of_row(r);
      if (y < 0) {
        to[r] = weights[r] = C(0);
        continue;
      }
      const C w = targets.weight_of(y);
      weights[r] = w;
      C result = -keep * w * ((static_cast<C>(row[y]) - max) - log);
      if (spread != C(0)) {
        const C sum = reduce_row_of<SumOf, C>(n, [&](int64_t i, auto lanes) {
          const Vec<C> d = load_lanes(row + i, lanes) - highest;
          return targets.weight ? d * load_lanes(targets.weight + i, lanes) : d;
        });
        result = result - spread * (sum - log * total);
      }
      to[r] = result;
    }
  });
}

template <class T> void cross_entropy_backward_rows(Out out, const Tensor& g, const Tensor& logits, const Tensor& peaks, const Targets<T>& targets, double smoothing) {
  using C = compute_of<T>;
  const int64_t rows = logits.size(0), n = logits.size(1);
  const T* x = logits.data<T>();
  T* to = out.data<T>();
  const C *gradient = g.data<C>(), *peak = peaks.data<C>();
  const bool past = rows * n * static_cast<int64_t>(sizeof(T)) >= kPastCache;
  const C keep = static_cast<C>(1 - smoothing), spread = static_cast<C>(smoothing / static_cast<double>(n)), total = targets.weight_sum();
  parallel_for(rows, n * kExpCost, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const T* row = x + r * n;
      T* gx = to + r * n;
      const int64_t y = targets.of_row(r);
      if (y < 0) {
        map_row_past(past, gx, n, [&](int64_t, auto) { return Vec<C>(C(0)); });
        continue;
      }
      const Vec<C> highest(peak[2 * r]), log(peak[2 * r + 1]);
      const C w = keep * targets.weight_of(y), scale = gradient[r];
      const Vec<C> mass(w + spread * total), factor(scale), even(spread);
      map_row_past(past, gx, n, [&](int64_t i, auto lanes) {
        __builtin_prefetch(row + i + 1024);  // the exponentials leave memory idle
        const Vec<C> p = Exp::apply((load_lanes(row + i, lanes) - highest) - log);
        const Vec<C> d = targets.weight ? even * load_lanes(targets.weight + i, lanes) : even;
        return factor * (p * mass - d);
      });
      if (past) finish_past_cache();
      // The target's own entry, with its share of d.
      const C p = of_one<Exp>((static_cast<C>(row[y]) - highest.v[0]) - log.v[0]);
      gx[y] = static_cast<T>(scale * (p * mass.v[0] - (w + spread * targets.weight_of(y))));
    }
  });
}

template <class T> void distribution_rows(Out d, const Targets<T>& targets, double smoothing) {
  using C = compute_of<T>;
  const int64_t rows = d.size(0), n = d.size(1);
  T* to = d.data<T>();
  const C keep = static_cast<C>(1 - smoothing), spread = static_cast<C>(smoothing / static_cast<double>(n));
  parallel_for(rows, n, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      T* row = to + r * n;
      const int64_t y = targets.of_row(r);
      const Vec<C> even(y < 0 ? C(0) : spread);
      map_row(row, n, [&](int64_t i, auto lanes) { return targets.weight ? even * load_lanes(targets.weight + i, lanes) : even; });
      if (y >= 0) row[y] = static_cast<T>(keep * targets.weight_of(y) + spread * targets.weight_of(y));
    }
  });
}

template <class T> void nll_rows(Out loss, Out row_weight, const Tensor& log_probs, const Targets<T>& targets) {
  using C = compute_of<T>;
  const int64_t rows = log_probs.size(0), n = log_probs.size(1);
  const T* x = log_probs.data<T>();
  C *to = loss.data<C>(), *weights = row_weight.data<C>();
  parallel_for(rows, 4, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const int64_t y = targets.of_row(r);
      weights[r] = y < 0 ? C(0) : targets.weight_of(y);
      to[r] = y < 0 ? C(0) : -weights[r] * static_cast<C>(x[r * n + y]);
    }
  });
}

template <class T> void nll_backward_rows(Out out, const Tensor& g, const Targets<T>& targets) {
  using C = compute_of<T>;
  const int64_t rows = out.size(0), n = out.size(1);
  T* to = out.data<T>();
  const C* gradient = g.data<C>();
  parallel_for(rows, n, [&](int64_t begin, int64_t end) {
    __builtin_memset(static_cast<void*>(to + begin * n), 0, static_cast<size_t>((end - begin) * n) * sizeof(T));
    for (int64_t r = begin; r < end; ++r)
      if (const int64_t y = targets.of_row(r); y >= 0) to[r * n + y] = static_cast<T>(-gradient[r] * targets.weight_of(y));
  });
}

void cross_entropy(Out loss, Out row_weight, Out peaks, const Tensor& logits, const Tensor& target, const OptTensor& weight, int64_t ignore_index,
                   double label_smoothing) {
  dispatch_floating(logits.dtype(), [&]<class T>() {
    cross_entropy_rows<T>(loss, row_weight, peaks, logits, Targets<T>(target, weight, logits.size(1), ignore_index), label_smoothing);
  });
}
void cross_entropy_backward(Out out, const Tensor& g, const Tensor& logits, const Tensor& target, const Tensor& peaks, const OptTensor& weight,
                            int64_t ignore_index, double label_smoothing) {
  dispatch_floating(logits.dtype(), [&]<class T>() {
    cross_entropy_backward_rows<T>(out, g, logits, peaks, Targets<T>(target, weight, logits.size(1), ignore_index), label_smoothing);
  });
}
void target_distribution(Out d, const Tensor& target, const OptTensor& weight, int64_t ignore_index, double label_smoothing) {
  dispatch_floating(d.dtype(), [&]<class T>() { distribution_rows<T>(d, Targets<T>(target, weight, d.size(1), ignore_index), label_smoothing); });
}
void nll_loss(Out loss, Out row_weight, const Tensor& log_probs, const Tensor& target, const OptTensor& weight, int64_t ignore_index) {
  dispatch_floating(log_probs.dtype(), [&]<class T>() { nll_rows<T>(loss, row_weight, log_probs, Targets<T>(target, weight, log_probs.size(1), ignore_index)); });
}

void nll_loss_backward(Out out, const Tensor& g, const Tensor& target, const OptTensor& weight, int64_t ignore_index) {
  dispatch_floating(out.dtype(), [&]<class T>() { nll_backward_rows<T>(out, g, Targets<T>(target, weight, out.size(1), ignore_index)); });
}

DLX_REGISTER_CPU(kernels::cross_entropy, cross_entropy);
DLX_REGISTER_CPU(kernels::cross_entropy_backward, cross_entropy_backward);
DLX_REGISTER_CPU(kernels::target_distribution, target_distribution);
DLX_REGISTER_CPU(kernels::nll_loss, nll_loss);
DLX_REGISTER_CPU(kernels::nll_loss_backward, nll_loss_backward);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
