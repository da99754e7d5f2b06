// SPDX-License-Identifier: Apache-2.0
#include "worker/web_destination.h"

#include "core/log.h"
#include "dicomweb/web_store.h"
#include "worker/destination_reports.h"
#include "worker/read_back.h"

namespace radfm::worker {

Result<Destination::Presence> WebDestination::ask(const db::OutboxObject& object, bool) {
  if (!fetch_) return Presence::cannot_tell;
  const Result<scu::RetrievalRequest> address = address_of(object);
  if (!address) return address.error();
  const auto source = dicomweb::web_source(settings_);
  if (!source) return source.error();
  const auto theirs = std::make_shared<OneObject>();
  const auto got = source.value()->retrieve(address.value(), theirs, 2 * read_back_bytes_max, wake_fd_);
  // Larger than any object of ours: it is something else under our UID.
  if (!got && got.error().code == "http_too_large") return Presence::different;
  if (!got) return got.error();
  return compare_retrieved(object, got.value(), *theirs, settings_.name);
}

Status WebDestination::send(const db::OutboxObject& object) {
  const auto stored = dicomweb::web_store(settings_, object.dicom, object.sop_instance_uid, wake_fd_);
  if (!stored) return stored.error();
  for (const std::string& warning : stored.value().warnings) {
    log_line(LogLevel::warning, "delivery", settings_.name + " took an object with Warning Reason " + warning);
  }
  return {};
}

Result<bool> WebDestination::has_final_report(const db::OutboxObject& object, const ReportJudge& judge) {
  if (!fetch_) return false;
  const Result<scu::RetrievalRequest> address = address_of(object);
  if (!address) return address.error();
  const auto source = dicomweb::web_source(settings_);
  if (!source) return source.error();
  return holds_final_report({*source.value(), fetch_, address.value(), wake_fd_}, judge);
}

std::int64_t WebDestination::send_timeout_ms() const {
  const int requests = fetch_ ? 3 : 1;  // ask; store; ask
  return requests * settings_.timeout_ms;
}

}  // namespace radfm::worker
