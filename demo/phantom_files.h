// SPDX-License-Identifier: Apache-2.0
// Drawn studies as real DICOM of a made-up patient (phantom_person.h): what the node is sent.
// The same seed gives the same bytes. Safe from any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/result.h"
#include "demo/phantom_case.h"
#include "demo/phantom_person.h"

namespace radfm::demo {

enum class Which { prior, current };
// Writes the study's files as FOLDER/001.dcm, ...; the folder is created. UIDs, accession number and dates come from the
// seed: a prior and a current study of one seed are of one patient. Errors: those of save_instance.
Status write_phantom_study(const std::filesystem::path& folder, std::uint64_t seed, Which which, const phantom::Visit& visit);

// The prior study's report beside its images, or alone: FOLDER/report.dcm (phantom_report_file.h).
Status write_phantom_report(const std::filesystem::path& folder, std::uint64_t seed, const phantom::Visit& prior, const std::string& text);

}  // namespace radfm::demo
