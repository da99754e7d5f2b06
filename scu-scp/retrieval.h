// SPDX-License-Identifier: Apache-2.0
// What C-GET, C-MOVE and WADO-RS have in common: what is wanted, and what became of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "scu-scp/association.h"
#include "scu-scp/folder_sink.h"

namespace radfm::scu {

inline constexpr std::size_t retrieval_series_max = 64;  // of one retrieval

struct RetrievalRequest {
  std::string study_uid;
  std::vector<std::string> series_uids;  // empty: the whole study
  std::string patient_id;                // sent under the patient root only, which needs it
  std::string sop_instance_uid{};        // one object of the one series that is named; empty: all of them
};
// permanent "query_not_usable" for what is no UID, for too many series, and for an object without its series.
Status check(const RetrievalRequest& request);
bool wants(const RetrievalRequest& request, const ObjectIdentity& identity);

struct RetrievalResult {
  std::size_t kept = 0;
  std::map<std::string, std::size_t> refused;  // by error code: objects that came and were not kept
  std::size_t failed = 0;                      // what the archive says it could not send
  std::optional<Error> stopped;                // why the rest was not fetched: limits, a full disk
  // Everything that was wanted came and was kept, as far as the archive says.
  bool complete() const { return refused.empty() && failed == 0 && !stopped; }
};

}  // namespace radfm::scu
