// What the machine can do at most, for the benchmarks' last column: FMA peak and triad bandwidth. Prints "flops bytes", a second.
// Usage: limits THREADS. harness.py compiles it with -O3 -march=native -fopenmp.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif
typedef float Vector __attribute__((vector_size(kLanes * sizeof(float))));
constexpr int kChains = 12;  // two units of four or five cycles each want at least ten
constexpr int kRuns = 5;     // the best one counts: it is the limit that we want

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double flops(int threads) {
  constexpr long kSteps = 4'000'000;
  double best = 0;
  for (int run = 0; run < kRuns; ++run) {
    const double start = seconds();
#pragma omp parallel num_threads(threads)
    {
      Vector sum[kChains];
      for (int i = 0; i < kChains; ++i) sum[i] = Vector{} + static_cast<float>(i);
      Vector factor = Vector{} + 0.999f, term = Vector{} + 0.001f;
      asm volatile("" : "+x"(factor), "+x"(term));
      for (long step = 0; step < kSteps; ++step) {
#pragma GCC unroll 12
        for (int i = 0; i < kChains; ++i) sum[i] = sum[i] * factor + term;
      }
      for (int i = 0; i < kChains; ++i) asm volatile("" : : "x"(sum[i]));
    }
    best = std::max(best, 2.0 * kLanes * kChains * kSteps * threads / (seconds() - start));
  }
  return best;
}

// Stores pass the caches by where the machine can: else each line of `a` would be read before it is written.
double bytes(int threads) {
  constexpr long n = 1L << 25;  // 128 MB each: past every cache
  std::vector<float> a(n), b(n, 1), c(n, 2);
  double best = 0;
  for (int run = 0; run < kRuns; ++run) {
    const double start = seconds();
#pragma omp parallel for num_threads(threads) schedule(static)
    for (long i = 0; i < n; i += 4) {
      float *to = &a[static_cast<size_t>(i)], *x = &b[static_cast<size_t>(i)], *y = &c[static_cast<size_t>(i)];
#if defined(__SSE2__)
      _mm_stream_ps(to, _mm_add_ps(_mm_loadu_ps(x), _mm_mul_ps(_mm_set1_ps(3), _mm_loadu_ps(y))));
#else
      for (int k = 0; k < 4; ++k) to[k] = x[k] + 3 * y[k];
#endif
    }
    best = std::max(best, 3.0 * sizeof(float) * n / (seconds() - start));
  }
  return a[1] == 7 ? best : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::max(1, std::atoi(argv[1])) : 1;
  std::printf("%.6g %.6g\n", flops(threads), bytes(threads));
}
