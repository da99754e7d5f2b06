// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/rest_routes.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace radfm::plugin {
namespace {

TEST(RestRoutesTest, EachRouteIsFoundByItsOwnPath) {
  // Aim: the table leads to each of its lines, with what stands in braces.
  for (const RestRoute& route : rest_routes) {
    std::string path = route.path;
    for (const char* open : {"{id}", "{uid}", "{name}"}) {
      if (const std::size_t at = path.find(open); at != std::string::npos) path.replace(at, std::string(open).size(), "1.2.3");
    }
    const RouteMatch match = match_route(route.method, path);
    ASSERT_EQ(match.route, &route) << path;
    EXPECT_EQ(match.parts, path == route.path ? std::vector<std::string>() : std::vector<std::string>{"1.2.3"});
    EXPECT_EQ(match_route(route.method, path + "/").route, &route);
    const char* other = std::string(route.method) == "GET" ? "POST" : "GET";
    EXPECT_EQ(match_route(other, path).route, nullptr);
    EXPECT_EQ(match_route(other, path).allow, route.method);
    EXPECT_EQ(match_route(route.method, path + "/x").allow, path == "/radfm/api/v1/jobs" ? "GET" : "") << path;
  }
}

TEST(RestRoutesTest, WhatIsInNoLineIsNotThere) {
  // Aim: neighbours of the lines, other spellings, and tricks with dots.
  for (const char* path : {"", "/", "/other", "/radfm/x", "/radfm/api", "/radfm/api/v1", "/radfm/api/v2/jobs", "/RADFM", "/radfm/api/v1/jobs/1/explode",
                           "/radfm/page.js", "/radfm/page", "/radfm/page/a/b", "/radfm/../instances", "/radfm/report/1/2", "/radfm/api/v1/jobs/1/montage.png/x"})
    EXPECT_TRUE(match_route("GET", path).allow.empty()) << path;
}

TEST(RestRoutesTest, OnlyAPostChangesAnything) {
  // Aim: an image or a link of another site is a GET; each change needs a role, and so does whatever names a study.
  const std::set<Endpoint> open = {Endpoint::page, Endpoint::page_file, Endpoint::health, Endpoint::metrics, Endpoint::openapi};
  for (const RestRoute& route : rest_routes) {
    const bool question = route.endpoint == Endpoint::rules_test;  // whose body has no place in an address
    EXPECT_EQ(route.cost == Cost::change || question, std::string(route.method) == "POST") << route.path;
    EXPECT_EQ(route.role == Role::anybody, open.contains(route.endpoint)) << route.path;
    EXPECT_TRUE(route.cost != Cost::change || route.role >= Role::operate) << route.path;
  }
}

TEST(RestRoutesTest, TheDocumentListsEachRoute) {
  // Aim: docs/security.md tells administrators the same as the table, line by line.
  std::ifstream file("docs/security.md");
  ASSERT_TRUE(file.is_open());
  std::stringstream text;
  text << file.rdbuf();
  std::size_t lines = 0;
  for (const RestRoute& route : rest_routes) {
    const std::string line = std::string("| ") + route.method + " | `" + route.path + "` | " + to_string(route.role) + " |";
    EXPECT_NE(text.str().find(line), std::string::npos) << line;
  }
  for (std::string line; std::getline(text, line);) lines += line.starts_with("| GET | `") || line.starts_with("| POST | `");
  EXPECT_EQ(lines, std::size(rest_routes));
}

}  // namespace
}  // namespace radfm::plugin
