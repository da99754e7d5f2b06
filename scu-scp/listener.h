// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "core/result.h"

namespace radfm::scu {

// The other end's IP address as text; empty when it is gone.
std::string address_of(int socket);

// A listening TCP socket. One thread accepts.
class Listener {
 public:
  // `address`: an IPv4 address of this machine, 0.0.0.0 for all. `port` 0: the system chooses. transient
  // "port_not_usable" when somebody else listens there, or the address is not ours.
  static Result<std::unique_ptr<Listener>> open(const std::string& address, int port);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const { return port_; }
  // The next connection, which the caller closes; negative when `stop_fd` became readable.
  int accept(int stop_fd);

 private:
  explicit Listener(int socket) : socket_(socket) {}
  int socket_, port_ = 0;
};

}  // namespace radfm::scu
