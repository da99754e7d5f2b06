// SPDX-License-Identifier: Apache-2.0
// A prior study's report as the signed document of somebody else: Basic Text SR (PS3.3 A.35.1), COMPLETE and VERIFIED, with a
// section for each heading of the text. Read by the node it is the same text again. Safe from any thread.
#pragma once

#include <string>

#include "core/result.h"
#include "demo/dicom_writer.h"

namespace radfm::demo {

// `text` as the reports' language writes it: "Findings: ... Impression: ...", or one of the two. UIDs come from the study's.
// The folder must exist. Errors: permanent "not_written" when DCMTK refuses a value, transient "file_not_written".
Status save_report(const std::filesystem::path& file, const Patient& patient, const Study& study, const std::string& text);

}  // namespace radfm::demo
