// SPDX-License-Identifier: Apache-2.0
#include "core/withdrawal.h"

#include "core/result.h"

namespace radfm {

std::string_view to_string(RejectionReason reason) {
  switch (reason) {
    case RejectionReason::quality: return "quality";
    case RejectionReason::patient_safety: return "patient_safety";
  }
  broken_invariant("a rejection reason that is none");
}

std::optional<RejectionReason> parse_rejection_reason(std::string_view name) {
  for (const RejectionReason reason : rejection_reasons)
    if (to_string(reason) == name) return reason;
  return std::nullopt;
}

}  // namespace radfm
