// SPDX-License-Identifier: Apache-2.0
// The order of series as data: places, ranges, and the mistakes that an administrator is told.
#include "core/series_order.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/wildcard.h"

namespace radfm {
namespace {

std::vector<std::string> mistakes_of(const char* text, std::vector<SeriesCriterion>* order) {
  const nlohmann::json json = nlohmann::json::parse(text);
  std::vector<JsonMistake> mistakes;
  JsonSection section(json, "imaging", &mistakes);
  read_series_order(&section, order);
  std::vector<std::string> keys;
  for (const auto& mistake : mistakes) keys.push_back(mistake.key);
  return keys;
}

TEST(SeriesOrder, TextsFitTheirFirstEntry) {
  // Preferred entries in their order, then what fits nothing, last what is avoided; an unknown value fits nothing.
  const SeriesCriterion criterion{"kernel", {}, {"B3*", "STANDARD"}, {"*bone*"}};
  EXPECT_EQ(place_of_text(criterion, "B30f").first, 0u);
  EXPECT_EQ(place_of_text(criterion, "standard").first, 1u);
  EXPECT_EQ(place_of_text(criterion, "").first, 2u);
  EXPECT_EQ(place_of_text(criterion, std::nullopt).first, 2u);
  EXPECT_EQ(place_of_text(criterion, "BONEPLUS").first, 3u);
}

TEST(SeriesOrder, NumbersFitRangesAndDirections) {
  // Both ends of a range belong to it; "most" orders by the number itself; what is no number fits nothing.
  const SeriesCriterion ranges{"thickness_mm", {}, {"0.5..1.5", "..3"}, {"10.."}};
  EXPECT_EQ(place_of_number(ranges, 0.5).first, 0u);
  EXPECT_EQ(place_of_number(ranges, 1.5).first, 0u);
  EXPECT_EQ(place_of_number(ranges, 1.51).first, 1u);
  EXPECT_EQ(place_of_number(ranges, 5).first, 2u);
  EXPECT_EQ(place_of_number(ranges, 10).first, 3u);
  const SeriesCriterion most{"slices", {}, {"most"}, {}}, least{"slices", {}, {"least"}, {}};
  EXPECT_LT(place_of_number(most, 60), place_of_number(most, 20));
  EXPECT_LT(place_of_number(least, 20), place_of_number(least, 60));
  EXPECT_LT(place_of_number(most, 1), place_of_number(most, std::nullopt));
}

TEST(SeriesOrder, DefaultSurvivesJson) {
  // What travels to the reader comes back as it went, and the default is free of mistakes.
  const nlohmann::json json{{"series_order", to_json(default_series_order())}};
  std::vector<SeriesCriterion> order;
  EXPECT_TRUE(mistakes_of(json.dump().c_str(), &order).empty());
  EXPECT_EQ(order, default_series_order());
}

TEST(SeriesOrder, MistakesAreNamed) {
  // An unknown field, a criterion that asks nothing, a range that is none; each with its place.
  std::vector<SeriesCriterion> order;
  EXPECT_EQ(mistakes_of(R"({"series_order": [{"field": "plain", "prefer": ["axial"]}]})", &order),
            std::vector<std::string>{"imaging.series_order[0].field"});
  EXPECT_EQ(mistakes_of(R"({"series_order": [{"field": "plane"}]})", &order),
            std::vector<std::string>{"imaging.series_order[0].prefer"});
  EXPECT_EQ(mistakes_of(R"({"series_order": [{"field": "slices", "prefer": ["many"]}]})", &order),
            std::vector<std::string>{"imaging.series_order[0].prefer"});
  EXPECT_EQ(mistakes_of(R"({"series_order": [{"field": "slices", "avoid": ["5..2"]}]})", &order),
            std::vector<std::string>{"imaging.series_order[0].avoid"});
}

TEST(SeriesOrder, LimitAndOnePast) {
  // Fifty criteria are taken, one more is a mistake and leaves the order as it was.
  nlohmann::json list = nlohmann::json::array();
  for (std::size_t i = 0; i < series_criteria_max; ++i) list.push_back({{"field", "plane"}, {"prefer", {"axial"}}});
  std::vector<SeriesCriterion> order;
  EXPECT_TRUE(mistakes_of(nlohmann::json{{"series_order", list}}.dump().c_str(), &order).empty());
  EXPECT_EQ(order.size(), series_criteria_max);
  list.push_back(list.front());
  EXPECT_EQ(mistakes_of(nlohmann::json{{"series_order", list}}.dump().c_str(), &order),
            std::vector<std::string>{"imaging.series_order"});
  EXPECT_EQ(order.size(), series_criteria_max);
}

TEST(Wildcard, StarsAndQuestionMarks) {
  // Any run, one character of UTF-8, either case; many stars end in time.
  EXPECT_TRUE(matches_wildcard("*", ""));
  EXPECT_TRUE(matches_wildcard("ax*AL", "Axial"));
  EXPECT_TRUE(matches_wildcard("?x", "äx"));
  EXPECT_FALSE(matches_wildcard("??x", "äx"));
  EXPECT_FALSE(matches_wildcard("", "x"));
  EXPECT_FALSE(matches_wildcard("*a*a*a*a*a*a*a*a*b", std::string(5'000, 'a')));
}

}  // namespace
}  // namespace radfm
