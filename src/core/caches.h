// The machine's caches, for those who cut work to fit them. No result depends on them.
#pragma once
#include <cstdint>

#include "core/api.h"

namespace dlx {

DLX_API int64_t l2_cache_bytes();  // of one core; 1 MB where the system does not say

}  // namespace dlx
