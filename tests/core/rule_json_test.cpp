// SPDX-License-Identifier: Apache-2.0
#include "core/rule_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace radfm {
namespace {

TEST(RuleAction, ReadsBackWhatItWrites) {
  // Aim: the job's own copy of its rule's action is complete.
  RuleAction action;
  action.off = true;
  action.prompt_2d = "What is seen?";
  action.prompt_3d = "And here?";
  action.lane = Lane::stat;
  action.max_new_tokens = 17;
  action.destinations = {"archive", "reading-room"};
  const auto read = rule_action_from_json(nlohmann::json::parse(to_json(action).dump()));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(to_json(*read), to_json(action));
  EXPECT_EQ(read->lane, Lane::stat);
  EXPECT_EQ(read->destinations, action.destinations);
}

TEST(RuleAction, LetsKeysOfANewerVersionPass) {
  // Aim: a return to this version must not kill the jobs that the newer one queued.
  EXPECT_TRUE(rule_action_from_json({{"off", false}, {"temperature", 0.7}}).ok());
}

TEST(RuleAction, RefusesWrongTypesByName) {
  // Aim: a damaged copy is permanent, and its message names the key.
  for (const auto& json : {nlohmann::json{{"lane", "fast"}}, nlohmann::json{{"lane", 3}}}) {
    const auto read = rule_action_from_json(json);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().error_class, ErrorClass::permanent);
    EXPECT_NE(read.error().message.find("action.lane"), std::string::npos) << read.error().message;
  }
  EXPECT_FALSE(rule_action_from_json(nlohmann::json::array()).ok());
}

TEST(RuleJson, EndsAtItsLimits) {
  // Aim: tokens and prompt length, at the limit and one past it.
  const auto accepts = [](const nlohmann::json& json) { return rule_action_from_json(json).ok(); };
  EXPECT_TRUE(accepts({{"max_new_tokens", new_tokens_max}}));
  EXPECT_FALSE(accepts({{"max_new_tokens", new_tokens_max + 1}}));
  EXPECT_FALSE(accepts({{"max_new_tokens", 0}}));
  EXPECT_TRUE(accepts({{"prompt_2d", std::string(prompt_bytes_max, 'a')}}));
  EXPECT_FALSE(accepts({{"prompt_2d", std::string(prompt_bytes_max + 1, 'a')}}));
  EXPECT_FALSE(accepts({{"prompt_3d", ""}}));
}

}  // namespace
}  // namespace radfm
