// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 over one kept-alive connection, with a total deadline and a size limit for each exchange. One thread.
// Over TLS (1.2 or newer) where the address is https: then the server's certificate is always verified, its chain and its name.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "orthanc-client/peer_tls.h"

namespace radfm::orthanc {

inline constexpr std::uint32_t http_header_bytes_max = 16u << 10;

struct HttpEndpoint {
  std::string host, port = "80";
  std::string base_path;  // "" or "/orthanc", without a slash at the end
  std::optional<PeerTls> tls{};
  std::string peer = "Orthanc", section = "orthanc";  // for messages: who it is, and where it is configured
};
// permanent "url_not_supported" for anything but http[s]://HOST[:PORT][/PATH]; the message says what was expected. https gets a `tls`
// with the system's authorities. `peer`, `section`: for messages.
Result<HttpEndpoint> parse_web_url(std::string_view url, const std::string& peer, const std::string& section);

struct HttpRequest {
  std::string method = "GET";
  std::string path;  // below base_path; begins with '/'
  std::string body, content_type;
  std::uint64_t answer_bytes_max = 0;
  std::string accept{};  // media types; empty: any
  std::vector<std::pair<std::string, std::string>> headers{};  // others
  bool any_body = false;  // the sinks get the body of every answer, not of 2xx only
};

class HttpClient {
 public:
  // Gets the body of a 2xx answer (HttpRequest::any_body: of each) piece by piece; an error ends the exchange and is returned as it is.
  using Sink = std::function<Status(std::string_view piece)>;
  // Gets the Content-Type of a 2xx answer before its body.
  using TypeSink = std::function<void(std::string_view content_type)>;

  // `wake_fd`: when it becomes readable, an exchange is given up with cancelled "woken" (negative: none).
  HttpClient(HttpEndpoint endpoint, std::string username, std::string password, std::int64_t timeout_ms, int wake_fd);
  HttpClient(HttpClient&&) noexcept;
  // Another one to the same server, with a connection of its own: for another thread.
  HttpClient another() const;
  ~HttpClient();

  // The HTTP status; bodies of other answers than 2xx are not given to the sink, unless it was asked for any. Errors:
  //   transient "http_unreachable"  no connection, or it broke off; also where the TLS handshake fails: the message says why
  //   transient "http_timeout"      no complete answer within timeout_ms
  //   transient "http_bad_answer"   what came is no HTTP
  //   permanent "http_too_large"    more than answer_bytes_max
  //   permanent "tls_not_usable"    our own files for TLS
  Result<unsigned> exchange(const HttpRequest& request, const Sink& sink, const TypeSink& type_sink = {});

 private:
  struct Connection;
  HttpClient() = default;
  HttpEndpoint endpoint_;
  std::string authorization_;
  std::int64_t timeout_ms_ = 0;
  int wake_fd_ = -1;
  std::unique_ptr<Connection> connection_;
};

}  // namespace radfm::orthanc
