// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/retrieval.h"

#include <algorithm>

#include "core/uid.h"

namespace radfm::scu {

Status check(const RetrievalRequest& request) {
  const auto is_uid = [](const std::string& text) { return Uid::parse(text).has_value(); };
  if (!is_uid(request.study_uid) ||
      !std::all_of(request.series_uids.begin(), request.series_uids.end(), is_uid)) {
    return permanent_error("query_not_usable", "a study and its series are retrieved by their Instance UIDs");
  }
  if (request.series_uids.size() > retrieval_series_max) {
    return permanent_error("query_not_usable", "at most " + std::to_string(retrieval_series_max) +
                                                   " series are retrieved at once");
  }
  if (!request.sop_instance_uid.empty() &&
      (!is_uid(request.sop_instance_uid) || request.series_uids.size() != 1)) {
    return permanent_error("query_not_usable",
                           "one object is retrieved by its SOP Instance UID, study and series");
  }
  return {};
}

bool wants(const RetrievalRequest& request, const ObjectIdentity& identity) {
  const auto& series = request.series_uids;
  const std::string& one = request.sop_instance_uid;
  return identity.study_uid == request.study_uid && (one.empty() || identity.sop_instance_uid == one) &&
         (series.empty() || std::find(series.begin(), series.end(), identity.series_uid) != series.end());
}

}  // namespace radfm::scu
