// SPDX-License-Identifier: Apache-2.0
// Reports that stand whole in a DICOM object (PS3.3 C.24.2): PDF and CDA.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pipeline/imaging/study_reading.h"

class DcmItem;

namespace radfm::imaging {

inline constexpr std::size_t encapsulated_bytes_max = std::size_t{32} << 20;  // a longer document is not read

// A CDA's text, patient and signature are read at once (cda_text.h). A PDF is copied to `pdf`, if that is not
// null, for another process to read (pdf_text.h). What keeps a document from being read is said in
// report.text_missing.
void read_encapsulated(DcmItem& data_set, ReportReading& report, std::vector<std::uint8_t>* pdf);

}  // namespace radfm::imaging
