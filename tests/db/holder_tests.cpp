// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <grp.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/queue.h"
#include "tests/support/fake_clock.h"

namespace radfm::db {
namespace {

TEST(Holder, ThisProcessLives) {
  // And is named by boot, number and start time.
  const testing_support::FakeClock clock;
  const std::string holder = this_holder(clock);
  EXPECT_EQ(holder.rfind("boot-1:" + std::to_string(::getpid()) + ":", 0), 0u) << holder;
  EXPECT_TRUE(holder_is_alive(holder, clock));
}

TEST(Holder, AnotherBootsHolderIsDead) {
  // Whatever process bears its number now.
  testing_support::FakeClock clock;
  const std::string holder = this_holder(clock);
  clock.reboot();
  EXPECT_FALSE(holder_is_alive(holder, clock));
}

TEST(Holder, NumberThatWasUsedAgainIsAnotherProcess) {
  // Same boot, same number, other start time.
  const testing_support::FakeClock clock;
  EXPECT_FALSE(holder_is_alive("boot-1:" + std::to_string(::getpid()) + ":1", clock));
}

TEST(Holder, KilledProcessIsDeadAlsoAsAZombie) {
  // Before and after somebody waits for it.
  const testing_support::FakeClock clock;
  int name_pipe[2];
  ASSERT_EQ(::pipe(name_pipe), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string holder = this_holder(clock);
    [[maybe_unused]] const ssize_t written = ::write(name_pipe[1], holder.data(), holder.size());
    ::pause();
    ::_exit(0);
  }
  char text[256];
  const ssize_t length = ::read(name_pipe[0], text, sizeof(text));
  ASSERT_GT(length, 0);
  const std::string holder(text, static_cast<std::size_t>(length));
  EXPECT_TRUE(holder_is_alive(holder, clock));
  ::kill(child, SIGKILL);
  siginfo_t facts{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &facts, WEXITED | WNOWAIT), 0);  // now it is a zombie
  EXPECT_FALSE(holder_is_alive(holder, clock));
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(holder_is_alive(holder, clock));
  ::close(name_pipe[0]);
  ::close(name_pipe[1]);
}

TEST(Holder, ProcessOfAnotherContainerIsLeftToItsLease) {
  // Its number means nothing here.
  const testing_support::FakeClock clock;
  EXPECT_TRUE(holder_is_alive("boot-1:999999999:1:42", clock));
}

TEST(Holder, OneThatProcDoesNotShowIsLeftToItsLease) {
  // As under systemd's ProtectProc=invisible: a process of another user lives though /proc has no folder of it; an ended one is dead.
  if (::geteuid() != 0) GTEST_SKIP() << "mounting a /proc needs root";
  const testing_support::FakeClock clock;
  const std::string living = this_holder(clock);
  std::string ended;
  const pid_t gone = ::fork();
  if (gone == 0) ::_exit(0);
  ended = "boot-1:" + std::to_string(gone) + ":1:" + living.substr(living.rfind(':') + 1);
  ::waitpid(gone, nullptr, 0);
  constexpr int no_mount = 9, saw_it = 8, wrong_living = 1, wrong_ended = 2;
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("proc", "/proc", "proc", 0, "hidepid=2") != 0 || ::setgroups(0, nullptr) != 0 ||
        ::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0) {
      ::_exit(no_mount);
    }
    if (::access(("/proc/" + std::to_string(::getppid())).c_str(), F_OK) == 0) ::_exit(saw_it);
    ::_exit((holder_is_alive(living, clock) ? 0 : wrong_living) + (holder_is_alive(ended, clock) ? wrong_ended : 0));
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == no_mount) GTEST_SKIP() << "no /proc can be mounted here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Holder, NonsenseIsNobody) {
  // Such a name never reaches a path below /proc.
  const testing_support::FakeClock clock;
  for (const char* text : {"", "boot-1", "boot-1:", "boot-1::", "boot-1:../self:1", "boot-1:self:1", "boot-1:-1:1", "boot-1:1:"}) {
    EXPECT_FALSE(holder_is_alive(text, clock)) << text;
  }
}

}  // namespace
}  // namespace radfm::db
