// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/attribute_set.h"

class DcmItem;

namespace radfm::imaging {

inline constexpr int header_sequence_depth_max = 8;  // deeper items of header sequences are not handed on
inline constexpr std::size_t header_value_bytes_max =
    32u << 10;  // a longer value is no header value and is left out

// What a report about this study copies from its images: the Patient, Clinical Trial, Study and Patient Study
// modules (PS3.3 C.7.1.1, C.7.1.3, C.7.2.1 to C.7.2.3), Institution Name, Modality, Request Attributes,
// Timezone Offset and Specific Character Set. Values as they are in the file (already UTF-8), private
// attributes never.
AttributeSet extract_header(DcmItem& data_set);

}  // namespace radfm::imaging
