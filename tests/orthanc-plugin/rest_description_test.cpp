// SPDX-License-Identifier: GPL-3.0-or-later
// orthanc-plugin/openapi.json beside the router's table. What it says of bodies and answers tests/e2e/openapi_test.py asks a whole node.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <tuple>

#include "orthanc-plugin/page_files.h"
#include "tests/orthanc-plugin/rest_fixture.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;
using Line = std::tuple<std::string, std::string, std::string>;  // method, path, role

class RestDescriptionTest : public RestFixture {
 protected:
  const json description = json::parse(page_openapi);
  // Calls with (path, method, operation) of each.
  template <class Look>
  void each_operation(const Look& look) const {
    for (const auto& [path, operations] : description.at("paths").items()) {
      for (const auto& [method, operation] : operations.items()) look(path, method, operation);
    }
  }
  // What a reference leads to; anything else is itself.
  const json& resolved(const json& value) const {
    const auto reference = value.find("$ref");
    return reference == value.end() ? value : description.at(json::json_pointer(reference->get<std::string>().substr(1)));
  }
};

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

// The names in braces.
std::set<std::string> open_parts(const std::string& path) {
  std::set<std::string> names;
  for (std::size_t at = path.find('{'); at != std::string::npos; at = path.find('{', at + 1))
    names.insert(path.substr(at + 1, path.find('}', at) - at - 1));
  return names;
}

TEST_F(RestDescriptionTest, IsTheRoutersTable) {
  // Aim: each line of the table stands in the file with its role, and the file has nothing else.
  std::set<Line> served, described;
  for (const RestRoute& route : rest_routes) served.emplace(route.method, route.path, to_string(route.role));
  each_operation([&](const std::string& path, const std::string& method, const json& operation) {
    described.emplace(upper(method), path, operation.at("x-role").get<std::string>());
  });
  const auto all_of_one_are_in = [](const std::set<Line>& one, const std::set<Line>& other, const char* fault) {
    for (const auto& [method, path, role] : one) EXPECT_TRUE(other.contains({method, path, role})) << fault << ": " << method << " " << path << " " << role;
  };
  all_of_one_are_in(served, described, "not described");
  all_of_one_are_in(described, served, "not served");
}

TEST_F(RestDescriptionTest, EachOperationIsWhole) {
  // Aim: names are unique, what stands in braces is a parameter, and each refusal that all operations have in common is told.
  std::set<std::string> names;
  each_operation([&](const std::string& path, const std::string& method, const json& operation) {
    const std::string where = method + " " + path;
    EXPECT_TRUE(names.insert(operation.at("operationId").get<std::string>()).second) << where;
    std::set<std::string> parts;
    for (const json& parameter : operation.value("parameters", json::array())) {
      if (resolved(parameter).at("in") == "path") parts.insert(resolved(parameter).at("name").get<std::string>());
    }
    EXPECT_EQ(parts, open_parts(path)) << where;
    const json& responses = operation.at("responses");
    for (const char* status : {"200", "400", "401", "403", "405", "414", "503"}) EXPECT_TRUE(responses.contains(status)) << where << " " << status;
    EXPECT_EQ(responses.contains("413"), method == "post") << where;
  });
}

TEST_F(RestDescriptionTest, ReferencesLeadSomewhere) {
  // Aim: no part is referred to that is not there, and none is there that nothing refers to.
  std::set<std::string> used;
  const auto collect = [&](const auto& self, const json& value) -> void {
    if (value.is_object() && value.contains("$ref")) {
      const std::string reference = value.at("$ref").get<std::string>();
      EXPECT_TRUE(reference.starts_with("#/") && description.contains(json::json_pointer(reference.substr(1)))) << reference;
      used.insert(reference);
    }
    if (value.is_structured()) {
      for (const json& inner : value) self(self, inner);
    }
  };
  collect(collect, description);
  for (const auto& [kind, parts] : description.at("components").items()) {
    for (const auto& [name, part] : parts.items()) {
      EXPECT_TRUE(kind == "securitySchemes" || used.contains("#/components/" + kind + "/" + name)) << kind << " " << name;
    }
  }
}

TEST_F(RestDescriptionTest, IsServedToAnybody) {
  // Aim: the address answers the very bytes of the file, also where users are listed and the asker is none.
  configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "access": {"read": ["anna"]}})");
  work();
  const RestResponse response = get("/radfm/api/v1/openapi.json");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, page_openapi);
}

}  // namespace
}  // namespace radfm::plugin
