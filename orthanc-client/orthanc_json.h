// SPDX-License-Identifier: Apache-2.0
// Orthanc's JSON answers as values. Pure functions; what is not of the expected form is transient "orthanc_bad_answer".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "orthanc-client/orthanc.h"

namespace radfm::orthanc {

bool is_orthanc_id(std::string_view text);  // 8-8-8-8-8 lower-case hexadecimal digits (a SHA-1)

std::string bulk_content_request(const std::string& orthanc_study_id);
// The identifiers of `level` ("Study", "Instance") in an answer of /tools/lookup.
Result<std::vector<std::string>> parse_lookup(std::string_view json, std::string_view level);
Result<std::vector<PatientStudy>> parse_patient_studies(std::string_view json);
Result<Orthanc::Stored> parse_stored(std::string_view json);

}  // namespace radfm::orthanc
