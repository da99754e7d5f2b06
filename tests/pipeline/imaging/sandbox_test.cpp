// SPDX-License-Identifier: Apache-2.0
// What a reader that was taken over by a hostile file can still do: little. Each case in a process of its
// own.
#include "pipeline/imaging/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <thread>

namespace radfm::imaging {
namespace {

// Runs `act` inside the sandbox and exits with what it returns.
void inside(const std::function<int()>& act) {
  if (!enter_sandbox()) std::_Exit(99);
  std::_Exit(act());
}

class Sandbox : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(Sandbox, NetworkProgramsAndProcessesAreFatal) {
  // SIGSYS at the call, so that the parent sees a crash with its cause.
  const ::testing::KilledBySignal killed(SIGSYS);
  EXPECT_EXIT(inside([] { return socket(AF_INET, SOCK_STREAM, 0); }), killed, "");
  EXPECT_EXIT(inside([] { return socket(AF_UNIX, SOCK_STREAM, 0); }), killed, "");
  EXPECT_EXIT(inside([] { return execl("/bin/true", "true", nullptr); }), killed, "");
  EXPECT_EXIT(inside([] { return fork() == 0 ? 1 : 2; }), killed, "");
  EXPECT_EXIT(inside([] { return static_cast<int>(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }), killed,
              "");
}

TEST_F(Sandbox, WritingFilesIsRefused) {
  // EPERM for creating, writing and removing; reading still works.
  const ::testing::ExitedWithCode refused(EPERM);
  EXPECT_EXIT(inside([] { return open("/dev/null", O_WRONLY) < 0 ? errno : 0; }), refused, "");
  EXPECT_EXIT(inside([] { return open("/tmp/radfm-sandbox", O_RDWR | O_CREAT, 0600) < 0 ? errno : 0; }),
              refused, "");
  EXPECT_EXIT(inside([] { return unlink("/tmp/radfm-sandbox-none") < 0 ? errno : 0; }), refused, "");
  EXPECT_EXIT(inside([] { return open("/dev/null", O_RDONLY) < 0 ? errno : 0; }),
              ::testing::ExitedWithCode(0), "");
}

TEST_F(Sandbox, ThreadsAndMemoryStay) {
  // What decoding needs.
  EXPECT_EXIT(inside([] {
                int value = 0;
                std::thread([&] { value = 7; }).join();
                std::string memory(std::size_t{64} << 20, 'x');
                return memory.back() == 'x' ? value : 1;
              }),
              ::testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace radfm::imaging
