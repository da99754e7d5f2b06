// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/retrieval.h"

#include <algorithm>

#include "core/sop_class.h"
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

const std::vector<std::string>& native_transfer_syntaxes() {
  static const std::vector<std::string> syntaxes = {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2"};
  return syntaxes;
}

const std::vector<std::string>& compressed_transfer_syntaxes() {
  // PS3.5 A.4: JPEG 2000, JPEG-LS, JPEG, RLE and HTJ2K, those without loss before those with.
  static const std::vector<std::string> syntaxes = {
      "1.2.840.10008.1.2.4.90",  "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.70",
      "1.2.840.10008.1.2.4.57",  "1.2.840.10008.1.2.5",    "1.2.840.10008.1.2.4.201",
      "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.81",
      "1.2.840.10008.1.2.4.50",  "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.203"};
  return syntaxes;
}

std::vector<ProposedContext> retrieval_contexts() {
  std::vector<ProposedContext> contexts;
  for (const SopRole role : {SopRole::radiograph, SopRole::slice, SopRole::other_image, SopRole::report}) {
    for (const std::string& uid : sop_classes_of(role)) {
      contexts.push_back({uid, native_transfer_syntaxes(), true});
      if (role != SopRole::report) contexts.push_back({uid, compressed_transfer_syntaxes(), true});
    }
  }
  return contexts;
}

}  // namespace radfm::scu
