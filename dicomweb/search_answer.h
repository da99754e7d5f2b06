// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/result.h"
#include "scu-scp/prior_query.h"

namespace radfm::dicomweb {

inline constexpr std::size_t search_answer_bytes_max = 16u << 20;
inline constexpr std::size_t search_nesting_max = 16;

// Whether arrays and objects stand in each other deeper than search_nesting_max: such a text is given to no parser.
bool nests_too_deep(const std::string& json);

// Answers of QIDO-RS in the DICOM JSON model (PS3.18 10.6, F.2), bounded to `matches_max`; values are UTF-8,
// whatever the archive holds (character_set "ISO_IR 192"). transient "web_bad_answer" for what is no array of
// data sets.
Result<scu::Found<scu::FoundStudy>> read_studies(const std::string& json, std::size_t matches_max);
Result<scu::Found<scu::FoundSeries>> read_series(const std::string& json, const std::string& study_uid,
                                                 std::size_t matches_max);
Result<scu::Found<scu::FoundDocument>> read_documents(const std::string& json, const std::string& study_uid,
                                                      std::size_t matches_max);

}  // namespace radfm::dicomweb
