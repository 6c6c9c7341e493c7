// Scans over the middle of (outer, n, inner). A thread takes whole rows (inner = 1) or strips of columns; the columns of a strip
// advance together, so memory is read in order.
#include "kernels/scan.h"

#include "core/parallel.h"
#include "cpu/keyed.h"
#include "cpu/vec.h"
#include "kernels/math.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kColumns = 128;

template <class T> using WideOf = std::conditional_t<std::is_integral_v<T>, uint64_t, double>;  // integers wrap
template <class T> DLX_INLINE WideOf<T> widened(T x) {
  if constexpr (std::is_arithmetic_v<T>) return static_cast<WideOf<T>>(x);
  else return static_cast<double>(static_cast<float>(x));
}
template <class T> DLX_INLINE T narrowed(WideOf<T> x) {
  if constexpr (std::is_arithmetic_v<T>) return static_cast<T>(x);
  else return T(static_cast<float>(x));
}

// step(state of a column, offset of the element, its number along n) from the first element on, or from the last.
template <class State, class Step> void scan(const Tensor& x, int64_t cost, bool reverse, const Step& step) {
  const int64_t outer = x.size(0), n = x.size(1), inner = x.size(2);
  const int64_t strips = (inner + kColumns - 1) / kColumns, widest = inner < kColumns ? inner : kColumns;
  parallel_for(outer * strips, n * widest * cost + 16, [&](int64_t begin, int64_t end) {
    State state[kColumns];
    for (int64_t s = begin; s < end; ++s) {
      const int64_t first = s % strips * kColumns, o = s / strips;
      const int64_t width = inner - first < kColumns ? inner - first : kColumns;
      for (int64_t i = 0; i < width; ++i) state[i] = State();
      for (int64_t k = 0; k < n; ++k) {
        const int64_t at = reverse ? n - 1 - k : k, row = (o * n + at) * inner + first;
        for (int64_t i = 0; i < width; ++i) step(state[i], row + i, at);
      }
    }
  });
}

template <class T, bool kProduct> struct Total {
  WideOf<T> value = kProduct ? 1 : 0;
};

void cumsum_kernel(Out out, const Tensor& x, bool reverse) {
  dispatch_all(x.dtype(), [&]<class T>() {
    const T* from = x.data<T>();
    T* to = out.data<T>();
    scan<Total<T, false>>(x, 2, reverse, [=](auto& total, int64_t at, int64_t) { to[at] = narrowed<T>(total.value += widened(from[at])); });
  });
}
void cumprod_kernel(Out out, const Tensor& x) {
  dispatch_all(x.dtype(), [&]<class T>() {
    const T* from = x.data<T>();
    T* to = out.data<T>();
    scan<Total<T, true>>(x, 2, false, [=](auto& total, int64_t at, int64_t) { to[at] = narrowed<T>(total.value *= widened(from[at])); });
  });
}

struct Extreme {
  uint64_t key = 0;
  int64_t index = -1, at = 0;  // along n, and its offset
};
template <bool kMax> void cumulative_extreme(Out values, Out indices, const Tensor& x) {
  dispatch_all(x.dtype(), [&]<class T>() {
    const T* from = x.data<T>();
    T* to = values.data<T>();
    int64_t* places = indices.data<int64_t>();
    scan<Extreme>(x, 4, false, [=](Extreme& best, int64_t at, int64_t k) {
      uint64_t key = key_of(from[at]);
      if (!kMax && !is_nan(from[at])) key = ~key;  // a NaN stays the extreme
      if (best.index < 0 || key >= best.key) best = {key, k, at};
      to[at] = from[best.at];
      places[at] = best.index;
    });
  });
}
void cummax_kernel(Out values, Out indices, const Tensor& x) { cumulative_extreme<true>(values, indices, x); }
void cummin_kernel(Out values, Out indices, const Tensor& x) { cumulative_extreme<false>(values, indices, x); }

// log(sum exp) as the largest term so far and the sum of exp(term - largest).
struct LogSum {
  double largest = -__builtin_huge_val(), sum = 0;
};
DLX_INLINE double one_exp(double x) { return Exp::apply(Vec<double>(x)).v[0]; }
DLX_INLINE double one_log(double x) { return Log::apply(Vec<double>(x)).v[0]; }

void logcumsumexp_kernel(Out out, const Tensor& x) {
  dispatch_floating(x.dtype(), [&]<class T>() {
    const T* from = x.data<T>();
    T* to = out.data<T>();
    scan<LogSum>(x, 32, false, [=](LogSum& s, int64_t at, int64_t) {
      const double v = widened(from[at]);
      if (v == s.largest || v != v) s.sum += v == v ? 1 : v;  // also of two infinities
      else if (v < s.largest) s.sum += one_exp(v - s.largest);
      else s = {v, s.sum == 0 ? 1 : s.sum * one_exp(s.largest - v) + 1};
      to[at] = narrowed<T>(s.sum == 0 || s.sum == 1 ? s.largest : s.largest == -__builtin_huge_val() && s.sum == s.sum ? s.largest : s.largest + one_log(s.sum));
    });
  });
}

void recurrence_kernel(Out out, const Tensor& x, const Tensor& a, bool reverse) {
  dispatch_floating(x.dtype(), [&]<class T>() {
    const T *from = x.data<T>(), *factor = a.data<T>();
    T* to = out.data<T>();
    scan<Total<T, false>>(x, 4, reverse, [=](auto& total, int64_t at, int64_t) {
      to[at] = narrowed<T>(total.value = widened(from[at]) + widened(factor[at]) * total.value);
    });
  });
}

DLX_REGISTER_CPU(kernels::recurrence, recurrence_kernel);
DLX_REGISTER_CPU(kernels::cumsum, cumsum_kernel);
DLX_REGISTER_CPU(kernels::cumprod, cumprod_kernel);
DLX_REGISTER_CPU(kernels::cummax, cummax_kernel);
DLX_REGISTER_CPU(kernels::cummin, cummin_kernel);
DLX_REGISTER_CPU(kernels::logcumsumexp, logcumsumexp_kernel);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
