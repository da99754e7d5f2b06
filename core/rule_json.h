// SPDX-License-Identifier: Apache-2.0
// Rules as they stand in the configuration: {"name": ..., "match": {...}, "action": {...}, "max_study_age_days": 7}.
#pragma once

#include "core/json_section.h"
#include "core/rule.h"

namespace radfm {

inline constexpr int new_tokens_max = 2'048;
inline constexpr std::size_t prompt_bytes_max = 2'000;

// Mistakes go to the section's list; what is wrong keeps its default.
Rule read_rule(JsonSection section);
// The same object again, every key written out but for conditions that are not set: read_rule() makes the same rule of it.
nlohmann::json to_json(const Rule& rule);
// {"rule": name or null, "action": of that rule or null, "skip", "trials": [{"rule", "fits", "why"}]}
nlohmann::json to_json(const RuleDecision& decision);

}  // namespace radfm
