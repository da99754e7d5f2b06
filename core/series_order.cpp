// SPDX-License-Identifier: Apache-2.0
#include "core/series_order.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/wildcard.h"

namespace radfm {
namespace {

const std::vector<std::string> text_fields{"plane", "modality", "description", "image_type",
                                           "kernel", "echo",    "b_value",     "temporal_position"};
const std::vector<std::string> number_fields{"slices", "thickness_mm", "matrix", "series_number"};

struct NumberRange {
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
};

std::optional<double> parse_end(std::string_view text, double otherwise) {
  if (text.empty()) return otherwise;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

// "6..", "..3", "0.5..1.5", "4".
std::optional<NumberRange> parse_range(std::string_view text) {
  const std::size_t dots = text.find("..");
  if (text.empty() || text == "..") return std::nullopt;
  const NumberRange all;
  const auto low = parse_end(text.substr(0, dots), all.low);
  const auto high = dots == std::string_view::npos ? low : parse_end(text.substr(dots + 2), all.high);
  if (!low || !high || *low > *high) return std::nullopt;
  return NumberRange{*low, *high};
}

template <class Fits>
std::size_t rank_of(const SeriesCriterion& criterion, const Fits& fits) {
  const auto avoided = std::any_of(criterion.avoid.begin(), criterion.avoid.end(), fits);
  const auto found = std::find_if(criterion.prefer.begin(), criterion.prefer.end(), fits);
  if (found != criterion.prefer.end()) return static_cast<std::size_t>(found - criterion.prefer.begin());
  return criterion.prefer.size() + (avoided ? 1 : 0);
}

bool holds(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool is_direction(const std::string& entry) {
  return entry == "most" || entry == "least";
}

SeriesCriterion read_criterion(JsonSection section) {
  SeriesCriterion criterion;
  section.require("field", "what is compared: plane, slices, description, ...");
  std::vector<std::string> fields = text_fields;
  fields.insert(fields.end(), number_fields.begin(), number_fields.end());
  section.text_of("field", &criterion.field, fields);
  section.texts("modalities", &criterion.modalities);
  section.texts("prefer", &criterion.prefer);
  section.texts("avoid", &criterion.avoid);
  section.finish();
  if (criterion.prefer.empty() && criterion.avoid.empty()) section.expect("prefer", "something to prefer or to avoid");
  if (!is_number_field(criterion.field)) return criterion;
  for (const std::string& entry : criterion.prefer) {
    if (!is_direction(entry) && !parse_range(entry)) section.expect("prefer", "most, least, or ranges such as 6.. or 0.5..1.5");
  }
  for (const std::string& entry : criterion.avoid) {
    if (!parse_range(entry)) section.expect("avoid", "ranges such as ..5");
  }
  return criterion;
}

}  // namespace

std::vector<SeriesCriterion> default_series_order() {
  return {
      {"slices", {}, {"6.."}, {}},
      {"description", {}, {}, {"*scout*", "*localizer*", "*localiser*", "*topogram*", "*survey*", "*calibration*", "*monitoring*", "*test bolus*"}},
      {"kernel", {"CT"}, {}, {"B5*", "B6*", "B7*", "B8*", "Br5*", "Br6*", "Br7*", "Bl5*", "Bl6*", "Bl7*", "Hr6*", "Hr7*", "*BONE*", "*LUNG*", "*EDGE*", "FC5*", "YB", "YC"}},
      {"plane", {}, {"axial"}, {"oblique"}},
      {"slices", {}, {"most"}, {}},
      {"matrix", {}, {"most"}, {}},
  };
}

bool is_number_field(const std::string& field) {
  return holds(number_fields, field);
}

SeriesPlace place_of_text(const SeriesCriterion& criterion, const std::optional<std::string>& value) {
  if (!value) return {criterion.prefer.size(), 0};
  return {rank_of(criterion, [&](const std::string& pattern) { return matches_wildcard(pattern, *value); }), 0};
}

SeriesPlace place_of_number(const SeriesCriterion& criterion, std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return {criterion.prefer.size(), 0};
  const std::size_t rank = rank_of(criterion, [&](const std::string& entry) {
    const auto range = parse_range(entry);
    return is_direction(entry) || (range && *value >= range->low && *value <= range->high);
  });
  if (rank >= criterion.prefer.size() || !is_direction(criterion.prefer[rank])) return {rank, 0};
  return {rank, criterion.prefer[rank] == "most" ? -*value : *value};
}

void read_series_order(JsonSection* imaging, std::vector<SeriesCriterion>* order) {
  if (!imaging->has("series_order")) {
    static_cast<void>(imaging->sections("series_order"));  // a known key
    return;
  }
  std::vector<JsonSection> entries = imaging->sections("series_order");
  if (entries.size() > series_criteria_max) {
    return imaging->expect("series_order", "at most " + std::to_string(series_criteria_max) + " criteria");
  }
  order->clear();
  for (auto& entry : entries) order->push_back(read_criterion(std::move(entry)));
}

nlohmann::json to_json(const std::vector<SeriesCriterion>& order) {
  nlohmann::json list = nlohmann::json::array();
  for (const SeriesCriterion& criterion : order) {
    list.push_back({{"field", criterion.field},
                    {"modalities", criterion.modalities},
                    {"prefer", criterion.prefer},
                    {"avoid", criterion.avoid}});
  }
  return list;
}

}  // namespace radfm
