// SPDX-License-Identifier: Apache-2.0
#include "core/rule.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "core/dicom_time.h"
#include "core/sop_class.h"
#include "core/wildcard.h"

namespace radfm {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
using Texts = std::vector<std::string>;

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

bool any_matches(const Texts& patterns, const std::set<std::string>& texts) {
  return std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const auto& pattern) { return matches_wildcard(pattern, text); });
  });
}

template <class Range>
std::string joined(const Range& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ", ") + (text.empty() ? std::string("(empty)") : text);
  return all.empty() ? "(none)" : all;
}

// What rules may look at, gathered from the image series once.
struct ImageFacts {
  std::set<std::string> modalities, body_parts, series_descriptions, calling_aets, called_aets;
};

ImageFacts image_facts(const StudyIndex& study) {
  ImageFacts facts;
  for (const auto& series : study.series) {
    bool has_image = false;
    for (const auto& instance : series.instances) {
      if (!counts_for_digest(instance.sop_class_uid)) continue;
      has_image = true;
      facts.calling_aets.insert(trimmed(instance.remote_aet));
      facts.called_aets.insert(trimmed(instance.called_aet));
    }
    if (!has_image) continue;
    facts.modalities.insert(trimmed(series.modality));
    facts.body_parts.insert(trimmed(series.body_part));
    facts.series_descriptions.insert(trimmed(series.description));
  }
  return facts;
}

std::string age_misfit(const RuleMatch& match, const StudyIndex& study) {
  if (!match.age_min_years && !match.age_max_years) return {};
  const auto birth = parse_da(study.patient_birth_date), at = parse_da(study.study_date);
  if (!birth || !at || *at < *birth) return "the age is unknown";
  const int age = age_years(*birth, *at);
  if (match.age_min_years && age < *match.age_min_years) {
    return "the age is below " + std::to_string(*match.age_min_years) + " years";
  }
  if (match.age_max_years && age > *match.age_max_years) {
    return "the age is above " + std::to_string(*match.age_max_years) + " years";
  }
  return {};
}

// The first condition that does not hold, or empty. Descriptions may hold a patient's name: they are not repeated here.
std::string misfit(const RuleMatch& match, const ImageFacts& facts, const StudyIndex& study) {
  const auto listed = [](const char* what, const Texts& wanted, const std::set<std::string>& seen) -> std::string {
    if (wanted.empty() || any_matches(wanted, seen)) return {};
    return std::string(what) + " " + joined(seen) + " is none of " + joined(wanted);
  };
  std::string why = listed("modality", match.modalities, facts.modalities);
  if (why.empty()) why = listed("body part", match.body_parts, facts.body_parts);
  if (why.empty() && !match.study_descriptions.empty() &&
      !any_matches(match.study_descriptions, {trimmed(study.study_description)})) {
    why = "the study description is none of " + joined(match.study_descriptions);
  }
  if (why.empty() && !match.series_descriptions.empty() &&
      !any_matches(match.series_descriptions, facts.series_descriptions)) {
    why = "no series description is one of " + joined(match.series_descriptions);
  }
  if (why.empty()) why = listed("calling AE title", match.calling_aets, facts.calling_aets);
  if (why.empty()) why = listed("called AE title", match.called_aets, facts.called_aets);
  if (why.empty()) why = age_misfit(match, study);
  return why;
}

// An unreadable date is not old: a report too many is seen, a report too few is not.
bool is_old(const Rule& rule, const StudyIndex& study, std::int64_t today_wall_ms) {
  const auto date = parse_da(study.study_date);
  if (!rule.max_study_age_days || !date) return false;
  return today_wall_ms / day_ms - days_since_1970(*date) > *rule.max_study_age_days;
}

}  // namespace

const std::vector<std::string>& clinical_context_items() {
  static const std::vector<std::string> items{"age", "sex", "reason", "history", "diagnoses"};
  return items;
}

RuleDecision decide(const std::vector<Rule>& rules, const StudyIndex& study, std::int64_t today_wall_ms) {
  RuleDecision decision;
  if (image_instances(study).empty()) {
    decision.skip = "no_image";
    return decision;
  }
  const ImageFacts facts = image_facts(study);
  for (const Rule& rule : rules) {
    const std::string why = misfit(rule.match, facts, study);
    decision.trials.push_back({rule.name, why.empty(), why.empty() ? "fits" : why});
    if (!why.empty()) continue;
    decision.rule = &rule;
    break;
  }
  if (!decision.rule) {
    decision.skip = "no_rule";
  } else if (decision.rule->action.off) {
    decision.skip = "off";
  } else if (is_old(*decision.rule, study, today_wall_ms)) {
    decision.skip = "old";
  }
  return decision;
}

}  // namespace radfm
