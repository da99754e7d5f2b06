// SPDX-License-Identifier: Apache-2.0
// A data set as the bytes of a DICOM file, and back (PS3.10 7).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/result.h"

class DcmFileFormat;

namespace radfm::report {

inline constexpr std::size_t sr_bytes_max = 64u << 20;
// Above it a file is not given to DCMTK (sr_nesting.h).
inline constexpr int sr_nesting_max = 64;

// Explicit VR little endian with a meta header of ours; explicit lengths. The same data set gives the same bytes.
Result<std::vector<std::uint8_t>> to_file_bytes(DcmFileFormat& file);

// permanent "not_an_sr_file" for anything that DCMTK cannot read whole, is larger than `sr_bytes_max`, is not explicit
// VR little endian, or is nested deeper than `sr_nesting_max` (checked before DCMTK sees the bytes).
Result<std::unique_ptr<DcmFileFormat>> from_file_bytes(const std::vector<std::uint8_t>& bytes);

}  // namespace radfm::report
