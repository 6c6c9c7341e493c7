// Random numbers from Philox 4x32-10. `generator` is contiguous int64 {seed, offset}: a kernel reads both and adds the
// number of 128-bit blocks it used to the offset. Element e (in logical order) takes word e % 4 of block offset + e / 4,
// float64 and 64-bit integers words 2 (e % 2) and 2 (e % 2) + 1 of block offset + e / 2. Outputs are contiguous.
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

// Uniform in [from, to): from + (to - from) * u, u the word's upper 24 bits / 2^24 (53 of 64 bits for float64). A result that rounds up to `to` becomes `from`.
inline constinit Kernel<void(Out out, InOut generator, double from, double to)> uniform{"uniform"};
// Box and Muller: elements 2j and 2j+1 share two uniform numbers u in (0, 1], v: r = sqrt(-2 log u), r cos(2 pi v), r sin(2 pi v).
inline constinit Kernel<void(Out out, InOut generator, double mean, double std)> normal{"normal"};
// low + (word mod range), the word of 64 bits for every dtype; out: any dtype.
inline constinit Kernel<void(Out out, InOut generator, int64_t low, uint64_t range)> random_integers{"random_integers"};
// 1 where a uniform u of [0, 1) is below p, else 0; p: contiguous, floating, of out's shape. invalid_probability is reported.
inline constinit Kernel<void(Out out, InOut generator, const Tensor& p)> bernoulli{"bernoulli"};
// exponential: -log(u) / a; geometric: ceil(log(u) / log(1 - a)), at least 1; cauchy: a + b tan(pi (u - 1/2)); u in (0, 1]. out: floating.
enum class Draw : uint8_t { exponential, geometric, cauchy };
inline constinit Kernel<void(Out out, InOut generator, Draw kind, double a, double b)> draw{"draw"};
// Columns of p (rows, n), drawn with the probability that their weight has in the sum of their row. p: float64; out: int64 (rows, samples).
// With replacement sample (r, j) takes 64 bits, else weight (r, i) does. invalid_weight and no_weight are reported.
inline constinit Kernel<void(Out out, InOut generator, const Tensor& p, bool replacement)> multinomial{"multinomial"};
// A random order of 0 .. n-1; out: int64, n elements. Word w_i, of 64 bits, names the bucket of i by its upper permutation_bits(n); the buckets
// follow one another, each in rising order. Then each is shuffled: from its first place on, the number at its place i (at p of all) changes
// with the one at floor((i + 1) * r), r what is left of w_p as a fraction of 1.
DLX_INLINE constexpr int permutation_bits(int64_t n) {
  int bits = 0;
  while (bits < 11 && n >> bits > 8192) ++bits;
  return bits;
}
inline constinit Kernel<void(Out out, InOut generator)> permutation{"randperm"};

// out = u >= p ? x / (1 - p) : 0, u the uniform number of the element; used: int64 {seed, offset} before. 0 <= p < 1. x contiguous, floating.
inline constinit Kernel<void(Out out, Out used, InOut generator, const Tensor& x, double p)> dropout{"dropout"};
// The same mask on another tensor.
inline constinit Kernel<void(Out out, const Tensor& used, const Tensor& x, double p)> dropout_again{"dropout_again"};

}  // namespace dlx::kernels
