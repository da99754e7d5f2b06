// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 over one kept-alive connection, with a total deadline and a size limit for each exchange. One thread.
// Plain HTTP: Orthanc stands on the same host or in the same protected network.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace radfm::orthanc {

inline constexpr std::uint32_t http_header_bytes_max = 16u << 10;

struct HttpEndpoint {
  std::string host, port = "80";
  std::string base_path;  // "" or "/orthanc", without a slash at the end
};
// permanent "url_not_supported" for anything but http://HOST[:PORT][/PATH]; the message says what was expected.
Result<HttpEndpoint> parse_http_url(std::string_view url);

struct HttpRequest {
  std::string method = "GET";
  std::string path;  // below base_path; begins with '/'
  std::string body, content_type;
  std::uint64_t answer_bytes_max = 0;
};

class HttpClient {
 public:
  // Gets the body of a 2xx answer piece by piece; an error ends the exchange and is returned as it is.
  using Sink = std::function<Status(std::string_view piece)>;

  // `wake_fd`: when it becomes readable, an exchange is given up with cancelled "woken" (negative: none).
  HttpClient(HttpEndpoint endpoint, std::string username, std::string password, std::int64_t timeout_ms, int wake_fd);
  HttpClient(HttpClient&&) noexcept;
  // Another one to the same server, with a connection of its own: for another thread.
  HttpClient another() const;
  ~HttpClient();

  // The HTTP status; bodies of other answers than 2xx are not given to the sink. Errors:
  //   transient "http_unreachable"  no connection, or it broke off
  //   transient "http_timeout"      no complete answer within timeout_ms
  //   transient "http_bad_answer"   what came is no HTTP
  //   permanent "http_too_large"    more than answer_bytes_max
  Result<unsigned> exchange(const HttpRequest& request, const Sink& sink);

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
