#include "core/caches.h"

#include <unistd.h>

namespace dlx {

int64_t l2_cache_bytes() {
  static const int64_t bytes = [] {
#ifdef _SC_LEVEL2_CACHE_SIZE
    if (const long size = sysconf(_SC_LEVEL2_CACHE_SIZE); size > 0) return static_cast<int64_t>(size);
#endif
    return int64_t{1} << 20;
  }();
  return bytes;
}

}  // namespace dlx
