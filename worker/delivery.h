// SPDX-License-Identifier: Apache-2.0
// Sends what the outbox holds. Exactly once is at least once + a fixed SOP Instance UID + a question before each send:
//   1. ask the destination: ours is there -> delivered (an answer was lost, or the worker died after the send);
//      something else is there under our UID -> permanent "uid_taken", nothing is overwritten;
//   2. ask it for reports of others: beside a final one the draft is withheld (withholding.h);
//   3. begin_send: the lease outlasts the send, and that a send was begun is durable;
//   4. send, read back, compare.
// One destination that fails keeps no other one from being served, unless Orthanc itself has another report under our UID. At each destination the reports of a study arrive in the
// order of their revisions: one whose predecessor is still on its way there waits.
#pragma once

#include <string>

#include "core/result.h"
#include "db/queue.h"
#include "worker/destination.h"
#include "worker/withholding.h"

namespace radfm::worker {

using orthanc::Orthanc;

// Success: every delivery of the job is done or withheld; `withholding` (null: none) knows which. Otherwise the error that
// decides about the job: an interruption first, then whatever is worth another try, then a permanent one.
Status deliver(db::Queue& queue, const db::Job& job, const db::Lease& lease, const FindDestination& find,
               Withholding* withholding = nullptr);

// Marks the study in Orthanc with what was delivered, so that a lost queue file repeats nothing. Not fatal to the job
// (the report is there): a failure is noted in the job's events, only an Orthanc that is away is returned.
Status mark_study(db::Queue& queue, Orthanc& orthanc, const db::Job& job, const db::Lease& lease);
// Names a dead job in the study's metadata, where people look at the study first. A study that cannot be marked is logged.
void mark_dead(Orthanc& orthanc, const db::Job& job, const std::string& code);

}  // namespace radfm::worker
