// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "scu-scp/incoming_object.h"

namespace radfm::dicomweb {

inline constexpr std::size_t file_meta_bytes_max = 16u << 10;

// One DICOM file (PS3.10 7.1) that comes piece by piece. Its file meta information says which object it is,
// as a C-STORE command would; from there on it is an IncomingObject, with the same checks. One thread.
class IncomingFile {
 public:
  IncomingFile(std::string source, const scu::SinkChoice& choose)
      : source_(std::move(source)), choose_(choose) {}
  void take(std::span<const std::uint8_t> piece);
  // After the last piece: kept, or why not. Besides the refusals of IncomingObject: "object_not_readable" for
  // what is no DICOM file, or has more than file_meta_bytes_max of file meta information.
  Status finish();

 private:
  void read_meta();
  const std::string source_;
  const scu::SinkChoice& choose_;
  std::vector<std::uint8_t> head_;  // until the file meta information is whole
  bool broken_ = false;
  std::optional<scu::IncomingObject> object_;
};

}  // namespace radfm::dicomweb
