// SPDX-License-Identifier: Apache-2.0
// The one translation unit that includes Beast.
#include "orthanc-client/http_client.h"

#include <array>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>

#include "core/base64.h"
#include "orthanc-client/peer_connection.h"

namespace radfm::orthanc {
namespace {

// Beast reads as much at once as its buffer has room for, and 512 bytes where nobody made any.
constexpr std::size_t read_bytes = 256u << 10;

constexpr std::string_view protocol = "http";

namespace http = boost::beast::http;
using boost::system::error_code;
using TimePoint = std::chrono::steady_clock::time_point;

http::request<http::string_body> make_request(const HttpEndpoint& endpoint, const std::string& authorization,
                                              const HttpRequest& request) {
  http::request<http::string_body> out;
  out.version(11);
  out.method_string(request.method);
  out.target(endpoint.base_path + request.path);
  const bool ipv6 = endpoint.host.find(':') != std::string::npos;
  out.set(http::field::host, (ipv6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + endpoint.port);
  out.set(http::field::user_agent, "radfm-node/" RADFM_VERSION);
  if (!authorization.empty()) out.set(http::field::authorization, authorization);
  if (!request.content_type.empty()) out.set(http::field::content_type, request.content_type);
  if (!request.accept.empty()) out.set(http::field::accept, request.accept);
  for (const auto& [name, value] : request.headers) out.set(name, value);
  out.body() = request.body;
  out.prepare_payload();
  return out;
}

PeerAddress address_of(const HttpEndpoint& endpoint) {
  return {endpoint.host, endpoint.port, endpoint.tls, endpoint.peer, endpoint.section + ".url", endpoint.section + ".timeout_ms"};
}

Error failure(const PeerConnection& connection, const error_code& ec, const HttpEndpoint& endpoint, std::string_view step) {
  const PeerAddress address = address_of(endpoint);
  const std::string what = address.label() + ": " + std::string(step);
  if (!connection.woken() && !connection.late()) {
    if (ec == http::error::body_limit) return permanent_error("http_too_large", what + ": the answer is larger than allowed");
    if (ec.category() == http::make_error_code(http::error::bad_version).category() && ec != http::error::end_of_stream &&
        ec != http::error::partial_message) {
      return transient_error("http_bad_answer", what + ": the answer is not HTTP (" + ec.message() + ")");
    }
  }
  return connection.failure(ec, address, step, protocol);
}

}  // namespace

// What is kept between two exchanges.
struct HttpClient::Connection {
  explicit Connection(int wake_fd) : peer(wake_fd) { buffer.reserve(read_bytes); }
  PeerConnection peer;
  boost::beast::flat_buffer buffer;
};

HttpClient::HttpClient(HttpEndpoint endpoint, std::string username, std::string password, std::int64_t timeout_ms,
                       int wake_fd)
    : endpoint_(std::move(endpoint)), timeout_ms_(timeout_ms), wake_fd_(wake_fd) {
  if (!username.empty()) authorization_ = "Basic " + base64(username + ":" + password);
}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient HttpClient::another() const {
  HttpClient other;
  other.endpoint_ = endpoint_;
  other.authorization_ = authorization_;
  other.timeout_ms_ = timeout_ms_;
  other.wake_fd_ = wake_fd_;
  return other;
}
HttpClient::~HttpClient() = default;

Result<unsigned> HttpClient::exchange(const HttpRequest& request, const Sink& sink, const TypeSink& type_sink) {
  const TimePoint deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms_);
  if (is_readable(wake_fd_)) {
    return cancelled_error("woken", "no request is sent to " + endpoint_.peer + " at " + endpoint_.host + ":" + endpoint_.port +
                                        ": the program was told to stop");
  }
  http::request<http::string_body> message = make_request(endpoint_, authorization_, request);
  // A kept-alive connection may have been closed by the peer meanwhile: then, and only then, a second one is tried.
  for (;;) {
    const bool fresh = connection_ == nullptr;
    std::unique_ptr<Connection> connection = fresh ? std::make_unique<Connection>(wake_fd_) : std::move(connection_);
    connection_.reset();
    PeerConnection& peer = connection->peer;
    if (fresh) {
      if (Status opened = peer.open(address_of(endpoint_), deadline, protocol); !opened) return opened.error();
    }
    error_code ec = peer.await_stream(deadline, [&](auto& stream, auto handler) { http::async_write(stream, message, handler); });
    const auto stale = [&] { return !fresh && !peer.woken() && !peer.late(); };
    if (ec && stale()) continue;
    if (ec) return failure(peer, ec, endpoint_, "sending a request");

    http::response_parser<http::buffer_body> parser;
    parser.header_limit(http_header_bytes_max);
    parser.body_limit(request.answer_bytes_max);
    ec = peer.await_stream(deadline, [&](auto& stream, auto handler) {
      http::async_read_header(stream, connection->buffer, parser, handler);
    });
    if (ec && stale() && !parser.got_some()) continue;
    if (ec) return failure(peer, ec, endpoint_, "waiting for an answer");

    const unsigned status = parser.get().result_int();
    const bool wanted = request.any_body || status / 100 == 2;
    if (type_sink && wanted) {
      const auto type = parser.get()[http::field::content_type];
      type_sink({type.data(), type.size()});
    }
    std::array<char, 65'536> piece{};
    while (!parser.is_done()) {
      parser.get().body().data = piece.data();
      parser.get().body().size = piece.size();
      ec = peer.await_stream(deadline, [&](auto& stream, auto handler) {
        http::async_read(stream, connection->buffer, parser, handler);
      });
      if (ec == http::error::need_buffer) ec = {};
      if (ec) return failure(peer, ec, endpoint_, "reading an answer");
      const std::size_t bytes = piece.size() - parser.get().body().size;
      if (!wanted || bytes == 0) continue;
      if (Status taken = sink({piece.data(), bytes}); !taken) return taken.error();
    }
    if (parser.keep_alive()) connection_ = std::move(connection);
    return status;
  }
}

}  // namespace radfm::orthanc
