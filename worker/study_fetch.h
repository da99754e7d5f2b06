// SPDX-License-Identifier: Apache-2.0
// Brings the files of a study from Orthanc. One thread.
#pragma once

#include <functional>
#include <vector>

#include "core/study_index.h"
#include "pipeline/draft/draft_pipeline.h"
#include "orthanc-client/orthanc.h"

namespace radfm::worker {

using orthanc::Orthanc;

using FetchProgress = std::function<void(int done, int of)>;

// The study's images, reports and PDFs; what is neither (core/sop_class.h `ignored`) stays in Orthanc, and so do slices of a
// long series that the model would not see (pipeline/imaging/index_choice.h).
struct StudyFetch {
  std::vector<imaging::StudyFile> files;
  std::vector<imaging::ThinnedSeries> thinned;
};
Result<StudyFetch> fetch_study(Orthanc& orthanc, const StudyIndex& study, bool images, int slices_max,
                               const FetchProgress& progress);

}  // namespace radfm::worker
