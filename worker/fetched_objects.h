// SPDX-License-Identifier: Apache-2.0
// Objects that an archive sends, each in a file without a name: priors never stay on the disk, whatever ends the worker.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "pipeline/process/file_descriptor.h"
#include "scu-scp/object_sink.h"

namespace radfm::worker {

// Takes objects until close(). keep() syncs nothing, unlike what ObjectSink promises: a job that a power cut ends fetches anew.
// Shared, since a C-MOVE's objects come on threads of the storage SCP, and late ones may come
// when whoever asked has gone on. Any thread. Errors of begin(): permanent "retrieval_too_large" past a limit, permanent
// "retrieval_ended" after close(); of it and of the writers: those of orthanc-client/unnamed_file.h.
class FetchedObjects final : public scu::ObjectSink, public std::enable_shared_from_this<FetchedObjects> {
 public:
  struct Limits {
    std::size_t objects_max = 20'000;
    std::uint64_t bytes_max = 0;
  };
  static std::shared_ptr<FetchedObjects> make(std::filesystem::path directory, Limits limits);
  Result<std::unique_ptr<Writer>> begin(const scu::ObjectIdentity& identity) override;

  struct Object {
    scu::ObjectIdentity identity;
    process::FileDescriptor file;
    std::uint64_t bytes = 0;
  };
  // Nothing is taken any more; what was kept so far, in the order of SOP Instance UIDs: in which order an archive sends must
  // not show in a report.
  std::vector<Object> close();

 private:
  class OneObject;
  FetchedObjects(std::filesystem::path directory, Limits limits) : directory_(std::move(directory)), limits_(limits) {}
  Status take(std::uint64_t bytes);

  const std::filesystem::path directory_;
  const Limits limits_;
  std::mutex mutex_;  // guards all below
  bool closed_ = false;
  std::size_t begun_ = 0;
  std::uint64_t bytes_ = 0;
  std::vector<Object> kept_;
};

}  // namespace radfm::worker
