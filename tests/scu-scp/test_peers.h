// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/outside_program.h"

namespace radfm::test {

// A program of tests/scu-scp on a port that the system chose; killed with this object.
class PythonPeer {
 public:
  PythonPeer(const std::string& python, const std::string& ae_title, const std::string& status)
      : PythonPeer({python, "tests/scu-scp/peer.py", ae_title, status}) {}
  explicit PythonPeer(const std::vector<std::string>& command) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    output_ = ends[0];
    pid_ = start_outside_program(command, ends[1]);
    ::close(ends[1]);
    const std::string line = read_line();
    if (line.rfind("port ", 0) != 0) throw std::runtime_error("the peer did not start: " + line);
    port_ = std::stoi(line.substr(5));
  }
  PythonPeer(const PythonPeer&) = delete;
  PythonPeer& operator=(const PythonPeer&) = delete;
  ~PythonPeer() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::close(output_);
  }
  int port() const { return port_; }
  // The next line that it prints; empty at its end or after 30 seconds.
  std::string read_line() {
    std::string line;
    for (char c = 0; line.size() < 10'000;) {
      pollfd waiting{output_, POLLIN, 0};
      if (::poll(&waiting, 1, 30'000) <= 0 || ::read(output_, &c, 1) != 1) return {};
      if (c == '\n') break;
      line += c;
    }
    return line;
  }

 private:
  pid_t pid_ = -1;
  int output_ = -1, port_ = 0;
};

// A listening socket on 127.0.0.1: connections are taken by the system, and nobody ever answers.
class SilentListener {
 public:
  SilentListener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(socket_, 8) != 0 ||
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(address.sin_port);
  }
  SilentListener(const SilentListener&) = delete;
  SilentListener& operator=(const SilentListener&) = delete;
  ~SilentListener() {
    for (const int fd : {socket_, accepted_}) {
      if (fd >= 0) ::close(fd);
    }
  }
  int port() const { return port_; }
  void wait_for_connection() { accepted_ = ::accept(socket_, nullptr, nullptr); }
  int accepted() const { return accepted_; }
  void close_connection() {
    if (accepted_ >= 0) ::close(accepted_);
    accepted_ = -1;
  }

 private:
  int socket_, accepted_ = -1, port_ = 0;
};

}  // namespace radfm::test
