// SPDX-License-Identifier: Apache-2.0
// Aim: what a process can still do after it gave up its rights, each case in a process of its own. What the reader has left:
// tests/pipeline/imaging/sandbox_test.cpp.
#include "pipeline/process/process_rights.h"

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

#include "pipeline/model/engine_sandbox.h"

namespace radfm::process {
namespace {

constexpr int no_filters = 99;

// Exits with the errno of what `act` tried, 0 when it worked.
void inside(const ProcessRights& rights, const std::function<bool()>& act) {
  if (!give_up_rights(rights_filter(rights))) std::_Exit(no_filters);
  errno = 0;
  std::_Exit(act() ? 0 : errno);
}

class Rights : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  static void expect(const ProcessRights& rights, const std::function<bool()>& act, int error_number) {
    EXPECT_EXIT(inside(rights, act), ::testing::ExitedWithCode(error_number), "");
  }
};

bool opens_network() { return ::socket(AF_INET, SOCK_STREAM, 0) >= 0; }
bool opens_unix_socket() { return ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0; }
bool starts_program() { return ::execl("/bin/true", "true", nullptr) == 0; }
bool forks() { return ::fork() >= 0; }
bool traces() { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0; }
bool writes() { return ::open("/dev/null", O_WRONLY) >= 0; }
bool reads() { return ::open("/dev/null", O_RDONLY) >= 0; }
bool uses_threads() {
  int value = 0;
  std::thread([&] { value = 7; }).join();
  return value == 7;
}

TEST_F(Rights, AnEngineOnTheProcessorReadsAndComputes) {
  // Aim: no network, no other socket, no program, no process, no file written; refused, not killed.
  const ProcessRights engine = model::engine_rights(/*gpu=*/false, /*writes_known_answer=*/false);
  for (bool (*forbidden)() : {opens_network, opens_unix_socket, starts_program, forks, traces, writes}) expect(engine, forbidden, EPERM);
  for (bool (*allowed)() : {reads, uses_threads}) expect(engine, allowed, 0);
}

TEST_F(Rights, AnEngineOnAGpuKeepsWhatItsDriverNeeds) {
  // Aim: device files are opened for writing and sockets of this machine are there; the network is not.
  const ProcessRights engine = model::engine_rights(/*gpu=*/true, /*writes_known_answer=*/false);
  expect(engine, opens_network, EAFNOSUPPORT);
  expect(engine, [] { return ::socket(AF_INET6, SOCK_DGRAM, 0) >= 0; }, EAFNOSUPPORT);
  expect(engine, [] { return ::socket(AF_NETLINK, SOCK_RAW, 0) >= 0; }, EAFNOSUPPORT);
  for (bool (*forbidden)() : {starts_program, forks, traces}) expect(engine, forbidden, EPERM);
  for (bool (*allowed)() : {opens_unix_socket, writes, reads, uses_threads}) expect(engine, allowed, 0);
}

TEST_F(Rights, TheKnownAnswerIsWrittenWithoutMore) {
  // Aim: radfmctl model record writes a file, and has no more than that.
  const ProcessRights engine = model::engine_rights(/*gpu=*/false, /*writes_known_answer=*/true);
  expect(engine, writes, 0);
  for (bool (*forbidden)() : {opens_network, opens_unix_socket, starts_program, forks}) expect(engine, forbidden, EPERM);
}

TEST_F(Rights, MisuseCanBeFatal) {
  // Aim: a reader that was taken over dies at the call.
  EXPECT_EXIT(inside({}, opens_network), ::testing::KilledBySignal(SIGSYS), "");
  EXPECT_EXIT(inside({}, forks), ::testing::KilledBySignal(SIGSYS), "");
  EXPECT_EXIT(inside({.start_program = true}, starts_program), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace radfm::process
