// SPDX-License-Identifier: Apache-2.0
// Bulk data between processes: sealed memfds. The writer fills and seals; the reader maps read-only after checking size
// and seals (an unsealed one could be truncated under the reader: SIGBUS).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/result.h"
#include "pipeline/process/file_descriptor.h"

namespace radfm::process {

// A read-only mapping of exactly `bytes` bytes of a sealed memfd. Move only; unmaps.
class SharedView {
 public:
  static Result<SharedView> map(int fd, std::size_t bytes);
  SharedView(SharedView&& other) noexcept;
  SharedView& operator=(SharedView&& other) noexcept;
  ~SharedView();
  const std::uint8_t* data() const { return data_; }
  std::size_t size() const { return bytes_; }

 private:
  SharedView() = default;
  const std::uint8_t* data_ = nullptr;
  std::size_t bytes_ = 0;
};

// The same with its memfd, to be handed on to another process without a copy. Copies share the memory; nothing changes it.
// Safe from any thread.
class SharedBytes {
 public:
  SharedBytes() = default;  // none
  // A copy of them. Throws std::bad_alloc when the system has no shared memory left.
  SharedBytes(const std::vector<std::uint8_t>& bytes);  // NOLINT(google-explicit-constructor): they are the same bytes
  // Errors: those of SharedView::map.
  static Result<SharedBytes> of(FileDescriptor fd, std::size_t bytes);

  const std::uint8_t* data() const { return held_ ? held_->view.data() : nullptr; }
  std::size_t size() const { return held_ ? held_->view.size() : 0; }
  bool empty() const { return size() == 0; }
  const std::uint8_t* begin() const { return data(); }
  const std::uint8_t* end() const { return data() + size(); }
  std::uint8_t operator[](std::size_t i) const;  // i < size()
  int fd() const { return held_ ? held_->fd.get() : -1; }  // sealed; -1: none
  friend bool operator==(const SharedBytes& a, const SharedBytes& b);

 private:
  struct Held {
    FileDescriptor fd;
    SharedView view;
  };
  std::shared_ptr<const Held> held_;
};

// A memfd that is being filled. Different parts may be written by different threads.
class SharedWriter {
 public:
  // transient "no_shared_memory" when the system has none left, here and below.
  static Result<SharedWriter> make();
  // By write(), not by a mapping: where memory is short it returns an error, a mapping would raise SIGBUS.
  Status write(std::size_t offset, std::span<const std::uint8_t> bytes) const;
  // Nothing can be written from then on.
  Result<FileDescriptor> seal() &&;

 private:
  explicit SharedWriter(FileDescriptor fd) : fd_(std::move(fd)) {}
  FileDescriptor fd_;
};

// A new sealed memfd with a copy of the bytes. transient "no_shared_memory".
Result<FileDescriptor> make_shared(const void* data, std::size_t bytes);

}  // namespace radfm::process
