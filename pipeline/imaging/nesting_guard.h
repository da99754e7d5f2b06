// SPDX-License-Identifier: Apache-2.0
// Looks over the structure of a data set (PS3.5 7) before a parser that recurses is let near it. Own code, no
// recursion, no allocation that the file can size beyond the nesting limit. DCMTK dies at 10,000 levels of
// sequences.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/result.h"

namespace radfm::imaging {

enum class Encoding { implicit_little_endian, explicit_little_endian, explicit_big_endian };

struct StructureLimits {
  int nesting_max = 64;                  // sequences open at one time
  std::size_t elements_max = 1'000'000;  // over all levels
};

// Walks all elements and checks that every length lies within what encloses it. Returns how many bytes from
// the start are data set (zero bytes behind the last element are not). Deflated data sets are handed in
// inflated. Errors, all permanent: "too_nested", "too_many_elements", "broken" (a length or a delimiter that
// cannot be). Private elements of an implicit data set may hide sequences: what looks like one is counted as
// one.
Result<std::size_t> check_structure(std::span<const std::uint8_t> data_set, Encoding encoding,
                                    const StructureLimits& limits);

}  // namespace radfm::imaging
