// SPDX-License-Identifier: GPL-3.0-or-later
// What stands behind the question mark of /radfm/api/v1/jobs, as a value:
//   state   one or several of the states, parted by commas       study   a Study Instance UID
//   rule    a rule's name, as the job has it                     lane    stat, routine or background
//   error   the code of the job's error                          find    what a person looks for (study_search.h), or a job's number
//   before  jobs older than this one                             limit   1 to jobs_per_answer_max
//   patients  1: each row with its patient
#pragma once

#include <map>
#include <string>

#include "core/result.h"
#include "db/queue_types.h"

namespace radfm::plugin {

inline constexpr int jobs_per_answer_max = db::list_limit_max;
inline constexpr int jobs_per_answer_default = 200;

struct JobsQuery {
  db::JobFilter filter;  // all but what `find` finds
  std::string find;      // empty: nothing is looked for
  bool patients = false;
};

// permanent "bad_parameter", which names the parameter and repeats nothing of its value.
Result<JobsQuery> read_jobs_query(const std::map<std::string, std::string>& parameters);

}  // namespace radfm::plugin
