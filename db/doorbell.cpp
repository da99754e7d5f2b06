// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "db/queue.h"

namespace radfm::db {

void ring_doorbell(const std::filesystem::path& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = socket_path.string();
  if (text.empty() || text.size() >= sizeof(address.sun_path)) return;  // cannot be bound either: the worker polls
  std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
  const int ring = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (ring < 0) return;
  // No worker, no right or a full buffer: all are harmless, the queue is also looked at on a timer.
  const char bell = '!';
  [[maybe_unused]] const ssize_t sent = ::sendto(ring, &bell, 1, MSG_DONTWAIT | MSG_NOSIGNAL,
                                                 reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  ::close(ring);
}

}  // namespace radfm::db
