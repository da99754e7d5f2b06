// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/result.h"
#include "scu-scp/association.h"
#include "scu-scp/expected_commitments.h"

namespace radfm::scu {

struct IncomingCommand;

// Receives the data set of an N-EVENT-REPORT request, hands it on and answers it (PS3.4 J.3.3). An Error ends
// the association; an event that nobody waits for does not.
Status take_commitment_event(Association& association, const IncomingCommand& command,
                             const std::string& caller, ExpectedCommitments& commitments);

}  // namespace radfm::scu
