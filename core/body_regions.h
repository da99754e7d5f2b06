// SPDX-License-Identifier: Apache-2.0
// Which regions of the body a text names, as data that an administrator reads and changes: `priors.regions`
// of the configuration. Body Part Examined (0018,0015) is often wrong or missing, so descriptions are asked
// as well.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/json_section.h"

namespace radfm {

inline constexpr std::size_t body_regions_max = 100;

// A word may stand in several regions: CHESTABDOMEN is of both.
struct BodyRegion {
  std::string name;                // for people, and for comparing: "chest"
  std::vector<std::string> words;  // whole words that name it, capitals and accents or not
  bool operator==(const BodyRegion&) const = default;
};

// The terms of Body Part Examined (PS3.16 Annex L) and what people write in descriptions.
std::vector<BodyRegion> default_body_regions();

// The names of the regions that the text (UTF-8) has a word of. A word ends where no letter and no digit
// stands.
std::set<std::string> regions_in(const std::vector<BodyRegion>& regions, std::string_view text);

// The array at `regions`; a mistake leaves the regions as they were.
void read_body_regions(JsonSection* priors, std::vector<BodyRegion>* regions);

}  // namespace radfm
