// SPDX-License-Identifier: GPL-3.0-or-later
// What is asked of Orthanc's index about one study: for the settler, which makes jobs, and for a person who asks what a rule would do
// with it. Nothing here makes Orthanc open a stored file. Safe from any thread, as `orthanc` is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/study_index.h"
#include "orthanc-plugin/arrivals.h"
#include "orthanc-plugin/orthanc_api.h"

namespace radfm::plugin {

// Instances asked for at once. Orthanc reads its index for them under the lock that each image stored must have too: 50 take 4 ms.
inline constexpr std::size_t instances_per_question = 50;

// As whole as Orthanc shows it. Errors: those of OrthancApi and of parse_study_index(); permanent "study_too_large"; transient
// "study_changing" when instances were deleted between the answers.
Result<StudyIndex> read_study_index(OrthancApi& orthanc, const std::string& orthanc_study_id);
// The same for somebody who needs no main tag of an image but its UID (what the rules and the digest look at is there): images that are
// known since they arrived are taken from `arrivals`, and Orthanc is asked about the others only.
Result<StudyIndex> read_study_index(OrthancApi& orthanc, const std::string& orthanc_study_id, Arrivals& arrivals);

// How a person names a study: Orthanc's identifier, Study Instance UID or accession number.
inline constexpr std::size_t study_name_bytes_max = 64;
// Orthanc's identifier of it. Errors: those of OrthancApi; permanent "bad_request" (no such name can be; what was expected),
// "study_unknown", "study_ambiguous" (several studies have that accession number, or that UID under several patients).
Result<std::string> find_study(OrthancApi& orthanc, std::string_view name);

}  // namespace radfm::plugin
