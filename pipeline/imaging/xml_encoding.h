// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace radfm::imaging {

// A document whose XML declaration names a character set that the parser does not know itself (it knows
// UTF-8, UTF-16, ISO-8859-1 and US-ASCII), converted to UTF-8 by the C library: GB18030, Shift_JIS,
// windows-1252, ... Nothing when there is nothing to convert. `known` is false when no such set is known or
// the bytes are none of it.
struct ConvertedXml {
  std::optional<std::string> utf8;
  bool known = true;
};
ConvertedXml convert_xml(std::span<const std::uint8_t> document);

}  // namespace radfm::imaging
