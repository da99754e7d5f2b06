// SPDX-License-Identifier: Apache-2.0
// The search for a job's priors: Orthanc first, then the archives of the configuration in their order; all that was found in
// one order of relevance; the best of it fetched. A study that several have is taken from the first. One thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/configuration.h"
#include "orthanc-client/orthanc.h"
#include "pipeline/draft/draft_pipeline.h"
#include "worker/archive_search.h"
#include "worker/study_fetch.h"

namespace radfm::worker {

using orthanc::PatientStudy;

// Earlier studies that are fetched. The pipeline's identity and time guards may refuse some, so more are offered than are used
// in the end.
inline constexpr int prior_candidates_max = 8;
// Of these, how many bring their images too (the others bring only their reports).
inline constexpr int prior_image_candidates_beyond = 2;
// Studies in Orthanc, most recent first, whose index is read to see which are relevant.
inline constexpr std::size_t prior_indexes_max = 40;

// Which of the patient's studies in Orthanc may be priors: certainly before the current one, within the window, most recent
// first. Nothing when the PatientID is empty: all nameless patients are one patient to Orthanc.
std::vector<PatientStudy> earlier_studies(const std::vector<PatientStudy>& studies, const StudyIndex& current,
                                          const PriorSettings& settings);

struct PriorFetch {
  std::vector<draft::PriorCandidate> candidates;  // most relevant first
  std::vector<std::string> not_fetched;           // one sentence each, without patient data
};

struct PriorSearchParts {
  Orthanc& orthanc;
  const std::vector<PriorArchive>& archives;
  const PriorSettings& settings;
  const Clock& clock;
  std::filesystem::path directory;  // for files without a name
  int wake_fd = -1;
};
// What cannot be found or fetched is left out and said; only an Orthanc that is away, a full disk or an interruption is an error.
Result<PriorFetch> fetch_priors(const PriorSearchParts& parts, const StudyIndex& current, int slices_max,
                                const FetchProgress& progress);

}  // namespace radfm::worker
