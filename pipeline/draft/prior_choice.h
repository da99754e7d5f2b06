// SPDX-License-Identifier: Apache-2.0
// Which earlier studies may speak in a draft. Evidence of another patient is the worst failure there is: in doubt a study
// is refused, with a reason for people.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/configuration.h"
#include "pipeline/imaging/study_reading.h"

namespace radfm::draft {

struct PriorRefusal {
  std::string reason;      // "its birth date is not that of this patient"; no values, no patient data
  std::string study_date;  // DA; only of a study that is surely this patient's
};

// Why a study is no prior of the current one: not surely the same patient, not certainly before, the same study or
// accession, outside the window. Nothing: it is one.
std::optional<PriorRefusal> refuse_prior(const imaging::StudyReading& current, const imaging::StudyReading& prior,
                                         const PriorSettings& settings);

// The latest report of the study that a physician has verified: an SR, VERIFIED, COMPLETE, not PRELIMINARY, with text,
// not ours, no dose or measurement document. Index into prior.reports.
std::optional<std::size_t> usable_report(const imaging::StudyReading& prior);

// What is compared with what: "radiograph" (CR, DX, DR), "mammogram", "CT", "MR", "US", "nuclear" (NM, PT), else the modality.
std::string_view modality_group(std::string_view modality);
// Whether two Body Part Examined (0018,0015) may show the same region; an empty one may be any.
bool regions_overlap(std::string_view one, std::string_view other);

// Whether the study has images that can stand beside `shown`: same group, region that may overlap. Asks the instances, so
// that it can be answered before any pixel is decoded.
bool has_comparable_images(const imaging::VolumeDescription& shown, const imaging::StudyReading& prior);
// Which of the prior's volumes stands beside `shown`: same group, kind and region, best first; for radiographs one of the
// same view is preferred. Index into prior.volumes.
std::optional<std::size_t> comparable_volume(const imaging::VolumeDescription& shown, const imaging::StudyReading& prior);

// Indices into `priors`, most recent study first.
std::vector<std::size_t> most_recent_first(const std::vector<imaging::StudyReading>& priors);

}  // namespace radfm::draft
