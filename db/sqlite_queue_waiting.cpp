// SPDX-License-Identifier: Apache-2.0
// How long those who wait will have to.
#include <algorithm>
#include <map>
#include <set>

#include "db/sqlite_claim_order.h"
#include "db/sqlite_queue.h"
#include "db/sqlite_statement.h"

namespace radfm::db {

std::map<JobId, std::int64_t> SqliteQueue::places_of(const std::vector<Job>& jobs) {
  std::set<JobId> wanted;
  for (const Job& job : jobs) {
    if (job.state == JobState::queued) wanted.insert(job.id);
  }
  std::map<JobId, std::int64_t> places;
  if (wanted.empty()) return places;
  SqliteStatement line(*connection_, queued_in_claim_order);
  for (std::int64_t ahead = 0; places.size() < wanted.size() && line.step(); ++ahead) {
    JobId id = 0;
    line.read(id);
    if (wanted.contains(id)) places.emplace(id, ahead);
  }
  return places;
}

std::int64_t SqliteQueue::typical_report_ms() {
  SqliteStatement statement(*connection_,
                            "SELECT (SELECT MAX(stored.wall_ms - (SELECT claimed.wall_ms FROM events AS claimed WHERE claimed.job = stored.job "
                            "AND claimed.kind = 'claimed' AND claimed.id < stored.id ORDER BY claimed.id DESC LIMIT 1)) FROM events AS stored "
                            "WHERE stored.job = finished.id AND stored.kind = 'result_stored' AND stored.id = (SELECT MAX(last.id) FROM events "
                            "AS last WHERE last.job = finished.id AND last.kind = 'result_stored')) AS took "
                            "FROM (SELECT id, outcome FROM jobs WHERE state = 'done' ORDER BY id DESC LIMIT ?1) AS finished "
                            "WHERE finished.outcome = 'delivered' AND took > 0 ORDER BY finished.id DESC LIMIT ?2",
                            static_cast<std::int64_t>(typical_among), static_cast<std::int64_t>(typical_reports));
  std::vector<std::int64_t> took;
  while (statement.step()) statement.read(took.emplace_back());
  std::ranges::sort(took);
  return took.empty() ? 0 : took[took.size() / 2];
}

}  // namespace radfm::db
