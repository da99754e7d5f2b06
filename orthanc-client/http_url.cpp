// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>

#include "orthanc-client/http_client.h"

namespace radfm::orthanc {
namespace {

Error url_error(const std::string& section, std::string_view why) {
  return permanent_error("url_not_supported", section + ".url " + std::string(why) +
                                                  "; expected http://HOST:PORT or https://HOST:PORT, for example http://127.0.0.1:8042");
}

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5) return false;
  int port = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    port = port * 10 + (c - '0');
  }
  return port > 0 && port < 65'536;
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > ' ' && c < 0x7f; });
}

// What follows the scheme, into `endpoint`.
Result<HttpEndpoint> parse_rest(std::string_view url, HttpEndpoint endpoint) {
  const auto not_supported = [&](std::string_view why) { return url_error(endpoint.section, why); };
  if (!is_printable(url)) return not_supported("holds a blank or a character that is not ASCII");
  const std::size_t slash = url.find('/');
  std::string_view authority = url.substr(0, slash);
  if (slash != std::string_view::npos) endpoint.base_path = url.substr(slash);
  while (endpoint.base_path.ends_with('/')) endpoint.base_path.pop_back();
  if (endpoint.base_path.find_first_of("?#") != std::string::npos) return not_supported("holds ? or #");
  if (authority.find('@') != std::string_view::npos) {
    return not_supported("holds a user name: use " + endpoint.section + ".username and " + endpoint.section + ".password");
  }
  std::string_view after = authority;
  if (authority.starts_with('[')) {  // RFC 3986 3.2.2: an IPv6 address stands in brackets
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return not_supported("has no ] after its address");
    endpoint.host = authority.substr(1, end - 1);
    after = authority.substr(end + 1);
  } else {
    endpoint.host = authority.substr(0, authority.find(':'));
    after = authority.substr(endpoint.host.size());
  }
  if (endpoint.host.empty()) return not_supported("names no host");
  if (!after.empty()) {
    if (!after.starts_with(':') || !is_port(after.substr(1))) return not_supported("has a port that is none");
    endpoint.port = after.substr(1);
  }
  return endpoint;
}

constexpr std::string_view plain = "http://", secure = "https://";

}  // namespace

Result<HttpEndpoint> parse_web_url(std::string_view url, const std::string& peer, const std::string& section) {
  HttpEndpoint endpoint;
  endpoint.peer = peer;
  endpoint.section = section;
  if (url.starts_with(plain)) return parse_rest(url.substr(plain.size()), std::move(endpoint));
  if (!url.starts_with(secure)) return url_error(section, "does not begin with http:// or https://");
  endpoint.port = "443";
  endpoint.tls.emplace();
  return parse_rest(url.substr(secure.size()), std::move(endpoint));
}

}  // namespace radfm::orthanc
