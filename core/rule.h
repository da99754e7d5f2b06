// SPDX-License-Identifier: Apache-2.0
// Rules: which studies get a draft report, and what is done with them. In order; the first that fits takes the study.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/result.h"
#include "core/study_index.h"
#include "core/task.h"

namespace radfm {

// All given conditions must hold; an empty one holds always. Texts match case-insensitively; `*` and `?` are wildcards.
struct RuleMatch {
  std::vector<std::string> modalities;           // a study fits if any image series has one of them
  std::vector<std::string> body_parts;           // any image series
  std::vector<std::string> study_descriptions;   // wildcard patterns, any of them
  std::vector<std::string> series_descriptions;  // wildcard patterns, any image series
  std::vector<std::string> calling_aets;         // who sent any image instance
  std::vector<std::string> called_aets;
  std::optional<int> age_min_years, age_max_years;  // inclusive; birth date to study date; unknown age fits no limit
};

// What of the patient the model can be told: "age", "sex", "reason" (for the requested procedure), "history" (Additional
// Patient History), "diagnoses" (on admission).
const std::vector<std::string>& clinical_context_items();

struct RuleAction {
  bool off = false;  // the study is taken and no report is made: outcome "skipped: off"
  Task task = Task::report;
  // The question to the model, of radiographs and of volumes; the task's own where the rule gives none.
  std::string prompt_2d{default_questions(Task::report).flat};
  std::string prompt_3d{default_questions(Task::report).volume};
  Lane lane = Lane::routine;
  int max_new_tokens = 200;
  std::vector<std::string> context = clinical_context_items();  // which of them the model is told
  std::vector<std::string> destinations;  // names of `pacs` entries; Orthanc itself always gets the draft
};
nlohmann::json to_json(const RuleAction& action);
Result<RuleAction> rule_action_from_json(const nlohmann::json& json);

struct Rule {
  std::string name;
  RuleMatch match;
  RuleAction action;
  std::optional<int> max_study_age_days = 7;  // nothing: no limit. An older study makes no report: "skipped: old"
};

struct RuleTrial {
  std::string rule;
  bool fits = false;
  std::string why;  // "modality CR is none of CT, MR"; "fits"
};

struct RuleDecision {
  const Rule* rule = nullptr;      // the one that takes the study, or none
  std::string skip;                // empty: a report is due; else "no_image", "no_rule", "off", "old"
  std::vector<RuleTrial> trials;   // one per rule that was asked, in order
};

// `today_wall_ms` is for the study's age. The decision points into `rules`.
RuleDecision decide(const std::vector<Rule>& rules, const StudyIndex& study, std::int64_t today_wall_ms);

}  // namespace radfm
