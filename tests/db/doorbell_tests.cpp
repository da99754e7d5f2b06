// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "db/queue.h"
#include "tests/db/temporary_folder.h"

namespace radfm::db {
namespace {

int listener(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  EXPECT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  return socket;
}

TEST(Doorbell, IsHeardAlsoBySomebodyWhoListensLater) {
  // A bell that rang before the worker waited for it lies in the socket.
  const TemporaryFolder folder;
  const int socket = listener(folder.path() / "bell");
  ring_doorbell(folder.path() / "bell");
  char byte = 0;
  EXPECT_EQ(::recv(socket, &byte, 1, 0), 1);
  ::close(socket);
}

TEST(Doorbell, NeverBlocksAndNeverFails) {
  // Nobody there, nobody reading, a path that is no socket, a path that is too long: all are lost bells, no errors.
  const TemporaryFolder folder;
  ring_doorbell(folder.path() / "nobody");
  ring_doorbell(folder.path());
  ring_doorbell("");
  ring_doorbell(folder.path() / std::string(107, 'x'));
  ring_doorbell(folder.path() / std::string(200, 'x'));
  const int socket = listener(folder.path() / "bell");
  for (int i = 0; i < 5'000; ++i) ring_doorbell(folder.path() / "bell");
  ::close(socket);
  ring_doorbell(folder.path() / "bell");
}

}  // namespace
}  // namespace radfm::db
