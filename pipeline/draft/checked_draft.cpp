// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/checked_draft.h"

#include <algorithm>
#include <array>

#include "pipeline/draft/header_tags.h"
#include "pipeline/draft/told_priors.h"
#include "pipeline/report/answer_sections.h"

namespace radfm::draft {
namespace {

using imaging::VolumeDescription;

// Pixels of what is not shown were given back.
std::vector<const VolumeDescription*> shown_volumes(const imaging::StudyReading& reading) {
  std::vector<const VolumeDescription*> shown;
  for (std::size_t i = 0; i < std::min(reading.volumes.size(), reading.pixels.size()); ++i) {
    if (!reading.pixels[i].display.empty()) shown.push_back(&reading.volumes[i]);
  }
  return shown;
}

// Parts of which a patient has two, each in an image of its own. A lateral chest has a laterality as well, and shows both sides.
bool is_paired_part(std::string_view body_part) {
  constexpr std::array parts = {"HAND",  "WRIST", "FINGER", "THUMB",  "FOREARM", "RADIUS", "ULNA",  "ELBOW", "HUMERUS",
                                "ARM",   "SHOULDER", "CLAVICLE", "SCAPULA", "HIP", "FEMUR", "THIGH", "KNEE",  "PATELLA",
                                "TIBIA", "FIBULA", "LEG",    "CALF",   "ANKLE",   "FOOT",   "HEEL",  "CALCANEUS", "TOE",
                                "BREAST", "EXTREMITY"};
  std::string letters(body_part);
  std::transform(letters.begin(), letters.end(), letters.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return std::find(parts.begin(), parts.end(), letters) != parts.end();
}

char laterality_of(const std::vector<const VolumeDescription*>& shown) {
  char side = '\0';
  for (const VolumeDescription* volume : shown) {
    if ((volume->laterality != "L" && volume->laterality != "R") || !is_paired_part(volume->body_part)) return '\0';
    if (side != '\0' && side != volume->laterality.front()) return '\0';
    side = volume->laterality.front();
  }
  return side;
}

}  // namespace

CheckedDraft checked_draft(const Prepared& prepared, const model::Generated& generated) {
  const std::vector<const VolumeDescription*> shown = shown_volumes(prepared.current);
  const ToldPriors told = told_priors(prepared, generated.cuts_made);
  CheckedDraft draft;
  draft.text = generated.text;
  // Without the question: what it asks of, the answer does not claim.
  const bool has_sections = prepared.task == Task::report || prepared.task == Task::rationale;
  draft.sections.findings = generated.text;
  if (has_sections) draft.sections = report::sections_of_answer(prepared.task, "", generated.text);
  draft.task = prepared.task;
  draft.prior_image_shown = told.image_shown;
  draft.prior_report_read = told.report_read;
  for (const VolumeDescription& volume : prepared.current.volumes) draft.modalities.push_back(volume.modality);
  draft.laterality = laterality_of(shown);
  draft.sex = attribute_value(prepared.current.header, tag::sex);
  draft.spacing_known = std::all_of(shown.begin(), shown.end(), [](const VolumeDescription* v) { return v->has_geometry || v->has_pixel_spacing; });
  draft.stopped = generated.stopped;
  draft.flags = generated.flags;
  return draft;
}

}  // namespace radfm::draft
