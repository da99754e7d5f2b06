// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/checkpoint/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "pipeline/model/checkpoint/refusal.h"

namespace radfm::model {
namespace {

Error cut(const std::string& name) {
  return refusal(name, "truncated", "it ends where more was promised; copy the file again");
}

class FileBytes final : public ByteSource {
 public:
  FileBytes(int fd, std::string name, std::uint64_t size) : fd_(fd), name_(std::move(name)), size_(size) {}
  ~FileBytes() override { ::close(fd_); }
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return size_; }

  Status read(std::uint64_t offset, void* to, std::size_t bytes) const override {
    if (offset > size_ || bytes > size_ - offset) return cut(name_);
    auto* at = static_cast<char*>(to);
    while (bytes > 0) {
      const ssize_t got = ::pread(fd_, at, bytes, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0)
        return transient_error("checkpoint_unreadable",
                               name_ + ": reading failed: " + std::strerror(errno) + "; check the disk");
      if (got == 0) return cut(name_);  // somebody cut the file while it was open
      at += got;
      offset += static_cast<std::uint64_t>(got);
      bytes -= static_cast<std::size_t>(got);
    }
    return {};
  }

 private:
  int fd_;
  std::string name_;
  std::uint64_t size_;
};

class MemoryBytes final : public ByteSource {
 public:
  MemoryBytes(std::string name, std::string_view bytes) : name_(std::move(name)), bytes_(bytes) {}
  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return bytes_.size(); }
  Status read(std::uint64_t offset, void* to, std::size_t bytes) const override {
    if (offset > bytes_.size() || bytes > bytes_.size() - offset) return cut(name_);
    if (bytes > 0) std::memcpy(to, bytes_.data() + offset, bytes);
    return {};
  }

 private:
  std::string name_;
  std::string_view bytes_;
};

}  // namespace

Result<std::shared_ptr<const ByteSource>> open_byte_source(const std::filesystem::path& file) {
  // A pipe of this name must not make us wait for its other end.
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return permanent_error("model_file_missing",
                           "cannot read " + file.string() + ": " + std::strerror(errno));
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd);
    return permanent_error("model_file_missing", "cannot read " + file.string() + ": it is no regular file");
  }
  return std::shared_ptr<const ByteSource>(
      std::make_shared<FileBytes>(fd, file.filename().string(), static_cast<std::uint64_t>(status.st_size)));
}

std::shared_ptr<const ByteSource> byte_source_in_memory(std::string name, std::string_view bytes) {
  return std::make_shared<MemoryBytes>(std::move(name), bytes);
}

}  // namespace radfm::model
