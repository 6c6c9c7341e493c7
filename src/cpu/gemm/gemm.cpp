// The engine's loops: cutting the product into tasks, sharing packed panels, adding chunks in order.
#include "cpu/gemm/gemm.h"

#include "core/caches.h"
#include "core/parallel.h"
#include "core/scratch.h"
#include "cpu/gemm/micro.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// Below this many multiply-adds a second thread costs more than it brings (DESIGN: 128 k).
constexpr int64_t kSerialWork = int64_t{1} << 17;
// Multiply-adds that take as long as one cheap element operation of parallel_for.
constexpr int64_t kWorkPerElement = 8;
constexpr int64_t kNarrowStep = 64;  // 8 KB of B's panel at a time
constexpr int64_t kSumsBytes = int64_t{256} << 10;
// What operands packed whole may take for a group of batches, and what patches may.
constexpr int64_t kGroupBytes = int64_t{64} << 20, kPatchBytes = int64_t{1} << 20;

DLX_INLINE int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
DLX_INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
DLX_INLINE int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

// Panels of one operand: `size` lanes each, the last one `tail` wide. Packed whole: chunk after chunk, in each panel after panel.
struct Panels {
  int64_t lanes, size, count, padded;
  template <class Tail> DLX_INLINE Panels(int64_t lanes_, int64_t size_, const Tail& tail)
      : lanes(lanes_), size(size_), count(ceil_div(lanes_, size_)),
        padded((count - 1) * size_ + tail(lanes_ - (count - 1) * size_)) {}
  DLX_INLINE int first_lanes(int64_t panel) const { return static_cast<int>(smaller(size, lanes - panel * size)); }
  DLX_INLINE int64_t offset(int64_t panel, int64_t p, int64_t count_p) const { return p * padded + panel * size * count_p; }
};

template <class T, class Packed> struct Engine {
  static constexpr int64_t kStep = kChunk / kElementsOf<Packed>;  // a chunk, in what panels hold
  static constexpr int64_t kTileSize = static_cast<int64_t>(kTileRows) * kTileCols<T>;
  const Product<T, Packed>& q;
  const Panels rows, cols;
  const int64_t chunks;
  int64_t row_tasks, col_tasks;  // a batch's product is cut into row_tasks x col_tasks blocks of panels
  bool split;                    // too few tasks: chunks of the chain run side by side
  bool share_a, share_b;
  bool store_directly;           // a full tile is the output's own memory

  DLX_INLINE explicit Engine(const Product<T, Packed>& product)
      : q(product), rows(q.m, kTileRows, panel_height), cols(q.n, kTileCols<T>, panel_width<T>),
        chunks(larger(1, ceil_div(q.k, kStep))) {
    store_directly = q.out.same_type && q.out.x == 1 && q.n <= q.out.x_size && q.out.plain();
    const double work = static_cast<double>(q.batch) * static_cast<double>(q.m) * static_cast<double>(q.n) * static_cast<double>(q.k);
    const int64_t threads = work < static_cast<double>(kSerialWork) ? 1 : num_threads();
    const int64_t wanted = threads == 1 ? 1 : 4 * threads;  // tasks: enough for threads that are not equally fast
    const bool may_pack_b = !q.b.streamed || cols.padded * q.k * static_cast<int64_t>(sizeof(T)) <= kPatchBytes;
    col_tasks = smaller(cols.count, ceil_div(wanted, q.batch));
    // Rows of A that one task takes where B can be packed whole: their chunk fills 9/16 of L2 (384 rows of 384 floats in 1 MB).
    const int64_t block_rows = larger(kTileRows, l2_cache_bytes() * 9 / 16 / (larger(1, smaller(kStep, q.k)) * static_cast<int64_t>(sizeof(Packed))));
    row_tasks = q.b.streamed ? 1 : ceil_div(rows.count * kTileRows, block_rows);
    if (may_pack_b && q.batch * col_tasks * row_tasks < 2 * threads)
      row_tasks = larger(row_tasks, smaller(rows.count, ceil_div(wanted, q.batch * col_tasks)));
    split = threads > 1 && chunks > 1 && q.batch * col_tasks * row_tasks < threads;
    share_a = col_tasks * (q.a.one_batch ? q.batch : 1) > 1;
    share_b = !(q.b.in_place && rows.count == 1) && may_pack_b && row_tasks * (q.b.one_batch ? q.batch : 1) > 1;
  }

  DLX_INLINE int64_t chunk_size(int64_t chunk) const { return smaller(kStep, q.k - chunk * kStep); }
  DLX_INLINE int height(int64_t panel) const { return panel_height(rows.first_lanes(panel)); }
  DLX_INLINE int width(int64_t panel) const { return panel_width<T>(cols.first_lanes(panel)); }

  // Packs `batches` of an operand whole, from batch b0 on.
  template <class Width>
  DLX_INLINE void pack_whole(Packed* to, const Operand<Packed>& x, const Panels& panels, const Width& panel_width_of, int64_t b0, int64_t batches) const {
    const int64_t each = panels.count * chunks;
    parallel_for(batches * each, panels.size * smaller(kStep, q.k), [&](int64_t begin, int64_t end) {
      for (int64_t item = begin; item < end; ++item) {
        const int64_t b = item / each, panel = item % each / chunks, chunk = item % chunks, count = chunk_size(chunk);
        x.pack(x.source, to + b * panels.padded * q.k + panels.offset(panel, chunk * kStep, count), b0 + b, panel * panels.size,
               panels.first_lanes(panel), panel_width_of(panel), chunk * kStep, count);
      }
    });
  }

  DLX_INLINE bool in_place(int64_t panel) const { return q.b.in_place && cols.first_lanes(panel) == cols.size; }
  DLX_INLINE const char* in_memory(int64_t b, int64_t panel, int64_t chunk) const {
    return q.b.data + b * q.b.batch + panel * cols.size * q.b.lane + chunk * kStep * q.b.chain;
  }
  // B's panel for one chunk: packed before, or made now in `own`.
  DLX_INLINE const Packed* panel_of_b(const Packed* shared, Packed* own, int64_t b, int64_t panel, int64_t chunk) const {
    const int64_t count = chunk_size(chunk);
    if (shared) return shared + cols.offset(panel, chunk * kStep, count);
    q.b.pack(q.b.source, own, b, panel * cols.size, cols.first_lanes(panel), width(panel), chunk * kStep, count);
    return own;
  }

  DLX_INLINE void tile(int64_t i, int64_t j, int64_t count, const Packed* a, const Packed* b, T* to, int64_t stride, Start start) const {
    kMicro<Packed>.kernel[height_index(rows.first_lanes(i))][width(j) == kTileCols<T>](count, a, b, to, stride, start);
  }
  DLX_INLINE void put(int64_t b, int64_t i, int64_t j, const T* sums, int64_t stride) const {
    q.out.put(q.out, b, i * rows.size, j * cols.size, rows.first_lanes(i), cols.first_lanes(j), sums, stride);
  }
  // Where tile (i, j) can be computed in the output itself, else null.
  DLX_INLINE T* in_output(int64_t b, int64_t i, int64_t j) const {
    if (!store_directly || height(i) != rows.first_lanes(i) || width(j) != cols.first_lanes(j)) return nullptr;
    return static_cast<T*>(q.out.data) + b * q.out.batch + i * rows.size * q.out.row + j * cols.size;
  }

  // A block of the product: panels [i0, i1) x [j0, j1) of batch b. shared_a, shared_b: that batch's packed operands, or null.
  void block(int64_t b, int64_t i0, int64_t i1, int64_t j0, int64_t j1, const Packed* shared_a, const Packed* shared_b) const {
    const int64_t padded_rows = (i1 == rows.count ? rows.padded : i1 * rows.size) - i0 * rows.size;
    // With several chunks, panels of B take turns at each: A's chunk (590 KB) then comes from L3 once for all of them. 65 -> 110 GF/s at
    // 2048^3 (Zen 4). As many as have sums of kSumsBytes.
    const int64_t together =
        chunks == 1 ? 1 : smaller(j1 - j0, larger(1, kSumsBytes / static_cast<int64_t>(sizeof(T)) / ((i1 - i0) * kTileSize)));
    const int64_t sums_size = chunks == 1 ? kTileSize : together * (i1 - i0) * kTileSize;
    if (i1 - i0 == 1 && !shared_b) return thin_block(b, i0, j0, j1, shared_a);
    // A of one's own is packed chunk by chunk where each chunk is used in one go, else whole.
    const bool a_by_chunk = j1 - j0 <= together || chunks == 1;
    const Scratch<T> scratch(sums_size);
    const Scratch<Packed> panels(cols.size * kStep + (shared_a ? 0 : padded_rows * (a_by_chunk ? smaller(kStep, q.k) : q.k)));
    T* const sums = scratch.data();
    Packed* const own_b = panels.data();
    Packed* const own_a = own_b + cols.size * kStep;
    for (int64_t j = j0; j < j1; j += together) {
      for (int64_t chunk = 0; chunk < chunks; ++chunk) {
        const int64_t count = chunk_size(chunk);
        const Start start = chunk > 0 ? Start::add : Start::from_zero;
        Packed* const own_chunk = own_a + (a_by_chunk ? 0 : chunk * kStep * padded_rows);
        if (!shared_a && j == j0)
          for (int64_t i = i0; i < i1; ++i)
            q.a.pack(q.a.source, own_chunk + (i - i0) * rows.size * count, b, i * rows.size, rows.first_lanes(i), height(i), chunk * kStep, count);
        for (int64_t jj = j; jj < smaller(j + together, j1); ++jj) {
          const bool keep = !shared_b && in_place(jj);  // the first panel of A reads B in memory and keeps it
          const Packed* panel_b = keep ? own_b : panel_of_b(shared_b, own_b, b, jj, chunk);
          for (int64_t i = i0; i < i1; ++i) {
            const Packed* panel_a = shared_a ? shared_a + rows.offset(i, chunk * kStep, count) : own_chunk + (i - i0) * rows.size * count;
            T* sum = in_output(b, i, jj);
            const bool put_later = !sum;
            const int64_t stride = put_later ? kTileCols<T> : q.out.row;
            if (put_later) sum = chunks == 1 ? sums : sums + ((jj - j) * (i1 - i0) + i - i0) * kTileSize;
            if (keep && i == i0) q.b.in_place->keeping(count, panel_a, in_memory(b, jj, chunk), q.b.stride, sum, stride, start, own_b);
            else tile(i, jj, count, panel_a, panel_b, sum, stride, start);
            if (put_later && chunk == chunks - 1) put(b, i, jj, sum, stride);
          }
        }
      }
    }
  }

  // One panel of A: each panel of B is used once. It is read where it lies if it can be, else made in steps that stay in L1, and the
  // chain goes on from step to step.
  void thin_block(int64_t b, int64_t i, int64_t j0, int64_t j1, const Packed* shared_a) const {
    const int64_t h = height(i);
    const Scratch<Packed> panels(cols.size * kNarrowStep + (shared_a ? 0 : h * q.k));
    Packed* const own_b = panels.data();
    Packed* const own_a = own_b + cols.size * kNarrowStep;
    T sums[kTileSize], part[kTileSize];
    if (!shared_a)
      for (int64_t chunk = 0; chunk < chunks; ++chunk)
        q.a.pack(q.a.source, own_a + chunk * kStep * h, b, i * rows.size, rows.first_lanes(i), static_cast<int>(h), chunk * kStep, chunk_size(chunk));
    const auto panel_a = [&](int64_t chunk) { return shared_a ? shared_a + rows.offset(i, chunk * kStep, chunk_size(chunk)) : own_a + chunk * kStep * h; };
    const int index = height_index(rows.first_lanes(i));
    int64_t now = 1;
    for (int64_t j = j0; j < j1; j += now) {
      now = 1;
      T* sum = in_output(b, i, j);
      const bool put_later = !sum;
      if (in_place(j)) {
        const int64_t wide = q.b.in_place->panels[index];
        if (j + wide <= j1 && in_place(j + wide - 1)) now = wide;
        auto* kernel = now > 1 ? q.b.in_place->several[index] : q.b.in_place->one[index];
        const int64_t stride = put_later ? now * cols.size : q.out.row;
        if (put_later) sum = sums;
        for (int64_t chunk = 0; chunk < chunks; ++chunk)
          kernel(chunk_size(chunk), panel_a(chunk), in_memory(b, j, chunk), q.b.stride, sum, stride, chunk > 0 ? Start::add : Start::from_zero, nullptr);
        if (put_later) for (int64_t jj = 0; jj < now; ++jj) put(b, i, j + jj, sums + jj * cols.size, stride);
        continue;
      }
      tile(i, j, 0, own_a, own_b, part, kTileCols<T>, Start::from_zero);  // k may be 0
      for (int64_t chunk = 0; chunk < chunks; ++chunk) {
        const int64_t count = chunk_size(chunk);
        for (int64_t p = 0; p < count; p += kNarrowStep) {
          const int64_t steps = smaller(kNarrowStep, count - p);
          q.b.pack(q.b.source, own_b, b, j * cols.size, cols.first_lanes(j), width(j), chunk * kStep + p, steps);
          tile(i, j, steps, panel_a(chunk) + p * h, own_b, part, kTileCols<T>, p == 0 ? Start::from_zero : Start::go_on);
        }
        for (int64_t e = 0; e < rows.first_lanes(i) * kTileCols<T>; ++e) sums[e] = chunk == 0 ? part[e] : sums[e] + part[e];
      }
      put(b, i, j, sums, kTileCols<T>);
    }
  }

  // Few tiles and a long chain (a weight's gradient): rounds of chunks are computed side by side, each into tiles of its own, then
  // added in order. shared_*: all batches' packed operands, or null.
  void split_chain(const Packed* shared_a, const Packed* shared_b) const {
    const int64_t tiles = q.batch * rows.count * cols.count, round = 4 * num_threads();
    const Scratch<T> scratch((1 + round) * tiles * kTileSize);
    T* const sums = scratch.data();
    const int64_t columns = q.batch * cols.count;  // an item: a column of tiles of one chunk
    for (int64_t first = 0; first < chunks; first += round) {
      const int64_t now = smaller(round, chunks - first);
      parallel_for(now * columns, larger(1, q.m * cols.size * kStep / kWorkPerElement), [&](int64_t begin, int64_t end) {
        const Scratch<Packed> own(cols.size * kStep + rows.size * kStep);
        for (int64_t item = begin; item < end; ++item) {
          const int64_t chunk = first + item / columns, b = item % columns / cols.count, j = item % cols.count;
          const int64_t count = chunk_size(chunk);
          const Packed* panel_b = panel_of_b(shared_b ? shared_b + (q.b.one_batch ? 0 : b * cols.padded * q.k) : nullptr, own, b, j, chunk);
          for (int64_t i = 0; i < rows.count; ++i) {
            const Packed* panel_a;
            if (shared_a) {
              panel_a = shared_a + (q.a.one_batch ? 0 : b * rows.padded * q.k) + rows.offset(i, chunk * kStep, count);
            } else {
              Packed* own_a = own + cols.size * kStep;
              q.a.pack(q.a.source, own_a, b, i * rows.size, rows.first_lanes(i), height(i), chunk * kStep, count);
              panel_a = own_a;
            }
            tile(i, j, count, panel_a, panel_b, sums + ((1 + chunk - first) * tiles + (b * cols.count + j) * rows.count + i) * kTileSize, kTileCols<T>, Start::from_zero);
          }
        }
      });
      parallel_for(tiles, now * kTileSize, [&](int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; ++t) {
          T* sum = sums + t * kTileSize;
          const int64_t b = t / rows.count / cols.count, j = t / rows.count % cols.count, i = t % rows.count;
          for (int64_t c = 0; c < now; ++c) {
            const T* more = sums + ((1 + c) * tiles + t) * kTileSize;
            if (first + c == 0) for (int64_t e = 0; e < kTileSize; ++e) sum[e] = more[e];
            else for (int64_t e = 0; e < kTileSize; ++e) sum[e] = sum[e] + more[e];
          }
          if (first + now == chunks) put(b, i, j, sum, kTileCols<T>);
        }
      });
    }
  }

  void run() const {
    const int64_t a_size = rows.padded * q.k, b_size = cols.padded * q.k;  // packed, of one batch
    if (split) {
      const Scratch<Packed> a(share_a ? (q.a.one_batch ? 1 : q.batch) * a_size : 0), b(share_b ? (q.b.one_batch ? 1 : q.batch) * b_size : 0);
      if (share_a) pack_whole(a, q.a, rows, [&](int64_t i) { return height(i); }, 0, q.a.one_batch ? 1 : q.batch);
      if (share_b) pack_whole(b, q.b, cols, [&](int64_t j) { return width(j); }, 0, q.b.one_batch ? 1 : q.batch);
      return split_chain(share_a ? a.data() : nullptr, share_b ? b.data() : nullptr);
    }
    const int64_t each = (share_a && !q.a.one_batch ? a_size : 0) + (share_b && !q.b.one_batch ? b_size : 0);
    const int64_t group = each == 0 ? q.batch : smaller(q.batch, larger(1, kGroupBytes / static_cast<int64_t>(sizeof(T)) / each));
    const Scratch<Packed> a(share_a ? (q.a.one_batch ? 1 : group) * a_size : 0), b(share_b ? (q.b.one_batch ? 1 : group) * b_size : 0);
    for (int64_t b0 = 0; b0 < q.batch; b0 += group) {
      const int64_t now = smaller(group, q.batch - b0), tasks = row_tasks * col_tasks;
      if (share_a && (b0 == 0 || !q.a.one_batch)) pack_whole(a, q.a, rows, [&](int64_t i) { return height(i); }, b0, q.a.one_batch ? 1 : now);
      if (share_b && (b0 == 0 || !q.b.one_batch)) pack_whole(b, q.b, cols, [&](int64_t j) { return width(j); }, b0, q.b.one_batch ? 1 : now);
      parallel_for(now * tasks, larger(1, ceil_div(q.m, row_tasks) * ceil_div(q.n, col_tasks) * larger(q.k, 1) / kWorkPerElement),
                   [&](int64_t begin, int64_t end) {
        for (int64_t item = begin; item < end; ++item) {
          const int64_t in_group = item / tasks, i = item % tasks / col_tasks, j = item % col_tasks;
          block(b0 + in_group, rows.count * i / row_tasks, rows.count * (i + 1) / row_tasks, cols.count * j / col_tasks,
                cols.count * (j + 1) / col_tasks, share_a ? a + (q.a.one_batch ? 0 : in_group * a_size) : nullptr,
                share_b ? b + (q.b.one_batch ? 0 : in_group * b_size) : nullptr);
        }
      });
    }
  }
};

// What a tile's padding costs: multiply-adds of an m x n product, by its panels.
template <class T> DLX_INLINE double padded_work(int64_t m, int64_t n) {
  return static_cast<double>(Panels(m, kTileRows, panel_height).padded) * static_cast<double>(Panels(n, kTileCols<T>, panel_width<T>).padded);
}

template <class T, class Packed> DLX_INLINE void multiply_any(const Product<T, Packed>& product) {
  if (product.batch == 0 || product.m == 0 || product.n == 0) return;
  const bool plain = product.n <= product.out.x_size && !product.b.streamed;
  // A narrow product (n = 1: a matrix times a vector) is computed transposed: (b^T a^T)^T has the same products in the same order.
  if (plain && padded_work<T>(product.n, product.m) < 0.8 * padded_work<T>(product.m, product.n)) {
    Product<T, Packed> t = product;
    t.m = product.n, t.n = product.m;
    t.a = product.b, t.b = product.a;
    t.out.residual_row = product.out.residual_x, t.out.residual_x = product.out.residual_row;
    t.out.row = product.out.x, t.out.x = product.out.row, t.out.x_size = product.m;
    t.out.row_bias = product.out.col_bias, t.out.col_bias = product.out.row_bias;
    return Engine<T, Packed>(t).run();
  }
  Engine<T, Packed>(product).run();
}

}  // namespace

void multiply(const Product<float>& product) { multiply_any(product); }
void multiply(const Product<double>& product) { multiply_any(product); }
void multiply(const Product<uint32_t>& product) { multiply_any(product); }
void multiply(const Product<uint64_t>& product) { multiply_any(product); }
void multiply(const Product<uint32_t, Int16Pair>& product) { multiply_any(product); }
#if DLX_ISA_LEVEL >= 5
void multiply(const Product<float, BFloat16Pair>& product) { multiply_any(product); }
#endif

}  // namespace dlx::cpu::DLX_ISA
