// SPDX-License-Identifier: Apache-2.0
#include "core/imaging_settings.h"

#include <nlohmann/json.hpp>

namespace radfm {
namespace {

constexpr double hu_max = 100'000, suv_max = 1'000;

void read_range(JsonSection section, double min, double max, ShownRange* range) {
  ShownRange read = *range;
  section.number("low", &read.low, min, max);
  section.number("high", &read.high, min, max);
  section.finish();
  if (read.low < read.high) {
    *range = read;
  } else {
    section.expect("high", "more than low");
  }
}

CtWindowRow read_row(JsonSection section) {
  CtWindowRow row;
  section.require("region", "a name for people, such as chest");
  section.require("centre_hu", "the window's centre in Hounsfield units");
  section.require("width_hu", "the window's width in Hounsfield units");
  section.text("region", &row.region);
  section.texts("words", &row.words);
  section.number("centre_hu", &row.centre_hu, -hu_max, hu_max);
  section.number("width_hu", &row.width_hu, 1.0, hu_max);
  section.finish();
  return row;
}

void read_ct_windows(JsonSection* section, ImagingSettings* settings) {
  std::vector<JsonSection> rows = section->sections("ct_windows");
  if (!section->has("ct_windows")) return;
  if (rows.empty() || rows.size() > ct_windows_max) {
    return section->expect("ct_windows", "1 to " + std::to_string(ct_windows_max) + " rows");
  }
  std::vector<CtWindowRow> read;
  for (auto& row : rows) read.push_back(read_row(std::move(row)));
  for (std::size_t i = 0; i < read.size(); ++i) {
    // A row without words takes everything, so that no row behind it would ever be reached.
    if (read[i].words.empty() != (i + 1 == read.size())) {
      return section->expect("ct_windows", "words in each row but the last, and none in the last, which is for everything else");
    }
  }
  settings->ct_windows = std::move(read);
}

nlohmann::json range_json(const ShownRange& range) { return {{"low", range.low}, {"high", range.high}}; }

}  // namespace

void read_imaging(JsonSection section, ImagingSettings* settings) {
  read_series_order(&section, &settings->series_order);
  read_ct_windows(&section, settings);
  read_range(section.section("mr_percentiles"), 0, 100, &settings->mr_percentiles);
  read_range(section.section("other_percentiles"), 0, 100, &settings->other_percentiles);
  read_range(section.section("pet_suv"), 0, suv_max, &settings->pet_suv);
  section.finish();
}

nlohmann::json to_json(const ImagingSettings& settings) {
  nlohmann::json rows = nlohmann::json::array();
  for (const CtWindowRow& row : settings.ct_windows) {
    rows.push_back({{"region", row.region}, {"words", row.words}, {"centre_hu", row.centre_hu}, {"width_hu", row.width_hu}});
  }
  return {{"series_order", to_json(settings.series_order)},
          {"ct_windows", rows},
          {"mr_percentiles", range_json(settings.mr_percentiles)},
          {"other_percentiles", range_json(settings.other_percentiles)},
          {"pet_suv", range_json(settings.pet_suv)}};
}

ImagingSettings imaging_settings_from_json(const nlohmann::json& json) {
  ImagingSettings settings;
  std::vector<JsonMistake> mistakes;
  if (json.is_object()) read_imaging(JsonSection(json, "imaging", &mistakes), &settings);
  return settings;
}

}  // namespace radfm
