#include "core/cgroup.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <optional>
#include <vector>

namespace dlx {
namespace {

// The number after `key` at the start of a line; nothing if there is no such file, line or number (as in "max").
std::optional<double> number_in(const std::string& path, const std::string& key = "") {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const char* begin = line.c_str() + key.size();
    char* end = nullptr;
    const double value = std::strtod(begin, &end);
    return end == begin ? std::nullopt : std::optional(value);
  }
  return std::nullopt;
}

struct Group {
  std::string folder;
  bool first_version;
};

// The groups that bind the process for a controller, outwards. Where its path is the host's, as in some containers, folders
// are missing, and the walk ends at what is mounted: the container's own.
std::vector<Group> groups_of(const std::string& root, const std::string& controller) {
  std::vector<Group> groups;
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {  // 4:cpu,cpuacct:/path, or 0::/path in version 2
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool first_version = !controllers.empty();
    if (first_version && ("," + controllers + ",").find("," + controller + ",") == std::string::npos) continue;
    const std::string mounted = root + "/sys/fs/cgroup" + (first_version ? "/" + controller : "");
    for (std::string path = line.substr(second + 1);; path.resize(path.rfind('/'))) {
      while (!path.empty() && path.back() == '/') path.pop_back();
      groups.push_back({mounted + path, first_version});
      if (path.rfind('/') == std::string::npos) break;
    }
  }
  return groups;
}

}  // namespace

int64_t cgroup_available_bytes(const std::string& root) {
  double available = static_cast<double>(INT64_MAX);
  for (const auto& [folder, first_version] : groups_of(root, "memory")) {
    const auto limit = number_in(folder + (first_version ? "/memory.limit_in_bytes" : "/memory.max"));
    const auto used = number_in(folder + (first_version ? "/memory.usage_in_bytes" : "/memory.current"));
    if (!limit || !used) continue;
    const auto idle = number_in(folder + "/memory.stat", first_version ? "total_inactive_file " : "inactive_file ");
    available = std::min(available, std::max(*limit - *used + std::min(idle.value_or(0), *used), 0.0));
  }
  return available >= static_cast<double>(INT64_MAX) ? INT64_MAX : static_cast<int64_t>(available);
}

double cgroup_processors(const std::string& root) {
  double processors = std::numeric_limits<double>::infinity();
  for (const auto& [folder, first_version] : groups_of(root, "cpu")) {
    std::optional<double> quota, period;
    if (first_version) {
      quota = number_in(folder + "/cpu.cfs_quota_us");  // -1: none
      period = number_in(folder + "/cpu.cfs_period_us");
    } else if (quota = number_in(folder + "/cpu.max"); quota) {  // "quota period", or "max period"
      std::ifstream file(folder + "/cpu.max");
      double both[2] = {0, 0};
      if (file >> both[0] >> both[1]) period = both[1];
    }
    if (quota && period && *quota > 0 && *period > 0) processors = std::min(processors, *quota / *period);
  }
  return processors;
}

}  // namespace dlx
