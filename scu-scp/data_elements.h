// SPDX-License-Identifier: Apache-2.0
// Reads elements of a data set (PS3.5 7) out of foreign bytes, in place: no recursion, no allocation by a
// foreign length. DCMTK's own parser follows nested sequences with the stack, so what a peer sends is looked
// at here and never there.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"

namespace radfm::scu {

inline constexpr std::size_t nesting_depth_max = 32;  // sequences within sequences

enum class Encoding { implicit_little, explicit_little };
// PS3.5 10 and A; none for big endian and deflated data sets, which this node never offers.
std::optional<Encoding> encoding_of(std::string_view transfer_syntax_uid);

struct DataElement {
  std::uint32_t tag = 0;       // group << 16 | element
  std::uint32_t sequence = 0;  // the tag of the sequence whose item holds it; 0: none
  std::size_t depth = 0;       // of sequences around it
  std::span<const std::uint8_t> value;
};

// Calls `visit` for each element that is no sequence, in the order of the bytes, until it answers false. The
// end of the bytes, or pixel data, ends the walk too. permanent "data_set_not_readable" when lengths lie,
// when sequences nest deeper than nesting_depth_max, or when the bytes end inside an element.
Status walk_elements(std::span<const std::uint8_t> bytes, Encoding encoding,
                     const std::function<bool(const DataElement&)>& visit);

// The value without its padding (blanks and NULs at the end; PS3.5 6.2).
std::string text_of(const DataElement& element);

}  // namespace radfm::scu
