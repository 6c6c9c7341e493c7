// Reductions over the middle of (outer, n, inner).
//
// The order in which n values combine depends on n, and on whether they lie along memory (inner = 1) or across it:
//   along:  chunks of kAlongChunk elements, each by the lanes and the tree of Wide (vec.h); the chunks' results are a row again.
//   across: chunks of kAcrossChunk rows; in each, eights of rows as ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7)), added in order, then the
//           rows that are left, one by one; the chunks' results are rows again.
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
constexpr int64_t kStrip = 1024;       // columns of one work item, and elements of a converted block

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

// What reads one dtype: n elements along memory, of several rows; `rows` rows, `stride` elements apart, across it.
template <class Acc> struct Reader {
  void (*rows_along)(Acc* to, DType from, const char* x, int64_t rows, int64_t n);
  Acc (*along)(DType from, const char* x, int64_t n);
  void (*across)(Acc* to, DType from, const char* x, int64_t rows, int64_t stride, int64_t width);
};

// What is combined: the values, or a term of each.
struct Values {
  template <class V> static DLX_INLINE V of(V x) { return x; }
};
struct Squares {
  template <class V> static DLX_INLINE V of(V x) { return x * x; }
};

template <class R, class T, class Term = Values> compute_of<T> floats_along(DType, const char* x, int64_t n) {
  const T* p = reinterpret_cast<const T*>(x);
  return reduce_row_of<R, compute_of<T>>(n, [&](int64_t i, auto lanes) { return Term::of(load_lanes(p + i, lanes)); });
}
// A register of short rows at a time is folded together: 1.9 times as fast for rows of 10.
template <class R, class T, class Term = Values> void float_rows_along(compute_of<T>* to, DType, const char* x, int64_t rows, int64_t n) {
  using Acc = compute_of<T>;
  constexpr int kLanes = Vec<Acc>::kLanes;
  if (n >= 512) {
    for (int64_t r = 0; r < rows; ++r) to[r] = floats_along<R, T, Term>(DType{}, x + r * n * static_cast<int64_t>(sizeof(T)), n);
    return;
  }
  const Vec<Acc> identity(R::template identity<Acc>());
  for (int64_t r = 0; r < rows; r += kLanes) {
    Vec<Acc> row[kLanes];
    for (int k = 0; k < kLanes; ++k) {
      row[k] = identity;
      if (r + k >= rows) continue;
      const T* p = reinterpret_cast<const T*>(x) + (r + k) * n;
      Wide<Acc> wide(identity);
      along<Acc>(n, [&](int w, int64_t i, auto lanes) {
        wide.r[w] = R::combine(wide.r[w], lanes_or(Term::of(load_lanes(p + i, lanes)), lanes, R::template identity<Acc>()));
      });
      row[k] = fold_registers<R>(wide);
    }
    store_partial(to + r, fold_rows<R, kLanes / 2>(row), smaller(rows - r, kLanes));
  }
}
// Row by row, so that eight streams are read along memory; column by column, rows a page apart, it took 1.8 times as long past the cache.
template <class R, class T, class Term = Values> void floats_across(compute_of<T>* to, DType, const char* x, int64_t rows, int64_t stride, int64_t width) {
  using Acc = compute_of<T>;
  const T* p = reinterpret_cast<const T*>(x);
  map_row(to, width, [](int64_t, auto) { return Vec<Acc>(R::template identity<Acc>()); });
  int64_t k = 0;
  for (; k + 8 <= rows; k += 8, p += 8 * stride)
    map_row(to, width, [&](int64_t i, auto lanes) {
      Vec<Acc> v[8];
#pragma GCC unroll 8
      for (int r = 0; r < 8; ++r) v[r] = Term::of(load_lanes(p + r * stride + i, lanes));
      const Vec<Acc> eight = R::combine(R::combine(R::combine(v[0], v[1]), R::combine(v[2], v[3])), R::combine(R::combine(v[4], v[5]), R::combine(v[6], v[7])));
      return R::combine(load_lanes(to + i, lanes), eight);
    });
  for (; k < rows; ++k, p += stride)
    map_row(to, width, [&](int64_t i, auto lanes) { return R::combine(load_lanes(to + i, lanes), Term::of(load_lanes(p + i, lanes))); });
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
template <class R, class Acc> void block_rows_along(Acc* to, DType from, const char* x, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r) to[r] = blocks_along<R, Acc>(from, x + r * n * itemsize(from), n);
}
template <class R, class Acc> void blocks_across(Acc* to, DType from, const char* x, int64_t rows, int64_t stride, int64_t width) {
  alignas(64) Acc block[kStrip];
  map_row(to, width, [](int64_t, auto) { return Vec<Acc>(R::template identity<Acc>()); });
  for (int64_t k = 0; k < rows; ++k) {
    const Acc* row = as_block(block, from, x + k * stride * itemsize(from), width);
    map_row(to, width, [&](int64_t i, auto lanes) { return R::combine(load_partial(to + i, lanes), load_partial(row + i, lanes)); });
  }
}

template <class R, class T, class Term = Values> DLX_INLINE Reader<compute_of<T>> floats() {
  return {float_rows_along<R, T, Term>, floats_along<R, T, Term>, floats_across<R, T, Term>};
}
template <class R, class Acc> DLX_INLINE Reader<Acc> blocks() { return {block_rows_along<R, Acc>, blocks_along<R, Acc>, blocks_across<R, Acc>}; }

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

template <class R, class Acc>
void reduce_along(const Reader<Acc>& reader, DType from, const char* x, int64_t outer, int64_t n, const Results<Acc>& write) {
  const int64_t chunks = chunks_of(n, kAlongChunk), item = itemsize(from);
  const Scratch<Acc> pieces(outer * chunks);
  Acc* piece = pieces.data();
  parallel_for(outer * chunks, smaller(n, kAlongChunk) + 16, [&](int64_t begin, int64_t end) {
    if (chunks == 1) {
      reader.rows_along(piece + begin, from, x + begin * n * item, end - begin, n);
      write(begin, end - begin, piece + begin);
      return;
    }
    for (int64_t i = begin; i < end; ++i) {
      const int64_t first = i % chunks * kAlongChunk;
      piece[i] = reader.along(from, x + (i / chunks * n + first) * item, smaller(n - first, kAlongChunk));
    }
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
    reduce_across<R, Acc>(floats<R, Acc>(), dtype_of<Acc>, reinterpret_cast<const char*>(piece), outer, chunks, inner, write);
  } else {
    constexpr DType kPieces = std::is_same_v<Acc, uint8_t> ? DType::boolean : dtype_of<Acc>;
    reduce_across<R, Acc>(blocks<R, Acc>(), kPieces, reinterpret_cast<const char*>(piece), outer, chunks, inner, write);
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

template <class R> void reduce_numbers(Out out, const Tensor& x, bool mean) {
  if (!is_floating(x.dtype())) return reduce<R>(blocks<R, int64_t>(), out, x);
  dispatch_floating(x.dtype(), [&]<class T>() { reduce<R>(floats<R, T>(), out, x, mean); });
}

void sum_kernel(Out out, const Tensor& x) { reduce_numbers<SumOf>(out, x, false); }
void sum_of_squares_kernel(Out out, const Tensor& x) {
  dispatch_floating(x.dtype(), [&]<class T>() { reduce<SumOf>(floats<SumOf, T, Squares>(), out, x); });
}
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
  if constexpr (std::is_floating_point_v<Acc>) {  // beyond it, or the first NaN
    const Mask<Acc> no = std::is_same_v<R, MaxOf> ? v <= best : v >= best;
    return ~no & (best == best);
  } else {
    return std::is_same_v<R, MaxOf> ? v > best : v < best;
  }
}

// Across memory: the best so far and its row for each column of a strip; a lane's row number has the size of its value.
template <class R, class Acc> struct Extremes {
  using Row = IntOf<Acc>;
  alignas(64) Acc best[kStrip];
  alignas(64) Row at[kStrip];
  // Rows k to k + kRows, `stride` apart.
  template <int kRows> DLX_INLINE void add(const Acc* rows, int64_t k, int64_t stride, int64_t width) {
    each_register<Acc>(width, [&](int64_t i, auto lanes) {
      Vec<Acc> b = Vec<Acc>::load(best + i);
      Vec<Row> a = Vec<Row>::load(at + i);
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) {
        const Vec<Acc> v = load_partial(rows + r * stride + i, lanes);
        const Mask<Acc> better = is_better<R>(v, b);
        b = select(better, v, b);
        a = select(better, Vec<Row>(static_cast<Row>(k + r)), a);
      }
      b.store(best + i);
      a.store(at + i);
    });
  }
};
template <class R, class Acc> void extreme_rows(int64_t* to, DType from, const char* x, int64_t rows, int64_t stride, int64_t width) {
  alignas(64) Acc block[kStrip];
  Extremes<R, Acc> extremes;
  const auto row = [&](int64_t k) { return as_block(block, from, x + k * stride * itemsize(from), width); };
  const Acc* first = row(0);
  for (int64_t i = 0; i < width; ++i) extremes.best[i] = first[i], extremes.at[i] = 0;
  int64_t k = 1;
  if (first != block)  // where they are
    for (; k + 4 <= rows; k += 4) extremes.template add<4>(row(k), k, stride, width);
  for (; k < rows; ++k) extremes.template add<1>(row(k), k, stride, width);
  for (int64_t i = 0; i < width; ++i) to[i] = extremes.at[i];
}

// Along memory: of a row of several chunks, the first one that holds the extreme value is looked through.
template <class R, class Acc> void extreme_index_along(int64_t* index, const Reader<Acc>& reader, DType from, const char* x, int64_t outer, int64_t n) {
  const int64_t chunks = chunks_of(n, kAlongChunk), item = itemsize(from);
  const Scratch<Acc> pieces(outer * chunks);
  Acc* piece = pieces.data();
  const auto chunk = [=](int64_t i) { return x + (i / chunks * n + i % chunks * kAlongChunk) * item; };
  const auto count = [=](int64_t i) { return smaller(n - i % chunks * kAlongChunk, kAlongChunk); };
  parallel_for(outer * chunks, 2 * smaller(n, kAlongChunk) + 16, [&](int64_t begin, int64_t end) {
    if (chunks == 1) reader.rows_along(piece + begin, from, chunk(begin), end - begin, n);
    for (int64_t i = begin; i < end; ++i) {
      if (chunks == 1) index[i] = first_index_of(from, chunk(i), n, piece[i]);
      else piece[i] = reader.along(from, chunk(i), count(i));
    }
  });
  if (chunks == 1) return;
  parallel_for(outer, kAlongChunk, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      int64_t best = r * chunks;
      for (int64_t i = best + 1; i < (r + 1) * chunks; ++i)
        if (is_better<R, Acc>(Vec<Acc>(piece[i]), Vec<Acc>(piece[best])).v[0]) best = i;
      index[r] = best % chunks * kAlongChunk + first_index_of(from, chunk(best), count(best), piece[best]);
    }
  });
}

template <class R, class Acc> void extreme_index(const Reader<Acc>& reader, Out values, Out indices, const Tensor& x) {
  const int64_t outer = x.size(0), n = x.size(1), inner = x.size(2), item = itemsize(x.dtype());
  if (outer * inner == 0) return;
  const char* from = x.data<char>();
  int64_t* index = indices.data<int64_t>();
  if (inner == 1) {
    extreme_index_along<R, Acc>(index, reader, x.dtype(), from, outer, n);
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

// --- the gradient of an extreme value --------------------------------------------------------------------------------

// How many of n elements equal `value`: exact, and so the same in any order.
template <class T> double count_equal(const T* x, int64_t n, compute_of<T> value) {
  using Int = IntOf<compute_of<T>>;
  return -static_cast<double>(reduce_row_of<SumOf, Int>(n, [&](int64_t i, auto lanes) { return load_lanes(x + i, lanes) == value; }));
}
// Those that equal y share g, the others get none of it; nothing equals a NaN, and 0 / 0 is one.
template <class C> struct Share {
  Vec<C> of_equal, of_others;
  DLX_INLINE Share(Vec<C> g, Vec<C> count) : of_equal(Vec<C>(C(1)) / count * g), of_others(Vec<C>(C(0)) / count * g) {}
};

template <class T> void extreme_gradient_along(T* to, const T* g, const T* x, const T* y, int64_t outer, int64_t n) {
  using C = compute_of<T>;
  const int64_t chunks = chunks_of(n, kAlongChunk);
  const bool past = outer * n * static_cast<int64_t>(sizeof(T)) >= kPastCache;
  const Scratch<double> pieces(outer * chunks);
  const auto each_chunk = [&](int64_t cost, const auto& f) {  // f(number, row, offset, count)
    parallel_for(outer * chunks, cost * smaller(n, kAlongChunk) + 16, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) f(i, i / chunks, i / chunks * n + i % chunks * kAlongChunk, smaller(n - i % chunks * kAlongChunk, kAlongChunk));
      if (past) finish_past_cache();
    });
  };
  const auto count = [&](int64_t i, int64_t r, int64_t at, int64_t size) { pieces[i] = count_equal(x + at, size, static_cast<C>(y[r])); };
  const auto write = [&](int64_t, int64_t r, int64_t at, int64_t size) {
    const Share<C> share(Vec<C>(static_cast<C>(g[r])), Vec<C>(static_cast<C>(pieces[r * chunks])));
    const Vec<C> extreme(static_cast<C>(y[r]));
    map_row_past(past, to + at, size, [&](int64_t i, auto lanes) { return select(load_lanes(x + at + i, lanes) == extreme, share.of_equal, share.of_others); });
  };
  if (chunks == 1) return each_chunk(3, [&](auto... chunk) { count(chunk...), write(chunk...); });
  each_chunk(1, count);
  for (int64_t r = 0; r < outer; ++r)
    for (int64_t c = 1; c < chunks; ++c) pieces[r * chunks] += pieces[r * chunks + c];
  each_chunk(2, write);
}

template <class T> void extreme_gradient_across(T* to, const T* g, const T* x, const T* y, int64_t outer, int64_t n, int64_t inner) {
  using C = compute_of<T>;
  const int64_t chunks = chunks_of(n, kAcrossChunk), strips = chunks_of(inner, kStrip);
  const Scratch<C> pieces(outer * chunks * inner);
  // f(chunk's counts of a strip, offset in g and y, offset in x, rows, width)
  const auto each_chunk = [&](int64_t cost, const auto& f) {
    parallel_for(outer * chunks * strips, cost * smaller(n, kAcrossChunk) * smaller(inner, kStrip) + 16, [&](int64_t begin, int64_t end) {
      for (int64_t item = begin; item < end; ++item) {
        const int64_t first = item % strips * kStrip, chunk = item / strips % chunks, o = item / strips / chunks;
        f(pieces + (o * chunks + chunk) * inner + first, o * inner + first, (o * n + chunk * kAcrossChunk) * inner + first,
          smaller(n - chunk * kAcrossChunk, kAcrossChunk), smaller(inner - first, kStrip));
      }
    });
  };
  each_chunk(1, [&](C* counts, int64_t column, int64_t at, int64_t rows, int64_t width) {
    map_row(counts, width, [](int64_t, auto) { return Vec<C>(C(0)); });
    for (int64_t k = 0; k < rows; ++k)
      map_row(counts, width, [&, row = x + at + k * inner](int64_t i, auto lanes) {
        const auto equal = load_lanes(row + i, lanes) == load_lanes(y + column + i, lanes);
        return load_lanes(counts + i, lanes) + select(equal, Vec<C>(C(1)), Vec<C>(C(0)));
      });
  });
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t c = 1; c < chunks; ++c) {
      C* const counts = pieces + o * chunks * inner;
      map_row(counts, inner, [&](int64_t i, auto lanes) { return load_lanes(counts + i, lanes) + load_lanes(counts + c * inner + i, lanes); });
    }
  each_chunk(2, [&](C*, int64_t column, int64_t at, int64_t rows, int64_t width) {
    const C* const counts = pieces + column / inner * chunks * inner + column % inner;
    alignas(64) C of_equal[kStrip], of_others[kStrip];
    each_register<C>(width, [&](int64_t i, auto lanes) {
      const Share<C> share(load_lanes(g + column + i, lanes), load_lanes(counts + i, lanes));
      share.of_equal.store(of_equal + i);
      share.of_others.store(of_others + i);
    });
    for (int64_t k = 0; k < rows; ++k)
      map_row(to + at + k * inner, width, [&, row = x + at + k * inner](int64_t i, auto lanes) {
        return select(load_lanes(row + i, lanes) == load_lanes(y + column + i, lanes), load_lanes(of_equal + i, lanes), load_lanes(of_others + i, lanes));
      });
  });
}

void extreme_backward_kernel(Out gx, const Tensor& g, const Tensor& x, const Tensor& y) {
  const int64_t outer = x.size(0), n = x.size(1), inner = x.size(2);
  dispatch_floating(x.dtype(), [&]<class T>() {
    if (inner == 1) extreme_gradient_along(gx.data<T>(), g.data<T>(), x.data<T>(), y.data<T>(), outer, n);
    else extreme_gradient_across(gx.data<T>(), g.data<T>(), x.data<T>(), y.data<T>(), outer, n, inner);
  });
}

// --- the variance ----------------------------------------------------------------------------------------------------

// Moments of parts, merged in order: x comes from memory once, also where a part is read twice. Along memory parts are of
// kMomentsPart elements, across it of kMomentsRows rows.
constexpr int64_t kMomentsRows = 64, kMomentsStrip = 512;

// The moments of `width` columns of a few rows.
template <class T> void moments_across(Moments* to, const T* x, int64_t rows, int64_t stride, int64_t width) {
  using C = compute_of<T>;
  alignas(64) C sum[kMomentsStrip], low[kMomentsStrip], squares[kMomentsStrip];
  C* const high = sum;
  const auto add_rows = [&](C* to, const auto& term) {  // by fours: a sum is read and written once for them
    map_row(to, width, [](int64_t, auto) { return Vec<C>(C(0)); });
    int64_t k = 0;
    for (; k + 4 <= rows; k += 4)
      map_row(to, width, [&, row = x + k * stride](int64_t i, auto lanes) {
        const auto of = [&](int64_t r) { return term(load_lanes(row + r * stride + i, lanes), i, lanes); };
        return load_lanes(to + i, lanes) + ((of(0) + of(1)) + (of(2) + of(3)));
      });
    for (; k < rows; ++k)
      map_row(to, width, [&, row = x + k * stride](int64_t i, auto lanes) { return load_lanes(to + i, lanes) + term(load_lanes(row + i, lanes), i, lanes); });
  };
  add_rows(sum, [&](Vec<C> v, int64_t i, auto lanes) { return v - load_lanes(x + i, lanes); });
  for (int64_t i = 0; i < width; ++i) {
    const double mean = static_cast<double>(static_cast<C>(x[i])) + static_cast<double>(sum[i]) / static_cast<double>(rows);
    to[i].mean = mean;
    high[i] = static_cast<C>(mean);
    low[i] = static_cast<C>(mean - static_cast<double>(high[i]));
  }
  add_rows(squares, [&](Vec<C> v, int64_t i, auto lanes) {
    const Vec<C> d = (v - load_lanes(high + i, lanes)) - load_lanes(low + i, lanes);
    return d * d;
  });
  for (int64_t i = 0; i < width; ++i) to[i].squares = static_cast<double>(squares[i]);
}

// [outer][part][inner], where all but the last part have `part` values of n.
template <class T> void moments_of_parts(Moments* pieces, const T* x, int64_t outer, int64_t n, int64_t inner, int64_t part) {
  const int64_t parts = chunks_of(n, part), strip = inner == 1 ? 1 : kMomentsStrip, strips = chunks_of(inner, strip);
  parallel_for(outer * parts * strips, 2 * smaller(n, part) * smaller(inner, strip) + 32, [&](int64_t begin, int64_t end) {
    for (int64_t item = begin; item < end; ++item) {
      const int64_t first = item % strips * strip, p = item / strips % parts, o = item / strips / parts;
      const T* from = x + (o * n + p * part) * inner + first;
      Moments* to = pieces + (o * parts + p) * inner + first;
      if (inner == 1) *to = moments_of_part(from, smaller(n - p * part, part));
      else moments_across(to, from, smaller(n - p * part, part), inner, smaller(inner - first, strip));
    }
  });
}

void variance_kernel(Out out, Out mean, const Tensor& x, double divisor, bool root) {
  constexpr int64_t kBlock = 256;
  const int64_t outer = x.size(0), n = x.size(1), inner = x.size(2), part = inner == 1 ? kMomentsPart : kMomentsRows, parts = chunks_of(n, part);
  const Scratch<Moments> pieces(outer * parts * inner);
  dispatch_floating(x.dtype(), [&]<class T>() { moments_of_parts(pieces.data(), x.data<T>(), outer, n, inner, part); });
  // Of one part all results are neighbours, else those of one `outer`.
  const int64_t groups = parts == 1 ? 1 : outer, width = parts == 1 ? outer * inner : inner, blocks = chunks_of(width, kBlock);
  parallel_for(groups * blocks, 4 * parts * smaller(width, kBlock) + 32, [&](int64_t begin, int64_t end) {
    double means[kBlock], variances[kBlock];
    for (int64_t item = begin; item < end; ++item) {
      const int64_t first = item % blocks * kBlock, o = item / blocks, count = smaller(width - first, kBlock);
      const Moments* piece = pieces + o * parts * width + first;
      const auto size = [&](int64_t p) { return static_cast<double>(smaller(n - p * part, part)); };
      for (int64_t i = 0; i < count; ++i) means[i] = variances[i] = 0;
      for (int64_t p = 0; p < parts; ++p)
        for (int64_t i = 0; i < count; ++i) means[i] += piece[p * width + i].mean * size(p);
      for (int64_t i = 0; i < count; ++i) means[i] = parts == 1 ? piece[i].mean : means[i] / static_cast<double>(n);
      for (int64_t p = 0; p < parts; ++p)
        for (int64_t i = 0; i < count; ++i) {
          const double d = piece[p * width + i].mean - means[i];
          variances[i] += piece[p * width + i].squares + size(p) * d * d;
        }
      map_row(variances, count, [&](int64_t i, auto lanes) {
        const Vec<double> v = load_lanes(variances + i, lanes) / Vec<double>(divisor);
        return root ? sqrt(v) : v;
      });
      const int64_t at = o * width + first;
      convert_block(out.dtype(), out.data<char>() + at * itemsize(out.dtype()), DType::float64, variances, count);
      if (mean.defined()) convert_block(mean.dtype(), mean.data<char>() + at * itemsize(mean.dtype()), DType::float64, means, count);
    }
  });
}

DLX_REGISTER_CPU(kernels::sum_of_squares, sum_of_squares_kernel);
DLX_REGISTER_CPU(kernels::variance, variance_kernel);
DLX_REGISTER_CPU(kernels::sum, sum_kernel);
DLX_REGISTER_CPU(kernels::mean, mean_kernel);
DLX_REGISTER_CPU(kernels::prod, prod_kernel);
DLX_REGISTER_CPU(kernels::amax, amax_kernel);
DLX_REGISTER_CPU(kernels::amin, amin_kernel);
DLX_REGISTER_CPU(kernels::extreme_backward, extreme_backward_kernel);
DLX_REGISTER_CPU(kernels::max_index, max_index_kernel);
DLX_REGISTER_CPU(kernels::min_index, min_index_kernel);
DLX_REGISTER_CPU(kernels::all, all_kernel);
DLX_REGISTER_CPU(kernels::any, any_kernel);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
