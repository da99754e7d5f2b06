// SPDX-License-Identifier: Apache-2.0
// An archive that takes drafts by C-STORE and then commits itself to keep them (storage commitment, PS3.4 J).
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/clock.h"
#include "scu-scp/commitment_scu.h"
#include "worker/dicom_destination.h"

namespace radfm::worker {

inline constexpr std::size_t open_commitments_max = 256;          // whose answers are still waited for; the oldest goes
inline constexpr std::int64_t commitment_stay_ms_max = 5'000;     // on the association that asked; then the answer comes to our SCP

// Transactions of storage commitment that were not answered in time: an archive that writes to tape may answer hours later,
// and the next question finds that answer. Outlives the attempts and the threads that asked; any thread.
class OpenCommitments {
 public:
  // Both must outlive it.
  OpenCommitments(scu::ExpectedCommitments& expected, const Clock& clock) : expected_(expected), clock_(clock) {}
  scu::ExpectedCommitments& expected() { return expected_; }
  // Used once, also over restarts of the worker: an archive may refuse a second transaction of one UID (PS3.4 J.3.2.1.2).
  std::string next_transaction_uid(const std::string& sop_instance_uid);
  void keep(const std::string& destination, const std::string& sop_instance_uid,
            std::unique_ptr<scu::ExpectedCommitments::Transaction> transaction);
  // What those that were kept for an object have been answered by now: committed by any of them, or not; nothing while none is
  // answered. Those that are answered are closed.
  std::optional<bool> committed_meanwhile(const std::string& destination, const std::string& sop_instance_uid);

 private:
  struct Kept {
    std::string destination, sop_instance_uid;
    std::unique_ptr<scu::ExpectedCommitments::Transaction> transaction;
  };
  scu::ExpectedCommitments& expected_;
  const Clock& clock_;
  std::mutex mutex_;  // guards all below
  std::int64_t counter_ = 0;
  std::deque<Kept> kept_;  // the oldest first
};

// Delivered is what the archive commits itself to. It is asked before each send too:
//   committed, no send begun   different: destination.h says why
//   committed, a send begun    same: it arrived, and only its answer or its commitment was lost
//   not committed              absent; with Failure Reason 0119H (class and instance conflict, PS3.3 C.14.1.1) different
//   no answer, no send begun   transient "commitment_not_answered", and nothing is sent: something else may be there
//   no answer, a send begun    cannot_tell: it was absent before that send, so it is sent again
// After a send no answer is transient "commitment_not_answered", a refusal transient "commitment_failed".
class CommitmentDestination final : public StoreDestination {
 public:
  // `open` must outlive it. `name`: of the destination.
  CommitmentDestination(std::string name, scu::Peer peer, OpenCommitments& open, int wake_fd)
      : StoreDestination(std::move(peer), wake_fd), name_(std::move(name)), open_(open) {}
  Result<Presence> ask(const db::OutboxObject& object, bool send_begun) override;
  Result<Presence> confirm(const db::OutboxObject& object) override;
  std::int64_t send_timeout_ms() const override;
  std::optional<Presence> known(const db::OutboxObject& object, bool send_begun) override;

 private:
  Result<scu::CommitmentResult> request(const db::OutboxObject& object);
  const std::string name_;
  OpenCommitments& open_;
};

}  // namespace radfm::worker
