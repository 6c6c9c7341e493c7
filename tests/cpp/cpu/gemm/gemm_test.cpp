// Matrix products: the stated order of sums to the bit, on every path and any number of threads.
#include "kernels/matmul.h"

#include <gtest/gtest.h>

#include "kernels/run.h"
#include "cpu/product_helpers.h"

namespace dlx::test {
namespace {

template <class T> using Sum = std::conditional_t<std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>, float, T>;

template <class T> void expect_element(T got, Sum<T> expected, double magnitude, const char* what, int64_t m, int64_t n, int64_t k, int64_t at) {
  // Levels without FMA round each product; v4bf16 adds the products of two bfloat16 pairs at once.
  if (std::is_integral_v<T> || (cpu_level() >= 3 && !(std::is_same_v<T, BFloat16> && cpu_level() >= 5))) {
    const T e = static_cast<T>(expected);
    ASSERT_EQ(std::memcmp(&got, &e, sizeof(T)), 0) << what << " " << m << "x" << n << "x" << k << " differs at " << at << ": got "
        << static_cast<double>(static_cast<Sum<T>>(got)) << ", expected " << static_cast<double>(expected);
  } else {
    ASSERT_NEAR(static_cast<double>(static_cast<Sum<T>>(got)), static_cast<double>(expected),
                1e-6 * magnitude + (sizeof(T) == 2 ? 5e-3 * std::abs(static_cast<double>(expected)) : 0))
        << what << " " << m << "x" << n << "x" << k << " at " << at;
  }
}

// How an operand (rows, cols) lies in memory.
enum class Layout { plain, transposed, strided };
template <class T> Tensor operand(int64_t batch, int64_t rows, int64_t cols, Layout layout, bool one_batch, uint64_t seed) {
  const int64_t kept = one_batch ? 1 : batch;
  const int64_t over = one_batch ? 0 : 1;
  if (layout == Layout::plain) return alias(filled<T>({kept, rows, cols}, seed), {batch, rows, cols}, {over * rows * cols, cols, 1}, 0);
  if (layout == Layout::transposed) return alias(filled<T>({kept, cols, rows}, seed), {batch, rows, cols}, {over * rows * cols, 1, rows}, 0);
  return alias(filled<T>({kept, rows, cols, 3}, seed), {batch, rows, cols}, {over * rows * cols * 3, cols * 3, 3}, 0);
}

template <class T> void check_matmul(int64_t batch, int64_t m, int64_t n, int64_t k, Layout a_layout, Layout b_layout, bool a_one = false, bool b_one = false) {
  const Tensor a = operand<T>(batch, m, k, a_layout, a_one, 1), b = operand<T>(batch, k, n, b_layout, b_one, 2);
  const Tensor out = poisoned({batch, m, n}, dtype_of<T>);
  run(kernels::matmul, out, a, b);
  for (int64_t s = 0; s < batch; ++s)
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) {
        if (m * n * k > 200000 && (i * 7 + j * 13 + s) % 29 != 0 && i != m - 1 && j != n - 1) continue;
        Chain<Sum<T>> chain;
        for (int64_t p = 0; p < k; ++p)
          chain.add(static_cast<Sum<T>>(a.data<T>()[s * a.stride(0) + i * a.stride(1) + p * a.stride(2)]),
                    static_cast<Sum<T>>(b.data<T>()[s * b.stride(0) + p * b.stride(1) + j * b.stride(2)]));
        expect_element<T>(out.data<T>()[(s * m + i) * n + j], chain.sum(), static_cast<double>(k), "matmul", m, n, k, i * n + j);
        if (::testing::Test::HasFatalFailure()) return;
      }
}

// 0, 1, about one tile of every level and type, and past it; k about a chunk and past it.
constexpr int64_t kEdges[] = {0, 1, 3, 4, 5, 7, 12, 13, 16, 17, 31, 32, 33, 49};

TEST(Matmul, SumsInTheStatedOrderAtAllEdges) {
  for (const int64_t m : kEdges)
    for (const int64_t n : kEdges)
      for (const int64_t k : {0, 1, 2, 5, 64, 384, 385}) {
        check_matmul<float>(1, m, n, k, Layout::plain, Layout::plain);
        check_matmul<float>(1, m, n, k, Layout::transposed, Layout::transposed);
        if (HasFatalFailure()) return;
      }
}

TEST(Matmul, TakesAnyStridesAndTypes) {
  const Layout layouts[] = {Layout::plain, Layout::transposed, Layout::strided};
  for (const Layout a : layouts)
    for (const Layout b : layouts)
      for (const auto& [m, n, k] : {std::array<int64_t, 3>{1, 100, 800}, {100, 1, 800}, {25, 65, 770}, {5, 3, 2}}) {
        check_matmul<float>(1, m, n, k, a, b);
        check_matmul<double>(1, m, n, k, a, b);
        check_matmul<Half>(1, m, n, k, a, b);
        check_matmul<BFloat16>(1, m, n, k, a, b);
        check_matmul<uint8_t>(1, m, n, k, a, b);
        check_matmul<int8_t>(1, m, n, k, a, b);
        check_matmul<int16_t>(1, m, n, k, a, b);
        check_matmul<int32_t>(1, m, n, k, a, b);
        check_matmul<int64_t>(1, m, n, k, a, b);
        if (HasFatalFailure()) return;
      }
}

TEST(Matmul, Batches) {
  for (const bool a_one : {false, true})
    for (const bool b_one : {false, true})
      for (const auto& [batch, m, n, k] : {std::array<int64_t, 4>{3, 5, 7, 9}, {7, 33, 20, 400}, {65, 2, 40, 30}, {2, 1, 1, 1}, {0, 3, 3, 3}, {3, 130, 70, 500}}) {
        check_matmul<float>(batch, m, n, k, Layout::plain, Layout::plain, a_one, b_one);
        check_matmul<double>(batch, m, n, k, Layout::transposed, Layout::plain, a_one, b_one);
        check_matmul<float>(batch, m, n, k, Layout::plain, Layout::transposed, a_one, b_one);
        if (HasFatalFailure()) return;
      }
}

TEST(Matmul, LargeProductsKeepTheOrder) {
  check_matmul<float>(1, 400, 410, 900, Layout::plain, Layout::plain);  // several blocks of rows: B packed whole
  check_matmul<float>(1, 790, 70, 385, Layout::transposed, Layout::transposed);
  check_matmul<double>(1, 200, 210, 800, Layout::plain, Layout::transposed);
}

template <class T> void check_threads() {
  const struct { int64_t batch, m, n, k; } cases[] = {
      {1, 300, 300, 500}, {1, 1000, 40, 100}, {1, 1, 5000, 700}, {1, 5000, 1, 700}, {40, 30, 30, 30}, {1, 8, 9, 50000}, {2, 20, 40, 9000}};
  for (const auto& c : cases) {
    const Tensor a = filled<T>({c.batch, c.m, c.k}, 1), b = filled<T>({c.batch, c.k, c.n}, 2);
    Tensor first;
    for (const int count : {1, 2, 3, 16}) {
      const Threads threads(count);
      const Tensor out = poisoned({c.batch, c.m, c.n}, dtype_of<T>);
      run(kernels::matmul, out, a, b);
      if (!first.defined()) first = out;
      EXPECT_TRUE(same_bits(first, out)) << c.m << "x" << c.n << "x" << c.k << " on " << count << " threads";
    }
    check_matmul<T>(c.batch, c.m, c.n, c.k, Layout::plain, Layout::plain);
  }
}
TEST(Matmul, TheSameBitsOnAnyNumberOfThreads) {
  check_threads<float>();
  check_threads<BFloat16>();
}

template <class T> void check_rows() {
  const int64_t n = 70, k = 801;
  const Tensor a = filled<T>({1, 100, k}, 1), b = filled<T>({1, k, n}, 2), all = empty({1, 100, n}, dtype_of<T>);
  run(kernels::matmul, all, a, b);
  for (const int64_t rows : {1, 2, 3, 5, 12, 13, 50}) {
    const Tensor out = empty({1, rows, n}, dtype_of<T>);
    run(kernels::matmul, out, alias(a, {1, rows, k}, {rows * k, k, 1}, 0), b);
    EXPECT_EQ(std::memcmp(out.raw_data(), all.raw_data(), static_cast<size_t>(out.nbytes())), 0) << rows << " rows";
  }
}
TEST(Matmul, ARowDoesNotDependOnTheRowsAroundIt) {
  check_rows<float>();
  check_rows<double>();
  check_rows<BFloat16>();
}

// Every path gives the bits of the others: B in place (lanes or chain neighbours, at a line's start or not), packed, shared by rows
// of many panels, with one panel left over.
template <class T> void check_paths() {
  const int64_t k = 802;  // even: an odd chain of bfloat16 is always packed
  for (const int64_t n : {32, 70, 128, 300}) {
    const Tensor a = filled<T>({1, 400, k}, 1), b = filled<T>({1, k, n}, 2), all = empty({1, 400, n}, dtype_of<T>);
    run(kernels::matmul, all, a, b);
    for (const int64_t rows : {1, 2, 3, 4, 6, 8, 12, 16, 25})
      for (const int64_t offset : {0, 1, 4, 9})
        for (const bool transposed : {false, true}) {
          const Tensor memory = empty({offset + k * n}, dtype_of<T>), out = poisoned({1, rows, n}, dtype_of<T>);
          T* const to = memory.data<T>() + offset;
          for (int64_t p = 0; p < k; ++p)
            for (int64_t j = 0; j < n; ++j) to[transposed ? j * k + p : p * n + j] = b.data<T>()[p * n + j];
          run(kernels::matmul, out, alias(a, {1, rows, k}, {rows * k, k, 1}, 0), alias(memory, {1, k, n}, {k * n, transposed ? 1 : n, transposed ? k : 1}, offset));
          ASSERT_EQ(std::memcmp(out.raw_data(), all.raw_data(), static_cast<size_t>(out.nbytes())), 0)
              << rows << " rows, n " << n << ", offset " << offset << (transposed ? ", transposed" : "");
        }
  }
}
TEST(Matmul, TheSameBitsOnEveryPath) {
  check_paths<float>();
  check_paths<double>();
  check_paths<Half>();
  check_paths<BFloat16>();
}

template <class T> void check_linear(int64_t m, int64_t n, int64_t k, bool with_bias) {
  const Tensor x = filled<T>({m, k}, 1), weight = filled<T>({n, k}, 2), out = poisoned({m, n}, dtype_of<T>);
  const OptTensor bias = with_bias ? OptTensor(filled<T>({n}, 3)) : OptTensor();
  run(kernels::linear, out, x, weight, bias);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      Chain<Sum<T>> chain;
      for (int64_t p = 0; p < k; ++p) chain.add(static_cast<Sum<T>>(x.data<T>()[i * k + p]), static_cast<Sum<T>>(weight.data<T>()[j * k + p]));
      const Sum<T> expected = with_bias ? chain.sum() + static_cast<Sum<T>>(bias.data<T>()[j]) : chain.sum();
      expect_element<T>(out.data<T>()[i * n + j], expected, static_cast<double>(k), "linear", m, n, k, i * n + j);
      if (::testing::Test::HasFatalFailure()) return;
    }
}

TEST(Linear, AddsTheBiasToTheFinishedSum) {
  for (const bool bias : {false, true})
    for (const auto& [m, n, k] : {std::array<int64_t, 3>{1, 10, 20}, {64, 10, 128}, {10, 64, 400}, {33, 100, 785}, {3, 1, 0}, {0, 4, 4}, {300, 3, 50}}) {
      check_linear<float>(m, n, k, bias);
      check_linear<double>(m, n, k, bias);
      check_linear<Half>(m, n, k, bias);
      check_linear<BFloat16>(m, n, k, bias);
      if (HasFatalFailure()) return;
    }
}

template <class T> void check_addmm(int64_t batch, int64_t m, int64_t n, int64_t k, double beta, double alpha, const Dims& input_strides) {
  const Tensor a = filled<T>({batch, m, k}, 1), b = filled<T>({batch, k, n}, 2), out = poisoned({batch, m, n}, dtype_of<T>);
  const Tensor input = alias(filled<T>({batch, m, n}, 3), {batch, m, n}, input_strides, 0);
  run(kernels::addmm, out, beta == 0 ? OptTensor() : OptTensor(input), a, b, Scalar(beta), Scalar(alpha));
  for (int64_t s = 0; s < batch; ++s)
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) {
        Chain<Sum<T>> chain;
        for (int64_t p = 0; p < k; ++p)
          chain.add(static_cast<Sum<T>>(a.data<T>()[(s * m + i) * k + p]), static_cast<Sum<T>>(b.data<T>()[(s * k + p) * n + j]));
        const T more = input.data<T>()[s * input_strides[0] + i * input_strides[1] + j * input_strides[2]];
        const auto times = [](double factor, Sum<T> x) {
          if constexpr (std::is_integral_v<T>) return static_cast<T>(static_cast<uint64_t>(static_cast<int64_t>(factor)) * static_cast<uint64_t>(x));
          else return static_cast<Sum<T>>(factor) * x;
        };
        Sum<T> expected = times(alpha, chain.sum());
        if (beta != 0) {
          const Sum<T> kept = times(beta, static_cast<Sum<T>>(more));
          if constexpr (std::is_integral_v<T>) expected = static_cast<T>(static_cast<uint64_t>(kept) + static_cast<uint64_t>(expected));
          else expected = kept + expected;
        }
        expect_element<T>(out.data<T>()[(s * m + i) * n + j], expected, static_cast<double>(k), "addmm", m, n, k, i * n + j);
        if (::testing::Test::HasFatalFailure()) return;
      }
}
TEST(Addmm, ScalesAndAddsTheInput) {
  for (const auto& [m, n, k] : {std::array<int64_t, 3>{1, 70, 400}, {70, 1, 400}, {13, 33, 17}, {40, 64, 800}, {12, 32, 0}})
    for (const auto& [beta, alpha] : {std::array<double, 2>{0, 1}, {0, -3}, {1, 1}, {2, 3}, {-1, 0}})
      for (const Dims& strides : {Dims{m * n, n, 1}, Dims{0, 0, 1}, Dims{0, 1, 0}, Dims{m * n, 1, m}, Dims{0, 0, 0}}) {
        check_addmm<float>(2, m, n, k, beta, alpha, strides);
        check_addmm<double>(1, m, n, k, beta, alpha, strides);
        check_addmm<BFloat16>(1, m, n, k, beta, alpha, strides);
        check_addmm<int32_t>(2, m, n, k, beta, alpha, strides);
        check_addmm<int8_t>(1, m, n, k, beta, alpha, strides);
        if (HasFatalFailure()) return;
      }
}

TEST(Matmul, NansAndInfinitiesOfOneRowStayThere) {
  Tensor a = filled<float>({1, 14, 40}, 1), b = filled<float>({1, 40, 33}, 2), out = empty({1, 14, 33}, DType::float32);
  a.data<float>()[13 * 40] = INFINITY;
  a.data<float>()[12 * 40] = NAN;
  run(kernels::matmul, out, a, b);
  for (int64_t i = 0; i < 14; ++i)
    for (int64_t j = 0; j < 33; ++j) {
      const float v = out.data<float>()[i * 33 + j];
      if (i == 12) EXPECT_TRUE(std::isnan(v));
      else if (i == 13) EXPECT_TRUE(std::isinf(v));
      else EXPECT_TRUE(std::isfinite(v));
    }
}

}  // namespace
}  // namespace dlx::test
