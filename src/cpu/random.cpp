// Random fills. Work is cut into pieces of kPiece elements; each makes its own Philox blocks from its place in the stream, a vector
// of counters at a time, so threads and registers change nothing.
#include "kernels/random.h"

#include "core/parallel.h"
#include "core/scratch.h"
#include "cpu/convert.h"
#include "cpu/keyed.h"
#include "cpu/row.h"
#include "kernels/math.h"

namespace dlx::cpu::DLX_ISA {
namespace {

using kernels::Draw;

constexpr int64_t kPiece = 512;           // elements
constexpr int64_t kWordCost = 4, kNormalCost = 16;
constexpr int64_t kPermuted = int64_t{1} << 16;  // elements of a permutation that a thread takes, at least

// --- words ---------------------------------------------------------------------------------------------------------

// Lanes 0, 0, 1, 1, ... of a and b by turns, from the lower half of the register or the upper; and the even and odd lanes of a, then b.
template <class T, int... I> DLX_INLINE Vec<T> interleaved_of(Vec<T> a, Vec<T> b, bool high, std::integer_sequence<int, I...>) {
  constexpr int kLanes = Vec<T>::kLanes;
  if (high) return Vec<T>::of(__builtin_shufflevector(a.v, b.v, (kLanes / 2 + I / 2 + I % 2 * kLanes)...));
  return Vec<T>::of(__builtin_shufflevector(a.v, b.v, (I / 2 + I % 2 * kLanes)...));
}
template <class T, int... I> DLX_INLINE Vec<T> separated_of(Vec<T> a, Vec<T> b, bool odd, std::integer_sequence<int, I...>) {
  if (odd) return Vec<T>::of(__builtin_shufflevector(a.v, b.v, (2 * I + 1)...));
  return Vec<T>::of(__builtin_shufflevector(a.v, b.v, (2 * I)...));
}
template <class T> inline constexpr auto kAllLanes = std::make_integer_sequence<int, Vec<T>::kLanes>();

// `blocks` (a multiple of 16) blocks of the stream from `first` on; to: two 64-bit words each, that is words 0 and 1, 2 and 3, of 32 bits.
// As core/philox.h, one counter in each 64-bit lane. The multiplication reads lower halves alone, so what stands in the upper ones does
// not matter until the end: no masks on the way. Round keys are made once (rand: 0.73 -> 0.52 ns a number with both, Zen 4).
struct RoundKeys {
  Vec<uint64_t> k0[10], k1[10];
  DLX_INLINE explicit RoundKeys(uint64_t seed) {
    uint32_t a = static_cast<uint32_t>(seed), b = static_cast<uint32_t>(seed >> 32);
    for (int round = 0; round < 10; ++round) {
      k0[round] = Vec<uint64_t>(a);
      k1[round] = Vec<uint64_t>(b);
      a += 0x9E3779B9;
      b += 0xBB67AE85;
    }
  }
};
DLX_INLINE void philox_words(uint64_t* to, const RoundKeys& keys, uint64_t first, int64_t blocks) {
  using V = Vec<uint64_t>;
  constexpr int64_t kLanes = V::kLanes;
  constexpr int kTwo = 2;  // registers side by side: a round waits for the one before it, and the scheduler holds little more than one chain
  const V low(0xffffffffu), m0(0xD2511F53u), m1(0xCD9E8D57u);
  for (int64_t i = 0; i < blocks; i += kTwo * kLanes) {
    V c0[kTwo], c1[kTwo], c2[kTwo], c3[kTwo];
#pragma GCC unroll 2
    for (int k = 0; k < kTwo; ++k) {
      c0[k] = V(first + static_cast<uint64_t>(i + k * kLanes)) + iota<uint64_t>();
      c1[k] = c0[k] >> 32;
      c2[k] = c3[k] = V(0);
    }
#pragma GCC unroll 10
    for (int round = 0; round < 10; ++round) {
#pragma GCC unroll 2
      for (int k = 0; k < kTwo; ++k) {
        const V p0 = mul_low_halves(m0, c0[k]), p1 = mul_low_halves(m1, c2[k]);
        c0[k] = (p1 >> 32) ^ (c1[k] ^ keys.k0[round]);
        c2[k] = (p0 >> 32) ^ (c3[k] ^ keys.k1[round]);
        c1[k] = p1;
        c3[k] = p0;
      }
    }
#pragma GCC unroll 2
    for (int k = 0; k < kTwo; ++k) {
      const V a = (c0[k] & low) | (c1[k] << 32), b = (c2[k] & low) | (c3[k] << 32);
      uint64_t* at = to + 2 * (i + k * kLanes);
      interleaved_of(a, b, false, kAllLanes<uint64_t>).store(at);
      interleaved_of(a, b, true, kAllLanes<uint64_t>).store(at + kLanes);
    }
  }
}

struct Stream {
  uint64_t seed, offset;
};
Stream stream_of(const Tensor& state) {
  const uint64_t* words = state.data<uint64_t>();
  return {words[0], words[1]};
}
// Words of 32 bits for n elements (4 a block), or of 64 (2 a block).
template <class Word> constexpr int64_t kPerBlock = 16 / sizeof(Word);
template <class Word> void advance(const Tensor& state, int64_t n) {
  state.data<uint64_t>()[1] += static_cast<uint64_t>((n + kPerBlock<Word> - 1) / kPerBlock<Word>);
}
// fill(begin, count, words) for the pieces of [0, n); there are words for all of kPiece.
template <class Word, class Fill> DLX_INLINE void each_piece(const Stream& stream, int64_t n, int64_t cost, const Fill& fill) {
  constexpr int64_t kBlocks = kPiece / kPerBlock<Word>;
  parallel_for((n + kPiece - 1) / kPiece, kPiece * cost, [&](int64_t begin, int64_t end) {
    alignas(64) uint64_t words[2 * kBlocks];
    const RoundKeys keys(stream.seed);
    for (int64_t p = begin; p < end; ++p) {
      const int64_t left = n - p * kPiece, count = left < kPiece ? left : kPiece;
      const int64_t blocks = (count + kPerBlock<Word> - 1) / kPerBlock<Word>;
      philox_words(words, keys, stream.offset + static_cast<uint64_t>(p * kBlocks), (blocks + 15) / 16 * 16);
      fill(p * kPiece, count, reinterpret_cast<const Word*>(words));  // 32-bit words are read as vectors, which may alias
    }
  });
}

// --- numbers of [0, 1) ---------------------------------------------------------------------------------------------

template <class C> using WordOf = std::conditional_t<std::is_same_v<C, double>, uint64_t, uint32_t>;
template <class C> inline constexpr int kRandomBits = std::is_same_v<C, double> ? 53 : 24;
template <class C> inline constexpr C kUnit = std::is_same_v<C, double> ? static_cast<C>(0x1p-53) : static_cast<C>(0x1p-24);
// The upper bits of a word as a whole number.
template <class C> DLX_INLINE Vec<IntOf<C>> whole(const WordOf<C>* words, int64_t i) {
  return reinterpret<IntOf<C>>(Vec<WordOf<C>>::load(words + i) >> (8 * static_cast<int>(sizeof(C)) - kRandomBits<C>));
}

template <class T> void uniform_in(const Tensor& out, const Stream& stream, double from, double to) {
  using C = compute_of<T>;
  T* data = out.data<T>();
  const Vec<C> low(static_cast<C>(from)), width(static_cast<C>(to - from)), high(static_cast<C>(to)), unit(kUnit<C>);
  each_piece<WordOf<C>>(stream, out.numel(), kWordCost, [&](int64_t begin, int64_t count, const WordOf<C>* words) {
    map_row(data + begin, count, [&](int64_t i, auto lanes) {
      Vec<C> x = fma(convert<C>(whole<C>(words, i)) * unit, width, low);
      if constexpr (!std::is_same_v<T, C>) {  // the half that will be stored decides
        T rounded[Vec<C>::kLanes];
        store_lanes(rounded, x, Vec<C>::kLanes);
        x = load_lanes(rounded, Vec<C>::kLanes);
      }
      (void)lanes;
      return select(x >= high, low, x);
    });
  });
}

// --- normal numbers ------------------------------------------------------------------------------------------------

// `words`: even ones become u, odd ones v.
template <class C> DLX_INLINE void normal_piece(C* to, int64_t count, const WordOf<C>* words, C mean, C std) {
  using W = Vec<WordOf<C>>;
  constexpr int64_t kLanes = W::kLanes;
  const auto whole_of = [](W w) { return reinterpret<IntOf<C>>(w >> (8 * static_cast<int>(sizeof(C)) - kRandomBits<C>)); };
  for (int64_t i = 0; i < count; i += 2 * kLanes) {
    const W a = W::load(words + i), b = W::load(words + i + kLanes);
    const W first = separated_of(a, b, false, kAllLanes<WordOf<C>>), second = separated_of(a, b, true, kAllLanes<WordOf<C>>);
    const Vec<C> u = convert<C>(whole_of(first) + Vec<IntOf<C>>(1)) * Vec<C>(kUnit<C>), v = convert<C>(whole_of(second)) * Vec<C>(kUnit<C>);
    const Vec<C> r = sqrt(Vec<C>(-2) * Log::apply(u));
    const SinCos<Vec<C>> angle = sin_cos_of_turns(v);
    const Vec<C> x = fma(r * angle.cos, Vec<C>(std), Vec<C>(mean)), y = fma(r * angle.sin, Vec<C>(std), Vec<C>(mean));
    interleaved_of(x, y, false, kAllLanes<C>).store(to + i);
    interleaved_of(x, y, true, kAllLanes<C>).store(to + i + kLanes);
  }
}
template <class T> void normal_in(const Tensor& out, const Stream& stream, double mean, double std) {
  using C = compute_of<T>;
  T* data = out.data<T>();
  each_piece<WordOf<C>>(stream, out.numel(), kNormalCost, [&](int64_t begin, int64_t count, const WordOf<C>* words) {
    alignas(64) C block[kPiece];
    normal_piece(block, count, words, static_cast<C>(mean), static_cast<C>(std));
    map_row(data + begin, count, [&](int64_t i, auto lanes) { return load_partial(block + i, lanes); });
  });
}

// --- masks ---------------------------------------------------------------------------------------------------------

// out = u >= p ? x * scale : 0. u >= p where its whole number is at least p * 2^bits, rounded up.
template <class T> void drop(const Tensor& out, const Tensor& x, const Stream& stream, double p) {
  using C = compute_of<T>;
  T* to = out.data<T>();
  const T* from = x.data<T>();
  const double limit = p / static_cast<double>(kUnit<C>);
  IntOf<C> threshold = static_cast<IntOf<C>>(limit);
  if (static_cast<double>(threshold) < limit) ++threshold;
  const Vec<IntOf<C>> least(threshold);
  const Vec<C> scale(static_cast<C>(1 / (1 - p)));
  each_piece<WordOf<C>>(stream, out.numel(), kWordCost, [&](int64_t begin, int64_t count, const WordOf<C>* words) {
    map_row(to + begin, count, [&](int64_t i, auto lanes) {
      return select(whole<C>(words, i) >= least, load_lanes(from + begin + i, lanes) * scale, Vec<C>(C(0)));
    });
  });
}

template <class T> void bernoulli_in(const Tensor& out, const Tensor& p, const Stream& stream) {
  using C = compute_of<T>;
  const T* probability = p.data<T>();
  ErrorSlot& errors = error_slot();
  char* to = out.data<char>();
  const int64_t item = itemsize(out.dtype());
  each_piece<WordOf<C>>(stream, out.numel(), kWordCost, [&](int64_t begin, int64_t count, const WordOf<C>* words) {
    alignas(64) C block[kPiece];
    Mask<C> valid = Vec<C>(C(0)) == C(0);
    map_row(block, count, [&](int64_t i, auto lanes) {
      const Vec<C> q = load_lanes(probability + begin + i, lanes);  // lanes beyond the end hold 0, a probability
      valid = valid & (q >= C(0)) & (q <= C(1));
      return select(convert<C>(whole<C>(words, i)) * Vec<C>(kUnit<C>) < q, Vec<C>(C(1)), Vec<C>(C(0)));
    });
    if (any(~valid)) errors.report(DataError::invalid_probability, 0, 0, 0);
    convert_block(out.dtype(), to + begin * item, dtype_of<C>, block, count);
  });
}

// --- kernels -------------------------------------------------------------------------------------------------------

template <class T> using RandomWord = WordOf<compute_of<T>>;

void uniform_kernel(Out out, InOut generator, double from, double to) {
  dispatch_floating(out.dtype(), [&]<class T>() {
    uniform_in<T>(out, stream_of(generator), from, to);
    advance<RandomWord<T>>(generator, out.numel());
  });
}
void normal_kernel(Out out, InOut generator, double mean, double std) {
  dispatch_floating(out.dtype(), [&]<class T>() {
    normal_in<T>(out, stream_of(generator), mean, std);
    advance<RandomWord<T>>(generator, out.numel());
  });
}
void random_integers_kernel(Out out, InOut generator, int64_t low, uint64_t range) {
  char* to = out.data<char>();
  const DType dtype = out.dtype();
  each_piece<uint64_t>(stream_of(generator), out.numel(), 8 * kWordCost, [&](int64_t begin, int64_t count, const uint64_t* words) {
    alignas(64) int64_t block[kPiece];
    // word mod range by the reciprocal: the quotient is right or one too small (3.4 -> 2.3 ns a number, Zen 4).
    const uint64_t reciprocal = range > 1 ? static_cast<uint64_t>((static_cast<unsigned __int128>(1) << 64) / range) : 0;
    for (int64_t i = 0; i < count; ++i) {
      const uint64_t quotient = static_cast<uint64_t>(static_cast<unsigned __int128>(words[i]) * reciprocal >> 64);
      const uint64_t rest = words[i] - quotient * range;
      block[i] = static_cast<int64_t>(static_cast<uint64_t>(low) + (range == 1 ? 0 : range && rest >= range ? rest - range : rest));
    }
    convert_block(dtype, to + begin * itemsize(dtype), DType::int64, block, count);
  });
  advance<uint64_t>(generator, out.numel());
}
void bernoulli_kernel(Out out, InOut generator, const Tensor& p) {
  dispatch_floating(p.dtype(), [&]<class T>() {
    bernoulli_in<T>(out, p, stream_of(generator));
    advance<RandomWord<T>>(generator, out.numel());
  });
}
// Fisher and Yates, whose places are all over the row: past L1 the numbers go to random buckets first, each of which is then shuffled.
// Parts of the row count and move on their own, each to its places.
void permutation_kernel(Out out, InOut generator) {
  const int64_t n = out.numel();
  const int bits = kernels::permutation_bits(n);
  const int64_t buckets = int64_t{1} << bits, part = n / 64 > kPermuted ? n / 64 : kPermuted, parts = (n + part - 1) / part;
  const Scratch<uint64_t> all_words(n);
  const Scratch<int64_t> starts(parts * buckets);
  uint64_t* words = all_words;
  int64_t *start = starts, *to = out.data<int64_t>();
  each_piece<uint64_t>(stream_of(generator), n, 2 * kWordCost, [&](int64_t begin, int64_t count, const uint64_t* piece) {
    __builtin_memcpy(words + begin, piece, static_cast<size_t>(count) * sizeof(uint64_t));
  });
  advance<uint64_t>(generator, n);
  const auto bucket_of = [&](int64_t i) { return static_cast<int64_t>(words[i] >> 1 >> (63 - bits)); };
  const auto each_part = [&](const auto& f) {
    parallel_for(parts, 4 * part, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p) f(start + p * buckets, p * part, n - p * part < part ? n : (p + 1) * part);
    });
  };
  each_part([&](int64_t* count, int64_t first, int64_t last) {
    for (int64_t b = 0; b < buckets; ++b) count[b] = 0;
    for (int64_t i = first; i < last; ++i) ++count[bucket_of(i)];
  });
  int64_t sum = 0;
  for (int64_t b = 0; b < buckets; ++b)
    for (int64_t p = 0; p < parts; ++p) {
      const int64_t count = start[p * buckets + b];
      start[p * buckets + b] = sum;
      sum += count;
    }
  each_part([&](int64_t* place, int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) to[place[bucket_of(i)]++] = i;
  });
  // Now the last part's place of a bucket is the bucket's end.
  const int64_t* ends = start + (parts - 1) * buckets;
  parallel_for(buckets, 8 * (n / buckets + 1), [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      const int64_t first = b > 0 ? ends[b - 1] : 0, size = ends[b] - first;
      for (int64_t i = 0; i < size; ++i) {
        const auto j = static_cast<int64_t>(static_cast<unsigned __int128>(words[first + i] << bits) * static_cast<uint64_t>(i + 1) >> 64);
        const int64_t here = to[first + i];
        to[first + i] = to[first + j];
        to[first + j] = here;
      }
    }
  });
}
// -log(u) of 53 bits, u in (0, 1].
DLX_INLINE double exponential_of(uint64_t word) {
  return -Log::apply(Vec<double>(static_cast<double>((word >> 11) + 1) * 0x1p-53)).v[0];
}

template <class T> void draw_in(const Tensor& out, const Stream& stream, Draw kind, double a, double b) {
  using C = compute_of<T>;
  T* data = out.data<T>();
  const C scale = static_cast<C>(kind == Draw::exponential ? -1 / a : kind == Draw::geometric ? 1 / Log::apply(Vec<double>(1 - a)).v[0] : b);
  each_piece<WordOf<C>>(stream, out.numel(), kNormalCost, [&](int64_t begin, int64_t count, const WordOf<C>* words) {
    map_row(data + begin, count, [&](int64_t i, auto) {
      const Vec<IntOf<C>> w = whole<C>(words, i);
      if (kind == Draw::cauchy) {  // the tangent of an odd multiple of pi / 2^bits: never that of a quarter turn
        const SinCos<Vec<C>> half = sin_cos_of_turns(convert<C>(w | Vec<IntOf<C>>(1)) * Vec<C>(kUnit<C> / 2));
        return fma(-half.cos / half.sin, Vec<C>(scale), Vec<C>(static_cast<C>(a)));
      }
      const Vec<C> x = Log::apply(convert<C>(w + Vec<IntOf<C>>(1)) * Vec<C>(kUnit<C>)) * Vec<C>(scale);
      return kind == Draw::exponential ? x + Vec<C>(C(0)) : maximum(ceil(x), Vec<C>(C(1)));  // log 1 = 0 gave -0
    });
  });
}
void draw_kernel(Out out, InOut generator, Draw kind, double a, double b) {
  dispatch_floating(out.dtype(), [&]<class T>() {
    draw_in<T>(out, stream_of(generator), kind, a, b);
    advance<RandomWord<T>>(generator, out.numel());
  });
}

// The sum of a row of weights; reported if it is none.
double weight_of(const double* p, int64_t n, ErrorSlot& errors) {
  double total = 0;
  bool valid = true;
  for (int64_t i = 0; i < n; ++i) {
    valid &= p[i] >= 0 && p[i] < __builtin_huge_val();
    total += p[i];
  }
  if (!valid) errors.report(DataError::invalid_weight, 0, 0, 0);
  else if (!(total > 0)) errors.report(DataError::no_weight, 0, 0, 0);
  return valid && total > 0 ? total : 0;
}
void multinomial_kernel(Out out, InOut generator, const Tensor& p, bool replacement) {
  const int64_t rows = p.size(0), n = p.size(1), samples = out.size(1), draws = rows * (replacement ? samples : n);
  const double* weights = p.data<double>();
  int64_t* to = out.data<int64_t>();
  ErrorSlot& errors = error_slot();
  const Scratch<double> numbers(draws);
  double* u = numbers.data();
  each_piece<uint64_t>(stream_of(generator), draws, kNormalCost, [&](int64_t begin, int64_t count, const uint64_t* words) {
    for (int64_t i = 0; i < count; ++i) u[begin + i] = replacement ? static_cast<double>(words[i] >> 11) * 0x1p-53 : exponential_of(words[i]);
  });
  advance<uint64_t>(generator, draws);
  parallel_for(rows, 8 * n + 16 * samples + 16, [&](int64_t begin, int64_t end) {
    const Scratch<double> sums(n);
    const Scratch<Keyed> items(n), spare(n);
    for (int64_t r = begin; r < end; ++r) {
      const double* w = weights + r * n;
      const double total = weight_of(w, n, errors);
      if (total == 0) {
        for (int64_t j = 0; j < samples; ++j) to[r * samples + j] = 0;
      } else if (replacement) {
        double so_far = 0;
        int64_t last = 0;  // the last that can be drawn
        for (int64_t i = 0; i < n; ++i) {
          sums.data()[i] = so_far += w[i];
          if (w[i] > 0) last = i;
        }
        for (int64_t j = 0; j < samples; ++j) {
          const double t = u[r * samples + j] * so_far;
          int64_t low = 0, high = last;
          while (low < high) {
            const int64_t middle = low + (high - low) / 2;
            if (sums.data()[middle] > t) high = middle;
            else low = middle + 1;
          }
          to[r * samples + j] = low;
        }
      } else {  // the smallest of exponential numbers with rates w: each is drawn at its turn with probability w / what is left
        for (int64_t i = 0; i < n; ++i) {
          const double time = w[i] > 0 ? u[r * n + i] / w[i] : __builtin_huge_val();
          items.data()[i] = {__builtin_bit_cast(uint64_t, time), i};
        }
        const Keyed* sorted = sorted_by_key(items, spare, n);
        for (int64_t j = 0; j < samples; ++j) to[r * samples + j] = sorted[j].index;
      }
    }
  });
}
void dropout_again_kernel(Out out, const Tensor& used, const Tensor& x, double p) {
  dispatch_floating(x.dtype(), [&]<class T>() { drop<T>(out, x, stream_of(used), p); });
}
void dropout_kernel(Out out, Out used, InOut generator, const Tensor& x, double p) {
  __builtin_memcpy(used.data<int64_t>(), generator.data<int64_t>(), 2 * sizeof(int64_t));
  dropout_again_kernel(out, used, x, p);
  dispatch_floating(x.dtype(), [&]<class T>() { advance<RandomWord<T>>(generator, out.numel()); });
}

DLX_REGISTER_CPU(kernels::uniform, uniform_kernel);
DLX_REGISTER_CPU(kernels::normal, normal_kernel);
DLX_REGISTER_CPU(kernels::random_integers, random_integers_kernel);
DLX_REGISTER_CPU(kernels::bernoulli, bernoulli_kernel);
DLX_REGISTER_CPU(kernels::permutation, permutation_kernel);
DLX_REGISTER_CPU(kernels::draw, draw_kernel);
DLX_REGISTER_CPU(kernels::multinomial, multinomial_kernel);
DLX_REGISTER_CPU(kernels::dropout, dropout_kernel);
DLX_REGISTER_CPU(kernels::dropout_again, dropout_again_kernel);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
