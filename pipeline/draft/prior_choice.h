// SPDX-License-Identifier: Apache-2.0
// Which earlier studies may speak in a draft. Evidence of another patient is the worst failure there is: in doubt a study
// is refused, with a reason for people.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/configuration.h"
#include "pipeline/imaging/study_reading.h"

namespace radfm::draft {

struct PriorRefusal {
  std::string reason;      // "its birth date is not that of this patient"; no values, no patient data
  std::string study_date;  // DA; only of a study that is surely this patient's
};

// Why a study is no prior of the current one: not surely the same patient, not certainly before, the same study or
// accession, of one day without accession numbers that tell the two apart, outside the window. Nothing: it is one.
std::optional<PriorRefusal> refuse_prior(const imaging::StudyReading& current, const imaging::StudyReading& prior,
                                         const PriorSettings& settings);

// Indices into `priors`, most recent study first.
std::vector<std::size_t> most_recent_first(const std::vector<imaging::StudyReading>& priors);

}  // namespace radfm::draft
