// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/seeded_bugs.h"

#include <algorithm>
#include <map>
#include <utility>

#include "db/forwarding_queue.h"

namespace radfm::simulation {
namespace {

using db::MemoryJob;

class Bugged : public db::ForwardingQueue {
 public:
  using Lease = db::Lease;
  using JobId = db::JobId;
  Bugged(std::unique_ptr<db::Queue> queue, BugTools tools) : ForwardingQueue(std::move(queue)), tools_(std::move(tools)) {}

 protected:
  Lease current(const Lease& lease) {
    const auto found = store().jobs.find(lease.job);
    const bool is_held = found != store().jobs.end() && found->second.holding;
    return is_held ? Lease{lease.job, found->second.holding->token} : lease;
  }
  db::MemoryStore& store() { return tools_.store; }
  // A wide window, so that few seeds are needed to come between.
  void let_others_run() {
    for (int i = 0; i < 16; ++i) tools_.pause();
  }

 private:
  BugTools tools_;
};

template <class Bug>
std::unique_ptr<db::Queue> made(std::unique_ptr<db::Queue> queue, const BugTools& tools) {
  return std::make_unique<Bug>(std::move(queue), tools);
}

struct NoFencingToken : Bugged {
  using Bugged::Bugged;
  Lease of(const Lease& lease) override { return current(lease); }
};
struct HeartbeatById : Bugged {
  using Bugged::Bugged;
  Status heartbeat(const Lease& lease) override { return queue().heartbeat(current(lease)); }
};
struct FinishById : Bugged {
  using Bugged::Bugged;
  Status finish(const Lease& lease, Text outcome) override { return queue().finish(current(lease), outcome); }
};

// Looks which job is next, and takes it a moment later without looking again.
struct CheckThenAct : Bugged {
  using Bugged::Bugged;
  Result<std::optional<std::pair<db::Job, Lease>>> claim(Text holder, db::Claimable which) override {
    const db::MemoryStore& before = store();
    std::map<db::JobId, MemoryJob> kept = before.jobs;
    auto claimed = queue().claim(holder, which);
    if (!claimed || !*claimed) return claimed;
    const db::JobId id = (*claimed)->second.job;
    MemoryJob taken = store().jobs.at(id);
    const MemoryJob looked_at = kept.at(id);
    store().jobs.at(id) = looked_at;  // not yet
    let_others_run();
    MemoryJob& now = store().jobs.at(id);
    const bool still_open = now.job.state == JobState::queued || now.job.state == JobState::leased || now.job.state == JobState::delivering;
    if (!still_open) return std::optional<std::pair<db::Job, Lease>>();
    taken.job.attempts = now.job.attempts + 1;
    now = taken;
    return claimed;
  }
};

struct AttemptsInErrorPath : Bugged {
  using Bugged::Bugged;
  Result<std::optional<std::pair<db::Job, Lease>>> claim(Text holder, db::Claimable which) override {
    auto claimed = queue().claim(holder, which);
    if (claimed && *claimed) --store().jobs.at((*claimed)->second.job).job.attempts;
    return claimed;
  }
  Status fail(const Lease& lease, const Error& error) override {
    Status failed = queue().fail(lease, error);
    if (failed) ++store().jobs.at(lease.job).job.attempts;
    return failed;
  }
};

struct ReclaimForgetsCount : Bugged {
  using Bugged::Bugged;
  Result<int> reclaim(const std::vector<std::string>& dead) override {
    std::map<db::JobId, int> before;
    for (const auto& [id, each] : store().jobs) before[id] = each.job.vanished_count;
    Result<int> taken = queue().reclaim(dead);
    for (auto& [id, each] : store().jobs) each.job.vanished_count = before[id];
    return taken;
  }
};

struct ReclaimNeverEnds : Bugged {
  using Bugged::Bugged;
  Result<int> reclaim(const std::vector<std::string>& dead) override {
    std::map<db::JobId, MemoryJob> before = store().jobs;
    Result<int> taken = queue().reclaim(dead);
    for (auto& [id, each] : store().jobs) {
      if (each.job.state != JobState::dead || before.at(id).job.state == JobState::dead) continue;
      const JobState was = before.at(id).job.state;
      each.job.state = was == JobState::leased ? JobState::queued : was;
    }
    return taken;
  }
};

// Asks whether the images have a job, and makes one a moment later whatever has come between.
struct UniqueByQuery : Bugged {
  using Bugged::Bugged;
  bool known(const db::NewJob& job) {
    return std::ranges::any_of(store().jobs, [&](const auto& each) { return each.second.job.identity == job.identity; });
  }
  template <class Make>
  Result<db::EnqueueResult> enqueue(const db::NewJob& job, const Make& make) {
    const bool was_known = known(job);
    let_others_run();
    if (was_known || !known(job)) return make();
    const db::JobId id = store().jobs.rbegin()->first + 1;
    const auto first = std::ranges::find_if(store().jobs, [&](const auto& each) { return each.second.job.identity == job.identity; });
    MemoryJob second = first->second;
    second.job.id = id;
    second.holding.reset();
    store().jobs[id] = std::move(second);
    return db::EnqueueResult::created;
  }
  Result<db::EnqueueResult> settle_study(Text study, const db::NewJob& job) override {
    return enqueue(job, [&] { return queue().settle_study(study, job); });
  }
  Result<std::vector<db::EnqueueResult>> settle_studies(const std::vector<db::NewJob>& jobs) override {
    std::vector<db::EnqueueResult> results;
    for (const db::NewJob& job : jobs) results.push_back(*settle_study(job.orthanc_study_id, job));  // in memory it never fails
    return results;
  }
  Result<db::EnqueueResult> add(const db::NewJob& job) override {
    return enqueue(job, [&] { return queue().add(job); });
  }
};

// Keeps what it was given in the memory of its process, and writes it when the first send has ended.
struct OutboxAfterSend : Bugged {
  using Bugged::Bugged;
  Status fill_outbox(const Lease& lease, const Revision& revision, const std::vector<db::OutboxObject>& objects,
                     const std::vector<std::string>& destinations, Text text) override {
    Status filled = queue().fill_outbox(lease, revision, objects, destinations, text);
    if (!filled) return filled;
    for (db::OutboxObject& each : store().jobs.at(lease.job).outbox) each.dicom.assign(200, 0);
    kept_[lease.job] = objects;
    return filled;
  }
  Result<std::vector<db::OutboxObject>> outbox(JobId job) override {
    const auto found = kept_.find(job);
    return found == kept_.end() ? queue().outbox(job) : Result(found->second);
  }
  Status end_send(const Lease& lease, Text role, Text to, bool delivered, Text error) override {
    Status ended = queue().end_send(lease, role, to, delivered, error);
    if (ended && kept_.contains(lease.job)) {
      store().jobs.at(lease.job).outbox = kept_.at(lease.job);
      kept_.erase(lease.job);
    }
    return ended;
  }
  std::map<db::JobId, std::vector<db::OutboxObject>> kept_;
};

// A job whose back-off ends in this very poll is not seen, and its next look is a poll later; one that was never tried neither.
struct DueJobSkipped : Bugged {
  using Bugged::Bugged;
  Result<std::optional<std::pair<db::Job, Lease>>> claim(Text holder, db::Claimable which) override {
    std::vector<db::JobId> hidden;
    for (auto& [id, each] : store().jobs) {
      if (each.job.state != JobState::queued || each.job.transient_count + each.job.poison_count == 0) continue;
      each.job.state = JobState::cancelled;
      hidden.push_back(id);
    }
    auto claimed = queue().claim(holder, which);
    for (const db::JobId id : hidden) store().jobs.at(id).job.state = JobState::queued;
    return claimed;
  }
};

struct CursorBeforeStudies : Bugged {
  using Bugged::Bugged;
  Status take_changes(std::int64_t cursor, const std::vector<db::PendingStudy>& studies) override {
    if (Status moved = queue().take_changes(cursor, {}); !moved) return moved;
    let_others_run();
    return queue().take_changes(store().cursor.value_or(cursor), studies);
  }
};

// Each study in a transaction of its own.
struct SettlesOneByOne : Bugged {
  using Bugged::Bugged;
  Result<std::vector<db::EnqueueResult>> settle_studies(const std::vector<db::NewJob>& jobs) override {
    std::vector<db::EnqueueResult> results;
    for (const db::NewJob& job : jobs) {
      if (!results.empty()) let_others_run();
      results.push_back(*queue().settle_study(job.orthanc_study_id, job));  // in memory it never fails
    }
    return results;
  }
};

// The note goes where the draft is known to have arrived, not wherever a send of it was begun.
struct NoteOnlyWhereArrived : Bugged {
  using Bugged::Bugged;
  Status fill_rejection(const Lease& lease, const db::OutboxObject& note) override {
    MemoryJob& job = store().jobs.at(lease.job);
    std::erase_if(job.report_begun_at, [&](const std::string& destination) {
      return std::ranges::none_of(job.deliveries, [&](const db::Delivery& each) { return each.destination == destination && each.delivered; });
    });
    return queue().fill_rejection(lease, note);
  }
};

struct SendGrantsNothing : Bugged {
  using Bugged::Bugged;
  Status begin_send(const Lease& lease, Text role, Text to, std::int64_t) override { return queue().begin_send(lease, role, to, 0); }
};

struct LanesIgnored : Bugged {
  using Bugged::Bugged;
  Result<std::optional<std::pair<db::Job, Lease>>> claim(Text holder, db::Claimable which) override {
    std::map<db::JobId, Lane> lanes;
    for (auto& [id, each] : store().jobs) lanes[id] = std::exchange(each.job.lane, Lane::routine);
    auto claimed = queue().claim(holder, which);
    for (auto& [id, each] : store().jobs) each.job.lane = lanes.at(id);
    return claimed;
  }
};

struct RevisionsDoNotWait : Bugged {
  using Bugged::Bugged;
  Result<std::vector<db::Delivery>> deliveries(JobId job) override {
    auto all = queue().deliveries(job);
    if (!all) return all;
    for (db::Delivery& each : *all) each.predecessor_waits = false;
    return all;
  }
};

class LeaseClock final : public Clock {
 public:
  LeaseClock(const Clock& clock, bool by_wall) : clock_(clock), by_wall_(by_wall) {}
  std::int64_t wall_ms() const override { return clock_.wall_ms(); }
  std::int64_t boot_ms() const override { return by_wall_ ? clock_.wall_ms() : clock_.boot_ms(); }
  std::string boot_id() const override { return "the-same"; }

 private:
  const Clock& clock_;
  const bool by_wall_;
};

std::unique_ptr<Clock> wall_clock(const Clock& clock) { return std::make_unique<LeaseClock>(clock, true); }
std::unique_ptr<Clock> clock_without_boot(const Clock& clock) { return std::make_unique<LeaseClock>(clock, false); }

}  // namespace

const std::vector<SeededBug>& seeded_bugs() {
  static const std::vector<SeededBug> table{
      {.name = "no_fencing_token", .what = "a holder's writes are taken by the job's number alone", .wrap = made<NoFencingToken>},
      {.name = "check_then_act", .what = "a claim looks, and takes a moment later", .wrap = made<CheckThenAct>},
      {.name = "attempts_in_error_path", .what = "an attempt is counted when it fails, not when it begins", .wrap = made<AttemptsInErrorPath>},
      {.name = "bell_before_listening", .what = "a bell rung while a holder looks is missed, and nobody polls", .bell_before_listening = true},
      {.name = "reclaim_forgets_count", .what = "what is taken back is not counted", .wrap = made<ReclaimForgetsCount>},
      {.name = "unique_by_query", .what = "whether the images have a job is asked, and answered too early", .wrap = made<UniqueByQuery>},
      {.name = "lease_by_wall_clock", .what = "leases end by the wall clock", .clock = wall_clock},
      {.name = "boot_ignored", .what = "a lease of another boot is believed", .clock = clock_without_boot},
      {.name = "heartbeat_by_id", .what = "a stale heartbeat extends another's lease", .wrap = made<HeartbeatById>},
      {.name = "finish_by_id", .what = "a stale holder finishes the job", .wrap = made<FinishById>},
      {.name = "outbox_after_send", .what = "the objects are stored after the first send", .wrap = made<OutboxAfterSend>},
      {.name = "reclaim_never_ends", .what = "a job that is taken back again and again never dies", .wrap = made<ReclaimNeverEnds>},
      {.name = "due_job_skipped", .what = "a poll does not see a job that is tried again", .wrap = made<DueJobSkipped>},
      {.name = "cursor_before_studies", .what = "the cursor moves before the studies are noted", .wrap = made<CursorBeforeStudies>},
      {.name = "settles_one_by_one", .what = "of studies that settle together some are settled and some not", .wrap = made<SettlesOneByOne>},
      {.name = "note_only_where_arrived", .what = "a withdrawal's note goes only where the draft is known to be", .wrap = made<NoteOnlyWhereArrived>},
      {.name = "send_grants_nothing", .what = "a send does not extend the lease", .wrap = made<SendGrantsNothing>},
      {.name = "lanes_ignored", .what = "lane stat does not jump", .wrap = made<LanesIgnored>},
      {.name = "revisions_do_not_wait", .what = "a later report overtakes an earlier one at a destination", .wrap = made<RevisionsDoNotWait>},
  };
  return table;
}

const SeededBug* find_bug(std::string_view name) {
  const auto found = std::ranges::find(seeded_bugs(), name, [](const SeededBug& bug) { return std::string_view(bug.name); });
  return found == seeded_bugs().end() ? nullptr : &*found;
}

}  // namespace radfm::simulation
