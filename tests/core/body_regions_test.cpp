// SPDX-License-Identifier: Apache-2.0
#include "core/body_regions.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace radfm {
namespace {

using Names = std::set<std::string>;

Names regions(std::string_view text) {
  return regions_in(default_body_regions(), text);
}

struct Read {
  std::vector<BodyRegion> regions = default_body_regions();
  std::vector<JsonMistake> mistakes;
};
Read read(const std::string& text) {
  const auto json = nlohmann::json::parse(text);
  Read out;
  JsonSection priors(json, "priors", &out.mistakes);
  read_body_regions(&priors, &out.regions);
  return out;
}

TEST(BodyRegions, WholeWordsWhateverTheirCase) {
  // Aim: terms of Body Part Examined and what people write; a part of a word is none.
  EXPECT_EQ(regions("CHEST"), Names{"chest"});
  EXPECT_EQ(regions("ct thorax w/o contrast"), Names{"chest"});
  EXPECT_EQ(regions("CHESTABDPELVIS"), (Names{"abdomen", "chest", "pelvis"}));
  EXPECT_EQ(regions("CT Thorax/Abdomen"), (Names{"abdomen", "chest"}));
  EXPECT_EQ(regions("Sch\u00e4del nativ"), Names{"head"});
  EXPECT_EQ(regions("L_SPINE"), Names{"spine"});
  EXPECT_EQ(regions("orchestra, ribbon, shipment"), Names{});
  EXPECT_EQ(regions(""), Names{});
  EXPECT_EQ(regions("\xff\xfe*?"), Names{});
}

TEST(BodyRegions, DigitsAreLetters) {
  // Aim: C3 is neither C nor C4.
  const std::vector<BodyRegion> own{{"third", {"C3"}}};
  EXPECT_EQ(regions_in(own, "lesion at c3."), Names{"third"});
  EXPECT_EQ(regions_in(own, "lesion at C4"), Names{});
  EXPECT_EQ(regions_in(own, "C"), Names{});
}

TEST(BodyRegions, AnAdministratorsTableReplacesTheDefaults) {
  const Read r = read(R"({"regions": [{"name": "torso", "words": ["CHEST", "ABDOMEN"]}]})");
  EXPECT_TRUE(r.mistakes.empty());
  EXPECT_EQ(regions_in(r.regions, "chest"), Names{"torso"});
  EXPECT_EQ(regions_in(r.regions, "head"), Names{});
}

TEST(BodyRegions, MistakesNameTheRegionAndChangeNothing) {
  // Aim: no name, no words, a word that could never be found, a name twice, none and too many.
  for (const char* text :
       {R"({"regions": [{"words": ["A"]}]})", R"({"regions": [{"name": "a"}]})",
        R"({"regions": [{"name": "a", "words": []}]})", R"({"regions": [{"name": "a", "words": ["B C"]}]})",
        R"({"regions": []})", R"({"regions": 7})",
        R"({"regions": [{"name": "a", "words": ["B"]}, {"name": "a", "words": ["C"]}]})",
        R"({"regions": [{"name": "a", "words": ["B"], "wrods": ["C"]}]})"}) {
    EXPECT_FALSE(read(text).mistakes.empty()) << text;
  }
  EXPECT_NE(read(R"({"regions": [{"name": "knee", "words": ["B C"]}]})")
                .mistakes.at(0)
                .text.find("region \"knee\""),
            std::string::npos);
  nlohmann::json many = {{"regions", nlohmann::json::array()}};
  for (std::size_t i = 0; i < body_regions_max; ++i)
    many["regions"].push_back({{"name", "r" + std::to_string(i)}, {"words", {"W"}}});
  EXPECT_TRUE(read(many.dump()).mistakes.empty());
  many["regions"].push_back({{"name", "one more"}, {"words", {"W"}}});
  EXPECT_EQ(read(many.dump()).mistakes.at(0).key, "priors.regions");
  EXPECT_EQ(read(many.dump()).regions, default_body_regions());
}

}  // namespace
}  // namespace radfm
