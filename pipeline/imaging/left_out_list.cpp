// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/left_out_list.h"

#include <algorithm>

namespace radfm::imaging {

void LeftOutList::add(const std::string& series_instance_uid, const Refusal& refusal) {
  const auto same = [&](const LeftOut& entry) {
    return entry.series_instance_uid == series_instance_uid && entry.code == refusal.code &&
           entry.reason == refusal.reason;
  };
  // The newest entry fits most often: files come in series.
  const auto found = std::find_if(entries_.rbegin(), entries_.rend(), same);
  if (found != entries_.rend()) {
    ++found->instances;
  } else {
    entries_.push_back({series_instance_uid, 1, refusal.code, refusal.reason, refusal.by_policy});
  }
}

void LeftOutList::add(const std::string& series_instance_uid, const Error& error) {
  add(series_instance_uid, Refusal{error.code, error.message, false});
}

}  // namespace radfm::imaging
