// SPDX-License-Identifier: Apache-2.0
// The project's own conformance rules for a draft report, beside those of the standard, which dciodvfy asks. Nothing that breaks
// one is sent. Pure function of the file's bytes; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"

namespace radfm::report {

inline constexpr std::size_t sr_mistakes_max = 100;  // more are not counted

struct SrMistake {
  std::string rule;  // "never_verified": stable
  std::string text;  // what is wrong, where; no patient data
};

// What is asked (PS3.3 C.17, PS3.16 TID 2000):
//   never_verified   UNVERIFIED, no Verifying Observer; PRELIMINARY; PARTIAL or COMPLETE
//   says_draft       the draft notice in the first section, the closing notice in the last, the series named a draft
//   document         one of the four SR SOP classes, the same in the file's header; modality SR, series 9900 + instance number, valid UIDs of its own
//   template         TID 2000: title, language, a device as observer with its UID, only sections below the root
//   structure        value types and relationships that the SOP class allows (A.35.x.3.1), none by reference
//   equipment        who made it: manufacturer, model, software versions, contributing equipment with a model and its version
//   text             UTF-8 (ISO_IR 192), every text item legal and not empty
//   evidence         whatever the tree refers to is listed once, as current or as other evidence, and not the report itself
//   predecessors     it replaces no report that is itself
// A Key Object Selection Document is asked the rules of a rejection note instead (rejection_note_check.h).
// Errors: those of from_file_bytes; permanent "not_an_sr_file" for DICOM that is no SR.
Result<std::vector<SrMistake>> check_sr(const std::vector<std::uint8_t>& dicom);

// The gate before anything is stored to be sent. Errors: those of check_sr; permanent "report_not_conformant".
Status require_no_mistakes(const std::vector<std::uint8_t>& dicom);

}  // namespace radfm::report
