#include "core/cgroup.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

namespace dlx {
namespace {

// A machine's /proc and /sys of its own.
class Cgroup : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(root_); }
  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text << "\n";
  }
  const std::string root_ = testing::TempDir() + "/dlx_cgroup_" + testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(Cgroup, WithoutGroupsThereIsNoLimit) {
  EXPECT_EQ(cgroup_available_bytes(root_), INT64_MAX);
  EXPECT_EQ(cgroup_processors(root_), std::numeric_limits<double>::infinity());
}

TEST_F(Cgroup, OfNestedGroupsTheNarrowestBinds) {
  write("/proc/self/cgroup", "0::/pods/mine/inner");
  const std::string at = "/sys/fs/cgroup/pods";
  write(at + "/memory.max", "max");
  write(at + "/memory.current", "900");
  write(at + "/mine/memory.max", "1000");
  write(at + "/mine/memory.current", "400");
  write(at + "/mine/inner/memory.max", "5000");
  write(at + "/mine/inner/memory.current", "300");
  EXPECT_EQ(cgroup_available_bytes(root_), 600);
  write(at + "/mine/memory.stat", "anon 100\nfile 300\ninactive_file 250");
  EXPECT_EQ(cgroup_available_bytes(root_), 850);  // file pages that nobody uses can be had
  write(at + "/mine/memory.current", "2000");
  EXPECT_EQ(cgroup_available_bytes(root_), 0);

  write(at + "/cpu.max", "350000 100000");
  write(at + "/mine/cpu.max", "max 100000");
  EXPECT_EQ(cgroup_processors(root_), 3.5);
  write(at + "/mine/inner/cpu.max", "50000 100000");
  EXPECT_EQ(cgroup_processors(root_), 0.5);
}

TEST_F(Cgroup, AContainerSeesItsOwnGroupAsTheRoot) {
  write("/proc/self/cgroup", "0::/");
  write("/sys/fs/cgroup/memory.max", "1000");
  write("/sys/fs/cgroup/memory.current", "100");
  write("/sys/fs/cgroup/cpu.max", "200000 100000");
  EXPECT_EQ(cgroup_available_bytes(root_), 900);
  EXPECT_EQ(cgroup_processors(root_), 2);
}

TEST_F(Cgroup, VersionOne) {
  write("/proc/self/cgroup", "9:name=systemd:/\n4:memory:/box/7\n2:cpu,cpuacct:/box/7\n0::/");
  const std::string memory = "/sys/fs/cgroup/memory/box", cpu = "/sys/fs/cgroup/cpu/box";
  write(memory + "/7/memory.limit_in_bytes", "9223372036854771712");  // its word for none
  write(memory + "/7/memory.usage_in_bytes", "200");
  EXPECT_GT(cgroup_available_bytes(root_), int64_t{1} << 61);
  write(memory + "/memory.limit_in_bytes", "1000");
  write(memory + "/memory.usage_in_bytes", "300");
  write(memory + "/memory.stat", "inactive_file 1\ntotal_inactive_file 50");
  EXPECT_EQ(cgroup_available_bytes(root_), 750);
  write(cpu + "/7/cpu.cfs_quota_us", "-1");
  write(cpu + "/7/cpu.cfs_period_us", "100000");
  EXPECT_EQ(cgroup_processors(root_), std::numeric_limits<double>::infinity());
  write(cpu + "/cpu.cfs_quota_us", "150000");
  write(cpu + "/cpu.cfs_period_us", "100000");
  EXPECT_EQ(cgroup_processors(root_), 1.5);
}

TEST_F(Cgroup, APathOfTheHostThatIsNotMountedLeavesTheContainersOwn) {
  write("/proc/self/cgroup", "4:memory:/docker/0123\n2:cpu:/docker/0123");
  write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "1000");
  write("/sys/fs/cgroup/memory/memory.usage_in_bytes", "100");
  write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "300000");
  write("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
  EXPECT_EQ(cgroup_available_bytes(root_), 900);
  EXPECT_EQ(cgroup_processors(root_), 3);
}

}  // namespace
}  // namespace dlx
