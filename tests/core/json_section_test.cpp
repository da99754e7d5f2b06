// SPDX-License-Identifier: Apache-2.0
#include "core/json_section.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace radfm {
namespace {

// What one read of `json` complains about, as "key: text".
template <class Read>
std::vector<std::string> complaints(const nlohmann::json& json, Read read) {
  std::vector<JsonMistake> mistakes;
  JsonSection section(json, "s", &mistakes);
  read(section);
  section.finish();
  std::vector<std::string> texts;
  for (const auto& mistake : mistakes) texts.push_back(mistake.key + ": " + mistake.text);
  return texts;
}

TEST(JsonSection, ReadsEachType) {
  // Aim: good values arrive, absent ones leave the default.
  std::string text = "default", absent = "default";
  std::int64_t number = 0;
  std::optional<int> nothing = 5, something;
  bool flag = false;
  std::vector<std::string> list;
  const nlohmann::json json = {{"text", "a"}, {"number", 7}, {"nothing", nullptr}, {"something", 3}, {"flag", true}, {"list", {"x", "y"}}};
  EXPECT_TRUE(complaints(json, [&](JsonSection& s) {
                s.text("text", &text);
                s.text("absent", &absent);
                s.number("number", &number, 0, 9);
                s.number("nothing", &nothing, 0, 9);
                s.number("something", &something, 0, 9);
                s.boolean("flag", &flag);
                s.texts("list", &list);
              }).empty());
  EXPECT_EQ(text, "a");
  EXPECT_EQ(absent, "default");
  EXPECT_EQ(number, 7);
  EXPECT_FALSE(nothing);
  EXPECT_EQ(something, 3);
  EXPECT_TRUE(flag);
  EXPECT_EQ(list.size(), 2U);
}

TEST(JsonSection, NumbersEndAtTheirLimits) {
  // Aim: both ends, one past each, and numbers that only look like integers.
  std::int64_t number = 5;
  const auto read = [&](const nlohmann::json& value) {
    return complaints({{"n", value}}, [&](JsonSection& s) { s.number("n", &number, std::int64_t{1}, std::int64_t{9}); });
  };
  EXPECT_TRUE(read(1).empty());
  EXPECT_TRUE(read(9).empty());
  for (const nlohmann::json& bad : {nlohmann::json(0), nlohmann::json(10), nlohmann::json(1.5), nlohmann::json("1"), nlohmann::json(true),
                                    nlohmann::json(nullptr), nlohmann::json(18446744073709551615ULL)}) {
    EXPECT_EQ(read(bad), std::vector<std::string>{"s.n: expected an integer from 1 to 9"}) << bad;
  }
  EXPECT_EQ(number, 9) << "a wrong value leaves the target as it was";
}

TEST(JsonSection, TextsEndAtTheirLimits) {
  // Aim: one string and one list, at the limit and one past it.
  std::string text;
  std::vector<std::string> list;
  const auto read_text = [&](std::size_t bytes) {
    return complaints({{"t", std::string(bytes, 'a')}}, [&](JsonSection& s) { s.text("t", &text); }).empty();
  };
  const auto read_list = [&](std::size_t entries) {
    return complaints({{"t", std::vector<std::string>(entries, "a")}}, [&](JsonSection& s) { s.texts("t", &list); }).empty();
  };
  EXPECT_TRUE(read_text(configuration_text_bytes_max));
  EXPECT_FALSE(read_text(configuration_text_bytes_max + 1));
  EXPECT_TRUE(read_list(configuration_list_entries_max));
  EXPECT_FALSE(read_list(configuration_list_entries_max + 1));
}

TEST(JsonSection, UnknownKeysNameTheNearest) {
  // Aim: an exchange of two letters is found; a stranger is not forced into a guess.
  std::int64_t number = 0;
  const auto read = [&](JsonSection& s) {
    s.number("lease_ms", &number, std::int64_t{0}, std::int64_t{9});
    s.number("poll_ms", &number, std::int64_t{0}, std::int64_t{9});
  };
  EXPECT_EQ(complaints({{"lease_sm", 1}}, read), std::vector<std::string>{"s.lease_sm: unknown key; did you mean lease_ms?"});
  EXPECT_EQ(complaints({{"zzzzzz", 1}}, read), std::vector<std::string>{"s.zzzzzz: unknown key; remove it"});
}

TEST(JsonSection, AllMistakesAreCollected) {
  // Aim: an administrator corrects a file once, not once for each mistake.
  bool flag = false;
  std::string text = "a";
  EXPECT_EQ(complaints({{"flag", 1}, {"text", "c"}, {"sub", 5}, {"list", {1}}, {"more", 2}},
                       [&](JsonSection& s) {
                         s.boolean("flag", &flag);
                         s.text_of("text", &text, {"a", "b"});
                         s.section("sub").finish();
                         s.sections("list");
                         s.require("must", "a thing");
                       }),
            (std::vector<std::string>{"s.flag: expected true or false", "s.text: expected a or b", "s.sub: expected an object { ... }",
                                      "s.list[0]: expected an object { ... }", "s.must: missing; required: a thing",
                                      "s.more: unknown key; remove it"}));
  EXPECT_EQ(text, "a");
}

TEST(JsonSection, HostileKeysStayOneShortLine) {
  // Aim: a key with line breaks and of any length cannot forge lines of a log.
  const auto texts = complaints({{"a\nb" + std::string(10'000, 'x'), 1}}, [](JsonSection&) {});
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_LT(texts[0].size(), 150U);
  EXPECT_EQ(texts[0].find('\n'), std::string::npos);
}

TEST(JsonSection, PathsAreRelativeToTheBase) {
  // Aim: relative, absolute and default paths.
  std::filesystem::path one, two, three = "default.sqlite";
  EXPECT_TRUE(complaints({{"one", "a/../b"}, {"two", "/c"}}, [&](JsonSection& s) {
                s.path("one", &one, "/etc/radfm");
                s.path("two", &two, "/etc/radfm");
                s.path("three", &three, "/etc/radfm");
              }).empty());
  EXPECT_EQ(one, "/etc/radfm/b");
  EXPECT_EQ(two, "/c");
  EXPECT_EQ(three, "/etc/radfm/default.sqlite");
}

TEST(JsonSection, AnEmptyPathIsAMistake) {
  // Aim: said once, and a wrong type is not called an empty path as well.
  std::filesystem::path path;
  const auto read = [&](JsonSection& s) { s.path("p", &path, "/etc"); };
  EXPECT_EQ(complaints({{"p", ""}}, read), std::vector<std::string>{"s.p: expected a path"});
  EXPECT_EQ(complaints({{"p", 3}}, read), std::vector<std::string>{"s.p: expected a text in double quotes"});
}

}  // namespace
}  // namespace radfm
