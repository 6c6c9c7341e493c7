// Which ISA levels the CPU's kernels have and run at, for those who may not look into the kernel table.
#pragma once
#include <string>
#include <vector>

#include "core/api.h"

namespace dlx::observe {

DLX_API std::string level();                // the one chosen at start: "v3"
DLX_API std::vector<std::string> levels();  // those that are built and that the machine can run, rising

}  // namespace dlx::observe
