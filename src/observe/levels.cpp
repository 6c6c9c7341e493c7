#include "observe/levels.h"

#include "kernels/kernel.h"

namespace dlx::observe {

std::string level() { return cpu_level_name(cpu_level()); }

std::vector<std::string> levels() {
  std::vector<std::string> names;
  for (const int level : cpu_levels()) names.emplace_back(cpu_level_name(level));
  return names;
}

}  // namespace dlx::observe
