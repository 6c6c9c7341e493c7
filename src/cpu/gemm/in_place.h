// Micro-kernels that read B where it lies, for products with few rows: a panel of B that is used once or thrice is not worth packing.
// The chain of each sum is that of the packed kernels, so the bits are too.
//
//   Lanes are neighbours (B row-major): a step reads `Vectors` registers of one row. With one row of A, 8 registers a step are 512
//   bytes in a run, and lines are asked for some rows ahead: a row apart, the machine's own prefetching sees little.
//   The chain is in memory's direction (a Linear's weight): 16 columns x 16 steps are transposed in registers, between the
//   multiply-adds of the block before. AVX-512 only; elsewhere such panels are packed in strips (Engine::thin_block).
#pragma once
#include "cpu/gemm/pack.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// --- lanes are neighbours --------------------------------------------------------------------------------------------

// Into L2, as L1 has few lines under way at once: 4 rows of 1024 times
// 1024 x 1024 out of L3, one thread of a Zen 4: 264 us, so 125.
constexpr int64_t kRowsAhead = 48;

// Loads a step of B from `from`; kElements: of the chain in a step.
template <class Packed, class Source> struct StepOfRows {
  static constexpr int kElements = 1;
  template <int Vectors>
  static DLX_INLINE void load(const Source* from, int64_t, typename Step<Packed>::Register (&column)[Vectors]) {
    constexpr int64_t kLanes = Vec<Packed>::kLanes;
#pragma GCC unroll 8
    for (int j = 0; j < Vectors; ++j) column[j] = load_lanes(from + j * kLanes, std::integral_constant<int64_t, kLanes>());
  }
};
#if DLX_ISA_LEVEL >= 5
// Two rows are interleaved to pairs.
template <> struct StepOfRows<BFloat16Pair, BFloat16> {
  static constexpr int kElements = 2;
  template <int Vectors>
  static DLX_INLINE void load(const BFloat16* from, int64_t stride, typename Step<BFloat16Pair>::Register (&column)[Vectors]) {
#pragma GCC unroll 4
    for (int j = 0; j < Vectors; j += 2) interleave_rows(from + j * 16, from + stride + j * 16, &column[j], &column[j + 1]);
  }
};
#endif

template <class Packed, class Source, int Rows, int Vectors, bool Keep>
void rows_kernel(int64_t count, const Packed* a, const void* b, int64_t stride, SumIn<Packed>* tile, int64_t tile_stride, Start start, Packed* keep) {
  using Loader = StepOfRows<Packed, Source>;
  constexpr int kLanes = Vec<SumIn<Packed>>::kLanes;
  const auto* from = static_cast<const Source*>(b);
  Vec<SumIn<Packed>> sum[Rows][Vectors];
  start_sums(sum, tile, tile_stride, start);
  for (int64_t p = 0; p < count; ++p, a += Rows, from += Loader::kElements * stride) {
    typename Step<Packed>::Register column[Vectors];
    Loader::template load<Vectors>(from, stride, column);
#pragma GCC unroll 2
    for (int e = 0; e < Loader::kElements; ++e)
#pragma GCC unroll 8
      for (int at = 0; at < Vectors * kLanes; at += 64 / static_cast<int>(sizeof(Source)))
        __builtin_prefetch(from + (Loader::kElements * kRowsAhead + e) * stride + at, 0, 2);
    if constexpr (Keep) {
#pragma GCC unroll 8
      for (int j = 0; j < Vectors; ++j) Step<Packed>::store(keep + j * kLanes, column[j]);
      keep += Vectors * kLanes;
    }
    add_step<Packed>(sum, a, column);
  }
  finish_sums(sum, tile, tile_stride, start);
}

constexpr int vectors_at_once(int rows) {
  int vectors = 8;
  while (vectors > 2 && rows * vectors > 2 * kTileRows) vectors /= 2;
  return vectors;
}
template <class Packed, class Source, int... I> constexpr InPlace<Packed> in_place_rows(std::integer_sequence<int, I...>) {
  return {{rows_kernel<Packed, Source, usable_height(I), 2, false>...},
          {rows_kernel<Packed, Source, usable_height(I), vectors_at_once(usable_height(I)), false>...},
          {vectors_at_once(usable_height(I)) / 2 ...},
          rows_kernel<Packed, Source, kTileRows, 2, true>};
}
template <class Packed, class Source> constexpr InPlace<Packed> kInPlaceRows = in_place_rows<Packed, Source>(std::make_integer_sequence<int, kHeightCount>());

// --- the chain is in memory's direction ------------------------------------------------------------------------------

#if DLX_ISA_LEVEL >= 4 && defined(__x86_64__)
constexpr int64_t kLinesAhead = 8;

// count elements into a block's line, the rest of it 0.
template <int Line, class Source> DLX_INLINE void copy_some(Source* to, const Source* from, int64_t count) {
  using Bits = std::conditional_t<sizeof(Source) == 2, uint16_t, Source>;
  store_partial(reinterpret_cast<Bits*>(to), load_partial(reinterpret_cast<const Bits*>(from), count), Line);
}

template <class Packed, class Source, int Rows, bool Keep>
void columns_kernel(int64_t count, const Packed* a, const void* b, int64_t stride, SumIn<Packed>* tile, int64_t tile_stride, Start start, Packed* keep) {
  using T = SumIn<Packed>;
  using S = Step<Packed>;
  constexpr int kLanes = Vec<T>::kLanes;
  constexpr int kElements = kElementsOf<Packed>;
  constexpr int kLine = kLanes * kElements;  // of Source, in a block
  for (int first = 0; first < 2 * kLanes; first += kLanes) {
    const auto* const from = static_cast<const Source*>(b) + first * stride;
    Vec<T> sum[Rows][1];
    start_sums(sum, tile + first, tile_stride, start);
    int64_t p = 0;
    const auto add = [&](int64_t step, typename S::Register column) __attribute__((always_inline)) {
      if constexpr (Keep) S::store(keep + step * 2 * kLanes + first, column);
      const typename S::Register columns[1] = {column};
      add_step<Packed>(sum, a + step * Rows, columns);
    };
    const auto part = [&](int64_t steps) {  // fewer than a block has
      Source lines[kLanes * kLine];
      Packed block[kLanes * kLanes];
      for (int l = 0; l < kLanes; ++l) copy_some<kLine>(lines + l * kLine, from + l * stride + p * kElements, steps * kElements);
      typename S::Register column[kLanes];
      load_transposed<Packed, false>(lines, kLine, column);
#pragma GCC unroll 16
      for (int t = 0; t < kLanes; ++t) S::store(block + t * kLanes, column[t]);
      for (int64_t t = 0; t < steps; ++t) add(p + t, S::load(block + t * kLanes));
      p += steps;
    };
    // Blocks begin where lines do: else each line would be read twice, and be gone from L1 before the second time. NumPy's arrays
    // begin 16 bytes behind a line: one row of 1024 to 1024, 200 -> 125 us.
    const int64_t before = static_cast<int64_t>(-reinterpret_cast<uintptr_t>(from) % (kLine * sizeof(Source)) / (kElements * sizeof(Source)));
    if (before > 0 && before < count) part(before);
    for (; p + kLanes <= count; p += kLanes) {
      const Source* at = from + p * kElements;
#pragma GCC unroll 16
      for (int l = 0; l < kLanes; ++l) __builtin_prefetch(at + l * stride + kLinesAhead * 64 / sizeof(Source), 0, 2);
      typename S::Register column[kLanes];
      load_transposed<Packed, (Rows <= 4)>(at, stride, column);
#pragma GCC unroll 16
      for (int t = 0; t < kLanes; ++t) add(p + t, column[t]);
    }
    if (p < count) part(count - p);
    finish_sums(sum, tile + first, tile_stride, start);
  }
}

template <class Packed, class Source, int... I> constexpr InPlace<Packed> in_place_columns(std::integer_sequence<int, I...>) {
  return {{columns_kernel<Packed, Source, usable_height(I), false>...},
          {columns_kernel<Packed, Source, usable_height(I), false>...},
          {(I >= 0 ? 1 : 0)...},
          columns_kernel<Packed, Source, kTileRows, true>};
}
template <class Packed, class Source>
constexpr InPlace<Packed> kInPlaceColumns = in_place_columns<Packed, Source>(std::make_integer_sequence<int, kHeightCount>());
#endif

// `source` must outlive the product; k: the chain's length in elements.
template <class Packed, class Source> DLX_INLINE void read_in_place(Operand<Packed>& operand, const Strided<Source>& source, [[maybe_unused]] int64_t k) {
  constexpr int64_t kSize = sizeof(Source), kElements = kElementsOf<Packed>;
  if (k % kElements != 0) return;  // the last pair has a second half that is not there
  operand.data = reinterpret_cast<const char*>(source.data);
  operand.lane = source.lane * kSize, operand.chain = source.chain * kSize * kElements, operand.batch = source.batch * kSize;
  if (source.lane == 1) operand.in_place = &kInPlaceRows<Packed, Source>, operand.stride = source.chain;
#if DLX_ISA_LEVEL >= 4 && defined(__x86_64__)
  else if (source.chain == 1) operand.in_place = &kInPlaceColumns<Packed, Source>, operand.stride = source.lane;
#endif
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
