// SPDX-License-Identifier: Apache-2.0
// Bulk data between processes: sealed memfds. The writer fills and seals; the reader maps read-only after checking size
// and seals (an unsealed one could be truncated under the reader: SIGBUS).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/result.h"
#include "pipeline/process/file_descriptor.h"

namespace radfm::process {

// A new sealed memfd with a copy of the bytes. transient "no_shared_memory" when the system has none left.
Result<FileDescriptor> make_shared(const void* data, std::size_t bytes);

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

}  // namespace radfm::process
