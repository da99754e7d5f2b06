// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/conversion/output_folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace radfm::model {
namespace {

constexpr const char* hidden_mark = ".converting-";

Error cannot_write(const std::filesystem::path& what) {
  return transient_error("conversion_cannot_write", what.string() +
                                                        " cannot be written: " + std::strerror(errno) +
                                                        "; check the folder, its permissions and the disk");
}

std::filesystem::path folder_of(const std::filesystem::path& destination) {
  return destination.has_parent_path() ? destination.parent_path() : std::filesystem::path(".");
}

std::string hidden_prefix(const std::filesystem::path& destination) {
  return "." + destination.filename().string() + hidden_mark;
}

int open_folder(const std::filesystem::path& folder) {
  return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool sync_folder(const std::filesystem::path& folder) {
  const int fd = open_folder(folder);
  if (fd < 0) return false;
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  return synced;
}

// What a killed conversion left: nobody holds its lock any more.
void remove_abandoned(const std::filesystem::path& destination) {
  std::error_code error;
  const std::string prefix = hidden_prefix(destination);
  for (const auto& entry : std::filesystem::directory_iterator(folder_of(destination), error)) {
    if (!entry.path().filename().string().starts_with(prefix) || entry.is_symlink(error)) continue;
    const int fd = open_folder(entry.path());
    if (fd < 0) continue;
    std::error_code ignored;
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) std::filesystem::remove_all(entry.path(), ignored);
    ::close(fd);
  }
}

}  // namespace

Result<OutputFile> OutputFile::create(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return cannot_write(file);
  return OutputFile(fd, file);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), file_(std::move(other.file_)) {}
OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
}

Status OutputFile::write(std::uint64_t offset, const void* data, std::size_t bytes) const {
  const auto* at = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t put = ::pwrite(fd_, at, bytes, static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return cannot_write(file_);
    at += put;
    offset += static_cast<std::uint64_t>(put);
    bytes -= static_cast<std::size_t>(put);
  }
  return {};
}

Status OutputFile::make_durable() const {
  if (::fsync(fd_) != 0) return cannot_write(file_);
  ::posix_fadvise(fd_, 0, 0, POSIX_FADV_DONTNEED);
  return {};
}

Result<OutputFolder> OutputFolder::create(const std::filesystem::path& given) {
  // "DIR/" names the same folder as "DIR".
  const std::filesystem::path destination = given.has_filename() ? given : given.parent_path();
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(destination, error)))
    return permanent_error("conversion_out_exists",
                           destination.string() + " is there already; name another folder or move it away");
  remove_abandoned(destination);
  std::string hidden = (folder_of(destination) / (hidden_prefix(destination) + "XXXXXX")).string();
  if (!::mkdtemp(hidden.data())) return cannot_write(folder_of(destination));
  const int fd = open_folder(hidden);
  OutputFolder folder(destination, hidden, fd);
  if (fd < 0 || ::flock(fd, LOCK_EX | LOCK_NB) != 0 || ::fchmod(fd, 0755) != 0) return cannot_write(hidden);
  return folder;
}

OutputFolder::OutputFolder(OutputFolder&& other) noexcept
    : destination_(std::move(other.destination_)),
      hidden_(std::exchange(other.hidden_, {})),
      fd_(std::exchange(other.fd_, -1)) {}

OutputFolder::~OutputFolder() {
  std::error_code ignored;
  if (!hidden_.empty()) std::filesystem::remove_all(hidden_, ignored);
  if (fd_ >= 0) ::close(fd_);
}

Status OutputFolder::write_file(const std::string& name, std::string_view bytes) const {
  auto file = OutputFile::create(hidden_ / name);
  if (!file) return file.error();
  if (auto done = file->write(0, bytes.data(), bytes.size()); !done) return done;
  return file->make_durable();
}

Status OutputFolder::publish() {
  if (::fsync(fd_) != 0) return cannot_write(hidden_);
  // Somebody may have made the name meanwhile: it is never replaced.
  if (::renameat2(AT_FDCWD, hidden_.c_str(), AT_FDCWD, destination_.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno == EEXIST)
      return permanent_error("conversion_out_exists",
                             destination_.string() + " has appeared meanwhile; name another folder");
    return cannot_write(destination_);
  }
  hidden_.clear();
  if (!sync_folder(folder_of(destination_))) return cannot_write(folder_of(destination_));
  return {};
}

}  // namespace radfm::model
