// SPDX-License-Identifier: Apache-2.0
#include "worker/commitment_destination.h"

#include <algorithm>
#include <cstdio>

#include "core/digest.h"

namespace radfm::worker {
namespace {

constexpr std::uint16_t class_instance_conflict = 0x0119;

bool is_unanswered(const Error& error) { return error.code == "commitment_not_answered"; }

std::string reason_text(const scu::CommitmentResult& result, const std::string& sop_instance_uid) {
  const auto failed = result.failed.find(sop_instance_uid);
  if (failed == result.failed.end()) return "it does not mention the object in its answer";
  char hex[8];
  std::snprintf(hex, sizeof hex, "%04X", static_cast<unsigned>(failed->second));
  return std::string("Failure Reason ") + hex;
}

}  // namespace

std::string OpenCommitments::next_transaction_uid(const std::string& sop_instance_uid) {
  const std::lock_guard lock(mutex_);
  return uid_from_name("storage commitment of " + sop_instance_uid + " at " + clock_.boot_id() + " " + std::to_string(clock_.boot_ms()) +
                       " " + std::to_string(++counter_));
}

void OpenCommitments::keep(const std::string& destination, const std::string& sop_instance_uid,
                           std::unique_ptr<scu::ExpectedCommitments::Transaction> transaction) {
  const std::lock_guard lock(mutex_);
  kept_.push_back({destination, sop_instance_uid, std::move(transaction)});
  if (kept_.size() > open_commitments_max) kept_.pop_front();
}

std::optional<bool> OpenCommitments::committed_meanwhile(const std::string& destination, const std::string& sop_instance_uid) {
  const std::lock_guard lock(mutex_);
  std::optional<bool> committed;
  std::erase_if(kept_, [&](const Kept& kept) {
    if (kept.destination != destination || kept.sop_instance_uid != sop_instance_uid) return false;
    const auto result = kept.transaction->result();
    if (result) committed = committed.value_or(false) || result->committed.contains(sop_instance_uid);
    return result.has_value();
  });
  return committed;
}

Result<scu::CommitmentResult> CommitmentDestination::request(const db::OutboxObject& object) {
  const scu::CommitmentScu scu(peer(), open_.expected());
  const std::int64_t stay_ms = std::min(commitment_stay_ms_max, peer().timeout_ms / 2);
  auto transaction = scu.request(open_.next_transaction_uid(object.sop_instance_uid),
                                 {{object.sop_class_uid, object.sop_instance_uid}}, stay_ms, wake_fd());
  if (!transaction) return transaction.error();
  Result<scu::CommitmentResult> answer = transaction.value()->wait(peer().timeout_ms, wake_fd());
  if (!answer && is_unanswered(answer.error())) open_.keep(name_, object.sop_instance_uid, std::move(transaction).value());
  return answer;
}

std::optional<Destination::Presence> CommitmentDestination::known(const db::OutboxObject& object, bool send_begun) {
  const std::optional<bool> late = open_.committed_meanwhile(name_, object.sop_instance_uid);
  if (late && *late) return send_begun ? Presence::same : Presence::different;
  if (late && !send_begun) return Presence::absent;
  return std::nullopt;  // after a begun send "not committed" may be older than that send: asked anew
}

Result<Destination::Presence> CommitmentDestination::ask(const db::OutboxObject& object, bool send_begun) {
  if (const std::optional<Presence> late = known(object, send_begun)) return *late;
  const Result<scu::CommitmentResult> answer = request(object);
  if (!answer && send_begun && is_unanswered(answer.error())) return Presence::cannot_tell;
  if (!answer) return answer.error();
  if (answer.value().committed.contains(object.sop_instance_uid)) return send_begun ? Presence::same : Presence::different;
  const auto failed = answer.value().failed.find(object.sop_instance_uid);
  const bool conflict = failed != answer.value().failed.end() && failed->second == class_instance_conflict;
  return conflict ? Presence::different : Presence::absent;
}

Result<Destination::Presence> CommitmentDestination::confirm(const db::OutboxObject& object) {
  const Result<scu::CommitmentResult> answer = request(object);
  if (!answer) return answer.error();
  if (answer.value().committed.contains(object.sop_instance_uid)) return Presence::same;
  return transient_error("commitment_failed", name_ + " took SOP Instance UID " + object.sop_instance_uid +
                                                  " and does not commit itself to keep it: " +
                                                  reason_text(answer.value(), object.sop_instance_uid) + "; see its log");
}

std::int64_t CommitmentDestination::send_timeout_ms() const {
  constexpr int waits = 5;  // ask, answer; store; ask, answer
  return waits * peer().timeout_ms;
}

}  // namespace radfm::worker
