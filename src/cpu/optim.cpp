// Optimizer steps and clipping: the elements of all parameters are one range, cut into chunks that lie within a parameter each, so
// that a network of many small tensors costs one parallel region. Each element is read and written once.
#include "kernels/optim.h"

#include "core/parallel.h"
#include "core/scratch.h"
#include "cpu/row.h"
#include "kernels/math.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kChunk = 4096;  // elements: up to five arrays of them fit in L2

class Chunks {
 public:
  Chunks(const Tensor* tensors, int64_t count) : tensors_(tensors), count_(count), firsts_(count + 1) {
    int64_t* first = firsts_.data();
    first[0] = 0;
    for (int64_t k = 0; k < count; ++k) first[k + 1] = first[k] + (tensors[k].numel() + kChunk - 1) / kChunk;
  }
  int64_t total() const { return firsts_.data()[count_]; }
  // step(tensor, begin, length, number of the chunk) for all chunks; an element costs `cost` cheap operations.
  template <class Step> DLX_INLINE void each(int64_t cost, const Step& step) const {
    const int64_t* first = firsts_.data();  // the chunk at which each tensor starts
    parallel_for(total(), kChunk * cost, [&](int64_t begin, int64_t end) {
      int64_t low = 0, high = count_;  // the tensor of chunk `begin`: first[low] <= begin < first[high]
      while (high - low > 1) {
        const int64_t middle = (low + high) / 2;
        (first[middle] <= begin ? low : high) = middle;
      }
      for (int64_t c = begin; c < end; ++c) {
        while (first[low + 1] <= c) ++low;
        const int64_t at = (c - first[low]) * kChunk, n = tensors_[low].numel();
        step(low, at, n - at < kChunk ? n - at : kChunk, c);
      }
    });
  }

 private:
  const Tensor* tensors_;
  int64_t count_;
  const Scratch<int64_t> firsts_;
};

struct Sgd {
  double lr, momentum, dampening, weight_decay;
  bool nesterov, maximize;
};

template <class T> void sgd_chunk(T* param, const T* grad, T* buffer, int64_t n, const Sgd& o) {
  using C = compute_of<T>;
  using V = Vec<C>;
  const V step(static_cast<C>(-o.lr)), momentum(static_cast<C>(o.momentum)), keep(static_cast<C>(1 - o.dampening)),
      decay(static_cast<C>(o.weight_decay)), sign(o.maximize ? C(-1) : C(1));
  each_register<C>(n, [&](int64_t i, auto lanes) {
    const V p = load_lanes(param + i, lanes);
    V g = fma(decay, p, sign * load_lanes(grad + i, lanes));
    if (buffer) {
      const V b = fma(momentum, load_lanes(buffer + i, lanes), keep * g);
      store_lanes(buffer + i, b, lanes);
      g = o.nesterov ? fma(momentum, b, g) : b;
    }
    store_lanes(param + i, fma(step, g, p), lanes);
  });
}

void sgd_step_kernel(InOutList params, TensorList grads, InOutList buffers, const Tensor& lr, double momentum, double dampening,
                     double weight_decay, bool nesterov, bool maximize) {
  const Sgd o{*lr.data<double>(), momentum, dampening, weight_decay, nesterov, maximize};
  const Tensor *p = params.data(), *g = grads.data(), *b = buffers.empty() ? nullptr : buffers.data();
  Chunks(p, static_cast<int64_t>(params.size())).each(3, [&](int64_t k, int64_t at, int64_t n, int64_t) {
    dispatch_floating(p[k].dtype(), [&]<class T>() {
      sgd_chunk(p[k].data<T>() + at, g[k].data<T>() + at, b ? b[k].data<T>() + at : nullptr, n, o);
    });
  });
}

struct Adam {
  double beta1, beta2, eps, weight_decay;
  bool decoupled, maximize;
  double lr;
};
// What a step number decides: lr / (1 - beta1^t) and 1 / sqrt(1 - beta2^t), a factor: a division of a register costs 11 cycles.
struct Correction {
  double step, scale;
};

template <class T>
void adam_chunk(T* param, const T* grad, T* average, T* square, T* max_square, int64_t n, const Adam& o, const Correction& t) {
  using C = compute_of<T>;
  using V = Vec<C>;
  const V beta1(static_cast<C>(o.beta1)), beta2(static_cast<C>(o.beta2)), rest1(static_cast<C>(1 - o.beta1)),
      rest2(static_cast<C>(1 - o.beta2)), eps(static_cast<C>(o.eps)), sign(o.maximize ? C(-1) : C(1)),
      decay(static_cast<C>(o.decoupled ? 0 : o.weight_decay)), shrink(static_cast<C>(o.decoupled ? 1 - o.lr * o.weight_decay : 1)),
      step(static_cast<C>(-t.step)), scale(static_cast<C>(t.scale));
  each_register<C>(n, [&](int64_t i, auto lanes) {
    const V p = load_lanes(param + i, lanes);
    const V g = fma(decay, p, sign * load_lanes(grad + i, lanes));
    const V m = fma(beta1, load_lanes(average + i, lanes), rest1 * g);
    const V v = fma(beta2, load_lanes(square + i, lanes), rest2 * g * g);
    store_lanes(average + i, m, lanes);
    store_lanes(square + i, v, lanes);
    V largest = v;
    if (max_square) {
      largest = maximum(load_lanes(max_square + i, lanes), v);
      store_lanes(max_square + i, largest, lanes);
    }
    store_lanes(param + i, fma(step, m / fma(sqrt(largest), scale, eps), p * shrink), lanes);
  });
}

void adam_step_kernel(InOutList params, TensorList grads, InOutList averages, InOutList squares, InOutList max_squares, InOutList steps,
                      const Tensor& lr, double beta1, double beta2, double eps, double weight_decay, bool decoupled, bool amsgrad,
                      bool maximize) {
  const Adam o{beta1, beta2, eps, weight_decay, decoupled, maximize, *lr.data<double>()};
  const int64_t count = static_cast<int64_t>(params.size());
  const Tensor *p = params.data(), *g = grads.data(), *m = averages.data(), *v = squares.data(), *vm = amsgrad ? max_squares.data() : nullptr;
  const Scratch<Correction> corrections(count);
  Correction* correction = corrections.data();
  for (int64_t k = 0; k < count; ++k) {
    const double t = *steps.data()[k].data<double>() += 1;
    const auto power = [&](double beta) { return Pow::apply(Vec<double>(beta), Vec<double>(t)).v[0]; };
    correction[k] = {o.lr / (1 - power(beta1)), 1 / of_one<Sqrt>(1 - power(beta2))};
  }
  Chunks(p, count).each(12, [&](int64_t k, int64_t at, int64_t n, int64_t) {  // a square root and a division of a register: about 12 additions
    dispatch_floating(p[k].dtype(), [&]<class T>() {
      adam_chunk(p[k].data<T>() + at, g[k].data<T>() + at, m[k].data<T>() + at, v[k].data<T>() + at, vm ? vm[k].data<T>() + at : nullptr,
                 n, o, correction[k]);
    });
  });
}

struct RmsProp {
  double lr, alpha, eps, weight_decay, momentum;
  bool maximize;
};

template <class T> void rmsprop_chunk(T* param, const T* grad, T* square, T* average, T* buffer, int64_t n, const RmsProp& o) {
  using C = compute_of<T>;
  using V = Vec<C>;
  const V alpha(static_cast<C>(o.alpha)), rest(static_cast<C>(1 - o.alpha)), eps(static_cast<C>(o.eps)), decay(static_cast<C>(o.weight_decay)),
      momentum(static_cast<C>(o.momentum)), sign(o.maximize ? C(-1) : C(1)), step(static_cast<C>(-o.lr));
  each_register<C>(n, [&](int64_t i, auto lanes) {
    const V p = load_lanes(param + i, lanes);
    const V g = fma(decay, p, sign * load_lanes(grad + i, lanes));
    const V v = fma(alpha, load_lanes(square + i, lanes), rest * g * g);
    store_lanes(square + i, v, lanes);
    V variance = v;
    if (average) {
      const V m = fma(alpha, load_lanes(average + i, lanes), rest * g);
      store_lanes(average + i, m, lanes);
      variance = v - m * m;
    }
    V u = g / (sqrt(variance) + eps);
    if (buffer) {
      u = fma(momentum, load_lanes(buffer + i, lanes), u);
      store_lanes(buffer + i, u, lanes);
    }
    store_lanes(param + i, fma(step, u, p), lanes);
  });
}

void rmsprop_step_kernel(InOutList params, TensorList grads, InOutList squares, InOutList averages, InOutList buffers, InOutList steps,
                         const Tensor& lr, double alpha, double eps, double weight_decay, double momentum, bool maximize) {
  const RmsProp o{*lr.data<double>(), alpha, eps, weight_decay, momentum, maximize};
  const Tensor *p = params.data(), *g = grads.data(), *v = squares.data(), *m = averages.empty() ? nullptr : averages.data(),
               *b = buffers.empty() ? nullptr : buffers.data();
  for (const Tensor& t : steps) *t.data<double>() += 1;
  Chunks(p, static_cast<int64_t>(params.size())).each(12, [&](int64_t k, int64_t at, int64_t n, int64_t) {
    dispatch_floating(p[k].dtype(), [&]<class T>() {
      rmsprop_chunk(p[k].data<T>() + at, g[k].data<T>() + at, v[k].data<T>() + at, m ? m[k].data<T>() + at : nullptr,
                    b ? b[k].data<T>() + at : nullptr, n, o);
    });
  });
}

struct Adagrad {
  double eps, weight_decay;
  bool maximize;
};

template <class T> void adagrad_chunk(T* param, const T* grad, T* sum, int64_t n, const Adagrad& o, double rate) {
  using C = compute_of<T>;
  using V = Vec<C>;
  const V eps(static_cast<C>(o.eps)), decay(static_cast<C>(o.weight_decay)), sign(o.maximize ? C(-1) : C(1)), step(static_cast<C>(-rate));
  each_register<C>(n, [&](int64_t i, auto lanes) {
    const V p = load_lanes(param + i, lanes);
    const V g = fma(decay, p, sign * load_lanes(grad + i, lanes));
    const V s = fma(g, g, load_lanes(sum + i, lanes));
    store_lanes(sum + i, s, lanes);
    store_lanes(param + i, fma(step, g / (sqrt(s) + eps), p), lanes);
  });
}

void adagrad_step_kernel(InOutList params, TensorList grads, InOutList sums, InOutList steps, const Tensor& lr, double lr_decay, double eps,
                         double weight_decay, bool maximize) {
  const Adagrad o{eps, weight_decay, maximize};
  const int64_t count = static_cast<int64_t>(params.size());
  const Tensor *p = params.data(), *g = grads.data(), *s = sums.data();
  const Scratch<double> rates(count);
  double* rate = rates.data();
  for (int64_t k = 0; k < count; ++k) {
    const double t = *steps.data()[k].data<double>() += 1;
    rate[k] = *lr.data<double>() / (1 + (t - 1) * lr_decay);
  }
  Chunks(p, count).each(12, [&](int64_t k, int64_t at, int64_t n, int64_t) {
    dispatch_floating(p[k].dtype(), [&]<class T>() { adagrad_chunk(p[k].data<T>() + at, g[k].data<T>() + at, s[k].data<T>() + at, n, o, rate[k]); });
  });
}

// --- clipping -------------------------------------------------------------------------------------------------------

// |x|^p of a chunk, added up; for p = inf and -inf the largest and the smallest |x|.
template <class T> compute_of<T> norm_chunk(const T* x, int64_t n, double p) {
  using C = compute_of<T>;
  const auto size = [&](int64_t i, auto lanes) { return abs(load_lanes(x + i, lanes)); };
  if (p == 2) return dot_row(x, x, n);
  if (p == 1) return reduce_row_of<SumOf, C>(n, size);
  if (p == __builtin_huge_val()) return reduce_row_of<MaxOf, C>(n, size);
  if (p == -__builtin_huge_val()) return reduce_row_of<MinOf, C>(n, size);
  const Vec<C> exponent(static_cast<C>(p));
  return reduce_row_of<SumOf, C>(n, [&](int64_t i, auto lanes) { return Pow::apply(size(i, lanes), exponent); });
}

// The chunks' parts are combined in double, by the tree of Wide.
void total_norm_kernel(Out out, TensorList tensors, double p) {
  const Chunks chunks(tensors.data(), static_cast<int64_t>(tensors.size()));
  const int64_t total = chunks.total();
  const Scratch<double> parts(total);
  double* part = parts.data();
  chunks.each(p == 2 || p == 1 || p - p != 0 ? 1 : 24, [&](int64_t k, int64_t at, int64_t n, int64_t c) {
    dispatch_floating(tensors[static_cast<size_t>(k)].dtype(),
                      [&]<class T>() { part[c] = static_cast<double>(norm_chunk(tensors[static_cast<size_t>(k)].data<T>() + at, n, p)); });
  });
  double norm = 0;
  if (p == __builtin_huge_val()) {
    if (total > 0) norm = reduce_row<MaxOf>(part, total);
  } else if (p == -__builtin_huge_val()) {
    norm = reduce_row<MinOf>(part, total);
  } else {
    norm = reduce_row<SumOf>(part, total);
    if (p == 2) norm = of_one<Sqrt>(norm);
    else if (p != 1) norm = Pow::apply(Vec<double>(norm), Vec<double>(1 / p)).v[0];
  }
  dispatch_floating(out.dtype(), [&]<class T>() { store_lanes(out.data<T>(), Vec<compute_of<T>>(static_cast<compute_of<T>>(norm)), int64_t{1}); });
}

template <class F> void map_chunks(InOutList tensors, const F& f) {
  Chunks(tensors.data(), static_cast<int64_t>(tensors.size())).each(2, [&](int64_t k, int64_t at, int64_t n, int64_t) {
    dispatch_floating(tensors[static_cast<size_t>(k)].dtype(), [&]<class T>() {
      T* x = tensors[static_cast<size_t>(k)].data<T>() + at;
      map_row(x, n, [&](int64_t i, auto lanes) { return f(load_lanes(x + i, lanes)); });
    });
  });
}

void clip_to_norm_kernel(InOutList tensors, const Tensor& norm, double max_norm) {
  double factor = 1;
  dispatch_floating(norm.dtype(), [&]<class T>() {
    using C = compute_of<T>;
    factor = static_cast<double>(static_cast<C>(max_norm) / (load_lanes(norm.data<T>(), int64_t{1}).v[0] + C(1e-6)));
  });
  if (factor >= 1) return;
  map_chunks(tensors, [&]<class C>(Vec<C> x) { return x * Vec<C>(static_cast<C>(factor)); });
}

void clip_to_value_kernel(InOutList tensors, double limit) {
  map_chunks(tensors, [&]<class C>(Vec<C> x) {
    const Vec<C> bound(static_cast<C>(limit));
    return minimum(maximum(x, -bound), bound);
  });
}

DLX_REGISTER_CPU(kernels::sgd_step, sgd_step_kernel);
DLX_REGISTER_CPU(kernels::adam_step, adam_step_kernel);
DLX_REGISTER_CPU(kernels::rmsprop_step, rmsprop_step_kernel);
DLX_REGISTER_CPU(kernels::adagrad_step, adagrad_step_kernel);
DLX_REGISTER_CPU(kernels::total_norm, total_norm_kernel);
DLX_REGISTER_CPU(kernels::clip_to_norm, clip_to_norm_kernel);
DLX_REGISTER_CPU(kernels::clip_to_value, clip_to_value_kernel);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
