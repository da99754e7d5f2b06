// SPDX-License-Identifier: Apache-2.0
// Somebody's verified report of a study of archive_fixture.h.
#pragma once

#include <fstream>
#include <iterator>

#include "demo/phantom_report_file.h"
#include "tests/scu-scp/archive_fixture.h"

namespace radfm::scu {

inline const std::string report_title = "Diagnostic imaging study";

// Written to `folder` as report.dcm. Its UIDs come from the study's name.
inline Bytes report_of(const std::string& study_name, const std::filesystem::path& folder) {
  demo::Patient patient;
  patient.id = "P-1";
  const demo::Study study{uid_from_name(study_name), "20250311", "101500", "A-" + study_name, "S1", "Chest", ""};
  const Status saved = demo::save_report(folder / "report.dcm", patient, study, "Findings: none. Impression: normal.");
  if (!saved) throw std::runtime_error(saved.error().message);
  std::ifstream in(folder / "report.dcm", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}
inline std::string report_uid_of(const std::string& study_name) { return uid_from_name("phantom report|" + uid_from_name(study_name)); }

}  // namespace radfm::scu
