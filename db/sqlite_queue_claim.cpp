// SPDX-License-Identifier: Apache-2.0
// Claims, leases and what a holder writes while it works.
#include <algorithm>

#include "core/job.h"
#include "db/queue_file.h"
#include "db/sqlite_claim_order.h"
#include "db/sqlite_queue.h"
#include "db/sqlite_statement.h"

namespace radfm::db {
namespace {

bool is_paused(SqliteConnection& connection) { return SqliteStatement(connection, "SELECT 1 FROM pause").step(); }

}  // namespace

std::optional<JobRow> SqliteQueue::best_due_job(Claimable which) {
  const std::int64_t now = clock_.wall_ms();
  for (const std::string_view query : {next_to_deliver, next_to_claim}) {
    SqliteStatement statement(*connection_, query, now, now + settings_.backoff_max_ms, which == Claimable::all);
    if (!statement.step()) continue;
    JobId id = 0;
    statement.read(id);
    return jobs_.load(id);
  }
  return std::nullopt;
}

Result<std::optional<std::pair<Job, Lease>>> SqliteQueue::claim(const std::string& holder, Claimable which) {
  using Claimed = std::optional<std::pair<Job, Lease>>;
  if (holder.empty()) broken_invariant("a job is claimed by somebody");
  return write([&]() -> Result<Claimed> {
    if (is_paused(*connection_)) return Claimed();
    while (std::optional<JobRow> row = best_due_job(which)) {
      const std::int64_t now = clock_.wall_ms();
      if (row->job.state == JobState::queued) row->job.state = JobState::leased;
      row->token += 1;
      row->job.attempts += 1;
      row->holder = holder;
      row->lease_boot_id = clock_.boot_id();
      row->lease_until_boot_ms = clock_.boot_ms() + settings_.lease_ms;
      row->waiting = false;
      jobs_.save(*row, now);
      jobs_.start_attempt(*row, now);
      set_progress(row->job.id, JobStage::none, 0, 0, "");
      const bool only_sending = row->job.state == JobState::delivering || resume_delivery(*row);
      jobs_.add_event(row->job.id, now, "claimed", only_sending ? "to be sent only" : "", worker_actor);
      if (!jobs_.load_inputs(row->job)) {
        bury(*row, permanent_error("job_unreadable", "job " + std::to_string(row->job.id) +
                                                         ": what it was made from cannot be read by this version; "
                                                         "add the study again"));
        continue;
      }
      jobs_.load_results(row->job);
      row->job.withdrawal = withdrawal_of(row->job.id);
      return Claimed(std::pair(row->job, Lease{row->job.id, row->token}));
    }
    return Claimed();
  });
}

Result<std::optional<std::int64_t>> SqliteQueue::next_due_job_ms(Claimable which) {
  return read([&]() -> Result<std::optional<std::int64_t>> {
    if (is_paused(*connection_)) return std::optional<std::int64_t>();
    const std::int64_t now = clock_.wall_ms();
    SqliteStatement statement(*connection_, first_due_of_all, now, now + settings_.backoff_max_ms, which == Claimable::all);
    std::int64_t count = 0, due = 0;
    if (statement.step()) statement.read(count, due);
    return count == 0 ? std::nullopt : std::optional(due);
  });
}

Result<int> SqliteQueue::reclaim(const std::vector<std::string>& dead_holders) {
  // Looked at first without the write lock: nearly always there is nothing to do.
  const auto is_lost = [&](const JobRow& row) {
    return row.lease_boot_id != clock_.boot_id() || row.lease_until_boot_ms <= clock_.boot_ms() ||
           std::find(dead_holders.begin(), dead_holders.end(), row.holder) != dead_holders.end();
  };
  const auto lost_jobs = [&]() -> Result<std::vector<JobRow>> {
    std::vector<JobRow> rows = jobs_.select("jobs.holder <> ''");
    std::erase_if(rows, [&](const JobRow& row) { return !is_lost(row); });
    return rows;
  };
  const Result<std::vector<JobRow>> glance = read(lost_jobs);
  if (!glance) return glance.error();
  if (glance->empty()) return 0;
  return write([&]() -> Result<int> {
    Result<std::vector<JobRow>> rows = lost_jobs();
    for (JobRow& row : *rows) {
      jobs_.load_progress(row.job);
      count_vanished(row,
                     vanished_error("worker_vanished", "job " + std::to_string(row.job.id) +
                                                           ": its worker disappeared without a word (stage " +
                                                           std::string(to_string(row.job.stage)) + "), time " +
                                                           std::to_string(row.job.vanished_count + 1) + " of " +
                                                           std::to_string(settings_.vanished_limit)),
                     "reclaimed");
    }
    return static_cast<int>(rows->size());
  });
}

Result<std::vector<std::string>> SqliteQueue::holders() {
  return read([&]() -> Result<std::vector<std::string>> {
    SqliteStatement statement(*connection_, "SELECT DISTINCT holder FROM jobs WHERE holder <> '' ORDER BY holder");
    std::vector<std::string> holders;
    while (statement.step()) statement.read(holders.emplace_back());
    return holders;
  });
}

Status SqliteQueue::heartbeat(const Lease& lease) {
  return write([&]() -> Status {
    if (Result<JobRow> row = held(lease); !row) return row.error();
    // Never shortened: a send may have been granted more.
    SqliteStatement(*connection_,
                    "UPDATE jobs SET lease_until_boot_ms = MAX(lease_until_boot_ms, ?3) WHERE id = ?1 AND token = ?2", lease.job,
                    lease.token, clock_.boot_ms() + settings_.lease_ms)
        .run();
    return {};
  });
}

Status SqliteQueue::worker_alive(const std::string& note) {
  return write([&]() -> Status {
    set_vital("worker", note);
    return {};
  });
}

void SqliteQueue::set_progress(JobId job, JobStage stage, int done, int of, const std::string& text_so_far) {
  // Unchanged values change no row, and a transaction without a change touches no disk.
  SqliteStatement(*connection_,
                  "INSERT INTO progress (job, stage, done, of_total, text_so_far) VALUES (?1, ?2, ?3, ?4, ?5) "
                  "ON CONFLICT (job) DO UPDATE SET stage = excluded.stage, done = excluded.done, "
                  "of_total = excluded.of_total, text_so_far = excluded.text_so_far "
                  "WHERE stage <> excluded.stage OR done <> excluded.done OR of_total <> excluded.of_total "
                  "OR text_so_far <> excluded.text_so_far",
                  job, static_cast<int>(stage), done, of, text_so_far)
      .run();
}

Status SqliteQueue::set_stage(const Lease& lease, JobStage stage, int done, int of, const std::string& text_so_far) {
  return write([&]() -> Status {
    if (Result<JobRow> row = held(lease); !row) return row.error();
    set_progress(lease.job, stage, done, of, text_so_far);
    return {};
  });
}

Status SqliteQueue::note(const Lease& lease, const std::string& kind, const std::string& detail) {
  return write([&]() -> Status {
    if (Result<JobRow> row = held(lease); !row) return row.error();
    jobs_.add_event(lease.job, clock_.wall_ms(), kind, detail, worker_actor);
    return {};
  });
}

Status SqliteQueue::set_detail(const Lease& lease, const std::string& detail_json, const std::string& input_digest) {
  return write([&]() -> Status {
    Result<JobRow> row = held(lease);
    if (!row) return row.error();
    if (Status room = require_room(detail_json.size(), sixteenths_for_results); !room) return room;
    SqliteStatement(*connection_,
                    "INSERT INTO job_results (job, detail_json) VALUES (?1, ?2) "
                    "ON CONFLICT (job) DO UPDATE SET detail_json = excluded.detail_json",
                    lease.job, detail_json)
        .run();
    row->job.input_digest = input_digest;
    jobs_.save(*row, clock_.wall_ms());
    return {};
  });
}

Status SqliteQueue::set_montage(const Lease& lease, const std::vector<std::uint8_t>& png) {
  if (png.size() > montage_bytes_max) {
    return permanent_error("montage_too_large", "the montage has more bytes than the queue keeps for one job");
  }
  return write([&]() -> Status {
    if (Result<JobRow> row = held(lease); !row) return row.error();
    if (Status room = require_room(png.size(), sixteenths_for_results); !room) return room;
    SqliteStatement(*connection_,
                    "INSERT INTO montages (job, png) VALUES (?1, ?2) ON CONFLICT (job) DO UPDATE SET png = excluded.png",
                    lease.job, png)
        .run();
    return {};
  });
}

Status SqliteQueue::set_draft_page(const Lease& lease, const std::string& page_json) {
  if (page_json.size() > draft_page_bytes_max) {
    return permanent_error("draft_page_too_large", "the draft's page has more bytes than the queue keeps for one job");
  }
  return write([&]() -> Status {
    Result<JobRow> row = held(lease);
    if (!row) return row.error();
    if (Status room = require_room(page_json.size(), sixteenths_for_results); !room) return room;
    SqliteStatement(*connection_,
                    "INSERT INTO draft_pages (job, page_json) VALUES (?1, ?2) "
                    "ON CONFLICT (job) DO UPDATE SET page_json = excluded.page_json",
                    lease.job, page_json)
        .run();
    return {};
  });
}

}  // namespace radfm::db
