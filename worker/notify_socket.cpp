// SPDX-License-Identifier: Apache-2.0
#include "worker/notify_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace radfm::worker {
namespace {

std::string taken_variable(const char* name) {
  const char* const value = std::getenv(name);
  std::string text = value != nullptr ? value : "";
  ::unsetenv(name);
  return text;
}

std::int64_t number_in(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

}  // namespace

NotifySocket NotifySocket::from_environment() {
  const std::string name = taken_variable("NOTIFY_SOCKET"), pid = taken_variable("WATCHDOG_PID");
  const std::int64_t watchdog_usec = number_in(taken_variable("WATCHDOG_USEC"));
  const bool for_us = pid.empty() || number_in(pid) == ::getpid();
  return NotifySocket(name, for_us ? watchdog_usec / 1'000 : 0);
}

NotifySocket::NotifySocket(const std::string& name, std::int64_t watchdog_ms) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // An abstract name begins with a zero byte and ends where the address ends (unix(7)).
  if (name.size() < 2 || name.size() >= sizeof address.sun_path || (name[0] != '/' && name[0] != '@')) return;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';
  const std::size_t length = offsetof(sockaddr_un, sun_path) + name.size() + (name[0] == '/' ? 1 : 0);
  process::FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid() || ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), static_cast<socklen_t>(length)) != 0) return;
  socket_ = std::move(socket);
  watchdog_ms_ = std::max<std::int64_t>(watchdog_ms, 0);
}

void NotifySocket::status(const std::string& text) {
  std::string line = text;
  std::ranges::replace(line, '\n', ' ');
  send("STATUS=" + line);
}

void NotifySocket::still_starting(std::int64_t for_ms) { send("EXTEND_TIMEOUT_USEC=" + std::to_string(for_ms * 1'000)); }

void NotifySocket::send(const std::string& message) const {
  if (!socket_.valid()) return;
  [[maybe_unused]] const ssize_t sent = ::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL);
}

}  // namespace radfm::worker
