// SPDX-License-Identifier: GPL-3.0-or-later
// Patient ID and the three UIDs of an image, found in its file without a parser: while Orthanc stores it there is no time for one. Walks
// over the heads of the elements before (0020,000E) (PS3.5 7.1, 7.5; PS3.10 7.1) and copies four values. Any bytes are welcome: no
// recursion, and no more memory than the four values. Safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace radfm::plugin {

inline constexpr int header_elements_max = 4'000;           // heads looked at, those within sequences too
inline constexpr int header_nesting_max = 32;               // sequences and items of undefined length open at one time
inline constexpr std::size_t header_value_bytes_max = 256;  // of each of the four; four times what a Patient ID may have

struct IdentifyingHeader {
  std::string patient_id;  // in the file's own character set; empty: there is none
  std::string study_instance_uid, series_instance_uid, sop_instance_uid;
};

// Outer blanks and trailing zeros cut. Nothing: not a file of PS3.10 in a little endian and not deflated transfer syntax, top elements that
// do not ascend, a UID missing, or a limit reached. Whoever asks must have another way to know.
std::optional<IdentifyingHeader> read_identifying_header(std::span<const std::uint8_t> file);

}  // namespace radfm::plugin
