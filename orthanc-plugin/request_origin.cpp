// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/request_origin.h"

#include <algorithm>
#include <string_view>

namespace radfm::plugin {
namespace {

std::string in_lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// "host:port" of "https://host:port/path"; empty when it has none, as "null".
std::string authority_of(const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return {};
  const std::string rest = url.substr(scheme + 3);
  return in_lower_case(rest.substr(0, rest.find('/')));
}

bool names_this_host(const RestRequest& request, const std::string& url) {
  const std::string authority = authority_of(url);
  return !authority.empty() && authority == in_lower_case(header(request, "host"));
}

// What browsers say of where the request comes from. Fetch Metadata first: a proxy that renames our host does not touch it.
bool says_elsewhere(const RestRequest& request) {
  if (const std::string site = header(request, "sec-fetch-site"); !site.empty()) return site != "same-origin";
  for (const char* name : {"origin", "referer"}) {
    if (const std::string url = header(request, name); !url.empty()) return !names_this_host(request, url);
  }
  return false;
}

}  // namespace

bool is_foreign_change(const RestRequest& request) {
  const bool needs_preflight =
      request.headers.contains("x-radfm") || in_lower_case(header(request, "content-type")).starts_with("application/json");
  return !needs_preflight || says_elsewhere(request);
}

bool is_foreign_read(const RestRequest& request) {
  const std::string site = header(request, "sec-fetch-site");
  if (site.empty()) {
    const std::string origin = header(request, "origin");
    return !origin.empty() && !names_this_host(request, origin);
  }
  if (site == "same-origin" || site == "none") return false;
  return header(request, "sec-fetch-mode") != "navigate" || header(request, "sec-fetch-dest") != "document";
}

}  // namespace radfm::plugin
