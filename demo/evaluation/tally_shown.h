// SPDX-License-Identifier: Apache-2.0
// A tally for people (a table), for programs (JSON) and for those who would rather look (a picture).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/result.h"
#include "demo/evaluation/tally.h"

namespace radfm::demo {

std::string table_of(const Tally& tally);

// {"accuracy": {attribute: share}, "radiographs": {"accuracy", "change", "confusion"}, "ct": {...}, "change": {class: share},
//  "contradicting_prior_report": {attribute: share}, "confusion": {"kind": {truth: {said: count}}, "change": {...}},
//  "ended": share, "not_diagnostic": share, "same_text": share, "report_ms": {"median", "longest"}}. What was asked of nothing
// is left out.
nlohmann::json json_of(const Tally& tally);

// Both confusion tables of all studies as PNG: each row is a truth, the brighter a field the larger its share of the row.
Result<std::vector<std::uint8_t>> picture_of(const Tally& tally);

}  // namespace radfm::demo
