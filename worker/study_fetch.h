// SPDX-License-Identifier: Apache-2.0
// Brings the files of the current study, and of studies that may be priors, from Orthanc. One thread.
#pragma once

#include <functional>
#include <vector>

#include "core/configuration.h"
#include "core/study_index.h"
#include "pipeline/draft/draft_pipeline.h"
#include "orthanc-client/orthanc.h"

namespace radfm::worker {

using orthanc::Orthanc;
using orthanc::PatientStudy;

// Earlier studies that are looked at, most recent first. The pipeline's identity and time guards may refuse some, so more
// are offered than are used in the end.
inline constexpr int prior_candidates_max = 8;
// Of these, how many bring their images too (the others bring only their reports).
inline constexpr int prior_image_candidates_beyond = 2;

using FetchProgress = std::function<void(int done, int of)>;

// The study's images, reports and PDFs; what is neither (core/sop_class.h `ignored`) stays in Orthanc, and so do slices of a
// long series that the model would not see (pipeline/imaging/index_choice.h).
struct StudyFetch {
  std::vector<imaging::StudyFile> files;
  std::vector<imaging::ThinnedSeries> thinned;
};
Result<StudyFetch> fetch_study(Orthanc& orthanc, const StudyIndex& study, bool images, int slices_max,
                               const FetchProgress& progress);

// Which of the patient's studies may be priors: certainly before the current one, within the window, most recent first.
// Nothing when the PatientID is empty: all nameless patients are one patient to Orthanc.
std::vector<PatientStudy> choose_prior_candidates(const std::vector<PatientStudy>& studies, const StudyIndex& current,
                                                  const PriorSettings& settings);

struct PriorFetch {
  std::vector<draft::PriorCandidate> candidates;
  std::vector<std::string> not_fetched;  // one sentence each, without patient data
};
// A candidate that cannot be fetched is left out and said; only an Orthanc that is away or an interruption is an error.
Result<PriorFetch> fetch_priors(Orthanc& orthanc, const StudyIndex& current, const PriorSettings& settings, int slices_max,
                                const FetchProgress& progress);

}  // namespace radfm::worker
