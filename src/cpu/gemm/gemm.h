// The matrix-product engine: out[b,i,j] = sum_p a[b,i,p] * b[b,p,j], with three plug-in points: how the operands are packed,
// what happens to a finished tile, and the batch. Matmul, linear and convolution (all three passes) are calls of multiply().
//
// The order of every sum, the same on every path, machine and number of threads: an element is cut along p into chunks of
// kChunk = 384. Each chunk is one chain of fused multiply-adds that starts from 0 and runs upwards,
//     s = 0;  s = fma(a[p], b[p], s)  for p = 384 c, 384 c + 1, ...
// and the chunks are added in order, ((s0 + s1) + s2) + ...; then comes the bias. Everything else (tiles, packing, cutting for
// threads, exchanging the operands, splitting p over threads) is free. At level v2 the product is rounded before it is added.
// Halves enter as float, small integers as 32 bits; the sum is kept in that type and converted once.
// Integers are unsigned in here: modulo 2^32 or 2^64, as overflow of signed ones is undefined.
// At level v4bf16 a step of bfloat16's chain takes a pair of elements, (2p, 2p + 1), through vdpbf16ps (DESIGN, promise 3 names it).
//
// Tiling (float on v4; other types and levels scale with the vector):
//
//        p: 384 a chunk          32 columns                 A is packed whole, as panels of 12 rows [p][12], by all threads.
//      +---------------+       +----+----+--                A task owns some column panels. For each: for each chunk, pack
//   12 | A panel  18 KB|   384 | B  |    |                  B's panel [p][32] into L2 (patches of an image are made here and
//      +---------------+       |48KB|    |                  nowhere else), run the micro-kernel down the panels of A. The
//   12 |               |       +----+----+--                12x32 tile lives in 24 registers; sums over chunks wait in a
//                                                           task's column of tiles. B is packed whole only where several
//                                                           blocks of rows would pack it again.
// A's 18 KB stream from L2 or L3 under 9,216 cycles of multiply-adds: 2 bytes a cycle.
#pragma once
#include <cstdint>

#include "cpu/vec_half.h"

namespace dlx::cpu::DLX_ISA {

constexpr int64_t kChunk = 384;
// Accumulators are kTileRows x 2 vectors: 24 of 32 registers on v4, 12 of 16 on v3, 8 of 16 on v2 (which needs one for the product).
constexpr int kTileRows = DLX_ISA_LEVEL >= 4 ? 12 : DLX_ISA_LEVEL == 3 ? 6 : 4;
template <class T> constexpr int kTileCols = 2 * Vec<T>::kLanes;

// One operand. Its lanes are the rows of A or the columns of B; both are packed alike.
template <class T> struct Operand {
  // Writes the chain's elements p..p+count of `lanes` lanes to to[p][width], lanes beyond them zero.
  using Pack = void(const void* source, T* to, int64_t batch, int64_t lane, int lanes, int width, int64_t p, int64_t count);
  Pack* pack;
  const void* source;
  bool one_batch = false;      // the same for each batch: packed once
  bool streamed = false;       // patches: made panel by panel in cache, not packed whole (unless that is small)
  const T* direct = nullptr;   // where lanes are neighbours in memory: a panel can be read in place, `chain` elements a step
  int64_t chain = 0, batch = 0;
};

// Where the product goes. Column j is (outer, y, x), x fastest: an image's pixel in a batch of images, or x alone.
template <class T> struct Output {
  // Converts and stores a finished tile, of row stride kTileCols<T>.
  using Put = void(const Output& out, int64_t batch, int64_t i, int64_t j, int rows, int cols, const T* tile);
  Put* put;
  void* data;
  int64_t batch, row, x;             // strides in elements
  int64_t x_size, y_size = 1;        // x_size: at least n if there is no y
  int64_t y = 0, outer = 0;          // strides
  const void* row_bias = nullptr;    // of the output's type; added to the sum. One of the two at most
  const void* col_bias = nullptr;
  int64_t row_bias_batch = 0;        // its stride over the batch (groups of a convolution)
  bool accumulate = false;           // out + (sum + bias) instead of sum + bias
};

// Two neighbours of a chain of bfloat16, the first in the low half.
struct BFloat16Pair {
  uint32_t bits;
};

// Packed is what panels hold: T, or pairs. Then k, p and count are in pairs.
template <class T, class Packed = T> struct Product {
  int64_t batch, m, n, k;
  Operand<Packed> a, b;
  Output<T> out;
};

void multiply(const Product<float>& product);
void multiply(const Product<double>& product);
void multiply(const Product<uint32_t>& product);  // int8, uint8, int16, int32: stored modulo the type
void multiply(const Product<uint64_t>& product);
#if DLX_ISA_LEVEL >= 5
void multiply(const Product<float, BFloat16Pair>& product);
#endif

// The type in which products of T are summed.
template <class T> struct SumOf {
  using type = std::conditional_t<!std::is_integral_v<T>, compute_of<T>, std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>>;
};
template <class T> using sum_of = typename SumOf<T>::type;

}  // namespace dlx::cpu::DLX_ISA
