// SPDX-License-Identifier: Apache-2.0
#include "worker/fetched_objects.h"

#include <algorithm>
#include <string_view>

#include "orthanc-client/unnamed_file.h"

namespace radfm::worker {
namespace {

Error ended() { return permanent_error("retrieval_ended", "an object came after its retrieval had ended"); }

}  // namespace

class FetchedObjects::OneObject final : public scu::ObjectSink::Writer {
 public:
  OneObject(std::shared_ptr<FetchedObjects> sink, scu::ObjectIdentity identity, process::FileDescriptor file)
      : sink_(std::move(sink)), object_{std::move(identity), std::move(file)} {}

  Status write(std::span<const std::uint8_t> piece) override {
    if (Status room = sink_->take(piece.size()); !room) return room;
    object_.bytes += piece.size();
    return orthanc::append(object_.file.get(), {reinterpret_cast<const char*>(piece.data()), piece.size()});
  }

  Status keep() override {
    const std::lock_guard lock(sink_->mutex_);
    if (sink_->closed_) return ended();
    sink_->kept_.push_back(std::move(object_));
    return {};
  }

 private:
  const std::shared_ptr<FetchedObjects> sink_;
  Object object_;
};

std::shared_ptr<FetchedObjects> FetchedObjects::make(std::filesystem::path directory, Limits limits) {
  return std::shared_ptr<FetchedObjects>(new FetchedObjects(std::move(directory), limits));
}

Result<std::unique_ptr<scu::ObjectSink::Writer>> FetchedObjects::begin(const scu::ObjectIdentity& identity) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return ended();
    if (++begun_ > limits_.objects_max) {
      return permanent_error("retrieval_too_large", "the archive sends more than " + std::to_string(limits_.objects_max) + " objects");
    }
  }
  Result<process::FileDescriptor> file = orthanc::open_unnamed_file(directory_);
  if (!file) return file.error();
  return std::unique_ptr<Writer>(std::make_unique<OneObject>(shared_from_this(), identity, std::move(*file)));
}

Status FetchedObjects::take(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (closed_) return ended();
  if (bytes > limits_.bytes_max - bytes_) {
    return permanent_error("retrieval_too_large", "the archive sends more than the " + std::to_string(limits_.bytes_max) + " bytes that are left for this job");
  }
  bytes_ += bytes;
  return {};
}

std::vector<FetchedObjects::Object> FetchedObjects::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  std::ranges::sort(kept_, {}, [](const Object& object) { return object.identity.sop_instance_uid; });
  return std::move(kept_);
}

}  // namespace radfm::worker
