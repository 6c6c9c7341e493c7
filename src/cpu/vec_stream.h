// Writing past the caches: streaming stores.
#pragma once
#include "cpu/vec.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// From this size on a result that is written once goes to memory by streaming stores: a line that the caches do not hold is else read
// before it is written, and pushes out what they hold. A constant, so that the machine decides nothing. On a Zen 4 (32 MB of L3) adding
// 64 MB arrays took 5.4 ms instead of 7.7, and from 24 MB on whoever reads the result next finds none of it in the cache either way.
inline constexpr int64_t kPastCache = int64_t{20} << 20;

// Copies a block in L1 to memory past the caches; the few bytes before the first whole line and after the last go through them.
// After the last block, before others read: finish_past_cache().
[[maybe_unused]] void copy_past_cache(void* to, const void* from, int64_t bytes) {
#if defined(__x86_64__)
  char* p = static_cast<char*>(to);
  const char* q = static_cast<const char*>(from);
  const int64_t head = static_cast<int64_t>(-reinterpret_cast<uintptr_t>(p) & 63);
  if (bytes < head + 64) {
    __builtin_memcpy(p, q, static_cast<size_t>(bytes));
    return;
  }
  __builtin_memcpy(p, q, static_cast<size_t>(head));
  int64_t i = head;
  for (; i + 64 <= bytes; i += 64) {
#if DLX_ISA_LEVEL >= 4
    _mm512_stream_si512(reinterpret_cast<__m512i*>(p + i), _mm512_loadu_si512(q + i));
#elif DLX_ISA_LEVEL == 3
    for (int64_t k = i; k < i + 64; k += 32)
      _mm256_stream_si256(reinterpret_cast<__m256i*>(p + k), _mm256_loadu_si256(reinterpret_cast<const __m256i*>(q + k)));
#else
    for (int64_t k = i; k < i + 64; k += 16)
      _mm_stream_si128(reinterpret_cast<__m128i*>(p + k), _mm_loadu_si128(reinterpret_cast<const __m128i*>(q + k)));
#endif
  }
  __builtin_memcpy(p + i, q + i, static_cast<size_t>(bytes - i));
#else
  __builtin_memcpy(to, from, static_cast<size_t>(bytes));
#endif
}
// A whole register to an address that is a multiple of its size.
template <class T> DLX_INLINE void store_past_cache(void* to, Vec<T> x) {
#if defined(__x86_64__) && DLX_ISA_LEVEL >= 4
  _mm512_stream_si512(static_cast<__m512i*>(to), (__m512i)x.v);
#elif defined(__x86_64__) && DLX_ISA_LEVEL == 3
  _mm256_stream_si256(static_cast<__m256i*>(to), (__m256i)x.v);
#elif defined(__x86_64__)
  _mm_stream_si128(static_cast<__m128i*>(to), (__m128i)x.v);
#else
  x.store(static_cast<T*>(to));
#endif
}
DLX_INLINE void finish_past_cache() {
#if defined(__x86_64__)
  _mm_sfence();
#endif
}

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
