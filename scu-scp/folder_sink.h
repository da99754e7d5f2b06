// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "scu-scp/object_sink.h"

namespace radfm::scu {

// Bounds of one retrieval.
struct RetrievalLimits {
  std::size_t objects_max = 20'000;
  std::uint64_t bytes_max = std::uint64_t{8} << 30;
};

// Keeps objects as files of one folder, which the caller made and removes. A file is written as N.part,
// synced, and renamed to N.dcm, N counting from 1: a name never comes from outside, and N.dcm is always
// whole. Any thread. Errors:
//   permanent  retrieval_too_large      more objects or bytes than the limits
//   permanent  retrieval_ended          it comes after close()
//   transient  file_not_written         the disk refuses
class FolderSink final : public ObjectSink {
 public:
  FolderSink(std::filesystem::path folder, RetrievalLimits limits);
  ~FolderSink() override;
  Result<std::unique_ptr<Writer>> begin(const ObjectIdentity& identity) override;

  struct Kept {
    std::filesystem::path path;
    ObjectIdentity identity;
    std::uint64_t bytes = 0;
  };
  // Nothing is kept any more; what was kept so far, in the order of its coming.
  std::vector<Kept> close();

 private:
  struct State;
  std::shared_ptr<State> state_;  // writers may outlive the sink
};

}  // namespace radfm::scu
