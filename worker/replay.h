// SPDX-License-Identifier: Apache-2.0
// Makes the report of a job again, from the study and the priors as they are now, and compares it with the one that was made:
// the same bytes, or what has changed since. Nothing is written or sent. One thread.
#pragma once

#include <string>
#include <vector>

#include "worker/job_runner.h"

namespace radfm::worker {

struct Replay {
  bool same = false;
  std::vector<std::string> changes;  // sentences without patient data; empty when it is the same
};

// Errors: permanent "no_such_job", "nothing_written" (the job has no report), "report_gone" (neither the queue nor Orthanc
// holds it any more), "results_purged", "study_gone"; those of a job's run.
Result<Replay> replay(const JobRunner::Parts& parts, db::JobId id);

}  // namespace radfm::worker
