// SPDX-License-Identifier: Apache-2.0
// A TCP connection to a peer, plain or over TLS 1.2 or newer, on which each wait has a deadline and can be given up from another
// thread. What HTTP and syslog have in common; only their two translation units include it, since it brings Asio along.
//
// One thread. Whoever uses it writes its own exchange: `await_stream(deadline, [&](auto& stream, auto handler) { async_...(stream,
// ..., handler); })`, and puts what went wrong into words by failure().
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/ssl.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "orthanc-client/peer_tls.h"

namespace radfm::orthanc {

bool is_readable(int fd);  // now; false for a negative one

struct PeerAddress {
  std::string host, port;
  std::optional<PeerTls> tls;
  std::string peer;                      // for messages: who it is,
  std::string address_key, time_limit;   // where its address is configured, and the limit ("orthanc.timeout_ms", "10 s")
  std::string label() const { return peer + " at " + host + ":" + port; }
};

class PeerConnection {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using ErrorCode = boost::system::error_code;

  // `wake_fd`: when it becomes readable, the wait is given up (negative: none).
  explicit PeerConnection(int wake_fd);

  // Resolves, connects and, with `tls`, shakes hands; the peer's certificate is always verified, for its host. Errors, of which
  // `protocol` is the first word of the code: those of failure(); permanent "tls_not_usable" for our own files.
  Status open(const PeerAddress& address, TimePoint deadline, std::string_view protocol);

  // Runs `start(handler)` to its end, or closes the socket at the deadline, which ends it too.
  template <class Start>
  ErrorCode await(TimePoint deadline, const Start& start) {
    bool done = false;
    ErrorCode result;
    context_.restart();
    start([&](ErrorCode ec, const auto&...) {
      done = true;
      result = ec;
    });
    while (!done) {
      if (context_.run_one_until(deadline) == 0 && !done && !late_) {
        late_ = true;
        give_up();
        context_.restart();
        while (!done && context_.run_one() > 0) {
        }
      }
    }
    return result;
  }
  // The same over whichever stream leads to the peer.
  template <class Start>
  ErrorCode await_stream(TimePoint deadline, const Start& start) {
    if (tls_) return await(deadline, [&](auto handler) { start(*tls_, handler); });
    return await(deadline, [&](auto handler) { start(socket_, handler); });
  }
  // Says that nothing more comes (close_notify) and waits for the peer to say the same, which shows that it has read all before it
  // (RFC 5246 7.2.1). Only of a connection with TLS.
  ErrorCode shut_down(TimePoint deadline);

  // The peer's system has taken all that was written (its application need not have read it).
  bool all_acknowledged();

  // The peer ended TLS with a fatal alert: with TLS 1.3 also after our handshake, when it wants another certificate of ours (RFC 8446 4.4.2.4).
  bool refused() const { return refused_; }
  bool woken() const { return woken_; }
  bool late() const { return late_; }
  // cancelled "woken"; transient "PROTOCOL_timeout", "PROTOCOL_unreachable".
  Error failure(const ErrorCode& ec, const PeerAddress& address, std::string_view step, std::string_view protocol) const;

 private:
  using Tls = boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>;
  void watch();
  void give_up();
  ErrorCode connect(const PeerAddress& address, TimePoint deadline);
  Status prepare_tls(const PeerAddress& address);
  void require_name(const std::string& host);
  std::string certificate_fault() const;  // what OpenSSL has against the peer's certificate; empty: nothing

  boost::asio::io_context context_;
  boost::asio::ip::tcp::socket socket_;
  std::optional<boost::asio::ssl::context> tls_context_;
  std::optional<Tls> tls_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::posix::stream_descriptor waker_;
  bool woken_ = false, late_ = false;
  bool refused_ = false;  // by a fatal alert of the peer's
};

}  // namespace radfm::orthanc
