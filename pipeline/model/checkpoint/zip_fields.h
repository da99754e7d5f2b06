// SPDX-License-Identifier: Apache-2.0
// Little-endian fields of a zip file's blocks, and blocks of a file. Inside of the zip directory's reader
// only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "pipeline/model/checkpoint/byte_source.h"

namespace radfm::model::zip {

// Of a block that is known to be long enough.
inline std::uint64_t field(std::string_view block, std::size_t at, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(block[at + i]);
  return value;
}
inline std::uint16_t u16(std::string_view block, std::size_t at) {
  return static_cast<std::uint16_t>(field(block, at, 2));
}
inline std::uint32_t u32(std::string_view block, std::size_t at) {
  return static_cast<std::uint32_t>(field(block, at, 4));
}
inline std::uint64_t u64(std::string_view block, std::size_t at) {
  return field(block, at, 8);
}

inline Result<std::string> block_at(const ByteSource& source, std::uint64_t offset, std::size_t bytes) {
  std::string block(bytes, '\0');
  if (auto done = source.read(offset, block.data(), bytes); !done) return done.error();
  return block;
}

}  // namespace radfm::model::zip
