// SPDX-License-Identifier: Apache-2.0
#include "worker/dicom_destination.h"

#include "core/log.h"
#include "core/sop_class.h"
#include "scu-scp/get_scu.h"
#include "scu-scp/prior_source.h"
#include "scu-scp/store_scu.h"
#include "worker/destination_reports.h"
#include "worker/read_back.h"

namespace radfm::worker {

Result<Destination::Presence> StoreDestination::ask(const db::OutboxObject&, bool) { return Presence::cannot_tell; }

Status StoreDestination::send(const db::OutboxObject& object) {
  const Result<scu::StoreResult> stored = scu::StoreScu(peer_).store({object.dicom}, wake_fd_);
  if (!stored) return stored.error();
  for (const std::string& warning : stored.value().warnings) {
    log_line(LogLevel::warning, "delivery", peer_.ae_title + " took an object with status " + warning);
  }
  return {};
}

Result<Destination::Presence> QueriedDestination::ask(const db::OutboxObject& object, bool send_begun) {
  const Result<scu::RetrievalRequest> address = address_of(object);
  if (!address) return address.error();
  const Result<bool> there = scu::FindScu(peer(), model_).holds(address.value(), wake_fd());
  if (!there) return there.error();
  if (!there.value()) return Presence::absent;
  // What we take from nobody (pages as Secondary Capture), no context is proposed for: only its name is known.
  const bool fetch = fetch_ && sop_role(object.sop_class_uid) != SopRole::ignored;
  if (!fetch) return send_begun ? Presence::same : Presence::different;
  OneObject theirs;
  // Of the association: the object, and what the protocol adds to it.
  constexpr std::uint64_t received_bytes_max = 2 * read_back_bytes_max;
  const Result<scu::RetrievalResult> got = scu::GetScu(peer(), model_).get(address.value(), theirs, received_bytes_max, wake_fd());
  // Larger than any object of ours: it is something else under our UID.
  if (!got && got.error().code == "peer_sent_too_much") return Presence::different;
  if (!got) return got.error();
  const Result<Presence> compared = compare_retrieved(object, got.value(), theirs, peer().ae_title);
  if (!compared || compared.value() != Presence::absent) return compared;
  // It was named a moment ago: not to be sent again on the word of one half of the archive.
  return transient_error("peer_sent_nothing", peer().ae_title + " names SOP Instance UID " + object.sop_instance_uid +
                                                  " when asked by C-FIND and sends nothing by C-GET; its log says why");
}

Result<bool> QueriedDestination::has_final_report(const db::OutboxObject& object, const ReportJudge& judge) {
  const Result<scu::RetrievalRequest> address = address_of(object);
  if (!address) return address.error();
  const auto source = scu::get_source(peer(), model_);
  return holds_final_report({*source, fetch_, address.value(), wake_fd()}, judge);
}

std::int64_t QueriedDestination::send_timeout_ms() const {
  const int associations = fetch_ ? 5 : 3;  // ask; store; ask
  return associations * peer().timeout_ms;
}

}  // namespace radfm::worker
