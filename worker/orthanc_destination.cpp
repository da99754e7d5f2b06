// SPDX-License-Identifier: Apache-2.0
#include "worker/destination.h"
#include "worker/part10_file.h"

namespace radfm::worker {

Result<Destination::Presence> OrthancDestination::ask(const db::OutboxObject& object, bool) {
  Result<std::optional<std::string>> found = orthanc_.find_instance(object.sop_instance_uid);
  if (!found) return found.error();
  if (!found->has_value()) return Presence::absent;
  Result<std::vector<std::uint8_t>> stored = orthanc_.read_instance(**found);
  if (!stored && stored.error().code == "instance_gone") return Presence::absent;
  // Larger than any object of ours: it is something else under our UID.
  if (!stored && stored.error().code == "orthanc_too_large") return Presence::different;
  if (!stored) return stored.error();
  return same_object(object.dicom, *stored) ? Presence::same : Presence::different;
}

Status OrthancDestination::send(const db::OutboxObject& object) {
  // AlreadyStored says nothing about the content: the caller asks again in either case.
  Result<Orthanc::Stored> stored = orthanc_.store_instance(object.dicom);
  return stored ? Status() : stored.error();
}

std::int64_t OrthancDestination::send_timeout_ms() const {
  constexpr int requests = 5;  // look up, read; store; look up, read
  return requests * request_timeout_ms_;
}

}  // namespace radfm::worker
