// SPDX-License-Identifier: Apache-2.0
// The one translation unit that includes Beast.
#include "orthanc-client/http_client.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>

namespace radfm::orthanc {
namespace {

// Beast reads as much at once as its buffer has room for, and 512 bytes where nobody made any.
constexpr std::size_t read_bytes = 256u << 10;

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;
using TimePoint = std::chrono::steady_clock::time_point;

bool is_readable(int fd) {
  pollfd asked{fd, POLLIN, 0};
  return fd >= 0 && ::poll(&asked, 1, 0) > 0;
}

std::string base64(std::string_view bytes) {
  static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t bits = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    for (std::size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < count ? std::uint8_t(bytes[at + i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i) text += i <= count ? digits[bits >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

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
  out.body() = request.body;
  out.prepare_payload();
  return out;
}

}  // namespace

// The connection and the loop that drives it. Every wait goes through await(), which knows the deadline and wake_fd.
struct HttpClient::Connection {
  explicit Connection(int wake_fd) : socket(context), resolver(context), waker(context) {
    buffer.reserve(read_bytes);
    if (wake_fd < 0) return;
    // Asio owns what it watches: it gets a descriptor of its own for the same event.
    const int own = ::dup(wake_fd);
    if (own < 0) return;
    waker.assign(own);
    watch();
  }

  void watch() {
    waker.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code ec) {
      if (ec) return;
      // An interruption that came and went between two exchanges is nothing to this one.
      if (!is_readable(waker.native_handle())) return watch();
      woken = true;
      give_up();
    });
  }

  void give_up() {
    error_code ignored;
    resolver.cancel();
    socket.close(ignored);
  }

  // Runs `start(handler)` to its end, or closes the socket at the deadline, which ends it too.
  template <class Start>
  error_code await(TimePoint deadline, const Start& start) {
    bool done = false;
    error_code result;
    context.restart();
    start([&](error_code ec, const auto&...) {
      done = true;
      result = ec;
    });
    while (!done) {
      if (context.run_one_until(deadline) == 0 && !done && !late) {
        late = true;
        give_up();
        context.restart();
        while (!done && context.run_one() > 0) {
        }
      }
    }
    return result;
  }

  // The same over whichever stream leads to the peer.
  template <class Start>
  error_code await_stream(TimePoint deadline, const Start& start) {
    if (tls) return await(deadline, [&](auto handler) { start(*tls, handler); });
    return await(deadline, [&](auto handler) { start(socket, handler); });
  }

  Error failure(const error_code& ec, const HttpEndpoint& endpoint, std::string_view step) const {
    const std::string what = endpoint.peer + " at " + endpoint.host + ":" + endpoint.port + ": " + std::string(step);
    if (woken) return cancelled_error("woken", what + " was given up because the program was told to stop");
    if (late) return transient_error("http_timeout", what + " took longer than " + endpoint.section + ".timeout_ms");
    if (ec == http::error::body_limit) return permanent_error("http_too_large", what + ": the answer is larger than allowed");
    if (ec.category() == http::make_error_code(http::error::bad_version).category() &&
        ec != http::error::end_of_stream && ec != http::error::partial_message) {
      return transient_error("http_bad_answer", what + ": the answer is not HTTP (" + ec.message() + ")");
    }
    if (const std::string refused = certificate_fault(); !refused.empty()) {
      return transient_error("http_unreachable", what + " failed: its certificate is not accepted (" + refused +
                                                     "); see the url and the trusted certificates of " + endpoint.section);
    }
    return transient_error("http_unreachable", what + " failed (" + ec.message() + "); is " + endpoint.peer + " running, and is " + endpoint.section + ".url right?");
  }

  // What OpenSSL has against the peer's certificate; empty: nothing.
  std::string certificate_fault() const {
    const long result = tls ? SSL_get_verify_result(const_cast<ssl::stream<asio::ip::tcp::socket&>&>(*tls).native_handle()) : X509_V_OK;
    return result == X509_V_OK ? std::string() : X509_verify_cert_error_string(result);
  }

  error_code connect(const HttpEndpoint& endpoint, TimePoint deadline) {
    asio::ip::tcp::resolver::results_type found;
    error_code ec = await(deadline, [&](auto handler) {
      resolver.async_resolve(endpoint.host, endpoint.port, [&found, handler](error_code e, auto results) {
        found = std::move(results);
        handler(e);
      });
    });
    if (ec || late || woken) return ec ? ec : asio::error::operation_aborted;
    ec = await(deadline, [&](auto handler) { asio::async_connect(socket, found, handler); });
    if (ec) return ec;
    error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    return ec;
  }

  // permanent "tls_not_usable" for our own files.
  Status prepare_tls(const HttpEndpoint& endpoint) {
    const HttpTls& settings = *endpoint.tls;
    error_code ec;
    std::string file = "the system's authorities";
    const auto use = [&](const std::string& name, const auto& load) {
      if (ec || name.empty()) return;
      file = name;
      load();
    };
    tls_context.emplace(ssl::context::tls_client);
    tls_context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1, ec);
    if (settings.trusted_certificates_file.empty()) tls_context->set_default_verify_paths(ec);
    use(settings.trusted_certificates_file, [&] { tls_context->load_verify_file(file, ec); });
    use(settings.certificate_file, [&] { tls_context->use_certificate_chain_file(file, ec); });
    use(settings.private_key_file, [&] { tls_context->use_private_key_file(file, ssl::context::pem, ec); });
    if (ec) return permanent_error("tls_not_usable", "TLS cannot be used with " + file + " (" + ec.message() + "); see " + endpoint.section);
    tls.emplace(socket, *tls_context);
    tls->set_verify_mode(ssl::verify_peer);
    require_name(endpoint.host);
    return {};
  }

  // RFC 9525: the called name, or the called address, stands in the certificate.
  void require_name(const std::string& host) {
    X509_VERIFY_PARAM* parameters = SSL_get0_param(tls->native_handle());
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // A certificate that is itself listed as trusted needs no authority above it.
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
    if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1) return;
    X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size());
    SSL_set_tlsext_host_name(tls->native_handle(), host.c_str());  // RFC 6066 3: names only
  }

  asio::io_context context;
  asio::ip::tcp::socket socket;
  std::optional<ssl::context> tls_context;
  std::optional<ssl::stream<asio::ip::tcp::socket&>> tls;
  asio::ip::tcp::resolver resolver;
  asio::posix::stream_descriptor waker;
  boost::beast::flat_buffer buffer;
  bool woken = false, late = false;
  bool reused = false;
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
    error_code ec;
    if (fresh && (ec = connection->connect(endpoint_, deadline))) {
      return connection->failure(ec, endpoint_, "connecting");
    }
    if (fresh && endpoint_.tls) {
      if (Status prepared = connection->prepare_tls(endpoint_); !prepared) return prepared.error();
      ec = connection->await(deadline, [&](auto handler) { connection->tls->async_handshake(ssl::stream_base::client, handler); });
      if (ec) return connection->failure(ec, endpoint_, "the TLS handshake");
    }
    ec = connection->await_stream(deadline, [&](auto& stream, auto handler) { http::async_write(stream, message, handler); });
    const auto stale = [&] { return !fresh && !connection->woken && !connection->late; };
    if (ec && stale()) continue;
    if (ec) return connection->failure(ec, endpoint_, "sending a request");

    http::response_parser<http::buffer_body> parser;
    parser.header_limit(http_header_bytes_max);
    parser.body_limit(request.answer_bytes_max);
    ec = connection->await_stream(deadline, [&](auto& stream, auto handler) {
      http::async_read_header(stream, connection->buffer, parser, handler);
    });
    if (ec && stale() && !parser.got_some()) continue;
    if (ec) return connection->failure(ec, endpoint_, "waiting for an answer");

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
      ec = connection->await_stream(deadline, [&](auto& stream, auto handler) {
        http::async_read(stream, connection->buffer, parser, handler);
      });
      if (ec == http::error::need_buffer) ec = {};
      if (ec) return connection->failure(ec, endpoint_, "reading an answer");
      const std::size_t bytes = piece.size() - parser.get().body().size;
      if (!wanted || bytes == 0) continue;
      if (Status taken = sink({piece.data(), bytes}); !taken) return taken.error();
    }
    if (parser.keep_alive()) connection_ = std::move(connection);
    return status;
  }
}

}  // namespace radfm::orthanc
