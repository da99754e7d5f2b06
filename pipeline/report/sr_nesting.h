// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace radfm::report {

// Debian's DCMTK recurses into sequences and dies somewhere above 5,000 levels, so the bytes are walked first, without
// recursion. True for a DICOM file in explicit or implicit VR little endian whose elements fit their lengths and whose
// items are nested at most `nesting_max` deep. Over-cautious for pixel data, which no report has.
bool is_safely_nested(const std::vector<std::uint8_t>& bytes, int nesting_max);

}  // namespace radfm::report
