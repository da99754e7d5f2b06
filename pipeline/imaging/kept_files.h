// SPDX-License-Identifier: Apache-2.0
// Files that were parsed for their headers and are kept for their pixels, so that a study that fits into memory is parsed
// once. Safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "pipeline/imaging/dicom_source.h"

namespace radfm::imaging {

// Of a whole study; one with more is parsed once for the headers and once more for the pixels that are shown.
inline constexpr std::int64_t kept_files_bytes_max = std::int64_t{64} << 20;

class KeptFiles {
 public:
  void keep(std::size_t file, ParsedFile parsed) {
    const std::lock_guard lock(mutex_);
    files_.insert_or_assign(file, std::move(parsed));
  }
  // Whoever takes it has it alone; nothing when it was not kept, or is taken.
  std::optional<ParsedFile> take(std::size_t file) {
    const std::lock_guard lock(mutex_);
    auto node = files_.extract(file);
    if (node.empty()) return std::nullopt;
    return std::move(node.mapped());
  }

 private:
  std::mutex mutex_;
  std::map<std::size_t, ParsedFile> files_;
};

}  // namespace radfm::imaging
