// SPDX-License-Identifier: Apache-2.0
#include "pipeline/process/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <string>
#include <utility>

namespace radfm::process {
namespace {

constexpr int seals_written = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
constexpr int seals_needed = F_SEAL_SHRINK | F_SEAL_WRITE;

Error no_shared_memory(int number) {
  return transient_error("no_shared_memory", std::string("the system gives no more shared memory (") + std::strerror(number) +
                                                 "); free memory or raise the memory limit");
}

Error bad_shared_memory(const std::string& why) {
  return permanent_error("bad_shared_memory", "the shared memory of a child process is unusable: " + why);
}

}  // namespace

Result<SharedWriter> SharedWriter::make() {
  FileDescriptor fd(::memfd_create("radfm", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.valid()) return no_shared_memory(errno);
  return SharedWriter(std::move(fd));
}

Status SharedWriter::write(std::size_t offset, std::span<const std::uint8_t> bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return no_shared_memory(written < 0 ? errno : ENOSPC);
    offset += static_cast<std::size_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<FileDescriptor> SharedWriter::seal() && {
  if (::fcntl(fd_.get(), F_ADD_SEALS, seals_written) != 0) return no_shared_memory(errno);
  return std::move(fd_);
}

Result<FileDescriptor> make_shared(const void* data, std::size_t bytes) {
  Result<SharedWriter> writer = SharedWriter::make();
  if (!writer) return writer.error();
  if (Status written = writer->write(0, {static_cast<const std::uint8_t*>(data), bytes}); !written) return written.error();
  return std::move(*writer).seal();
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
  if (address == MAP_FAILED) return no_shared_memory(errno);
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

SharedBytes::SharedBytes(const std::vector<std::uint8_t>& bytes) {
  if (bytes.empty()) return;
  Result<FileDescriptor> fd = make_shared(bytes.data(), bytes.size());
  Result<SharedBytes> shared = fd ? of(std::move(*fd), bytes.size()) : Result<SharedBytes>(fd.error());
  if (!shared) throw std::bad_alloc();
  *this = std::move(*shared);
}

Result<SharedBytes> SharedBytes::of(FileDescriptor fd, std::size_t bytes) {
  Result<SharedView> view = SharedView::map(fd.get(), bytes);
  if (!view) return view.error();
  SharedBytes shared;
  shared.held_ = std::make_shared<const Held>(Held{std::move(fd), std::move(*view)});
  return shared;
}

std::uint8_t SharedBytes::operator[](std::size_t i) const {
  if (i >= size()) broken_invariant("a byte behind the end of shared memory was asked for");
  return held_->view.data()[i];
}

bool operator==(const SharedBytes& a, const SharedBytes& b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

}  // namespace radfm::process
