// SPDX-License-Identifier: Apache-2.0
// Who may hold what: the order of claims, leases, what is taken back; and what is known after an answer was lost.
#include <algorithm>
#include <tuple>

#include "tests/simulation/oracle.h"

namespace radfm::simulation {
namespace {

using Kind = Call::Kind;

auto place(const KnownJob& job) {
  return std::tuple(job.state != JobState::delivering, job.lane != Lane::stat, job.due_wall_ms, job.id);
}

}  // namespace

LostCall::LostCall(const Call& made, const Told& answer) : call(made), told(answer) {
  if (made.dead_holders != nullptr) dead_holders = *made.dead_holders;
  if (made.objects != nullptr) objects = *made.objects;
  new_jobs.assign(made.new_jobs.begin(), made.new_jobs.end());
}

Call LostCall::again() const {
  Call same = call;
  if (call.dead_holders != nullptr) same.dead_holders = &dead_holders;
  if (call.objects != nullptr) same.objects = &objects;
  same.new_jobs = new_jobs;
  return same;
}

// One job of a study is at work at a time; a report that is somewhere and waits after a failure keeps nobody back.
bool Oracle::kept_back(const KnownJob& job) const {
  return std::ranges::any_of(jobs_, [&](const auto& each) {
    const KnownJob& other = each.second;
    if (other.id == job.id || other.identity.study_instance_uid != job.identity.study_instance_uid) return false;
    if (other.state == JobState::leased) return true;
    return other.state == JobState::delivering && !(!other.holding && other.waits && !other.arrived.empty());
  });
}

bool Oracle::claimable(const KnownJob& job, db::Claimable which) const {
  if (job.holding || (job.state != JobState::queued && job.state != JobState::delivering)) return false;
  if (which == db::Claimable::stat && job.lane != Lane::stat) return false;
  const std::int64_t wait = job.due_wall_ms - clock_.wall_ms();
  if (job.waits && wait > 0 && wait <= settings_.backoff_max_ms) return false;  // a longer one is of before the clock was set back
  return job.state == JobState::delivering || !kept_back(job);
}

void Oracle::check_claim(const Call& call, const Told& told) {
  const KnownJob* best = nullptr;
  for (const auto& [id, each] : jobs_) {
    if (!claimable(each, call.which)) continue;
    if (best == nullptr || place(each) < place(*best)) best = &each;
  }
  if (!told.claimed) {
    if (best != nullptr && !paused_) fail("due_job_skipped", "nothing was claimed, though " + name(*best) + " is due");
    return;
  }
  const db::JobId given = told.claimed->second.job;
  const auto found = jobs_.find(given);
  if (paused_) return fail("wrong_order", "a job was claimed while the queue is paused");
  if (found == jobs_.end()) return fail("wrong_order", "a job was claimed that nobody made");
  if (found->second.holding) {
    return fail("two_holders", name(found->second) + " was claimed while " + found->second.holding->holder + " holds it");
  }
  if (best == nullptr || best->id != given) {
    fail("wrong_order", name(found->second) + " was claimed" + (best == nullptr ? " and cannot be" : ", and " + name(*best) + " comes before it"));
  }
}

void Oracle::apply_claim(const Call& call, const Told& told) {
  if (!told.claimed) return;
  const auto& [given, lease] = *told.claimed;
  KnownJob& job = jobs_.at(lease.job);
  if (lease.token <= job.last_token) return fail("two_holders", name(job) + " was claimed with a token that was given before");
  const bool model_needed = given.state == JobState::leased;
  if (model_needed && (job.state == JobState::delivering || !job.begun.empty() || job.withdrawn)) {
    return fail("job_changed", name(job) + " is to be made anew, though a send of it was begun");
  }
  if (!model_needed && (given.state != JobState::delivering || job.outbox.empty())) {
    return fail("job_changed", name(job) + " is to be sent, and nothing of it is stored");
  }
  job.state = given.state;
  if (model_needed) {
    job.outbox.clear();
    job.arrived.clear();
    job.revision = 0;
  }
  ++job.attempts;
  job.waits = false;
  job.last_token = lease.token;
  const std::int64_t ends = clock_.boot_ms() + settings_.lease_ms;
  job.holding = Holding{lease.token, call.holder, clock_.boot_id(), ends, ends};
}

void Oracle::apply_reclaim(const Call& call, const Told& told) {
  std::int64_t certain = 0;
  std::vector<KnownJob*> perhaps;
  for (auto& [id, job] : jobs_) {
    if (!job.holding) continue;
    const Holding& holding = *job.holding;
    const bool dead = std::ranges::find(*call.dead_holders, holding.holder) != call.dead_holders->end();
    const bool void_now = dead || holding.boot_id != clock_.boot_id();
    if (void_now || clock_.boot_ms() >= holding.latest_end_boot_ms) {
      vanish(job);
      ++certain;
    } else if (clock_.boot_ms() >= holding.ends_boot_ms) {
      perhaps.push_back(&job);
    }
  }
  if (!perhaps.empty()) {
    store_.each_job([&](const db::Job& shown) {
      const auto job = std::ranges::find(perhaps, shown.id, &KnownJob::id);
      if (job == perhaps.end() || shown.vanished_count == (*job)->vanished) return;
      vanish(**job);
      ++certain;
    });
  }
  if (told.number != certain) {
    fail("wrong_reclaim", std::to_string(told.number) + " jobs were taken back, and the leases of " + std::to_string(certain) + " had ended");
  }
}

// Nobody knows whether the call was done: what the queue shows is adopted, if the call explains it; whatever else was
// acknowledged before must be there as it was.
void Oracle::resynchronise(const Call& call) {
  bool settled = false;
  store_.each_job([&](const db::Job& shown) {
    if (violation_) return;
    const auto found = jobs_.find(shown.id);
    const bool makes = call.kind == Kind::settle || call.kind == Kind::add || call.kind == Kind::rerun;
    if (found == jobs_.end()) {
      if (!makes) return fail("job_changed", std::string(call.name) + ": job " + std::to_string(shown.id) + " came from nowhere");
      learn(shown);
      settled = call.kind == Kind::settle;
      return;
    }
    KnownJob& known = found->second;
    const bool named = known.id == (call.job != 0 ? call.job : call.lease.job);
    const bool of_study = std::ranges::any_of(call.new_jobs, [&](const db::NewJob& job) {
      return job.identity.study_instance_uid == known.identity.study_instance_uid;
    });
    const bool any = call.kind == Kind::claim || call.kind == Kind::reclaim;
    if (named || of_study || any) adopt(known, shown, call);
  });
  paused_ = store_.paused();
  for (const db::NewJob& job : call.new_jobs) {
    const bool is_there = std::ranges::any_of(jobs_, [&](const auto& each) { return each.second.identity == job.identity; });
    if (settled && !is_there) fail("half_settled", "of several studies that were settled in one call only some have a job");
  }
  if (!violation_) compare(call.name);
}

// Whether it was stored is seen by its deliveries.
void Oracle::adopt_note(KnownJob& known, const Call& call) {
  for (const db::Delivery& each : store_.deliveries(known.id)) {
    if (each.role != db::rejection_role || known.outbox.contains(each.role)) continue;
    for (const db::OutboxObject& note : *call.objects) {
      known.outbox[note.role] = digest_of(note.dicom);
      known.note_uid = note.sop_instance_uid;
      job_of_uid_[note.sop_instance_uid] = {known.id, note.role};
    }
  }
}

void Oracle::adopt(KnownJob& known, const db::Job& shown, const Call& call) {
  const bool other_due = known.due_wall_ms != shown.due_wall_ms;
  const bool changed = !differs(known, shown).empty() || other_due;
  if (known.state != shown.state && !is_legal(known.state, shown.state) &&
      !(known.state == JobState::queued && shown.state == JobState::delivering)) {
    return fail("job_changed", std::string(call.name) + ": " + name(known) + " became " + std::string(to_string(shown.state)));
  }
  if (shown.attempts < known.attempts - 1 || shown.attempts > known.attempts + 1 || shown.vanished_count > known.vanished + 1 ||
      shown.poison_count > known.poison + 1 || shown.transient_count > known.transient + 1) {
    return fail("job_changed", std::string(call.name) + ": " + name(known) + ": more was counted than happened");
  }
  if (changed) due_may_change_.insert(known.id);
  if (changed && (shown.state == JobState::dead || shown.state == JobState::cancelled || call.kind == Kind::withdraw)) known.people_stepped_in = true;
  known.state = shown.state;
  known.outcome = shown.outcome;
  known.attempts = shown.attempts;
  known.poison = shown.poison_count;
  known.vanished = shown.vanished_count;
  known.transient = shown.transient_count;
  known.revision = shown.revision;
  known.lane = shown.lane;
  known.withdrawn = shown.withdrawal.has_value();
  const bool failed = call.kind == Kind::fail || call.kind == Kind::reclaim;
  if (changed) known.waits = failed && other_due;  // a wait is never drawn as nothing (world.cpp)
  if (call.kind == Kind::fill_outbox && changed) {
    apply_fill(known, call);
    known.transient = shown.transient_count;
  }
  if (call.kind == Kind::fill_rejection) adopt_note(known, call);
  const bool is_mine = known.id == (call.job != 0 ? call.job : call.lease.job) || changed;
  if (!is_mine) return;
  for (const db::Delivery& each : store_.deliveries(known.id)) {
    if (each.send_started || each.delivered) known.begun.insert({each.role, each.destination});
    if (each.delivered) known.arrived.insert({each.role, each.destination});
    if ((each.send_started || each.delivered) && each.role == db::report_role) known.report_begun_at.insert(each.destination);
  }
  const std::optional<db::Attempt> last = store_.last_attempt(known.id);
  const bool held = last && last->end.empty() && (shown.state == JobState::leased || shown.state == JobState::delivering);
  if (!held) {
    known.holding.reset();
    return;
  }
  if (call.kind == Kind::begin_send) begun_by_.insert({known.id, call.role, call.destination, call.lease.token});
  const std::int64_t longest = clock_.boot_ms() + call.timeout_ms + settings_.lease_ms;
  if (!known.holding || known.holding->token != last->token) {
    known.holding = Holding{last->token, last->holder, clock_.boot_id(), clock_.boot_ms() + settings_.lease_ms, longest};
    known.last_token = last->token;
  } else if (call.lease.token == last->token) {
    known.holding->ends_boot_ms = std::min(known.holding->ends_boot_ms, clock_.boot_ms() + settings_.lease_ms);
    known.holding->latest_end_boot_ms = std::max(known.holding->latest_end_boot_ms, longest);
  }
}

}  // namespace radfm::simulation
