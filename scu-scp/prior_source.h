// SPDX-License-Identifier: Apache-2.0
// One interface of the ways in which an archive is asked for earlier studies, and for the reports of a study: C-FIND with
// C-GET, C-FIND with C-MOVE, and DICOMweb. Whoever looks for them knows nothing else of an archive.
#pragma once

#include <memory>
#include <string>

#include "core/result.h"
#include "scu-scp/find_scu.h"
#include "scu-scp/retrieval.h"

namespace radfm::scu {

// Objects are cheap and keep no connection; one thread each. Every call has the archive's own total deadline
// and ends with cancelled "woken" when `wake_fd` becomes readable (negative: none). Nothing that is found or
// comes is believed here: whose it is, is judged by the objects' own bytes.
class PriorSource {
 public:
  virtual ~PriorSource() = default;
  // For reports and logs: "C-GET from PACS1".
  virtual const std::string& name() const = 0;
  virtual Result<Found<FoundStudy>> studies(const StudyQuery& query, std::size_t matches_max,
                                            int wake_fd) const = 0;
  virtual Result<Found<FoundSeries>> series(const std::string& study_uid, const std::string& patient_id,
                                            std::size_t matches_max, int wake_fd) const = 0;
  // The Structured Reports of a study.
  virtual Result<Found<FoundDocument>> documents(const std::string& study_uid, const std::string& patient_id,
                                                 std::size_t matches_max, int wake_fd) const = 0;
  // `bytes_max`: of everything that the archive sends. After an error nothing of the retrieval is to be used.
  virtual Result<RetrievalResult> retrieve(const RetrievalRequest& request, std::shared_ptr<ObjectSink> sink,
                                           std::uint64_t bytes_max, int wake_fd) const = 0;
};

class ExpectedMoves;

std::unique_ptr<PriorSource> get_source(const Peer& peer, QueryModel model);
// `moves` outlives the source, and belongs to a StorageScp that runs.
std::unique_ptr<PriorSource> move_source(const Peer& peer, QueryModel model, ExpectedMoves& moves);

}  // namespace radfm::scu
