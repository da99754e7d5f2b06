// SPDX-License-Identifier: Apache-2.0
#include "core/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace radfm {
namespace {

std::vector<std::string> complaints(const std::string& text) {
  std::vector<JsonMistake> mistakes;
  (void)parse_commented_json(text, &mistakes);
  std::vector<std::string> texts;
  for (const auto& mistake : mistakes) texts.push_back(mistake.key + ": " + mistake.text);
  return texts;
}

std::string place(const std::string& text) {
  const auto all = complaints(text);
  if (all.size() != 1) return "no single complaint";
  const auto start = all[0].find("line ");
  return all[0].substr(start, all[0].find(';') - start);
}

TEST(JsonText, TakesComments) {
  // Aim: both kinds, also at the ends of the file.
  std::vector<JsonMistake> mistakes;
  const auto json = parse_commented_json("// head\n{\"a\": /* here */ 1}\n// tail", &mistakes);
  EXPECT_TRUE(mistakes.empty());
  EXPECT_EQ(json["a"], 1);
}

TEST(JsonText, NamesLineAndColumnOfASyntaxError) {
  // Aim: the place where reading stopped, counted from 1 as editors do.
  EXPECT_EQ(place("{\n  \"a\" 3}"), "line 2, column 7");
  EXPECT_EQ(place("x"), "line 1, column 1");
  EXPECT_EQ(place("{\"a\": 1\n\"b\": 2}").substr(0, 6), "line 2");
  EXPECT_EQ(place("{\"a\": \"\n\"}"), "line 1, column 8");  // the line break in a text
  EXPECT_EQ(place("").substr(0, 6), "line 1");
}

TEST(JsonText, DoesNotQuoteTheFile) {
  // Aim: what stands next to a missing comma may be a password.
  for (const auto& text : complaints("{\"password\": \"secret\" \"hidden\"}")) {
    EXPECT_EQ(text.find("secret"), std::string::npos);
    EXPECT_EQ(text.find("hidden"), std::string::npos);
  }
}

TEST(JsonText, FindsDoubledKeysAtAnyDepth) {
  // Aim: the second of two equal keys is named with its path; equal keys in different objects are fine.
  EXPECT_EQ(complaints(R"({"a": 1, "a": 2})"), std::vector<std::string>{"a: this key stands here twice; keep one"});
  EXPECT_EQ(complaints(R"({"pacs": [{"name": "x"}, {"name": "y", "port": 1, "port": 2}]})"),
            std::vector<std::string>{"pacs[1].port: this key stands here twice; keep one"});
  EXPECT_TRUE(complaints(R"({"a": {"x": 1}, "b": {"x": 1, "c": [[{"x": 1}, {"x": 2}]]}})").empty());
}

TEST(JsonText, SurvivesHostileTexts) {
  // Aim: deep nesting, numbers beyond all ranges and bytes that are no UTF-8 are answers, not crashes.
  EXPECT_EQ(complaints(std::string(200'000, '[')).size(), 1U);
  EXPECT_TRUE(complaints(std::string(100'000, '[') + std::string(100'000, ']')).empty());
  EXPECT_EQ(complaints("{\"a\": 1e999999}").size(), 1U);
  EXPECT_EQ(complaints("{\"a\": \"\xFF\"}").size(), 1U);
}

}  // namespace
}  // namespace radfm
