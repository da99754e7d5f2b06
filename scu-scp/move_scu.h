// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/result.h"
#include "scu-scp/expected_moves.h"
#include "scu-scp/find_scu.h"
#include "scu-scp/peer.h"
#include "scu-scp/retrieval.h"

namespace radfm::scu {

// C-MOVE (PS3.4 C.4.2) to our own storage SCP, which the archive must know under our AE title: it opens
// associations of its own and sends there. A StorageScp with the same `moves` must run. When the sink takes
// no more, the archive is told to stop. Objects are cheap and keep no connection; one thread each. Errors:
// peer.h; besides
//   transient  peer_busy                 status A7xx: out of resources
//   permanent  peer_knows_no_destination status A801: our AE title is not entered there
//   permanent  peer_refused_query        status A9xx, Cxxx, 01xx
class MoveScu {
 public:
  MoveScu(Peer peer, QueryModel model, ExpectedMoves& moves)
      : peer_(std::move(peer)), model_(model), moves_(moves) {}
  // Objects that the archive says it has sent, and that did not come to us, count as failed. After an error
  // nothing of the retrieval is to be used.
  Result<RetrievalResult> move(const RetrievalRequest& request, std::shared_ptr<ObjectSink> sink,
                               int wake_fd = -1) const;

 private:
  Peer peer_;
  QueryModel model_;
  ExpectedMoves& moves_;
};

}  // namespace radfm::scu
