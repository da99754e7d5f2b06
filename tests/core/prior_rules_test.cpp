// SPDX-License-Identifier: Apache-2.0
#include "core/prior_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/configuration.h"

namespace radfm {
namespace {

using testing::HasSubstr;

struct Read {
  std::vector<PriorRule> rules = default_prior_rules();
  std::vector<ModalityGroup> groups = default_modality_groups();
  std::string mistakes;
};
Read read(const std::string& text) {
  const auto json = nlohmann::json::parse(text);
  std::vector<JsonMistake> mistakes;
  Read out;
  JsonSection priors(json, "priors", &mistakes);
  read_prior_rules(&priors, &out.rules);
  read_modality_groups(&priors, &out.groups);
  for (const auto& mistake : mistakes) out.mistakes += mistake.key + ": " + mistake.text + "\n";
  return out;
}

TEST(PriorRules, TheShippedFileSaysTheDefaults) {
  // Aim: config/radfm-node.json shows each row as it is when the sections are left out.
  std::ifstream stream(RADFM_TEST_CONFIG);
  std::ostringstream text;
  text << stream.rdbuf();
  const auto reading = parse_configuration(text.str(), "radfm-node.json", ConfigurationReader::all);
  ASSERT_TRUE(reading.configuration) << reading.mistakes.front().text();
  const PriorSettings& priors = reading.configuration->priors;
  EXPECT_EQ(priors.rules, default_prior_rules());
  EXPECT_EQ(priors.regions, default_body_regions());
  EXPECT_EQ(priors.modality_groups, default_modality_groups());
  EXPECT_EQ(priors.shared_patient_ids, default_shared_patient_ids());
  for (const char* section : {"\"rules\": [\n      {\"name\": \"same modality and region\"", "\"regions\"",
                              "\"modality_groups\""}) {
    EXPECT_THAT(text.str(), HasSubstr(section));
  }
}

TEST(PriorRules, AnAdministratorsRulesReplaceTheDefaults) {
  // Aim: each key; what is left out has its default.
  const Read r = read(
      R"({"rules": [{"name": "a", "modality": "other", "region": "any", "images": false, "window_years": 2},
                                    {"name": "b", "modality": "any", "region": "unknown", "report": false}]})");
  EXPECT_EQ(r.mistakes, "");
  using Rule = PriorRule;
  EXPECT_EQ(r.rules, (std::vector<Rule>{
                         {"a", Rule::Modality::other, Rule::Region::any, false, true, 2},
                         {"b", Rule::Modality::any, Rule::Region::unknown, true, false, std::nullopt}}));
  EXPECT_EQ(
      read(R"({"rules": [{"name": "a"}]})").rules,
      (std::vector<Rule>{{"a", Rule::Modality::same_group, Rule::Region::same, true, true, std::nullopt}}));
}

TEST(PriorRules, BadOnesAreRefusedByName) {
  // Aim: the message names the rule and what stands instead; the rules stay as they were.
  EXPECT_THAT(read(R"({"rules": [{"name": "old", "region": "near"}]})").mistakes,
              HasSubstr("priors.rules[0].region: expected any or same or unknown in rule \"old\""));
  EXPECT_THAT(read(R"({"rules": [{"name": "old", "images": false, "report": false}]})").mistakes,
              HasSubstr("rule \"old\" would use nothing"));
  EXPECT_THAT(read(R"({"rules": [{"modality": "any"}]})").mistakes,
              HasSubstr("priors.rules[0].name: missing"));
  EXPECT_THAT(read(R"({"rules": [{"name": "old", "modalty": "any"}]})").mistakes,
              HasSubstr("did you mean modality?"));
  EXPECT_THAT(read(R"({"rules": [{"name": "a", "region": "any"}, {"name": "b"}]})").mistakes,
              HasSubstr("rule \"b\" before rule \"a\""));
  EXPECT_THAT(read(R"({"rules": [{"name": "a", "window_years": 1}, {"name": "a"}]})").mistakes,
              HasSubstr("there are two"));
  EXPECT_EQ(read(R"({"rules": [{"name": "a", "region": "any", "window_years": 1}, {"name": "b"}]})").mistakes,
            "");
  EXPECT_NE(read(R"({"rules": []})").mistakes, "");
}

TEST(PriorRules, AsManyAsTheLimit) {
  // Aim: at the limit and one past it.
  nlohmann::json many = {{"rules", nlohmann::json::array()}};
  for (std::size_t i = 0; i < prior_rules_max; ++i)
    many["rules"].push_back({{"name", std::to_string(i)}, {"window_years", 1}});
  EXPECT_EQ(read(many.dump()).mistakes, "");
  many["rules"].push_back({{"name", "more"}});
  EXPECT_THAT(read(many.dump()).mistakes, HasSubstr("1 to " + std::to_string(prior_rules_max)));
}

TEST(ModalityGroups, AModalityInNoGroupIsItsOwn) {
  const auto groups = default_modality_groups();
  EXPECT_EQ(modality_group(groups, "CR"), modality_group(groups, "DX"));
  EXPECT_EQ(modality_group(groups, "PT"), modality_group(groups, "NM"));
  EXPECT_EQ(modality_group(groups, "CT"), "CT");
  EXPECT_EQ(modality_group(groups, ""), "");
}

TEST(ModalityGroups, MistakesNameTheGroup) {
  // Aim: a modality in two groups, one in small letters, a group of nothing.
  EXPECT_THAT(
      read(
          R"({"modality_groups": [{"name": "a", "modalities": ["CT"]}, {"name": "b", "modalities": ["CT"]}]})")
          .mistakes,
      HasSubstr("CT is in group \"a\" and in group \"b\""));
  EXPECT_THAT(read(R"({"modality_groups": [{"name": "a", "modalities": ["ct"]}]})").mistakes,
              HasSubstr("\"ct\" of group \"a\""));
  EXPECT_THAT(read(R"({"modality_groups": [{"name": "a", "modalities": []}]})").mistakes,
              HasSubstr("group \"a\""));
  EXPECT_EQ(read(R"({"modality_groups": []})").groups, std::vector<ModalityGroup>{});
}

}  // namespace
}  // namespace radfm
