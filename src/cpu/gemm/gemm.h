// The matrix-product engine: out[b,i,j] = sum_p a[b,i,p] * b[b,p,j], with three plug-in points: how the operands are packed,
// what happens to a finished tile, and the batch. Matmul, linear and convolution (all three passes) are calls of multiply().
//
// The order of every sum, the same on every path, machine and number of threads: an element is cut along p into chunks of
// kChunk = 384. Each chunk is one chain of fused multiply-adds that starts from 0 and runs upwards,
//     s = 0;  s = fma(a[p], b[p], s)  for p = 384 c, 384 c + 1, ...
// and the chunks are added in order, ((s0 + s1) + s2) + ...; then comes the bias. Everything else (tiles, packing, cutting for
// threads, exchanging the operands, splitting p over threads) is free. At level v2 the product is rounded before it is added.
// Halves enter as float, integers as 32 bits or more; the sum is kept in that type and converted once.
// Integers are unsigned in here: modulo 2^32 or 2^64, as overflow of signed ones is undefined.
// At level v4bf16 a step of bfloat16's chain takes a pair of elements, (2p, 2p + 1), through vdpbf16ps (DESIGN, promise 3 names it).
// So does one of integers of up to 16 bits, through vpmaddwd: modulo their type (uint16 as int16) their sums have no order.
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
// A's 18 KB stream from L2 or L3 under 9,216 cycles of multiply-adds: 2 bytes a cycle. A full tile to which nothing is to be added
// is summed in the output's own memory; others in a task's, and then put there (put.h).
//
// With one panel of A (few rows, a vector) B is not packed at all, and with some panels while the first of them reads it (in_place.h).
#pragma once
#include <cstdint>

#include "cpu/vec_half.h"

namespace dlx::cpu::DLX_ISA {

constexpr int64_t kChunk = 384;
// Accumulators are kTileRows x 2 vectors: 24 of 32 registers on v4, 12 of 16 on v3, 8 of 16 on v2 (which needs one for the product).
constexpr int kTileRows = DLX_ISA_LEVEL >= 4 ? 12 : DLX_ISA_LEVEL == 3 ? 6 : 4;
template <class T> constexpr int kTileCols = 2 * Vec<T>::kLanes;

// Two neighbours of a chain, of bfloat16 or of small integers as int16; the first in the low half.
struct BFloat16Pair {
  uint32_t bits;
};
struct Int16Pair {
  uint32_t bits;
};
// The type in which products of what panels hold are summed, and how many elements of the chain it holds.
template <class Packed> struct PackedTraits {
  using Sum = Packed;
  static constexpr int kElements = 1;
};
template <> struct PackedTraits<BFloat16Pair> {
  using Sum = float;
  static constexpr int kElements = 2;
};
template <> struct PackedTraits<Int16Pair> {
  using Sum = uint32_t;
  static constexpr int kElements = 2;
};
template <class Packed> using SumIn = typename PackedTraits<Packed>::Sum;
template <class Packed> constexpr int kElementsOf = PackedTraits<Packed>::kElements;

enum class Start { from_zero, add, go_on };  // micro.h

// B where it lies: micro-kernels that read it in memory instead of a packed panel (in_place.h), by the height of A's panel. A panel of B
// that meets one panel of A is not packed at all; one that meets several is kept as the first one reads it.
template <class T> struct InPlace {
  using Kernel = void(int64_t count, const T* a, const void* b, int64_t stride, SumIn<T>* tile, int64_t tile_stride, Start start, T* keep);
  Kernel* one[7];     // for one panel of B, of full width
  Kernel* several[7]; // for `panels[h]` neighbours at once: as many sums as registers can hold, longer runs of memory
  int panels[7];
  Kernel* keeping;    // for one panel, which is also written to `keep` as packing would; full height
};

// One operand. Its lanes are the rows of A or the columns of B; both are packed alike.
template <class T> struct Operand {
  // Writes the chain's elements p..p+count of `lanes` lanes to to[p][width], lanes beyond them zero.
  using Pack = void(const void* source, T* to, int64_t batch, int64_t lane, int lanes, int width, int64_t p, int64_t count);
  Pack* pack;
  const void* source;
  bool one_batch = false;      // the same for each batch: packed once
  bool streamed = false;       // patches: made panel by panel in cache, not packed whole (unless that is small)
  const InPlace<T>* in_place = nullptr;
  const char* data = nullptr;  // for in_place, with strides in bytes (chain: of what a panel holds), and the kernels' `stride`
  int64_t lane = 0, chain = 0, batch = 0, stride = 0;
};

// Where the product goes. Column j is (outer, y, x), x fastest: an image's pixel in a batch of images, or x alone.
template <class T> struct Output {
  // Converts and stores a finished tile: out = beta * residual + (alpha * sum + bias), each operation rounded.
  using Put = void(const Output& out, int64_t batch, int64_t i, int64_t j, int rows, int cols, const T* tile, int64_t stride);
  Put* put;
  void* data;
  int64_t batch, row, x;             // strides in elements
  int64_t x_size, y_size = 1;        // x_size: at least n if there is no y
  int64_t y = 0, outer = 0;          // strides
  const void* row_bias = nullptr;    // of the output's type; added to the sum. One of the two at most
  const void* col_bias = nullptr;
  int64_t bias_batch = 0;            // its stride over the batch (groups of a convolution)
  const void* residual = nullptr;    // of the output's type
  int64_t residual_batch = 0, residual_row = 0, residual_x = 0;  // strides
  T alpha = 1, beta = 1;
  bool same_type = false;            // the output holds T: where nothing is to be added, tiles are computed in its memory

  DLX_INLINE bool plain() const { return !row_bias && !col_bias && !residual && alpha == T(1); }
};

// Packed is what panels hold: T, or pairs. Then k, p and count are in pairs.
template <class T, class Packed = T> struct Product {
  int64_t batch, m, n, k;
  Operand<Packed> a, b;
  Output<T> out;
};

void multiply(const Product<float>& product);
void multiply(const Product<double>& product);
void multiply(const Product<uint32_t>& product);  // stored modulo the type
void multiply(const Product<uint32_t, Int16Pair>& product);
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
