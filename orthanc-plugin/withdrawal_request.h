// SPDX-License-Identifier: GPL-3.0-or-later
// The body of POST /radfm/api/v1/jobs/{id}/withdraw.
#pragma once

#include <string>

#include "core/result.h"
#include "core/withdrawal.h"

namespace radfm::plugin {

struct WithdrawalRequest {
  RejectionReason reason = RejectionReason::quality;
  std::string why;
};

// {"reason": "quality" or "patient_safety", "why": TEXT}; both must be there, and nothing else. permanent "bad_request" says what is
// wrong and what was expected, and repeats nothing of the body.
Result<WithdrawalRequest> read_withdrawal_request(const std::string& body);

}  // namespace radfm::plugin
