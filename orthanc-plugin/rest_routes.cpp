// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/rest_routes.h"

#include <algorithm>

namespace radfm::plugin {
namespace {

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (slash != 0) parts.push_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return parts;
}

bool is_open(std::string_view part) {
  return part.starts_with('{');
}

bool fits(const std::vector<std::string_view>& pattern, const std::vector<std::string_view>& path) {
  return std::equal(pattern.begin(), pattern.end(), path.begin(), path.end(),
                    [](std::string_view wanted, std::string_view given) { return is_open(wanted) || wanted == given; });
}

}  // namespace

RouteMatch match_route(std::string_view method, std::string_view path) {
  const std::vector<std::string_view> given = split(path);
  RouteMatch match;
  for (const RestRoute& route : rest_routes) {
    const std::vector<std::string_view> pattern = split(route.path);
    if (!fits(pattern, given)) continue;
    if (match.allow.find(route.method) == std::string::npos) match.allow += (match.allow.empty() ? "" : ", ") + std::string(route.method);
    if (route.method != method) continue;
    match.route = &route;
    match.last = given.back();
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (is_open(pattern[i])) match.parts.emplace_back(given[i]);
    }
    break;
  }
  return match;
}

}  // namespace radfm::plugin
