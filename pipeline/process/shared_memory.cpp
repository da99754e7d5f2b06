// SPDX-License-Identifier: Apache-2.0
#include "pipeline/process/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace radfm::process {
namespace {

constexpr int seals_written = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
constexpr int seals_needed = F_SEAL_SHRINK | F_SEAL_WRITE;

Error no_shared_memory(std::size_t bytes, int number) {
  return transient_error("no_shared_memory", "could not get " + std::to_string(bytes) + " bytes of shared memory (" +
                                                 std::strerror(number) + "); free memory or raise the memory limit");
}

Error bad_shared_memory(const std::string& why) {
  return permanent_error("bad_shared_memory", "the shared memory of a child process is unusable: " + why);
}

}  // namespace

Result<FileDescriptor> make_shared(const void* data, std::size_t bytes) {
  FileDescriptor fd(::memfd_create("radfm", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.valid()) return no_shared_memory(bytes, errno);
  // write(), not a mapping: where memory is short it returns an error, a mapping would raise SIGBUS.
  const char* from = static_cast<const char*>(data);
  for (std::size_t left = bytes; left > 0;) {
    const ssize_t written = ::write(fd.get(), from, left);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return no_shared_memory(bytes, written < 0 ? errno : ENOSPC);
    from += written;
    left -= static_cast<std::size_t>(written);
  }
  if (::fcntl(fd.get(), F_ADD_SEALS, seals_written) != 0) return no_shared_memory(bytes, errno);
  return fd;
}

Result<SharedView> SharedView::map(int fd, std::size_t bytes) {
  const int seals = ::fcntl(fd, F_GET_SEALS);
  if (seals < 0) return bad_shared_memory("it is not a memfd");
  if ((seals & seals_needed) != seals_needed) return bad_shared_memory("it is not sealed");
  struct stat status {};
  if (::fstat(fd, &status) != 0) return bad_shared_memory(std::strerror(errno));
  if (status.st_size < 0 || static_cast<std::uint64_t>(status.st_size) != bytes) {
    return bad_shared_memory("it has " + std::to_string(status.st_size) + " bytes where " + std::to_string(bytes) +
                             " were announced");
  }
  SharedView view;
  view.bytes_ = bytes;
  if (bytes == 0) return view;
  // Private, since kernels before 6.7 refuse shared mappings of a write-sealed memfd; nothing can change below it anyway.
  void* const address = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
  if (address == MAP_FAILED) return no_shared_memory(bytes, errno);
  view.data_ = static_cast<const std::uint8_t*>(address);
  return view;
}

SharedView::SharedView(SharedView&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

SharedView& SharedView::operator=(SharedView&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

SharedView::~SharedView() {
  if (data_ != nullptr) ::munmap(const_cast<std::uint8_t*>(data_), bytes_);
}

}  // namespace radfm::process
