// SPDX-License-Identifier: Apache-2.0
// A draft that a person takes back: the note that says so is made once, kept in the outbox and sent after the draft, with the same
// care (worker/delivery.h). On the job thread.
#pragma once

#include "core/result.h"
#include "db/queue.h"
#include "worker/destination.h"

namespace radfm::worker {

// For a job with a withdrawal. Success: each destination that may have the draft has the note. Errors: those of deliver();
// permanent "report_not_in_outbox" (the draft's own bytes are gone, and with them what the note would name).
Status send_withdrawal(db::Queue& queue, const db::Job& job, const db::Lease& lease, const FindDestination& find);

}  // namespace radfm::worker
