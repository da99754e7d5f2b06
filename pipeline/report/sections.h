// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "pipeline/report/draft_report.h"

namespace radfm::report {

// Splits the model's text at "Finding:", "Findings:", "Impression:" (with or without a blank between the parts, as the
// weights write them). Text before any heading belongs to Findings. What the model left out is not invented.
ReportSections split_sections(std::string_view model_text);

// Any bytes become text that is legal in a DICOM UT value: valid UTF-8 (else U+FFFD), CR LF line ends, no other control
// characters, outer blanks cut. (PS3.3 C.17.3)
std::string legal_text(std::string_view bytes);
// Cuts to at most `bytes_max` bytes on a character boundary, control characters and backslashes replaced: for LO, SH, ST.
std::string legal_string(std::string_view bytes, std::size_t bytes_max);
// No overlong form, no surrogate, nothing above U+10FFFF.
bool is_valid_utf8(std::string_view bytes);

}  // namespace radfm::report
