// SPDX-License-Identifier: Apache-2.0
#include "core/prior_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace radfm {
namespace {

constexpr std::size_t name_bytes_max = 64;
constexpr std::size_t modality_bytes_max = 16;  // PS3.5 6.2 (CS)

using Modality = PriorRule::Modality;
using Region = PriorRule::Region;

const std::map<std::string, Modality> modality_words{
    {"same_group", Modality::same_group}, {"other", Modality::other}, {"any", Modality::any}};
const std::map<std::string, Region> region_words{
    {"same", Region::same}, {"unknown", Region::unknown}, {"any", Region::any}};

std::string read_name(JsonSection* section, const std::string& what) {
  std::string name;
  section->require("name", "a name for this " + what + ", shown where it decides");
  section->text("name", &name);
  if (section->has("name") && (name.empty() || name.size() > name_bytes_max)) {
    section->expect("name", "a name of 1 to " + std::to_string(name_bytes_max) + " bytes");
  }
  return name;
}

template <class Value>
void read_word(JsonSection* section, const std::string& key, const std::string& rule,
               const std::map<std::string, Value>& words, Value* target) {
  std::string word, list;
  section->text(key, &word);
  if (!section->has(key)) return;
  if (const auto found = words.find(word); found != words.end()) {
    *target = found->second;
    return;
  }
  for (const auto& [known, value] : words) list += (list.empty() ? "" : " or ") + known;
  section->expect(key, list + " in rule \"" + rule + "\"");
}

PriorRule read_rule(JsonSection section) {
  PriorRule rule;
  rule.name = read_name(&section, "rule");
  read_word(&section, "modality", rule.name, modality_words, &rule.modality);
  read_word(&section, "region", rule.name, region_words, &rule.region);
  section.boolean("images", &rule.images);
  section.boolean("report", &rule.report);
  section.number("window_years", &rule.window_years, 0, prior_window_years_max);
  if (!rule.images && !rule.report)
    section.expect("report", "true (or images: true): rule \"" + rule.name + "\" would use nothing");
  section.finish();
  return rule;
}

bool takes_all_of(const PriorRule& earlier, const PriorRule& later) {
  const bool modality = earlier.modality == Modality::any || earlier.modality == later.modality;
  const bool region = earlier.region == Region::any || earlier.region == later.region;
  return modality && region && !earlier.window_years;
}

// A rule behind one that takes all that it could take is a slip: no study ever reaches it.
void check_order(JsonSection* priors, const std::vector<PriorRule>& rules) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!rules[i].name.empty() && !names.insert(rules[i].name).second) {
      priors->expect("rules", "one rule of the name \"" + rules[i].name + "\"; there are two");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (!takes_all_of(rules[j], rules[i])) continue;
      priors->expect("rules", "rule \"" + rules[i].name + "\" before rule \"" + rules[j].name +
                                  "\", which takes each study that the other could take");
      break;
    }
  }
}

ModalityGroup read_group(JsonSection section) {
  ModalityGroup group;
  group.name = read_name(&section, "group");
  section.require("modalities", "the modalities of the group, such as CR and DX");
  section.texts("modalities", &group.modalities);
  if (section.has("modalities") && group.modalities.empty()) {
    section.expect("modalities", "at least one modality for group \"" + group.name + "\"");
  }
  for (const std::string& modality : group.modalities) {
    const bool sound =
        modality.size() <= modality_bytes_max && std::all_of(modality.begin(), modality.end(), [](char c) {
          return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ' ';
        });
    if (!sound)
      section.expect("modalities", "modalities in capitals, such as CT; \"" + modality + "\" of group \"" +
                                       group.name + "\" is none");
  }
  section.finish();
  return group;
}

}  // namespace

std::vector<ModalityGroup> default_modality_groups() {
  return {{"radiograph", {"CR", "DX", "DR", "RF", "RG"}},
          {"mammogram", {"MG"}},
          {"nuclear", {"NM", "PT", "ST"}},
          {"angiogram", {"XA"}},
          {"dental", {"IO", "PX"}}};
}

std::string_view modality_group(const std::vector<ModalityGroup>& groups, std::string_view modality) {
  for (const ModalityGroup& group : groups) {
    if (std::find(group.modalities.begin(), group.modalities.end(), modality) != group.modalities.end())
      return group.name;
  }
  return modality;
}

std::vector<PriorRule> default_prior_rules() {
  return {
      {"same modality and region", Modality::same_group, Region::same, true, true, std::nullopt},
      {"same region", Modality::other, Region::same, false, true, std::nullopt},
      {"same modality, region not named", Modality::same_group, Region::unknown, true, true, std::nullopt}};
}

void read_prior_rules(JsonSection* priors, std::vector<PriorRule>* rules) {
  std::vector<JsonSection> entries = priors->sections("rules");
  if (!priors->has("rules")) return;
  if (entries.empty() || entries.size() > prior_rules_max) {
    return priors->expect("rules", "1 to " + std::to_string(prior_rules_max) +
                                       " rules (no priors at all: images_max 0 and reports_max 0)");
  }
  std::vector<PriorRule> read;
  for (JsonSection& entry : entries) read.push_back(read_rule(std::move(entry)));
  check_order(priors, read);
  *rules = std::move(read);
}

void read_modality_groups(JsonSection* priors, std::vector<ModalityGroup>* groups) {
  std::vector<JsonSection> entries = priors->sections("modality_groups");
  if (!priors->has("modality_groups")) return;
  if (entries.size() > modality_groups_max) {
    return priors->expect("modality_groups", "at most " + std::to_string(modality_groups_max) + " groups");
  }
  std::vector<ModalityGroup> read;
  std::map<std::string, std::string> group_of_modality;
  for (JsonSection& entry : entries) {
    read.push_back(read_group(std::move(entry)));
    for (const std::string& modality : read.back().modalities) {
      const auto [known, is_new] = group_of_modality.emplace(modality, read.back().name);
      if (is_new) continue;
      priors->expect("modality_groups", "each modality once: " + modality + " is in group \"" +
                                            known->second + "\" and in group \"" + read.back().name + "\"");
    }
  }
  *groups = std::move(read);
}

}  // namespace radfm
