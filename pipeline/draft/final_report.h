// SPDX-License-Identifier: Apache-2.0
// Whether a study was reported by somebody else: beside a verified or final report no draft is sent that nobody asked for by hand.
#pragma once

#include <vector>

#include "core/configuration.h"
#include "pipeline/imaging/reader_client.h"

namespace radfm::draft {

// A narrative (report_choice.h) that is not ours, and verified (0040,A493) or final (0040,A496). Dose and CAD reports bear such
// flags too, a PDF or CDA none.
bool is_final_of_others(const imaging::ReportReading& report);

// Whether one is among these files, read by a reader of their own. One thread. Errors: those of read_study.
Result<bool> has_final_report(const std::vector<imaging::StudyFile>& files, const Configuration& configuration, int wake_fd);

}  // namespace radfm::draft
