// SPDX-License-Identifier: Apache-2.0
// A peer that answers HTTP requests with exactly the bytes that a test says: on port zero, each connection in a thread of its
// own, which calls the script.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace radfm::test {

struct ScriptedRequest {
  std::string head;  // request line and fields
  std::string body;
  int connection = 0;  // counted from 1
};

struct ScriptedAnswer {
  std::string bytes;
  bool close = false;  // after the bytes
  bool stall = false;  // after the bytes nothing more comes, the connection stays open
};

inline ScriptedAnswer http_answer(int status, const std::string& body) {
  return {"HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
}

class ScriptedServer {
 public:
  using Script = std::function<ScriptedAnswer(const ScriptedRequest&)>;

  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 8) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no listening socket");
    }
    port_ = ntohs(address.sin_port);
    stop_ = ::eventfd(0, EFD_CLOEXEC);
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedServer() {
    const std::uint64_t one = 1;
    if (::write(stop_, &one, sizeof one) < 0) std::abort();
    thread_.join();
    for (std::thread& connection : connections_) connection.join();
    ::close(listener_);
    ::close(stop_);
  }
  std::string port() const { return std::to_string(port_); }
  std::string url() const { return "http://127.0.0.1:" + port(); }
  int requests() const { return requests_; }

 private:
  bool readable(int fd) {
    pollfd waiting[2] = {{fd, POLLIN, 0}, {stop_, POLLIN, 0}};
    ::poll(waiting, 2, -1);
    return waiting[1].revents == 0;
  }

  void serve() {
    for (int connection = 1; readable(listener_); ++connection) {
      const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) return;
      connections_.emplace_back([this, peer, connection] {
        serve_connection(peer, connection);
        ::close(peer);
      });
    }
  }

  void serve_connection(int peer, int connection) {
    std::string bytes;
    for (;;) {
      ScriptedRequest request;
      request.connection = connection;
      if (!read_request(peer, bytes, request)) return;
      ++requests_;
      const ScriptedAnswer answer = script_(request);
      if (::send(peer, answer.bytes.data(), answer.bytes.size(), MSG_NOSIGNAL) < 0) return;
      if (answer.stall) {
        char one = 0;
        while (readable(peer) && ::recv(peer, &one, 1, 0) > 0) {
        }
        return;
      }
      if (answer.close) return;
    }
  }

  bool read_request(int peer, std::string& bytes, ScriptedRequest& request) {
    for (;;) {
      const std::size_t end = bytes.find("\r\n\r\n");
      if (end != std::string::npos) {
        request.head = bytes.substr(0, end);
        const std::size_t at = request.head.find("Content-Length: ");
        const std::size_t length = at == std::string::npos ? 0 : std::stoul(request.head.substr(at + 16));
        if (bytes.size() >= end + 4 + length) {
          request.body = bytes.substr(end + 4, length);
          bytes.erase(0, end + 4 + length);
          return true;
        }
      }
      char piece[4096];
      if (!readable(peer)) return false;
      const ssize_t got = ::recv(peer, piece, sizeof piece, 0);
      if (got <= 0) return false;
      bytes.append(piece, std::size_t(got));
    }
  }

  Script script_;
  int listener_ = -1, stop_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> requests_{0};
  std::vector<std::thread> connections_;  // touched by thread_ until it has ended
  std::thread thread_;
};

// A port of this host where nobody listens: bound, so that nobody else takes it, but not listening.
class DeafPort {
 public:
  DeafPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no socket");
    }
    port_ = ntohs(address.sin_port);
  }
  ~DeafPort() { ::close(socket_); }
  std::string port() const { return std::to_string(port_); }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

}  // namespace radfm::test
