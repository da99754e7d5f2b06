// SPDX-License-Identifier: Apache-2.0
// Which of a study's instances have to be fetched, decided from an index alone: the model sees at most some tens of slices
// of a volume, and a CT has a thousand. A series is thinned only where the index leaves no doubt: single-frame CT, MR or
// PET, one stack of one orientation, no position twice. All else is fetched whole.
#pragma once

#include <vector>

#include "core/series_order.h"
#include "core/study_index.h"
#include "pipeline/imaging/study_reading.h"

namespace radfm::imaging {

struct FetchChoice {
  std::vector<const IndexedInstance*> instances;  // into the study, in its order
  std::vector<ThinnedSeries> thinned;             // what the reader must know of what it does not see
};

// Images that count for the digest and, always, reports. `images` false: reports only.
FetchChoice choose_to_fetch(const StudyIndex& study, bool images, int slices_max);

}  // namespace radfm::imaging
