// SPDX-License-Identifier: Apache-2.0
// Writes a zip file of stored records in memory, as torch.save lays one out; each field can then be spoilt.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/model/checkpoint/crc32.h"

namespace radfm::test {

inline std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

inline std::string stored_zip(const std::vector<std::pair<std::string, std::string>>& records) {
  std::string file, directory;
  for (const auto& [name, bytes] : records) {
    const std::string facts = little_endian(model::crc32_of(0, bytes.data(), bytes.size()), 4) +
                              little_endian(bytes.size(), 4) + little_endian(bytes.size(), 4) +
                              little_endian(name.size(), 2) + little_endian(0, 2);
    // version, flags, method, time, date
    const std::string kind =
        little_endian(0, 2) + little_endian(0, 2) + little_endian(0, 2) + little_endian(0, 4);
    directory += "PK\1\2" + little_endian(0, 2) + kind + facts + little_endian(0, 2) + little_endian(0, 2) +
                 little_endian(0, 2) + little_endian(0, 4) + little_endian(file.size(), 4) + name;
    file += "PK\3\4" + kind + facts + name + bytes;
  }
  const std::size_t directory_offset = file.size();
  file += directory;
  return file + "PK\5\6" + little_endian(0, 4) + little_endian(records.size(), 2) +
         little_endian(records.size(), 2) + little_endian(directory.size(), 4) +
         little_endian(directory_offset, 4) + little_endian(0, 2);
}

}  // namespace radfm::test
