// SPDX-License-Identifier: Apache-2.0
#include "pipeline/process/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "core/clock.h"
#include "pipeline/process/child_beginning.h"
#include "pipeline/process/oom_counter.h"

namespace radfm::process {
namespace {

constexpr const char* test_child = RADFM_TEST_CHILD;

Result<Frame> next(ChildProcess& child) { return child.channel().receive(SystemClock().boot_ms() + 20'000); }

ChildEnd end_of(const std::string& what) {
  auto child = ChildProcess::start(test_child, {what}, {});
  EXPECT_TRUE(child);
  return child->wait(20'000).value_or(ChildEnd{});
}

TEST(ChildProcess, StartsWithNothingOfOursButTheChannel) {
  // Open files, ignored and blocked signals of ours do not reach the child; core files are off, limits are on.
  const FileDescriptor ours(::dup(STDERR_FILENO));  // without close-on-exec, on purpose
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t set, before;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &set, &before);
  auto child = ChildProcess::start(test_child, {"facts"}, {512, 7});
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ASSERT_TRUE(child);
  auto facts = next(*child);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->json["descriptors"], (nlohmann::json{0, 1, 2, 3}));
  EXPECT_EQ(facts->json["core"], 0);
  EXPECT_EQ(facts->json["cpu"], 7);
  EXPECT_EQ(facts->json["memory"], std::int64_t(512) << 20);
  EXPECT_EQ(facts->json["sigpipe_default"], true);
  EXPECT_EQ(facts->json["sigusr1_blocked"], false);
  EXPECT_EQ(facts->json["folder"], "/");
  EXPECT_EQ(facts->json["niceness"], std::min(::getpriority(PRIO_PROCESS, 0) + child_niceness, 19));
}

TEST(ChildProcess, OutlivesTheSignalThatDrainsItsParent) {
  // A service manager may send SIGUSR1 to all processes of a service.
  auto child = ChildProcess::start(test_child, {"usr1"}, {});
  ASSERT_TRUE(child);
  auto frame = next(*child);
  ASSERT_TRUE(frame) << frame.error().message;
  EXPECT_EQ(frame->json["lives"], true);
}

TEST(ChildProcess, BeginsFirstInTheKernelsChoiceAndLeavesNoMemoryInFiles) {
  // Engine and reader go before the worker when memory runs out, and what they hold is in no core dump.
  auto child = ChildProcess::start(test_child, {"beginnings"}, {});
  ASSERT_TRUE(child);
  auto facts = next(*child);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->json["oom_score"], oom_score_of_children);
  EXPECT_EQ(facts->json["dumpable"], 0);
  EXPECT_EQ(facts->json["core"], 0);
}

TEST(ChildProcess, CoreDumpsCanBeAskedFor) {
  // RADFM_CORE_DUMPS=1, and nothing else.
  for (const auto& [wanted, dumpable] : {std::pair("1", 1), std::pair("0", 0), std::pair("", 0)}) {
    ::setenv("RADFM_CORE_DUMPS", wanted, 1);
    auto child = ChildProcess::start(test_child, {"beginnings"}, {});
    auto facts = next(*child);
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->json["dumpable"], dumpable) << wanted;
  }
  ::unsetenv("RADFM_CORE_DUMPS");
}

TEST(ChildProcess, MemoryThatRanOutWhereNobodyCatchesItIsNoCrash) {
  // std::bad_alloc on any thread ends the child with its own code.
  const ChildEnd end = end_of("exhaust_memory");
  EXPECT_EQ(end.exit_code, exit_out_of_memory);
  EXPECT_EQ(death_error("engine", end).code, "out_of_memory");
}

// A cgroup of 64 MB below ours, of version 2 or 1; removed at the end.
class SmallCgroup {
 public:
  SmallCgroup() {
    std::ifstream lines("/proc/self/cgroup");
    for (std::string line; std::getline(lines, line);) {
      const std::string own = line.substr(line.find(":/") + 1);
      if (line.find(":memory:") != std::string::npos) make("/sys/fs/cgroup/memory" + own, "memory.limit_in_bytes");
      if (line.starts_with("0::")) make("/sys/fs/cgroup" + own, "memory.max");
    }
  }
  ~SmallCgroup() {
    if (!folder_.empty()) ::rmdir(folder_.c_str());
  }
  bool usable() const { return !folder_.empty(); }
  std::string processes() const { return folder_ + "/cgroup.procs"; }

 private:
  void make(const std::string& parent, const std::string& limit) {
    if (usable()) return;
    const std::string folder = parent + "/radfm-test-" + std::to_string(::getpid());
    if (::mkdir(folder.c_str(), 0755) != 0) return;
    std::ofstream file(folder + "/" + limit);
    if (file << (64 << 20) << std::flush) folder_ = folder;
    else ::rmdir(folder.c_str());
  }
  std::string folder_;
};

TEST(ChildProcess, TheKernelsKillIsToldFromOneByHand) {
  // In a cgroup with a limit: the child that grows over it is out of memory, the one that somebody killed has vanished.
  const SmallCgroup cgroup;
  if (!cgroup.usable()) GTEST_SKIP() << "no cgroup with a memory limit can be made here";
  auto parent = ChildProcess::start(test_child, {"parent_in_cgroup", cgroup.processes()}, {});
  ASSERT_TRUE(parent);
  const auto grown = next(*parent), killed = next(*parent);
  ASSERT_TRUE(grown);
  ASSERT_TRUE(killed);
  EXPECT_EQ(grown->json["signal"], SIGKILL);
  EXPECT_EQ(grown->json["code"], "out_of_memory");
  EXPECT_EQ(grown->json["class"], "poison");
  EXPECT_EQ(killed->json["signal"], SIGKILL);
  EXPECT_EQ(killed->json["code"], "engine_killed");
  EXPECT_EQ(killed->json["class"], "vanished");
  EXPECT_TRUE(parent->wait(20'000));  // an empty cgroup can be removed
}

TEST(ChildProcess, FramesAndDescriptorsGoBothWays) {
  // The child sends back frame and descriptors as it got them.
  auto child = ChildProcess::start(test_child, {"echo"}, {});
  ASSERT_TRUE(child->channel().send({{"n", 1}}, {STDERR_FILENO, STDERR_FILENO}));
  auto frame = next(*child);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->json["n"], 1);
  EXPECT_EQ(frame->descriptors.size(), 2u);
}

TEST(ChildProcess, TheMemoryLimitHolds) {
  // An allocation over the limit fails in the child; without the limit the same one succeeds.
  for (const auto& [limit_mb, allocated] : {std::pair(128, false), std::pair(0, true)}) {
    auto child = ChildProcess::start(test_child, {"allocate"}, {limit_mb, 0});
    auto frame = next(*child);
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->json["allocated"], allocated);
  }
}

TEST(ChildProcess, DiesWithItsParent) {
  // The grandchild gets SIGKILL when its parent is killed: no engine is left holding the GPU. We adopt it to see its end.
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  auto parent = ChildProcess::start(test_child, {"parent"}, {});
  auto frame = next(*parent);
  ASSERT_TRUE(frame);
  const pid_t grandchild = frame->json["pid"].get<pid_t>();
  EXPECT_EQ(parent->kill_and_reap().signal, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(grandchild, &status, 0), grandchild);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST(ChildProcess, TheDestructorLeavesNoProcess) {
  // A child that never ends by itself is gone, and reaped, after its owner is.
  pid_t pid = -1;
  {
    auto child = ChildProcess::start(test_child, {"hang"}, {});
    pid = child->pid();
    EXPECT_TRUE(child->running());
    EXPECT_FALSE(child->wait(1));
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(ChildProcess, ItsOwnEndIsKept) {
  // Exit code and signal are what the child died of, also when kill_and_reap comes too late.
  EXPECT_EQ(end_of("exit").exit_code, 5);
  EXPECT_EQ(end_of("segv").signal, SIGSEGV);
  auto child = ChildProcess::start(test_child, {"exit"}, {});
  ASSERT_TRUE(child->wait(20'000));
  const ChildEnd end = child->kill_and_reap();
  EXPECT_EQ(end.exit_code, 5);
  EXPECT_FALSE(end.killed_by_owner);
}

// A cgroup whose processes stand still in the kernel, where SIGKILL does not reach them (version 1 freezer).
class Freezer {
 public:
  Freezer() : folder_("/sys/fs/cgroup/freezer/radfm-test-" + std::to_string(::getpid())) {
    usable_ = ::mkdir(folder_.c_str(), 0755) == 0;
  }
  ~Freezer() {
    if (usable_) ::rmdir(folder_.c_str());
  }
  bool freeze(pid_t pid) { return usable_ && write("cgroup.procs", std::to_string(pid)) && write("freezer.state", "FROZEN"); }
  bool thaw() { return write("freezer.state", "THAWED"); }

 private:
  bool write(const char* name, const std::string& text) { return bool(std::ofstream(folder_ + "/" + name) << text << std::flush); }
  std::string folder_;
  bool usable_ = false;
};

TEST(ChildProcess, OneThatCannotBeKilledHoldsUpNobody) {
  // As an engine does whose GPU hangs: it is left behind after kill_wait_ms, as killed by its owner.
  Freezer freezer;
  auto child = ChildProcess::start(test_child, {"hang"}, {});
  ASSERT_TRUE(child);
  if (!freezer.freeze(child->pid())) GTEST_SKIP() << "no freezer of cgroups version 1 here";
  const std::int64_t begun_ms = SystemClock().boot_ms();
  const ChildEnd end = child->kill_and_reap();
  EXPECT_GE(SystemClock().boot_ms() - begun_ms, kill_wait_ms);
  EXPECT_TRUE(end.killed_by_owner);
  EXPECT_FALSE(child->running());
  EXPECT_TRUE(freezer.thaw());
  int status = 0;
  EXPECT_EQ(::waitpid(child->pid(), &status, 0), child->pid());
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST(ChildProcess, AMissingProgramIsSaidAtOnce) {
  // No half-started child: the error names the path.
  auto child = ChildProcess::start("/nonexistent/radfm-engine", {}, {});
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, "program_missing");
  EXPECT_THAT(child.error().message, testing::HasSubstr("/nonexistent/radfm-engine"));
}

TEST(DeathError, TheQueueLearnsTheClass) {
  // Crashes and memory count against the study (poison), a kill from outside does not (vanished).
  const auto error = [](ChildEnd end) { return death_error("engine", end); };
  for (const int crash : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGXCPU}) {
    EXPECT_EQ(error({-1, crash}).error_class, ErrorClass::poison);
    EXPECT_EQ(error({-1, crash}).code, "engine_crashed");
  }
  EXPECT_EQ(error({3, 0}).code, "engine_crashed");
  EXPECT_EQ(error({-1, SIGKILL, true}).code, "out_of_memory");
  EXPECT_EQ(error({exit_out_of_memory, 0}).code, "out_of_memory");
  EXPECT_EQ(error({exit_out_of_memory, 0}).error_class, ErrorClass::poison);
  EXPECT_EQ(error({-1, SIGKILL, true}).error_class, ErrorClass::poison);
  for (const int outside : {SIGKILL, SIGTERM}) {
    EXPECT_EQ(error({-1, outside}).error_class, ErrorClass::vanished);
    EXPECT_EQ(error({-1, outside}).code, "engine_killed");
  }
  EXPECT_EQ(error({-1, SIGKILL, false, true}).error_class, ErrorClass::poison);
}

TEST(OomCounter, ReadsTheNumberBesideItsKey) {
  // oom_kill is not oom_kill_x, and a file without it says nothing.
  const std::string text = "oom 4\noom_kill_group 7\noom_kill 12\n";
  EXPECT_EQ(counter_in(text, "oom_kill"), 12);
  EXPECT_EQ(counter_in(text, "oom"), 4);
  EXPECT_EQ(counter_in("oom_kill x\n", "oom_kill"), std::nullopt);
  EXPECT_EQ(counter_in("", "oom_kill"), std::nullopt);
}

}  // namespace
}  // namespace radfm::process
