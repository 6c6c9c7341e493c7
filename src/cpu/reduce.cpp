// Reductions over the middle of (outer, n, inner).
//
// The order in which n values combine depends on n, and on whether they lie along memory (inner = 1) or across it:
//   along:  chunks of kAlongChunk elements, each by the lanes and the tree of Wide (vec.h); the chunks' results are a row again.
//   across: chunks of kAcrossChunk rows, each in four chains (row k to chain k mod 4), added as (0 + 1) + (2 + 3); the chunks'
//           results are rows again.
// So threads may take chunks, strips of columns or rows in any order. Floats are read as they are; integers pass through blocks of
// int64, and all and any through blocks of bool, so that one loop serves all dtypes.
#include "kernels/reduce.h"

#include "core/parallel.h"
#include "core/scratch.h"
#include "cpu/convert.h"
#include "cpu/row.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kAlongChunk = 8192;  // 128 additions in each lane of float: short chains keep the error small
constexpr int64_t kAcrossChunk = 256;  // rows
constexpr int64_t kStrip = 512;        // columns of one work item, and elements of a converted block

int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
int64_t chunks_of(int64_t n, int64_t chunk) { return n == 0 ? 1 : (n - 1) / chunk + 1; }

struct ProductOf {
  template <class V> static DLX_INLINE V combine(V a, V b) { return a * b; }
  template <class T> static constexpr T identity() { return T(1); }
};

// --- one chunk -----------------------------------------------------------------------------------------------------

// Acc is the type of the result: float, double, int64_t, or uint8_t for bool.
template <class Acc> inline constexpr DType kBlockDType = std::is_same_v<Acc, uint8_t> ? DType::boolean : dtype_of<Acc>;

// `count` elements of dtype `from` as Acc: where they are, or converted into `block`.
template <class Acc> DLX_INLINE const Acc* as_block(Acc* block, DType from, const char* x, int64_t count) {
  if (from == kBlockDType<Acc> && from != DType::boolean) return reinterpret_cast<const Acc*>(x);
  convert_block(kBlockDType<Acc>, block, from, x, count);
  return block;
}

// What reads one dtype: n elements along memory; `rows` rows, `stride` elements apart, across it.
template <class Acc> struct Reader {
  Acc (*along)(DType from, const char* x, int64_t n);
  void (*across)(Acc* to, DType from, const char* x, int64_t rows, int64_t stride, int64_t width);
};

template <class R, class T> compute_of<T> floats_along(DType, const char* x, int64_t n) {
  return reduce_row<R>(reinterpret_cast<const T*>(x), n);
}
template <class R, class T> void floats_across(compute_of<T>* to, DType, const char* x, int64_t rows, int64_t stride, int64_t width) {
  using Acc = compute_of<T>;
  constexpr Acc kIdentity = R::template identity<Acc>();
  each_register<Acc>(width, [&](int64_t i, auto lanes) {
    Vec<Acc> chain[4] = {Vec<Acc>(kIdentity), Vec<Acc>(kIdentity), Vec<Acc>(kIdentity), Vec<Acc>(kIdentity)};
    const T* p = reinterpret_cast<const T*>(x) + i;
    int64_t k = 0;
    for (; k + 4 <= rows; k += 4, p += 4 * stride) {
#pragma GCC unroll 4
      for (int c = 0; c < 4; ++c) chain[c] = R::combine(chain[c], load_lanes(p + c * stride, lanes));
    }
    if (k < rows) chain[0] = R::combine(chain[0], load_lanes(p, lanes));
    if (k + 1 < rows) chain[1] = R::combine(chain[1], load_lanes(p + stride, lanes));
    if (k + 2 < rows) chain[2] = R::combine(chain[2], load_lanes(p + 2 * stride, lanes));
    store_partial(to + i, R::combine(R::combine(chain[0], chain[1]), R::combine(chain[2], chain[3])), lanes);
  });
}

template <class R, class Acc> Acc blocks_along(DType from, const char* x, int64_t n) {
  alignas(64) Acc block[kStrip];
  Vec<Acc> result(R::template identity<Acc>());
  for (int64_t i = 0; i < n; i += kStrip) {
    const int64_t count = smaller(n - i, kStrip);
    result = R::combine(result, Vec<Acc>(reduce_row<R>(as_block(block, from, x + i * itemsize(from), count), count)));
  }
  return result.v[0];
}
template <class R, class Acc> void blocks_across(Acc* to, DType from, const char* x, int64_t rows, int64_t stride, int64_t width) {
  alignas(64) Acc block[kStrip];
  map_row(to, width, [](int64_t, auto) { return Vec<Acc>(R::template identity<Acc>()); });
  for (int64_t k = 0; k < rows; ++k) {
    const Acc* row = as_block(block, from, x + k * stride * itemsize(from), width);
    map_row(to, width, [&](int64_t i, auto lanes) { return R::combine(load_partial(to + i, lanes), load_partial(row + i, lanes)); });
  }
}

// --- all chunks ----------------------------------------------------------------------------------------------------

// Writes results as the dtype of `out`, divided if `divisor` is not 0.
template <class Acc> struct Results {
  char* data;
  DType dtype;
  Acc divisor;
  bool divides;
  void operator()(int64_t at, int64_t count, Acc* values) const {
    if (divides)
      for (int64_t i = 0; i < count; ++i) values[i] /= divisor;
    convert_block(dtype, data + at * itemsize(dtype), kBlockDType<Acc>, values, count);
  }
};

template <class R, class Acc, class Write>
void reduce_along(const Reader<Acc>& reader, DType from, const char* x, int64_t outer, int64_t n, const Write& write) {
  const int64_t chunks = chunks_of(n, kAlongChunk), item = itemsize(from);
  const Scratch<Acc> pieces(outer * chunks);
  Acc* piece = pieces.data();
  parallel_for(outer * chunks, smaller(n, kAlongChunk) + 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t first = i % chunks * kAlongChunk;
      piece[i] = reader.along(from, x + (i / chunks * n + first) * item, smaller(n - first, kAlongChunk));
    }
    if (chunks == 1) write(begin, end - begin, piece + begin);
  });
  if (chunks == 1) return;
  constexpr DType kPieces = kBlockDType<Acc> == DType::boolean ? DType::uint8 : kBlockDType<Acc>;
  const auto fold = [](const Acc* p, int64_t count) {
    if constexpr (std::is_floating_point_v<Acc>) return floats_along<R, Acc>(kPieces, reinterpret_cast<const char*>(p), count);
    else return blocks_along<R, Acc>(kPieces, reinterpret_cast<const char*>(p), count);
  };
  for (int64_t r = 0; r < outer; ++r) {
    Acc* row = piece + r * chunks;
    int64_t count = chunks;
    for (; count > kAlongChunk; count = chunks_of(count, kAlongChunk))  // in place: piece i is written after it was read
      for (int64_t i = 0; i * kAlongChunk < count; ++i) row[i] = fold(row + i * kAlongChunk, smaller(count - i * kAlongChunk, kAlongChunk));
    Acc result = fold(row, count);
    write(r, 1, &result);
  }
}

template <class R, class Acc>
void reduce_across(const Reader<Acc>& reader, DType from, const char* x, int64_t outer, int64_t n, int64_t inner, const Results<Acc>& write) {
  const int64_t chunks = chunks_of(n, kAcrossChunk), strips = chunks_of(inner, kStrip), item = itemsize(from);
  const int64_t cost = smaller(n, kAcrossChunk) * smaller(inner, kStrip) + 16;
  if (chunks == 1) {
    parallel_for(outer * strips, cost, [&](int64_t begin, int64_t end) {
      alignas(64) Acc result[kStrip];
      for (int64_t i = begin; i < end; ++i) {
        const int64_t first = i % strips * kStrip, width = smaller(inner - first, kStrip), o = i / strips;
        reader.across(result, from, x + (o * n * inner + first) * item, n, inner, width);
        write(o * inner + first, width, result);
      }
    });
    return;
  }
  const Scratch<Acc> pieces(outer * chunks * inner);
  Acc* piece = pieces.data();
  parallel_for(outer * chunks * strips, cost, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t first = i % strips * kStrip, chunk = i / strips % chunks, o = i / strips / chunks;
      reader.across(piece + (o * chunks + chunk) * inner + first, from, x + ((o * n + chunk * kAcrossChunk) * inner + first) * item,
                    smaller(n - chunk * kAcrossChunk, kAcrossChunk), inner, smaller(inner - first, kStrip));
    }
  });
  if constexpr (std::is_floating_point_v<Acc>) {
    reduce_across<R, Acc>({floats_along<R, Acc>, floats_across<R, Acc>}, dtype_of<Acc>, reinterpret_cast<const char*>(piece), outer, chunks, inner, write);
  } else {
    constexpr DType kPieces = std::is_same_v<Acc, uint8_t> ? DType::boolean : dtype_of<Acc>;
    reduce_across<R, Acc>({blocks_along<R, Acc>, blocks_across<R, Acc>}, kPieces, reinterpret_cast<const char*>(piece), outer, chunks, inner, write);
  }
}

template <class R, class Acc> void reduce(const Reader<Acc>& reader, Out out, const Tensor& x, bool mean = false) {
  const int64_t outer = x.size(0), n = x.size(1), inner = x.size(2);
  if (outer * inner == 0) return;
  const Results<Acc> results{out.data<char>(), out.dtype(), static_cast<Acc>(n), mean};
  const char* from = x.data<char>();
  if (inner == 1) reduce_along<R, Acc>(reader, x.dtype(), from, outer, n, results);
  else reduce_across<R, Acc>(reader, x.dtype(), from, outer, n, inner, results);
}
template <class R, class T> DLX_INLINE Reader<compute_of<T>> floats() { return {floats_along<R, T>, floats_across<R, T>}; }
template <class R, class Acc> DLX_INLINE Reader<Acc> blocks() { return {blocks_along<R, Acc>, blocks_across<R, Acc>}; }

template <class R> void reduce_numbers(Out out, const Tensor& x, bool mean) {
  if (!is_floating(x.dtype())) return reduce<R>(blocks<R, int64_t>(), out, x);
  dispatch_floating(x.dtype(), [&]<class T>() { reduce<R>(floats<R, T>(), out, x, mean); });
}

void sum_kernel(Out out, const Tensor& x) { reduce_numbers<SumOf>(out, x, false); }
void prod_kernel(Out out, const Tensor& x) { reduce_numbers<ProductOf>(out, x, false); }
void mean_kernel(Out out, const Tensor& x) { reduce_numbers<SumOf>(out, x, true); }
void amax_kernel(Out out, const Tensor& x) { reduce_numbers<MaxOf>(out, x, false); }
void amin_kernel(Out out, const Tensor& x) { reduce_numbers<MinOf>(out, x, false); }
// Of an empty row the identities remain: nonzero for the minimum, 0 for the maximum.
void all_kernel(Out out, const Tensor& x) { reduce<MinOf>(blocks<MinOf, uint8_t>(), out, x); }
void any_kernel(Out out, const Tensor& x) { reduce<MaxOf>(blocks<MaxOf, uint8_t>(), out, x); }

// --- the index of the extreme value --------------------------------------------------------------------------------

// The first element equal to `value`, or the first NaN if it is one. x: Acc where `from` says so.
template <class Acc> int64_t first_index_of(DType from, const char* x, int64_t n, Acc value) {
  alignas(64) Acc block[kStrip];
  for (int64_t i = 0;; i += kStrip) {
    const int64_t count = smaller(n - i, kStrip);
    const Acc* p = as_block(block, from, x + i * itemsize(from), count);
    int64_t k = 0;
    for (; k + Vec<Acc>::kLanes <= count; k += Vec<Acc>::kLanes) {
      const Vec<Acc> v = Vec<Acc>::load(p + k);
      if (any((v == Vec<Acc>(value)) | (v != v))) break;
    }
    for (; k < count; ++k)
      if (p[k] == value || p[k] != p[k]) return i + k;
  }
}

template <class R, class Acc> DLX_INLINE Mask<Acc> is_better(Vec<Acc> v, Vec<Acc> best) {
  const Mask<Acc> beyond = std::is_same_v<R, MaxOf> ? v > best : v < best;
  return beyond | ((v != v) & (best == best));
}

// Across memory: the best so far and its row for each column of a strip; a lane's row number has the size of its value.
template <class R, class Acc> void extreme_rows(int64_t* to, DType from, const char* x, int64_t rows, int64_t stride, int64_t width) {
  alignas(64) Acc block[kStrip], best[kStrip];
  alignas(64) IntOf<Acc> at[kStrip];
  for (int64_t k = 0; k < rows; ++k) {
    const Acc* row = as_block(block, from, x + k * stride * itemsize(from), width);
    each_register<Acc>(width, [&](int64_t i, auto lanes) {
      const Vec<Acc> v = load_partial(row + i, lanes);
      if (k == 0) {
        v.store(best + i);
        Vec<IntOf<Acc>>(IntOf<Acc>{0}).store(at + i);
        return;
      }
      const Vec<Acc> b = Vec<Acc>::load(best + i);
      const Mask<Acc> better = is_better<R>(v, b);
      select(better, v, b).store(best + i);
      select(better, Vec<IntOf<Acc>>(static_cast<IntOf<Acc>>(k)), Vec<IntOf<Acc>>::load(at + i)).store(at + i);
    });
  }
  for (int64_t i = 0; i < width; ++i) to[i] = at[i];
}

template <class R, class Acc> void extreme_index(const Reader<Acc>& reader, Out values, Out indices, const Tensor& x) {
  const int64_t outer = x.size(0), n = x.size(1), inner = x.size(2), item = itemsize(x.dtype());
  if (outer * inner == 0) return;
  const char* from = x.data<char>();
  int64_t* index = indices.data<int64_t>();
  if (inner == 1) {
    reduce_along<R, Acc>(reader, x.dtype(), from, outer, n, [&](int64_t at, int64_t count, Acc* best) {
      for (int64_t i = 0; i < count; ++i) index[at + i] = first_index_of(x.dtype(), from + (at + i) * n * item, n, best[i]);
    });
  } else {
    const int64_t strips = chunks_of(inner, kStrip);
    parallel_for(outer * strips, 2 * n * smaller(inner, kStrip) + 16, [&](int64_t begin, int64_t end) {
      for (int64_t s = begin; s < end; ++s) {
        const int64_t first = s % strips * kStrip, o = s / strips;
        const auto rows = n <= INT32_MAX || sizeof(Acc) == 8 ? extreme_rows<R, Acc> : extreme_rows<R, double>;
        rows(index + o * inner + first, x.dtype(), from + (o * n * inner + first) * item, n, inner, smaller(inner - first, kStrip));
      }
    });
  }
  if (!values.defined()) return;
  char* to = values.data<char>();
  parallel_for(outer * inner, 2, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      __builtin_memcpy(to + i * item, from + ((i / inner * n + index[i]) * inner + i % inner) * item, static_cast<size_t>(item));
  });
}
template <class R> void extreme_index_of(Out values, Out indices, const Tensor& x) {
  if (!is_floating(x.dtype())) return extreme_index<R>(blocks<R, int64_t>(), values, indices, x);
  dispatch_floating(x.dtype(), [&]<class T>() { extreme_index<R>(floats<R, T>(), values, indices, x); });
}
void max_index_kernel(Out values, Out indices, const Tensor& x) { extreme_index_of<MaxOf>(values, indices, x); }
void min_index_kernel(Out values, Out indices, const Tensor& x) { extreme_index_of<MinOf>(values, indices, x); }

DLX_REGISTER_CPU(kernels::sum, sum_kernel);
DLX_REGISTER_CPU(kernels::mean, mean_kernel);
DLX_REGISTER_CPU(kernels::prod, prod_kernel);
DLX_REGISTER_CPU(kernels::amax, amax_kernel);
DLX_REGISTER_CPU(kernels::amin, amin_kernel);
DLX_REGISTER_CPU(kernels::max_index, max_index_kernel);
DLX_REGISTER_CPU(kernels::min_index, min_index_kernel);
DLX_REGISTER_CPU(kernels::all, all_kernel);
DLX_REGISTER_CPU(kernels::any, any_kernel);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
