// SPDX-License-Identifier: Apache-2.0
// The file meta information of PS3.10 7.1, read without a general parser.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"

namespace radfm::imaging {

struct FileMeta {
  std::string sop_class_uid;        // (0002,0002)
  std::string transfer_syntax_uid;  // (0002,0010); empty when absent
  std::size_t data_set_at = 0;      // first byte of the data set
};

// Errors: "not_dicom" (no DICM mark at byte 128), "broken".
Result<FileMeta> read_file_meta(std::span<const std::uint8_t> bytes);

// Raw deflate (PS3.5 A.5), or with a zlib header as some writers have it. Errors: "broken", "file_too_large".
Result<std::vector<std::uint8_t>> inflate_data_set(std::span<const std::uint8_t> bytes,
                                                   std::size_t bytes_max);

}  // namespace radfm::imaging
