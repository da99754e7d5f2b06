// SPDX-License-Identifier: Apache-2.0
// A folder that appears under its name only when it is whole: it is filled under a hidden name beside it,
// made durable, then renamed. Killed at any moment, the name is absent or complete.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.h"

namespace radfm::model {

// A file that is being written. Closed with the object.
class OutputFile {
 public:
  // Must not be there. transient "conversion_cannot_write".
  static Result<OutputFile> create(const std::filesystem::path& file);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  Status write(std::uint64_t offset, const void* data, std::size_t bytes) const;
  // On the disk when it returns, and no longer cached: what is read next comes from the disk.
  Status make_durable() const;

 private:
  OutputFile(int fd, std::filesystem::path file) : fd_(fd), file_(std::move(file)) {}
  int fd_;
  std::filesystem::path file_;
};

class OutputFolder {
 public:
  // Creates the hidden folder ".NAME.converting-XXXXXX" beside `destination` and takes away those that killed
  // processes left for the same destination. permanent "conversion_out_exists": `destination` is there;
  // transient "conversion_cannot_write".
  static Result<OutputFolder> create(const std::filesystem::path& destination);
  OutputFolder(OutputFolder&& other) noexcept;
  OutputFolder& operator=(OutputFolder&&) = delete;
  ~OutputFolder();  // takes the hidden folder away unless it was published

  const std::filesystem::path& path() const { return hidden_; }
  Status write_file(const std::string& name, std::string_view bytes) const;  // whole and durable
  // Makes the folder durable and gives it its name. The name must still be free.
  Status publish();

 private:
  OutputFolder(std::filesystem::path destination, std::filesystem::path hidden, int fd)
      : destination_(std::move(destination)), hidden_(std::move(hidden)), fd_(fd) {}
  std::filesystem::path destination_, hidden_;
  int fd_;  // of the hidden folder, locked: says that its process lives
};

}  // namespace radfm::model
