// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/final_report.h"

#include <algorithm>

#include "pipeline/draft/draft_pipeline.h"
#include "pipeline/draft/report_choice.h"

namespace radfm::draft {

bool is_final_of_others(const imaging::ReportReading& report) {
  return !report.ours && is_narrative(report) && (report.verification_flag == "VERIFIED" || report.preliminary_flag == "FINAL");
}

Result<bool> has_final_report(const std::vector<imaging::StudyFile>& files, const Configuration& configuration, int wake_fd) {
  imaging::ReadOptions options;
  options.pixels = false;
  options.nesting_max = configuration.reader.nesting_max;
  options.imaging = configuration.imaging;
  Result<imaging::StudyReading> reading = imaging::read_study(files, options, reader_limits(configuration.reader), wake_fd);
  if (!reading) return reading.error();
  return std::ranges::any_of(reading->reports, is_final_of_others);
}

}  // namespace radfm::draft
