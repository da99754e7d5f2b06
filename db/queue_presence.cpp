// SPDX-License-Identifier: Apache-2.0
#include "db/queue_presence.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "db/new_file.h"

namespace radfm::db {
namespace {

constexpr mode_t group_mode = 0660;  // plugin and worker are different users of one group

Error cannot_open(const std::filesystem::path& file, int number) {
  return transient_error("database_unavailable", file.string() + ": it says who has the queue open, and cannot be opened: " +
                                                     std::strerror(number) + "; it must be readable by the group that plugin and worker share");
}

// Made by root it would be nobody else's: it belongs to whom the folder belongs.
int make(const std::filesystem::path& file) {
  const int handle = ::open(file.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, group_mode);
  if (handle < 0) return errno == EEXIST ? ::open(file.c_str(), O_RDONLY | O_CLOEXEC) : -1;
  ::fchmod(handle, group_mode);
  struct stat folder {};
  if (::geteuid() == 0 && ::stat(folder_of(file).c_str(), &folder) == 0) {
    [[maybe_unused]] const int changed = ::fchown(handle, folder.st_uid, folder.st_gid);
  }
  return handle;
}

}  // namespace

std::filesystem::path presence_file(const std::filesystem::path& queue) {
  std::filesystem::path file = queue;
  return file += ".in-use";
}

Result<QueuePresence> QueuePresence::of(const std::filesystem::path& queue, Kind kind) {
  // By whatever path it is named.
  std::error_code error;
  const std::filesystem::path resolved = std::filesystem::weakly_canonical(queue, error);
  const std::filesystem::path file = presence_file(error ? queue : resolved);
  int handle = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (handle < 0 && errno == ENOENT) {
    if (kind == Kind::if_there_is_one) return QueuePresence();
    handle = make(file);
  }
  if (handle < 0) return cannot_open(file, errno);
  QueuePresence presence(handle);
  if (::flock(handle, (kind == Kind::alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) return presence;
  if (errno != EWOULDBLOCK) return cannot_open(file, errno);
  return transient_error("queue_in_use", "queue database " + queue.string() + ": " +
                                             (kind == Kind::alone ? "a program has it open; stop radfm-worker and Orthanc, then try again"
                                                                  : "another file is being put in its place; it is tried again"));
}

QueuePresence::~QueuePresence() {
  if (handle_ >= 0) ::close(handle_);
}

}  // namespace radfm::db
