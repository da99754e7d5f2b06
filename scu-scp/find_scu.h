// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.h"
#include "scu-scp/peer.h"
#include "scu-scp/prior_query.h"
#include "scu-scp/retrieval.h"

namespace radfm::scu {

// PS3.4 C.6: the information model that a peer is asked by.
enum class QueryModel { study_root, patient_root };

inline constexpr std::size_t document_series_max = 32;  // series of Structured Reports of one study that are asked for

// C-FIND (PS3.4 C.4.1): which studies does the patient have there, which series and reports has a study, and is an object there? After
// `matches_max` answers the peer is told to stop (C-CANCEL, PS3.7 9.3.2.3), and what it still sends is not
// kept. Objects are cheap and keep no connection; one thread each. Errors: peer.h; besides
//   transient  peer_busy           status A700: out of resources
//   permanent  peer_refused_query  status A900, Cxxx, 01xx
//   permanent  query_too_wide, query_not_usable (prior_query.h), before anybody is called
class FindScu {
 public:
  FindScu(Peer peer, QueryModel model) : peer_(std::move(peer)), model_(model) {}
  // 1 <= matches_max <= find_matches_max; others are brought into that range.
  Result<Found<FoundStudy>> studies(const StudyQuery& query, std::size_t matches_max, int wake_fd = -1) const;
  // `patient_id` is sent under the patient root only, which needs it (PS3.4 C.4.1.2.1).
  Result<Found<FoundSeries>> series(const std::string& study_uid, const std::string& patient_id,
                                    std::size_t matches_max, int wake_fd = -1) const;
  // The Structured Reports of a study: its series of Modality SR, and then the objects of each, on one association.
  Result<Found<FoundDocument>> documents(const std::string& study_uid, const std::string& patient_id,
                                         std::size_t matches_max, int wake_fd = -1) const;
  // Whether the peer names the one object that `object` names (sop_instance_uid and its one series must be given). A peer
  // that answers with other objects is not believed about them; transient "peer_broke_protocol" when it answers with more
  // than find_matches_max, none of which is the one that was asked for.
  Result<bool> holds(const RetrievalRequest& object, int wake_fd = -1) const;

 private:
  Peer peer_;
  QueryModel model_;
};

}  // namespace radfm::scu
