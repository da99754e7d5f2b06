// SPDX-License-Identifier: Apache-2.0
#include "core/rule_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace radfm {
namespace {

constexpr int age_max_years = 150;
constexpr int study_age_max_days = 36'500;
constexpr std::size_t rule_name_bytes_max = 64;

void read_prompt(JsonSection* section, const std::string& key, std::string* target) {
  std::string value = "?";  // stays where the value is no text, which is a mistake already
  section->text(key, &value);
  if (!section->has(key)) return;
  if (value.find_first_not_of(" \t\r\n") == std::string::npos || value.size() > prompt_bytes_max) {
    return section->expect(key, "a question of 1 to " + std::to_string(prompt_bytes_max) + " bytes");
  }
  *target = value;
}

// The rule's own questions, else the task's. vqa has none: one that the rule gives is asked of both kinds of image.
void read_prompts(JsonSection* section, RuleAction* action) {
  action->prompt_2d = default_questions(action->task).flat;
  action->prompt_3d = default_questions(action->task).volume;
  read_prompt(section, "prompt_2d", &action->prompt_2d);
  read_prompt(section, "prompt_3d", &action->prompt_3d);
  if (action->prompt_2d.empty()) action->prompt_2d = action->prompt_3d;
  if (action->prompt_3d.empty()) action->prompt_3d = action->prompt_2d;
  const bool asked = section->has("prompt_2d") || section->has("prompt_3d");
  if (action->prompt_2d.empty() && !asked) {
    section->expect("prompt_2d", "the question to the model (or prompt_3d): task " +
                                     std::string(to_string(action->task)) + " has none of its own");
  }
}

void read_context(JsonSection* section, RuleAction* action) {
  std::vector<std::string> items = action->context;
  section->texts("context", &items);
  const std::vector<std::string>& known = clinical_context_items();
  std::string list;
  for (const std::string& item : known) list += (list.empty() ? "" : ", ") + item;
  for (const std::string& item : items) {
    if (std::find(known.begin(), known.end(), item) == known.end()) return section->expect("context", "some of " + list);
  }
  action->context = std::move(items);
}

RuleMatch read_match(JsonSection section) {
  RuleMatch match;
  section.texts("modalities", &match.modalities);
  section.texts("body_parts", &match.body_parts);
  section.texts("study_descriptions", &match.study_descriptions);
  section.texts("series_descriptions", &match.series_descriptions);
  section.texts("calling_aets", &match.calling_aets);
  section.texts("called_aets", &match.called_aets);
  section.number("age_min_years", &match.age_min_years, 0, age_max_years);
  section.number("age_max_years", &match.age_max_years, 0, age_max_years);
  if (match.age_min_years && match.age_max_years && *match.age_min_years > *match.age_max_years) {
    section.expect("age_min_years", "at most age_max_years");
  }
  section.finish();
  return match;
}

RuleAction read_action(JsonSection* section) {
  RuleAction action;
  section->boolean("off", &action.off);
  std::string task(to_string(action.task));  // a job that was enqueued before there were others has none: report
  section->text_of("task", &task, task_names());
  action.task = parse_task(task).value_or(action.task);
  read_prompts(section, &action);
  std::string lane(to_string(action.lane));
  section->text_of("lane", &lane, {"stat", "routine", "background"});
  action.lane = parse_lane(lane).value_or(action.lane);
  section->number("max_new_tokens", &action.max_new_tokens, 1, new_tokens_max);
  read_context(section, &action);
  section->texts("destinations", &action.destinations);
  return action;
}

}  // namespace

Rule read_rule(JsonSection section) {
  Rule rule;
  section.require("name", "a name for this rule, shown where it decides");
  section.text("name", &rule.name);
  if (section.has("name") && (rule.name.empty() || rule.name.size() > rule_name_bytes_max)) {
    section.expect("name", "a name of 1 to " + std::to_string(rule_name_bytes_max) + " bytes");
  }
  rule.match = read_match(section.section("match"));
  JsonSection action = section.section("action");
  rule.action = read_action(&action);
  action.finish();
  section.number("max_study_age_days", &rule.max_study_age_days, 0, study_age_max_days);
  section.finish();
  return rule;
}

nlohmann::json to_json(const RuleAction& action) {
  return {{"off", action.off},
          {"task", std::string(to_string(action.task))},
          {"prompt_2d", action.prompt_2d},
          {"prompt_3d", action.prompt_3d},
          {"lane", std::string(to_string(action.lane))},
          {"max_new_tokens", action.max_new_tokens},
          {"context", action.context},
          {"destinations", action.destinations}};
}

nlohmann::json to_json(const Rule& rule) {
  nlohmann::json match = nlohmann::json::object();
  const auto given = [&](const char* key, const std::vector<std::string>& texts) {
    if (!texts.empty()) match[key] = texts;
  };
  given("modalities", rule.match.modalities);
  given("body_parts", rule.match.body_parts);
  given("study_descriptions", rule.match.study_descriptions);
  given("series_descriptions", rule.match.series_descriptions);
  given("calling_aets", rule.match.calling_aets);
  given("called_aets", rule.match.called_aets);
  if (rule.match.age_min_years) match["age_min_years"] = *rule.match.age_min_years;
  if (rule.match.age_max_years) match["age_max_years"] = *rule.match.age_max_years;
  return {{"name", rule.name},
          {"match", std::move(match)},
          {"action", to_json(rule.action)},
          {"max_study_age_days", rule.max_study_age_days ? nlohmann::json(*rule.max_study_age_days) : nlohmann::json()}};
}

nlohmann::json to_json(const RuleDecision& decision) {
  nlohmann::json trials = nlohmann::json::array();
  for (const RuleTrial& trial : decision.trials) trials.push_back({{"rule", trial.rule}, {"fits", trial.fits}, {"why", trial.why}});
  return {{"rule", decision.rule ? nlohmann::json(decision.rule->name) : nlohmann::json()},
          {"action", decision.rule ? to_json(decision.rule->action) : nlohmann::json()},
          {"skip", decision.skip},
          {"trials", std::move(trials)}};
}

Result<RuleAction> rule_action_from_json(const nlohmann::json& json) {
  std::vector<JsonMistake> mistakes;
  JsonSection section(json, "action", &mistakes);
  RuleAction action = read_action(&section);
  // Keys of a newer version are let pass: a job must outlive a return to this version.
  if (mistakes.empty()) return action;
  return permanent_error("rule_action_unreadable", "the job's copy of its rule's action is wrong at " +
                                                       mistakes.front().key + ": " + mistakes.front().text +
                                                       "; run the job anew (radfmctl queue rerun)");
}

}  // namespace radfm
