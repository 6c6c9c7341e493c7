// What the process's control groups let it use: versions 1 and 2, and of nested groups the narrowest.
#pragma once
#include <cstdint>
#include <string>

#include "core/api.h"

namespace dlx {

// `root` stands before /proc and /sys: tests bring files of their own.
// Bytes that can still be had; file pages that nobody uses count as free. INT64_MAX where there is no limit.
DLX_API int64_t cgroup_available_bytes(const std::string& root = "");
// Processors' worth of time; infinity where there is no limit.
DLX_API double cgroup_processors(const std::string& root = "");

}  // namespace dlx
