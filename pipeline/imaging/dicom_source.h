// SPDX-License-Identifier: Apache-2.0
// From an open descriptor to a parsed data set: the only place where foreign bytes meet a DICOM parser.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"

class DcmDataset;

namespace radfm::imaging {

inline constexpr std::size_t inflated_bytes_max = std::size_t{256} << 20;  // of a deflated data set

struct ParsedFile {
  ParsedFile();
  ParsedFile(ParsedFile&&) noexcept;
  ParsedFile& operator=(ParsedFile&&) noexcept;
  ~ParsedFile();
  std::unique_ptr<DcmDataset> data_set;  // text in UTF-8 where the character set could be converted
  std::string transfer_syntax_uid;       // of the file
  std::string meta_sop_class_uid;        // as the meta information says
  bool character_set_failed = false;     // declared or implied character set does not fit the bytes
};

// A file's bytes, mapped: nothing is copied before the parser does it. A file that is cut short while it is mapped ends the
// process; the worker's files have no name and one owner.
class FileBytes {
 public:
  FileBytes() = default;
  FileBytes(const std::uint8_t* bytes, std::size_t size) : bytes_(bytes), size_(size) {}
  FileBytes(FileBytes&& other) noexcept : bytes_(std::exchange(other.bytes_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  FileBytes& operator=(FileBytes&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~FileBytes();
  operator std::span<const std::uint8_t>() const { return {bytes_, size_}; }  // NOLINT: it is one

 private:
  const std::uint8_t* bytes_ = nullptr;
  std::size_t size_ = 0;
};

// The whole file, whatever the descriptor's position. The descriptor must be a regular file or a memfd. Errors:
// "file_too_large", "unreadable".
Result<FileBytes> map_file(int fd, std::size_t bytes_max);

// PS3.10 file meta information, then the data set. Errors, all permanent: "not_dicom" (no DICM mark),
// "no_transfer_syntax", "too_nested", "too_many_elements", "file_too_large" (inflated), "broken".
Result<ParsedFile> parse_file(std::span<const std::uint8_t> bytes, int nesting_max);

// The SOP class that the meta information names, for files of which no more could be read; empty when there
// is none.
std::string meta_sop_class(std::span<const std::uint8_t> bytes);

}  // namespace radfm::imaging
