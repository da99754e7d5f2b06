// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "scu-scp/expected_commitments.h"
#include "scu-scp/peer.h"

namespace radfm::scu {

// Storage commitment, push model (PS3.4 J): does the archive take it on itself to keep these objects? The
// request is an N-ACTION; the result comes as an N-EVENT-REPORT, on the same association if it comes soon,
// else on a new one to a StorageScp with the same `commitments`. Objects are cheap and keep no connection;
// one thread each. Errors: peer.h; besides
//   permanent  peer_refused_query   the N-ACTION was answered with a failure
//   permanent  query_not_usable     no UID, or more than commitment_objects_max
class CommitmentScu {
 public:
  CommitmentScu(Peer peer, ExpectedCommitments& commitments)
      : peer_(std::move(peer)), commitments_(commitments) {}
  // Asks, and stays on the association for `stay_ms` in case the result comes there. `transaction_uid` is
  // used once. The transaction lives as long as somebody waits for it, which may be days.
  Result<std::unique_ptr<ExpectedCommitments::Transaction>> request(
      const std::string& transaction_uid, const std::vector<ObjectReference>& objects, std::int64_t stay_ms,
      int wake_fd = -1) const;

 private:
  Peer peer_;
  ExpectedCommitments& commitments_;
};

}  // namespace radfm::scu
