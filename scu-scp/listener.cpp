// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace radfm::scu {
namespace {

constexpr int waiting_connections_max = 16;
constexpr int pause_ms = 100;  // before the next try when the system has no descriptor left

}  // namespace

std::string address_of(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  char text[INET6_ADDRSTRLEN] = "";
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  if (address.ss_family == AF_INET)
    ::inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in*>(&address)->sin_addr, text, sizeof text);
  if (address.ss_family == AF_INET6)
    ::inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6*>(&address)->sin6_addr, text, sizeof text);
  return text;
}

Result<std::unique_ptr<Listener>> Listener::open(const std::string& address, int port) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(static_cast<std::uint16_t>(port));
  const std::string name = address + ":" + std::to_string(port);
  if (port < 0 || port > 65535 || ::inet_pton(AF_INET, address.c_str(), &where.sin_addr) != 1) {
    return permanent_error("port_not_usable",
                           "a server listens at an IPv4 address and a port from 0 to 65535, not at " + name);
  }
  std::unique_ptr<Listener> listener(new Listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
  const int on = 1;
  socklen_t length = sizeof where;
  if (listener->socket_ < 0 ||
      ::setsockopt(listener->socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(listener->socket_, reinterpret_cast<sockaddr*>(&where), length) != 0 ||
      ::listen(listener->socket_, waiting_connections_max) != 0 ||
      ::getsockname(listener->socket_, reinterpret_cast<sockaddr*>(&where), &length) != 0) {
    return transient_error("port_not_usable", "the DICOM server cannot listen at " + name + " (" +
                                                  std::strerror(errno) +
                                                  "); does another program use the port?");
  }
  listener->port_ = ntohs(where.sin_port);
  return listener;
}

Listener::~Listener() {
  if (socket_ >= 0) ::close(socket_);
}

int Listener::accept(int stop_fd) {
  for (;;) {
    pollfd waiting[2] = {{stop_fd, POLLIN, 0}, {socket_, POLLIN, 0}};
    ::poll(waiting, 2, -1);
    if (waiting[0].revents != 0) return -1;
    if (waiting[1].revents == 0) continue;
    const int connection = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection >= 0) return connection;
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) ::poll(waiting, 1, pause_ms);
  }
}

}  // namespace radfm::scu
