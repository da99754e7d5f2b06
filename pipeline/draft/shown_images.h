// SPDX-License-Identifier: Apache-2.0
// Which images of the current study the model is shown, and how they are named as evidence.
#pragma once

#include <string>
#include <vector>

#include "pipeline/imaging/study_reading.h"
#include "pipeline/model/prompt.h"
#include "pipeline/report/draft_report.h"

namespace radfm::draft {

inline constexpr std::size_t current_radiographs_max = 4;

// Indices into reading.volumes, best first: the reader's first one decides the kind. All radiographs up to the limit, or
// the one first volume. Empty when there is none.
std::vector<std::size_t> choose_current(const imaging::StudyReading& reading);

model::ImageShape shape_of(const imaging::VolumeDescription& volume);

// The instances of a volume, each once, in slice order.
std::vector<report::EvidenceInstance> evidence_of(const imaging::VolumeDescription& volume,
                                                  const std::string& study_instance_uid);
// What the report's findings point at: of a volume the middle slice, of radiographs each.
std::vector<report::EvidenceInstance> key_image_of(const imaging::VolumeDescription& volume,
                                                   const std::string& study_instance_uid);

// The acquisition device type of the report: CR, DX, CT or MR, else empty.
std::string report_modality(const std::string& modality);
// "CHEST" when the body part says so, else empty.
std::string target_region(const imaging::VolumeDescription& volume);

}  // namespace radfm::draft
