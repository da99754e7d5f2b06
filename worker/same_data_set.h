// SPDX-License-Identifier: Apache-2.0
// Whether an archive's data set says what ours says, whatever way it was written in.
#pragma once

#include <cstdint>
#include <span>

namespace radfm::worker {

inline constexpr int compared_depth_max = 32;  // sequences within sequences

// Compares element by element (PS3.5 7): the same tags in the same order, the same values byte for byte, the same items in the
// same sequences. Free are the VR's encoding (theirs may be implicit VR), defined or undefined lengths of sequences and items
// (7.5), group lengths (7.2) and Data Set Trailing Padding (PS3.10 7.2). `ours` is explicit VR little endian, made by us; which of
// their elements are sequences is read from it. `theirs` is hostile: what cannot be read is not the same.
bool same_data_set(std::span<const std::uint8_t> ours, std::span<const std::uint8_t> theirs, bool theirs_implicit);

}  // namespace radfm::worker
