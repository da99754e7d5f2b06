// SPDX-License-Identifier: Apache-2.0
// The directory of a zip file as PyTorch writes it (APPNOTE.TXT 4.3; zip64: 4.5.3): stored records only, the
// end record at the very end. Every byte is hostile: a record counts only where directory and local header
// agree on it, and nothing is ever written under a record's name.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/result.h"
#include "pipeline/model/checkpoint/byte_source.h"

namespace radfm::model {

inline constexpr std::uint64_t zip_records_max = 20'000;  // the published checkpoint has under 3,000
inline constexpr std::uint64_t zip_directory_bytes_max = 8u << 20;
inline constexpr std::size_t zip_name_bytes_max = 255;

struct ZipRecord {
  std::uint64_t header_offset = 0;  // of its local header
  std::uint64_t data_offset = 0, bytes = 0;
  std::uint32_t crc32 = 0;
};

// By name. Reads the directory and each local header, no record. Error codes (permanent, with
// "checkpoint_"): truncated, not_a_zip, legacy_format (torch.save before 1.6), bad_zip, encrypted,
// compressed, duplicate_record, bad_record_name.
Result<std::map<std::string, ZipRecord>> read_zip_directory(const ByteSource& source);

// All bytes of a record, its CRC compared. bad_crc; too_long over `bytes_max`.
Result<std::string> read_zip_record(const ByteSource& source, const std::string& name,
                                    const ZipRecord& record, std::uint64_t bytes_max);

// The first bytes of what torch.save wrote before the zip format: a pickle of protocol 2 with this number.
inline constexpr unsigned char legacy_magic[] = {0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c,
                                                 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};

}  // namespace radfm::model
