// SPDX-License-Identifier: Apache-2.0
#include "worker/notify_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "tests/worker/temporary_folder.h"

namespace radfm::worker {
namespace {

// A service manager's end: bound at a path, or at an abstract name when the name begins with '@'.
class Manager {
 public:
  explicit Manager(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const std::size_t length = offsetof(sockaddr_un, sun_path) + name.size();
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), static_cast<socklen_t>(length)), 0) << name;
  }
  std::string heard() const {
    char text[512];
    const ssize_t got = ::recv(socket_.get(), text, sizeof text, 0);
    return got < 0 ? "nothing" : std::string(text, static_cast<std::size_t>(got));
  }

 private:
  process::FileDescriptor socket_;
};

// Aim: each word of the protocol arrives as one datagram, at a path and at an abstract name.
TEST(NotifySocket, SpeaksTheProtocol) {
  const test::TemporaryFolder folder;
  for (const std::string& name : {(folder.path() / "notify").string(), "@radfm-test-" + std::to_string(::getpid())}) {
    const Manager manager(name);
    NotifySocket notify(name);
    ASSERT_TRUE(notify.somebody_listens()) << name;
    notify.ready();
    EXPECT_EQ(manager.heard(), "READY=1");
    notify.status("degraded: a\nb");
    EXPECT_EQ(manager.heard(), "STATUS=degraded: a b");
    notify.alive();
    EXPECT_EQ(manager.heard(), "WATCHDOG=1");
    notify.still_starting(30'000);
    EXPECT_EQ(manager.heard(), "EXTEND_TIMEOUT_USEC=30000000");
    notify.stopping();
    EXPECT_EQ(manager.heard(), "STOPPING=1");
    EXPECT_EQ(manager.heard(), "nothing");
  }
}

// Aim: without a manager, and with a name that is none, the worker runs all the same; one that does not read holds up nobody.
TEST(NotifySocket, NobodyNeedsToListen) {
  const std::string longest(sizeof sockaddr_un{}.sun_path, 'a');
  for (const std::string& name : {std::string(), std::string("@"), std::string("relative"), std::string("/nonexistent/socket"), "/" + longest}) {
    NotifySocket notify(name);
    EXPECT_FALSE(notify.somebody_listens()) << name;
    notify.ready();
  }
  const std::string name = "@radfm-deaf-" + std::to_string(::getpid());
  const Manager deaf(name);
  NotifySocket notify(name);
  for (int i = 0; i < 10'000; ++i) notify.alive();  // more than the socket's queue takes
}

// Aim: children inherit nothing of it, and a watchdog that was set for another process is not ours.
TEST(NotifySocket, TakesItsVariables) {
  const std::string name = "@radfm-variables-" + std::to_string(::getpid());
  const Manager manager(name);
  for (const auto& [pid, expected] : {std::pair(::getpid(), 30'000), std::pair(::getpid() + 1, 0)}) {
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    ::setenv("WATCHDOG_USEC", "30000000", 1);
    ::setenv("WATCHDOG_PID", std::to_string(pid).c_str(), 1);
    const NotifySocket notify = NotifySocket::from_environment();
    EXPECT_TRUE(notify.somebody_listens());
    EXPECT_EQ(notify.watchdog_ms(), expected);
    for (const char* variable : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) EXPECT_EQ(std::getenv(variable), nullptr);
  }
  EXPECT_FALSE(NotifySocket::from_environment().somebody_listens());
}

}  // namespace
}  // namespace radfm::worker
