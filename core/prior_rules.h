// SPDX-License-Identifier: Apache-2.0
// Which earlier studies are worth a comparison, as data that an administrator reads and changes:
// `priors.rules` and `priors.modality_groups` of the configuration.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json_section.h"

namespace radfm {

inline constexpr std::size_t prior_rules_max = 50, modality_groups_max = 50;
inline constexpr int prior_window_years_max = 100;

// Modalities whose images are compared with one another. One that stands in no group is a group of its own.
struct ModalityGroup {
  std::string name;  // for people: "radiograph"
  std::vector<std::string> modalities;
  bool operator==(const ModalityGroup&) const = default;
};
std::vector<ModalityGroup> default_modality_groups();
// The group's name, or the modality itself.
std::string_view modality_group(const std::vector<ModalityGroup>& groups, std::string_view modality);

// In order; the first that fits a study takes it. Studies of an earlier rule are preferred, within one rule
// the most recent ones; a study that none fits is not used.
struct PriorRule {
  enum class Modality { same_group, other, any };
  enum class Region { same, unknown, any };  // unknown: one of the two studies names no region
  std::string name;                          // for people
  Modality modality = Modality::same_group;
  Region region = Region::same;
  bool images = true, report = true;  // what of the study may be used
  std::optional<int> window_years;    // nothing: priors.window_years
  bool operator==(const PriorRule&) const = default;
};
std::vector<PriorRule> default_prior_rules();

// The arrays at `rules` and `modality_groups`; a mistake names the rule or group and leaves what was there.
void read_prior_rules(JsonSection* priors, std::vector<PriorRule>* rules);
void read_modality_groups(JsonSection* priors, std::vector<ModalityGroup>* groups);

}  // namespace radfm
