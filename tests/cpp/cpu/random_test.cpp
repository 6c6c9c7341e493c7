// Random kernels against the generator's definition (core/philox.h): which word each element takes, and how far the offset moves.
#include "core/philox.h"
#include "kernels/random.h"
#include "kernels/run.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace dlx::cpu::DLX_ISA {
namespace {

// Counters beyond 32 bits reach the second word of the counter.
constexpr uint64_t kSeed = 0x0123456789abcdef, kOffset = (uint64_t{1} << 33) - 3;

Tensor generator() {
  const Tensor state = empty({2}, DType::int64);
  state.data<uint64_t>()[0] = kSeed;
  state.data<uint64_t>()[1] = kOffset;
  return state;
}

TEST(Random, IntegersTakeTwoWordsOfABlockEach) {
  for (const int64_t n : {1, 2, 17, 512, 1027}) {
    const Tensor out = empty({n}, DType::int64), state = generator();
    run(kernels::random_integers, out, state, int64_t{0}, uint64_t{1} << 63);
    for (int64_t e = 0; e < n; ++e) {
      const PhiloxBlock block = philox(kSeed, kOffset + static_cast<uint64_t>(e / 2));
      const uint64_t word = block.word[2 * (e % 2)] | uint64_t{block.word[2 * (e % 2) + 1]} << 32;
      ASSERT_EQ(out.data<int64_t>()[e], static_cast<int64_t>(word % (uint64_t{1} << 63))) << e << " of " << n;
    }
    EXPECT_EQ(state.data<uint64_t>()[1], kOffset + static_cast<uint64_t>((n + 1) / 2));
  }
}

TEST(Random, UniformFloatsTakeOneWordEach) {
  for (const int64_t n : {1, 4, 5, 513, 2049}) {
    const Tensor out = empty({n}, DType::float32), state = generator();
    run(kernels::uniform, out, state, 0.0, 1.0);
    for (int64_t e = 0; e < n; ++e) {
      const uint32_t word = philox(kSeed, kOffset + static_cast<uint64_t>(e / 4)).word[e % 4];
      ASSERT_EQ(out.data<float>()[e], static_cast<float>(word >> 8) * 0x1p-24f) << e << " of " << n;
    }
    EXPECT_EQ(state.data<uint64_t>()[1], kOffset + static_cast<uint64_t>((n + 3) / 4));
  }
}

TEST(Random, UniformNeverReachesItsUpperEnd) {
  const Tensor out = empty({100000}, DType::bfloat16), state = generator();
  run(kernels::uniform, out, state, 1.0, 1.0078125);  // two neighbouring bfloat16: half of the sums round up
  for (int64_t e = 0; e < out.numel(); ++e) ASSERT_EQ(static_cast<float>(out.data<BFloat16>()[e]), 1.0f);
}

TEST(Random, DropoutAgainMakesTheSameMask) {
  const int64_t n = 5000;
  const Tensor x = empty({n}, DType::float32), out = empty({n}, DType::float32), again = empty({n}, DType::float32), used = empty({2}, DType::int64);
  for (int64_t i = 0; i < n; ++i) x.data<float>()[i] = 1;
  const Tensor state = generator();
  run(kernels::dropout, out, used, state, x, 0.25);
  EXPECT_EQ(used.data<uint64_t>()[1], kOffset);
  run(kernels::dropout_again, again, used, x, 0.25);
  for (int64_t e = 0; e < n; ++e) {
    const uint32_t word = philox(kSeed, kOffset + static_cast<uint64_t>(e / 4)).word[e % 4];
    ASSERT_EQ(out.data<float>()[e], static_cast<float>(word >> 8) * 0x1p-24f >= 0.25f ? 1 / 0.75f : 0.0f);
    ASSERT_EQ(out.data<float>()[e], again.data<float>()[e]);
  }
}

TEST(Random, PermutationShufflesRandomBuckets) {
  for (const int64_t n : {1, 2, 1000, 8192, 8193, 200000}) {
    const Tensor out = empty({n}, DType::int64), state = generator();
    run(kernels::permutation, out, state);
    const auto word = [](size_t i) {
      const PhiloxBlock block = philox(kSeed, kOffset + i / 2);
      return block.word[i % 2 * 2] | uint64_t{block.word[i % 2 * 2 + 1]} << 32;
    };
    const int bits = kernels::permutation_bits(n);
    std::vector<std::vector<int64_t>> buckets(size_t{1} << bits);
    for (size_t i = 0; i < static_cast<size_t>(n); ++i) buckets[bits > 0 ? word(i) >> (64 - bits) : 0].push_back(static_cast<int64_t>(i));
    size_t p = 0;
    for (std::vector<int64_t>& bucket : buckets) {
      for (size_t i = 0; i < bucket.size(); ++i, ++p)
        std::swap(bucket[i], bucket[static_cast<size_t>(static_cast<unsigned __int128>(word(p) << bits) * (i + 1) >> 64)]);
      for (size_t i = 0; i < bucket.size(); ++i) ASSERT_EQ(out.data<int64_t>()[p - bucket.size() + i], bucket[i]) << n;
    }
    EXPECT_EQ(p, static_cast<size_t>(n));
  }
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
