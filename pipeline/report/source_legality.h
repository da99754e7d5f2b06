// SPDX-License-Identifier: Apache-2.0
// Whether a value of the source header may be copied into an object of ours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace radfm::report {

// By VR (PS3.5 6.2), number of values and, for a few attributes, the enumerated values of PS3.3 C.7. `value` is UTF-8,
// several values joined by a backslash; `many` says whether the attribute may have several. Empty is legal.
// Names (PN) and UIDs (UI) are always legal here, as is any attribute of `is_identifier`: whose study it is must be
// copied as it stands, or the draft would be filed under somebody else.
bool is_legal_source_value(std::uint32_t tag, std::string_view vr, std::string_view value, bool many);

// Patient ID, issuer, accession number, study ID, order numbers, ...
bool is_identifier(std::uint32_t tag);

}  // namespace radfm::report
