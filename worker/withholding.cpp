// SPDX-License-Identifier: Apache-2.0
#include "worker/withholding.h"

#include <algorithm>

namespace radfm::worker {

Status Withholding::may_send(Destination& destination, const db::Delivery& delivery, const db::OutboxObject& object) {
  if (!judge_ || delivery.role == db::rejection_role) return {};
  auto known = has_final_report_.find(delivery.destination);
  if (known == has_final_report_.end()) {
    const Result<bool> asked = destination.has_final_report(object, *judge_);
    if (!asked) return asked.error();
    known = has_final_report_.emplace(delivery.destination, *asked).first;
  }
  if (!known->second) return {};
  return permanent_error(final_report_present, delivery.destination + " has a verified or final report of somebody else in the study; "
                                                                      "the draft is not sent there. radfmctl queue rerun sends one all the same");
}

bool Withholding::withheld() const {
  return std::ranges::any_of(has_final_report_, [](const auto& asked) { return asked.second; });
}

}  // namespace radfm::worker
