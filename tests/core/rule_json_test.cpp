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
  action.task = Task::rationale;
  action.prompt_2d = "What is seen?";
  action.prompt_3d = "And here?";
  action.lane = Lane::stat;
  action.max_new_tokens = 17;
  action.destinations = {"archive", "reading-room"};
  const auto read = rule_action_from_json(nlohmann::json::parse(to_json(action).dump()));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(to_json(*read), to_json(action));
  EXPECT_EQ(read->task, Task::rationale);
  EXPECT_EQ(read->lane, Lane::stat);
  EXPECT_EQ(read->destinations, action.destinations);
}

TEST(RuleJson, ReadsBackWhatItWrites) {
  // Aim: a whole rule with every condition, and one with none, come back without a mistake and as they were.
  const auto of = [](const char* text) {
    const auto json = nlohmann::json::parse(text);
    std::vector<JsonMistake> mistakes;
    const Rule rule = read_rule(JsonSection(json, "rules[0]", &mistakes));
    EXPECT_TRUE(mistakes.empty()) << text;
    return rule;
  };
  for (const char* text :
       {R"({"name": "all"})",
        R"({"name": "no limit", "max_study_age_days": null, "match": {"age_max_years": 17}})",
        R"({"name": "each", "match": {"modalities": ["CT"], "body_parts": ["CHEST"], "study_descriptions": ["*a*"], "series_descriptions": ["b?"],
            "calling_aets": ["X"], "called_aets": ["Y", "Z"], "age_min_years": 0, "age_max_years": 99},
            "action": {"off": true, "task": "vqa", "prompt_2d": "Q", "lane": "background", "context": []}, "max_study_age_days": 0})"}) {
    const nlohmann::json written = to_json(of(text));
    EXPECT_EQ(to_json(of(written.dump().c_str())), written);
  }
  const nlohmann::json each = to_json(of(R"({"name": "n", "match": {"modalities": ["CT"], "age_min_years": 5}})"));
  EXPECT_EQ(each.at("match"), (nlohmann::json{{"modalities", {"CT"}}, {"age_min_years", 5}}));
  EXPECT_EQ(each.at("max_study_age_days"), 7);
}

TEST(RuleAction, LetsKeysOfANewerVersionPass) {
  // Aim: a return to this version must not kill the jobs that the newer one queued.
  EXPECT_TRUE(rule_action_from_json({{"off", false}, {"temperature", 0.7}}).ok());
}

TEST(RuleAction, OfAJobFromBeforeTheTasks) {
  // Aim: a copy that was queued when there was one task, or none was written, is a report with its own questions.
  const auto old = rule_action_from_json({{"off", false}, {"prompt_2d", "What is seen?"}, {"prompt_3d", "And here?"}});
  ASSERT_TRUE(old.ok()) << old.error().message;
  EXPECT_EQ(old->task, Task::report);
  EXPECT_EQ(old->prompt_2d, "What is seen?");
  EXPECT_EQ(rule_action_from_json(nlohmann::json::object())->prompt_3d, default_questions(Task::report).volume);
}

TEST(RuleAction, AsksTheTasksQuestionOrTheRules) {
  // Aim: the job's copy always holds both questions in full: the task's, each of which the rule's own replaces.
  const auto modality = rule_action_from_json({{"task", "modality"}, {"prompt_3d", "CT or MR?"}});
  ASSERT_TRUE(modality.ok());
  EXPECT_EQ(modality->prompt_2d, default_questions(Task::modality).flat);
  EXPECT_EQ(modality->prompt_3d, "CT or MR?");
  EXPECT_EQ(to_json(*modality).at("task"), "modality");
}

TEST(RuleAction, AFreeQuestionMustBeGiven) {
  // Aim: vqa without a question is a mistake that names the key; one question is asked of both kinds of image.
  const auto none = rule_action_from_json({{"task", "vqa"}});
  ASSERT_FALSE(none.ok());
  EXPECT_NE(none.error().message.find("action.prompt_2d"), std::string::npos) << none.error().message;
  EXPECT_NE(none.error().message.find("task vqa has none of its own"), std::string::npos) << none.error().message;
  for (const char* key : {"prompt_2d", "prompt_3d"}) {
    const auto one = rule_action_from_json({{"task", "vqa"}, {key, "Is there an effusion?"}});
    ASSERT_TRUE(one.ok()) << key;
    EXPECT_EQ(one->prompt_2d, "Is there an effusion?");
    EXPECT_EQ(one->prompt_3d, "Is there an effusion?");
  }
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

TEST(RuleAction, SaysWhatOfThePatientIsTold) {
  // Aim: all of it by default and for jobs from before there was a choice; less by the rule; an unknown item by name.
  EXPECT_EQ(rule_action_from_json(nlohmann::json::object())->context, clinical_context_items());
  EXPECT_EQ(rule_action_from_json({{"context", {"sex", "reason"}}})->context, (std::vector<std::string>{"sex", "reason"}));
  EXPECT_TRUE(rule_action_from_json({{"context", nlohmann::json::array()}})->context.empty());
  const auto wrong = rule_action_from_json({{"context", {"name"}}});
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(wrong.error().message.find("age, sex, reason, history, diagnoses"), std::string::npos) << wrong.error().message;
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
  EXPECT_FALSE(accepts({{"prompt_3d", " \t\n"}}));
  EXPECT_FALSE(accepts({{"prompt_2d", 3}}));
  EXPECT_FALSE(accepts({{"task", "guess"}}));
  EXPECT_FALSE(accepts({{"task", 1}}));
}

}  // namespace
}  // namespace radfm
