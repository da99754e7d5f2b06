// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.h"
#include "scu-scp/find_scu.h"
#include "scu-scp/peer.h"
#include "scu-scp/retrieval.h"

namespace radfm::scu {

// C-GET (PS3.4 C.4.3): objects come back on the association that asked for them; for their classes we take
// the role of the SCP (PS3.7 D.3.3.4). Objects of another study or series than asked for are refused and
// counted. When the sink takes no more, the peer is told to stop (C-CANCEL). Objects are cheap and keep no
// connection; one thread each. Errors: peer.h; besides
//   transient  peer_busy           status A7xx: out of resources
//   permanent  peer_refused_query  status A9xx, Cxxx, 01xx
class GetScu {
 public:
  GetScu(Peer peer, QueryModel model) : peer_(std::move(peer)), model_(model) {}
  // `received_bytes_max`: of the whole association; what the sink bounds is a part of it. After an error
  // nothing of the retrieval is to be used: it is not known what was still to come.
  Result<RetrievalResult> get(const RetrievalRequest& request, ObjectSink& sink,
                              std::uint64_t received_bytes_max, int wake_fd = -1) const;

 private:
  Peer peer_;
  QueryModel model_;
};

}  // namespace radfm::scu
