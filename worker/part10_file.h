// SPDX-License-Identifier: Apache-2.0
// The little that delivery must know about a DICOM file (PS3.10 7.1) without a parser: where its data set begins.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace radfm::worker {

struct Part10File {
  std::string sop_class_uid, sop_instance_uid, transfer_syntax_uid;  // (0002,0002), (0002,0003), (0002,0010)
  std::span<const std::uint8_t> data_set;                            // the bytes after the meta header
};
// A view into `bytes`, which must outlive it. Nothing when it is no Part 10 file with a whole meta header.
std::optional<Part10File> view_part10(std::span<const std::uint8_t> bytes);

// Whether two files hold the same object: the same transfer syntax and the same bytes after the meta header (archives
// write their own implementation name into the meta header), or the same elements, where an archive has written an
// uncompressed object of ours anew (same_data_set.h).
bool same_object(std::span<const std::uint8_t> ours, std::span<const std::uint8_t> theirs);

}  // namespace radfm::worker
