// SPDX-License-Identifier: Apache-2.0
// Bytes that are read where they lie, by offset. A checkpoint of tens of gigabytes is read through this and
// not through a mapping, so that the pages of the file never count as memory of this process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace radfm::model {

// Immutable; safe to read from any thread.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual const std::string& name() const = 0;  // the file's own name, for messages
  virtual std::uint64_t size() const = 0;
  // Exactly `bytes` bytes from `offset`. permanent "checkpoint_truncated" when they are not all there;
  // transient "checkpoint_unreadable" when the disk fails.
  virtual Status read(std::uint64_t offset, void* to, std::size_t bytes) const = 0;
};

// permanent "model_file_missing": not there, no permission, or no regular file.
Result<std::shared_ptr<const ByteSource>> open_byte_source(const std::filesystem::path& file);
// Bytes in memory that outlive the source.
std::shared_ptr<const ByteSource> byte_source_in_memory(std::string name, std::string_view bytes);

}  // namespace radfm::model
