// SPDX-License-Identifier: Apache-2.0
// The job that a study gets: its identity from the images, its action from the rules. For the plugin, which does it by itself, and for
// people who ask for a report of a study.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/rule.h"
#include "core/study_index.h"
#include "db/queue.h"

namespace radfm::db {

// `skip` says why no report is due; `skip_detail` why each rule takes the study or does not.
NewJob job_of_study(const StudyIndex& study, const std::vector<Rule>& rules, std::int64_t now_wall_ms, std::string actor);

// The same for a person who asks for it: being old is no reason against such a study. permanent "not_due": any other `skip`, with what
// each rule has against it.
Result<NewJob> job_asked_for(const StudyIndex& study, const std::vector<Rule>& rules, std::int64_t now_wall_ms, std::string actor);

struct AskedJob {
  EnqueueResult result = EnqueueResult::existed;
  std::optional<JobId> id;  // of the job that was made, or of the last one of these images
};
// Queues it. Images that have a job already get no second one (`existed`; rerun() makes another report), but for those of which the
// plugin made no report: they get a new run, by the rule as it is now. Errors: the queue's.
Result<AskedJob> add_asked_for(Queue& queue, NewJob job);

}  // namespace radfm::db
