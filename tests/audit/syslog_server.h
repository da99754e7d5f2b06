// SPDX-License-Identifier: Apache-2.0
// A syslog server over TLS as a test wants it: on port zero, one connection after the other on a thread of its own, reading in small
// odd pieces, so that frames are split everywhere. How it ends a connection is its behaviour.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace radfm::test {

// Takes the frames of RFC 5425 4.3.1 out of a stream that comes in pieces; throws on what is none.
class FrameReader {
 public:
  void take(std::string_view piece, std::vector<std::string>& messages) {
    bytes_ += piece;
    for (;;) {
      const std::size_t space = bytes_.find(' ');
      if (space == std::string::npos) return;
      const std::string digits = bytes_.substr(0, space);
      if (digits.empty() || digits[0] == '0' || digits.find_first_not_of("0123456789") != std::string::npos) {
        throw std::runtime_error("no frame: " + digits);
      }
      const std::size_t length = std::stoul(digits);
      if (bytes_.size() < space + 1 + length) return;
      messages.push_back(bytes_.substr(space + 1, length));
      bytes_.erase(0, space + 1 + length);
    }
  }
  bool empty() const { return bytes_.empty(); }

 private:
  std::string bytes_;
};

class SyslogServer {
 public:
  enum class Behaviour {
    polite,      // answers close_notify with its own
    silent_end,  // ends the connection without it, when all is read
    reset,       // reads one message and breaks the connection off
    early_end,   // ends the connection before it has read anything
    mute,        // reads all and then says nothing, nor ends
  };

  SyslogServer(const std::string& certificate, const std::string& key, Behaviour behaviour, const std::string& clients_authority = "",
               int port = 0)
      : behaviour_(behaviour), context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free) {
    std::signal(SIGPIPE, SIG_IGN);
    if (SSL_CTX_use_certificate_chain_file(context_.get(), certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context_.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
      throw std::runtime_error("the server's certificate cannot be used");
    }
    if (!clients_authority.empty()) {
      SSL_CTX_load_verify_locations(context_.get(), clients_authority.c_str(), nullptr);
      SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    listen_at(port);
    stop_ = ::eventfd(0, EFD_CLOEXEC);
    thread_ = std::thread([this] { serve(); });
  }
  ~SyslogServer() {
    const std::uint64_t one = 1;
    if (::write(stop_, &one, sizeof one) < 0) std::abort();
    thread_.join();
    ::close(listener_);
    ::close(stop_);
  }
  int port() const { return port_; }
  std::vector<std::string> messages() {
    const std::lock_guard lock(mutex_);
    return messages_;
  }
  int connections() {
    const std::lock_guard lock(mutex_);
    return connections_;
  }
  std::string trouble() {
    const std::lock_guard lock(mutex_);
    return trouble_;
  }

 private:
  void listen_at(int port) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 8) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no listening socket");
    }
    port_ = ntohs(address.sin_port);
  }
  bool readable(int fd) {  // false: the test ends
    pollfd waiting[2] = {{fd, POLLIN, 0}, {stop_, POLLIN, 0}};
    ::poll(waiting, 2, -1);
    return waiting[1].revents == 0;
  }
  void serve() {
    while (readable(listener_)) {
      const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) return;
      serve_one(peer);
      ::close(peer);
    }
  }
  void serve_one(int peer) {
    const std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context_.get()), &SSL_free);
    SSL_set_fd(ssl.get(), peer);
    if (SSL_accept(ssl.get()) != 1) return;
    {
      const std::lock_guard lock(mutex_);
      ++connections_;
    }
    if (behaviour_ == Behaviour::early_end) return;
    FrameReader frames;
    char piece[7];
    for (int size = 1;; size = size % 7 + 1) {
      if (SSL_pending(ssl.get()) == 0 && !readable(peer)) return;
      const int got = SSL_read(ssl.get(), piece, size);
      if (got <= 0) break;
      const std::lock_guard lock(mutex_);
      try {
        frames.take({piece, static_cast<std::size_t>(got)}, messages_);
      } catch (const std::runtime_error& error) {
        trouble_ = error.what();
        return;
      }
      if (behaviour_ == Behaviour::reset && !messages_.empty()) {
        const linger at_once{1, 0};
        ::setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        return;
      }
    }
    if (!frames.empty()) {
      const std::lock_guard lock(mutex_);
      trouble_ = "half a frame";
    }
    if (behaviour_ == Behaviour::polite) SSL_shutdown(ssl.get());
    if (behaviour_ == Behaviour::mute) {
      pollfd ended{stop_, POLLIN, 0};
      ::poll(&ended, 1, -1);
    }
  }

  const Behaviour behaviour_;
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  int listener_ = -1, stop_ = -1, port_ = 0;
  std::mutex mutex_;
  std::vector<std::string> messages_;  // guarded by mutex_, as all below
  int connections_ = 0;
  std::string trouble_;
  std::thread thread_;
};

}  // namespace radfm::test
