// SPDX-License-Identifier: Apache-2.0
// Which series of a study comes first, as data that an administrator reads and changes: `imaging.series_order` of the
// configuration. The model is shown the first; the same order chooses among phases, echoes and kernels that lie at one place.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/json_section.h"

namespace radfm {

inline constexpr std::size_t series_criteria_max = 50;

// One question that two series are compared by. A value that fits the first entry of `prefer` comes before one that fits
// the second, and so on; then what fits nothing; last what fits an entry of `avoid`. Those that are alike go on to the next
// criterion.
//
// Fields of text, with * and ? as wildcards, capitals or not: plane (axial, sagittal, coronal, oblique), modality,
// description (Series Description), image_type (values joined by \), kernel, echo, b_value, temporal_position.
// Fields of numbers, with "most", "least", or ranges "6..", "..3", "0.5..1.5" (both ends included): slices, thickness_mm,
// matrix (rows times columns), series_number.
struct SeriesCriterion {
  std::string field;
  std::vector<std::string> modalities;  // asked for series of these only; empty: for all
  std::vector<std::string> prefer, avoid;
  bool operator==(const SeriesCriterion&) const = default;
};

// A stack of less than six slices is seldom more than a scout; planning scans and reconstructions for bone or lung edges
// come behind their soft siblings; then axial, then more slices.
std::vector<SeriesCriterion> default_series_order();

// The place of a value in one criterion's order, lower is earlier: what fits which entry, then, where the entry is "most" or
// "least", by the number itself. A text or number that is not known fits nothing (nullopt: not known, or the criterion does
// not ask about this series). Places form a total order whatever the values are.
using SeriesPlace = std::pair<std::size_t, double>;
SeriesPlace place_of_text(const SeriesCriterion& criterion, const std::optional<std::string>& value);
SeriesPlace place_of_number(const SeriesCriterion& criterion, std::optional<double> value);
bool is_number_field(const std::string& field);

// The array at `series_order`; a mistake leaves the order as it was.
void read_series_order(JsonSection* imaging, std::vector<SeriesCriterion>* order);
nlohmann::json to_json(const std::vector<SeriesCriterion>& order);

}  // namespace radfm
