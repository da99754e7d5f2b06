// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "pipeline/imaging/reader_client.h"

namespace radfm::test {

// A file of a study that exists in memory only.
inline imaging::StudyFile memory_file(const std::string& contents, std::string label = "0") {
  process::FileDescriptor fd(::memfd_create("study", MFD_CLOEXEC));
  if (::write(fd.get(), contents.data(), contents.size()) != static_cast<ssize_t>(contents.size())) std::abort();
  return {std::move(fd), std::move(label)};
}

}  // namespace radfm::test
