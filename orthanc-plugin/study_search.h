// SPDX-License-Identifier: GPL-3.0-or-later
// What a person types to find a job, as studies: parts of a patient's name or identifier, of an accession number, or a Study Instance UID.
// Orthanc's index answers; what is searched for is in no log and no error. Safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/clock.h"
#include "db/queue_types.h"
#include "orthanc-plugin/orthanc_api.h"

namespace radfm::plugin {

inline constexpr std::size_t search_bytes_max = 128;
inline constexpr std::int64_t search_ms_max = 5'000;  // a question that Orthanc has not been asked by then is not asked any more

// One to search_bytes_max bytes; no backslash, which parts values in DICOM, and no control character.
bool can_be_searched(const std::string& text);

// Study Instance UIDs, in no order, at most db::filter_studies_max; the text itself, where it is a UID, whether or not Orthanc has it (still).
// Errors: those of OrthancApi; transient "orthanc_slow", "orthanc_answer_unreadable"; permanent "search_too_wide" when more studies fit: a
// list in which some are missing would be taken for a whole one.
Result<std::vector<std::string>> search_studies(OrthancApi& orthanc, const Clock& clock, const std::string& text);

}  // namespace radfm::plugin
