// What the machine can do at most, for the benchmarks' last column. Prints JSON, all figures a second:
//   float32, float64, bfloat16, int8   operations of multiply-adds (two each); the last two only where there are instructions for them
//   bytes                              moved by a triad over 128 MB arrays with streaming stores
//   exp, log, tanh, gelu...            values of the library's own formulas (kernels/math*.h) in registers, float32
//   pages                              fresh pages of 4 KB that are touched for the first time
// Usage: limits THREADS. harness.py compiles it with -O3 -march=native -ffp-contract=off -fopenmp -Isrc.
#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#define DLX_ISA limits
#if defined(__AVX512F__)
#define DLX_ISA_LEVEL 4
#elif defined(__AVX2__)
#define DLX_ISA_LEVEL 3
#else
#define DLX_ISA_LEVEL 2
#endif
#include "cpu/vec.h"
#include "kernels/math.h"
#include "kernels/math_activation.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int kChains = 12;  // two units of four or five cycles each want at least ten
constexpr int kRuns = 5;     // the best one counts: it is the limit that we want

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// The best rate of `work` done by run() on each thread.
template <class Run> double rate(int threads, double work, Run run) {
  double best = 0;
  for (int i = 0; i < kRuns; ++i) {
    const double start = seconds();
#pragma omp parallel num_threads(threads)
    run();
    best = std::max(best, work * threads / (seconds() - start));
  }
  return best;
}

constexpr long kSteps = 1'000'000;

template <class T> double multiply_adds(int threads) {
  return rate(threads, 2.0 * Vec<T>::kLanes * kChains * kSteps, [] {
    Vec<T> sum[kChains], factor(static_cast<T>(0.999)), term(static_cast<T>(0.001));
    for (int i = 0; i < kChains; ++i) asm volatile("" : "+x"((sum[i] = Vec<T>(T(0))).v));  // chains of which the compiler knows nothing
    asm volatile("" : "+x"(factor.v), "+x"(term.v));
    for (long step = 0; step < kSteps; ++step) {
#pragma GCC unroll 12
      for (int i = 0; i < kChains; ++i) sum[i] = fma(sum[i], factor, term);
    }
    for (int i = 0; i < kChains; ++i) asm volatile("" : : "x"(sum[i].v));
  });
}

#if defined(__AVX512BF16__)
double bfloat16_multiply_adds(int threads) {
  return rate(threads, 2.0 * 32 * kChains * kSteps, [] {
    __m512 sum[kChains] = {};
    __m512bh x = {};
    asm volatile("" : "+x"(x));
    for (int i = 0; i < kChains; ++i) asm volatile("" : "+x"(sum[i]));
    for (long step = 0; step < kSteps; ++step) {
#pragma GCC unroll 12
      for (int i = 0; i < kChains; ++i) sum[i] = _mm512_dpbf16_ps(sum[i], x, x);
    }
    for (int i = 0; i < kChains; ++i) asm volatile("" : : "x"(sum[i]));
  });
}
#endif

#if defined(__AVX512VNNI__)
double int8_multiply_adds(int threads) {
  return rate(threads, 2.0 * 64 * kChains * kSteps, [] {
    __m512i sum[kChains] = {};
    __m512i x = {};
    asm volatile("" : "+x"(x));
    for (int i = 0; i < kChains; ++i) asm volatile("" : "+x"(sum[i]));
    for (long step = 0; step < kSteps; ++step) {
#pragma GCC unroll 12
      for (int i = 0; i < kChains; ++i) sum[i] = _mm512_dpbusd_epi32(sum[i], x, x);
    }
    for (int i = 0; i < kChains; ++i) asm volatile("" : : "x"(sum[i]));
  });
}
#endif

// Four independent values at a time: what a kernel's loop has in flight.
template <class Op> double values(int threads) {
  constexpr int kTogether = 4;
  return rate(threads, static_cast<double>(Vec<float>::kLanes) * kTogether * (kSteps / 8), [] {
    Vec<float> x[kTogether];
    for (int i = 0; i < kTogether; ++i) x[i] = Vec<float>(0.5f + 0.1f * static_cast<float>(i));
    for (long step = 0; step < kSteps / 8; ++step) {
      for (int i = 0; i < kTogether; ++i) asm volatile("" : "+x"(x[i].v));  // not the value of the step before
      for (int i = 0; i < kTogether; ++i) {
        const Vec<float> y = Op().apply(x[i]);
        asm volatile("" : : "x"(y.v));
      }
    }
  });
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

double pages(int threads) {
  constexpr long kBytes = 32L << 20, kPage = 4096;
  return rate(threads, static_cast<double>(kBytes) / kPage, [] {
    void* block = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) std::exit(1);
    madvise(block, kBytes, MADV_NOHUGEPAGE);
    for (long at = 0; at < kBytes; at += kPage) static_cast<volatile char*>(block)[at] = 1;
    munmap(block, kBytes);
  });
}

void print(const char* name, double a_second) { std::printf(", \"%s\": %.6g", name, a_second); }

void print_limits(int threads) {
  std::printf("{\"threads\": %d", threads);
  print("float32", multiply_adds<float>(threads));
  print("float64", multiply_adds<double>(threads));
#if defined(__AVX512BF16__)
  print("bfloat16", bfloat16_multiply_adds(threads));
#endif
#if defined(__AVX512VNNI__)
  print("int8", int8_multiply_adds(threads));
#endif
  print("exp", values<Exp>(threads));
  print("log", values<Log>(threads));
  print("tanh", values<Tanh>(threads));
  print("sigmoid", values<Sigmoid>(threads));
  print("silu", values<Silu>(threads));
  print("gelu", values<Gelu>(threads));
  print("bytes", bytes(threads));
  print("pages", pages(threads));
  std::printf("}\n");
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA

int main(int argc, char** argv) { dlx::cpu::DLX_ISA::print_limits(argc > 1 ? std::max(1, std::atoi(argv[1])) : 1); }
