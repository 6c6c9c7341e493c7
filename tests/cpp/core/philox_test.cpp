#include "core/philox.h"

#include <gtest/gtest.h>

#include <array>

namespace dlx {
namespace {

using Words = std::array<uint32_t, 4>;

// Section 3.3 of the paper, word by word: (L, R) of two 64-bit halves, keys bumped before every round but the first.
Words philox_by_the_paper(Words counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    if (round > 0) {
      key[0] = static_cast<uint32_t>(uint64_t{key[0]} + 0x9E3779B9u);  // the golden ratio
      key[1] = static_cast<uint32_t>(uint64_t{key[1]} + 0xBB67AE85u);  // sqrt(3) - 1
    }
    const uint64_t first = 0xD2511F53ull * counter[0], second = 0xCD9E8D57ull * counter[2];
    counter = {static_cast<uint32_t>(second >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(second & 0xffffffffu),
               static_cast<uint32_t>(first >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(first & 0xffffffffu)};
  }
  return counter;
}

Words block(uint64_t seed, uint64_t counter) {
  const PhiloxBlock b = philox(seed, counter);
  return {b.word[0], b.word[1], b.word[2], b.word[3]};
}

// Known answers of the authors' Random123 library (kat_vectors, philox4x32 10).
constexpr Words kZeros{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
constexpr Words kOnes{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd};

TEST(Philox, GivesThePublishedWords) { EXPECT_EQ(block(0, 0), kZeros); }

// The other vectors set the counter's upper half, which is 0 in dlx: they hold the reference above to the paper.
TEST(Philox, TheReferenceGivesThePublishedWords) {
  EXPECT_EQ(philox_by_the_paper({0, 0, 0, 0}, {0, 0}), kZeros);
  EXPECT_EQ(philox_by_the_paper({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}), kOnes);
}

TEST(Philox, IsThePapersForAnySeedAndCounter) {
  const uint64_t values[] = {0, 1, 0xffffffff, 0x100000000, 0x123456789abcdef, 0x8000000000000000, ~uint64_t{0}};
  for (const uint64_t seed : values)
    for (const uint64_t counter : values)
      EXPECT_EQ(block(seed, counter),
                philox_by_the_paper({static_cast<uint32_t>(counter), static_cast<uint32_t>(counter >> 32), 0, 0},
                                    {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)}))
          << std::hex << seed << " " << counter;
}

}  // namespace
}  // namespace dlx
