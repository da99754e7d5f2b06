// SPDX-License-Identifier: Apache-2.0
// How images are shown to the model, as data that an administrator reads and changes: section `imaging` of the
// configuration. The same JSON takes it to the reader's process.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/json_section.h"
#include "core/series_order.h"

namespace radfm {

// One row of the table of fixed CT windows, in Hounsfield units.
struct CtWindowRow {
  std::string region;              // for people: "chest"
  std::vector<std::string> words;  // whole words that select it, capitals or not; none: everything else (the last row)
  double centre_hu = 0, width_hu = 1;
};

// Grey from the lower to the upper value. Percentiles: per cent, of all pixels of the volume that are no padding.
struct ShownRange {
  double low = 0, high = 0;
};

struct ImagingSettings {
  std::vector<SeriesCriterion> series_order = default_series_order();  // which series the model is shown
  // Looked up in Body Part Examined, the coded anatomic region, the series description, the protocol name and the study
  // description: the first text with a word of a row, the first such row. Chest: lung and mediastinum in one grey range.
  // Rows of soft tissue come first, so that CHEST/ABDOMEN and HEAD/NECK are shown as such.
  std::vector<CtWindowRow> ct_windows{
      {"soft tissue", {"ABDOMEN", "PELVIS", "CHESTABDOMEN", "CHESTABDPELVIS", "NECK", "HEADNECK", "LIVER"}, 40, 400},
      {"brain", {"HEAD", "BRAIN", "SKULL", "CRANIUM"}, 40, 80},
      {"chest", {"CHEST", "THORAX", "LUNG", "LUNGS"}, -300, 1400},
      {"bone",
       {"SPINE", "CSPINE", "TSPINE", "LSPINE", "KNEE", "ANKLE", "FOOT", "HAND", "WRIST", "ELBOW", "SHOULDER", "EXTREMITY"},
       300,
       1500},
      {"soft tissue", {}, 40, 400}};
  ShownRange mr_percentiles{1, 99};
  // CT without Hounsfield units, PET without SUV, nuclear medicine, radiographs without a window.
  ShownRange other_percentiles{1, 99};
  ShownRange pet_suv{0, 5};  // body weight, g/ml
};

inline constexpr std::size_t ct_windows_max = 100;

void read_imaging(JsonSection section, ImagingSettings* settings);

// What read_imaging takes.
nlohmann::json to_json(const ImagingSettings& settings);
ImagingSettings imaging_settings_from_json(const nlohmann::json& json);  // of our own to_json; a mistake keeps its default

}  // namespace radfm
