// SPDX-License-Identifier: Apache-2.0
// Which job is claimed next. Each text is read from its partial index in the index's own order: no sort and no scan,
// however long the queue is. INDEXED BY, since the planner prefers jobs_by_state and sorts; without the index the
// statement fails instead of being slow. ?1: now, ?2: now + the longest back-off, ?3: 0
// for lane stat only, 1 for all: the index's first column, so that nothing else is read.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/job.h"

namespace radfm::db {

// The due time of a job that is opened now. Background work queues up behind routine work that comes up to this much later.
inline constexpr std::int64_t background_delay_ms = 3'600'000;
constexpr std::int64_t place_in_lane(Lane lane, std::int64_t now_wall_ms) {
  return lane == Lane::background ? now_wall_ms + background_delay_ms : now_wall_ms;
}

// A back-off is over when its time has come; one that lies further ahead than any back-off can was left behind by a
// clock that was set back.
#define RADFM_IS_DUE "(jobs.waiting = 0 OR jobs.due_wall_ms <= ?1 OR jobs.due_wall_ms > ?2)"
// A report that is somewhere already and waits for another destination keeps no later one of its study from being made.
#define RADFM_STUDY_IS_FREE                                                                           \
  "NOT EXISTS (SELECT 1 FROM jobs AS other WHERE other.study_instance_uid = jobs.study_instance_uid " \
  "AND other.state IN ('leased', 'delivering') AND NOT (other.state = 'delivering' AND other.holder = '' AND other.waiting = 1 " \
  "AND EXISTS (SELECT 1 FROM deliveries WHERE deliveries.job = other.id AND deliveries.delivered = 1)))"
#define RADFM_CLAIM_ORDER " ORDER BY jobs.lane <> 'stat', jobs.due_wall_ms, jobs.id LIMIT 1"

inline constexpr std::string_view next_to_deliver =
    "SELECT jobs.id FROM jobs INDEXED BY jobs_to_deliver WHERE jobs.state = 'delivering' AND jobs.holder = '' "
    "AND (jobs.lane <> 'stat') <= ?3 AND " RADFM_IS_DUE RADFM_CLAIM_ORDER;
inline constexpr std::string_view next_to_claim =
    "SELECT jobs.id FROM jobs INDEXED BY jobs_to_claim WHERE jobs.state = 'queued' "
    "AND (jobs.lane <> 'stat') <= ?3 AND " RADFM_IS_DUE " AND " RADFM_STUDY_IS_FREE RADFM_CLAIM_ORDER;
// All that are queued, as they will be claimed if nothing else comes between.
inline constexpr std::string_view queued_in_claim_order =
    "SELECT jobs.id FROM jobs INDEXED BY jobs_to_claim WHERE jobs.state = 'queued' ORDER BY jobs.lane <> 'stat', jobs.due_wall_ms, jobs.id";
// How many jobs could be claimed now or later, and when the first of them can.
inline constexpr std::string_view first_due_of_all =
    "SELECT COUNT(*), MIN(CASE WHEN " RADFM_IS_DUE
    " THEN MIN(jobs.due_wall_ms, ?1) ELSE jobs.due_wall_ms END) FROM jobs "
    "WHERE (jobs.lane <> 'stat') <= ?3 AND ((jobs.state = 'delivering' AND jobs.holder = '') OR (jobs.state = 'queued' AND " RADFM_STUDY_IS_FREE "))";

#undef RADFM_IS_DUE
#undef RADFM_STUDY_IS_FREE
#undef RADFM_CLAIM_ORDER

}  // namespace radfm::db
