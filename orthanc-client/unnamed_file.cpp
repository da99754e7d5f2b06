// SPDX-License-Identifier: Apache-2.0
#include "orthanc-client/unnamed_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

namespace radfm::orthanc {
namespace {

constexpr std::string_view fallback_prefix = "study-";

Error file_error(int error_number) {
  const std::string why = std::strerror(error_number);
  if (error_number == ENOSPC || error_number == EDQUOT) {
    return transient_error("disk_full", "no room beside the queue's database for the study's files; free disk space");
  }
  if (error_number == EMFILE || error_number == ENFILE) {
    return permanent_error("too_many_files", "the study has more files than may be open at once; raise the limit of open "
                                             "files (LimitNOFILE, ulimit -n), then retry the job");
  }
  return transient_error("work_directory_unusable", "a work file beside the queue's database cannot be used (" + why + ")");
}

}  // namespace

void remove_leftovers(const std::filesystem::path& directory) {
  std::error_code ec;
  std::filesystem::directory_iterator entry(directory, ec);
  for (; !ec && entry != std::filesystem::directory_iterator(); entry.increment(ec)) {
    const bool ours = entry->path().filename().string().starts_with(fallback_prefix);
    std::error_code gone;
    if (ours && entry->symlink_status(gone).type() == std::filesystem::file_type::regular) std::filesystem::remove(entry->path(), gone);
  }
}

Result<process::FileDescriptor> open_unnamed_file(const std::filesystem::path& directory) {
  process::FileDescriptor file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file.valid()) return file;
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) return file_error(errno);
  // A file system without O_TMPFILE (NFS, some FUSE): a name for the blink of an eye.
  std::string name = (directory / (std::string(fallback_prefix) + "XXXXXX")).string();
  file = process::FileDescriptor(::mkostemp(name.data(), O_CLOEXEC));
  if (!file.valid()) return file_error(errno);
  ::unlink(name.c_str());
  return file;
}

Status append(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_error(errno);
    bytes.remove_prefix(std::size_t(written));
  }
  return {};
}

}  // namespace radfm::orthanc
