// SPDX-License-Identifier: Apache-2.0
#include "core/attribute_set.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace radfm {
namespace {

TEST(AttributeSet, ReadsBackWhatItWrites) {
  // Aim: values, several values, sequences in sequences and their order survive the way between processes.
  AttributeSet code;
  code[0x00080100] = {"SH", "77477000", {}};
  AttributeSet step;
  step[0x00400008] = {"SQ", "", {code, {}}};
  AttributeSet set;
  set[0x00100010] = {"PN", "M\xC3\xBCller^Anna", {}};
  set[0x00080008] = {"CS", "ORIGINAL\\PRIMARY", {}};
  set[0x00400275] = {"SQ", "", {step}};
  EXPECT_EQ(attribute_set_from_json(nlohmann::json::parse(to_json(set).dump())), set);
  EXPECT_EQ(to_json(set)["00100010"]["vr"], "PN");
}

TEST(AttributeSet, PrivateTagsStayOutsideBothWays) {
  // Aim: odd groups carry vendors' secrets and are never copied into a report.
  AttributeSet set;
  set[0x00091001] = {"LO", "secret", {}};
  EXPECT_TRUE(to_json(set).empty());
  EXPECT_TRUE(attribute_set_from_json({{"00091001", {{"vr", "LO"}, {"value", "secret"}}}}).empty());
}

TEST(AttributeSet, AbsentIsEmpty) {
  // Aim: asking for what is not there is no error.
  EXPECT_EQ(attribute_value({}, 0x00100020), "");
}

TEST(AttributeSet, MalformedJsonGivesWhatCouldBeRead) {
  // Aim: a broken reader process must not stop its reader.
  const auto json = nlohmann::json::parse(
      R"({"0010002": {"vr": "LO", "value": "a"}, "0010002G": {"vr": "LO", "value": "a"}, "00100021": 3,
          "00100030": {"vr": "DATE"}, "00100040": {"vr": "CS", "value": 5}, "00400275": {"vr": "SQ", "items": [7, {}]},
          "00100020": {"vr": "LO", "value": "P1"}})");
  const AttributeSet set = attribute_set_from_json(json);
  EXPECT_EQ(attribute_value(set, 0x00100020), "P1");
  EXPECT_EQ(attribute_value(set, 0x00100040), "");
  EXPECT_EQ(set.at(0x00400275).items.size(), 2U);
  EXPECT_EQ(set.size(), 3U);
  EXPECT_TRUE(attribute_set_from_json(nlohmann::json::array()).empty());
}

AttributeSet nested(int levels) {
  AttributeSet set;
  for (int level = 0; level < levels; ++level) {
    AttributeSet outer;
    outer[0x00400275] = {"SQ", "", {std::move(set)}};
    set = std::move(outer);
  }
  return set;
}

TEST(AttributeSet, NestingEndsAtItsLimit) {
  // Aim: at the limit all is kept, one level past it the innermost items are left out.
  const auto kept = nested(attribute_nesting_max);
  EXPECT_EQ(attribute_set_from_json(to_json(kept)), kept);
  const auto too_deep = nested(attribute_nesting_max + 1);
  EXPECT_NE(attribute_set_from_json(to_json(too_deep)), too_deep);
}

}  // namespace
}  // namespace radfm
