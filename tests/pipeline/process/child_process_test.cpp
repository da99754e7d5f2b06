// SPDX-License-Identifier: Apache-2.0
#include "pipeline/process/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
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
  EXPECT_EQ(error({-1, SIGKILL, true}).code, "engine_out_of_memory");
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
