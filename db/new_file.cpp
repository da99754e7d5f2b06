// SPDX-License-Identifier: Apache-2.0
#include "db/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

namespace radfm::db {
namespace {

// No rename takes a file from one that was made meanwhile, where the file system knows how to say so; a link is refused too.
int move_to_free_name(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return -1;
  if (::link(from.c_str(), to.c_str()) != 0) return -1;
  return ::unlink(from.c_str());
}

// 0, or the errno of what failed.
int give_access(int file, const FileAccess& access) {
  struct stat facts {};
  if (::fstat(file, &facts) != 0) return errno;
  const uid_t owner = access.owner == static_cast<uid_t>(-1) ? facts.st_uid : access.owner;
  const gid_t group = access.group == static_cast<gid_t>(-1) ? facts.st_gid : access.group;
  const bool another = owner != facts.st_uid || group != facts.st_gid;
  if (another && ::fchown(file, owner, group) != 0) return errno;
  return ::fchmod(file, access.mode) == 0 ? 0 : errno;
}

}  // namespace

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

Error file_error(const std::filesystem::path& file, const std::string& doing, int number) {
  const std::string about = file.string() + ": " + doing + ": ";
  if (number == ENOSPC || number == EDQUOT) return transient_error("disk_full", about + "the disk is full; free space, then try again");
  if (number == EEXIST) return permanent_error("file_exists", about + "there is a file of that name; it was left as it is");
  if (number == EACCES || number == EPERM || number == EROFS) {
    return transient_error("file_not_written", about + "this user may not; run it as the user or the group that the queue's file belongs to");
  }
  return transient_error("file_not_written", about + std::strerror(number));
}

Status sync_folder(const std::filesystem::path& folder) {
  const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = handle >= 0 && ::fsync(handle) == 0;
  const int number = errno;
  if (handle >= 0) ::close(handle);
  return synced ? Status() : Status(file_error(folder, "bringing it to the disk", number));
}

Result<NewFile> NewFile::beside(const std::filesystem::path& target) {
  std::string hidden = target.string() + ".partial-XXXXXX";
  const int file = ::mkostemp(hidden.data(), O_CLOEXEC);  // mode 0600
  if (file < 0) return file_error(target, "making a file in its folder", errno);
  ::close(file);
  return NewFile(hidden, target);
}

NewFile::NewFile(NewFile&& other) noexcept : hidden_(std::exchange(other.hidden_, {})), target_(std::move(other.target_)) {}

NewFile::~NewFile() {
  if (hidden_.empty()) return;
  ::unlink(hidden_.c_str());
  remove_journals();
}

void NewFile::remove_journals() const {
  for (const char* ending : {"-journal", "-wal", "-shm"}) ::unlink((hidden_.string() + ending).c_str());
}

Status NewFile::put_in_place(const FileAccess& access, IfThere if_there) {
  const int file = ::open(hidden_.c_str(), O_RDONLY | O_CLOEXEC);
  int number = file < 0 ? errno : give_access(file, access);
  if (number == 0 && ::fsync(file) != 0) number = errno;
  if (file >= 0) ::close(file);
  if (number != 0) return file_error(target_, "bringing it to the disk", number);
  const int moved = if_there == IfThere::replace ? ::rename(hidden_.c_str(), target_.c_str()) : move_to_free_name(hidden_, target_);
  if (moved != 0) return file_error(target_, "putting it in place", errno);
  remove_journals();  // SQLite could not remove one that is empty
  hidden_.clear();
  return sync_folder(folder_of(target_));
}

}  // namespace radfm::db
