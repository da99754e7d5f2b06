// SPDX-License-Identifier: Apache-2.0
// What a call that was answered does to a job, and whether the queue shows it.
#include "tests/simulation/oracle.h"

#include <algorithm>
#include <string_view>

namespace radfm::simulation {
namespace {

using Kind = Call::Kind;

constexpr std::int64_t background_behind_ms = 3'600'000;  // db/queue_types.h, Job::due_wall_ms

bool needs_lease(Kind kind) {
  switch (kind) {
    case Kind::holder_write: case Kind::heartbeat: case Kind::fill_outbox: case Kind::begin_send: case Kind::end_send:
    case Kind::give_up_send: case Kind::fill_rejection: case Kind::finish: case Kind::fail: case Kind::release:
      return true;
    default:
      return false;
  }
}

// Calls after which the queue's view of all jobs is compared even where looking is dear.
bool moves_jobs(Kind kind) { return kind != Kind::read && kind != Kind::holder_write && kind != Kind::heartbeat && kind != Kind::changes; }

}  // namespace

std::size_t digest_of(const std::vector<std::uint8_t>& bytes) {
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string Oracle::name(const KnownJob& job) const {
  return "job " + std::to_string(job.id) + " (" + std::string(to_string(job.state)) + ")";
}

bool Oracle::holds(const db::Lease& lease) const {
  const auto found = jobs_.find(lease.job);
  return found != jobs_.end() && found->second.holding && found->second.holding->token == lease.token;
}

void Oracle::observe(const Call& call, const Told& told) {
  if (violation_ || call.kind == Kind::read) return;
  due_may_change_.clear();
  if (!told.certain) return resynchronise(call);
  if (!told.ok) {
    if (needs_lease(call.kind) && told.code == "lease_lost" && holds(call.lease)) {
      fail("lease_lost_while_held", std::string(call.name) + ": the lease " + std::to_string(call.lease.token) + " of job " +
                                        std::to_string(call.lease.job) + " was refused, and nobody has taken it away");
    }
    if (store_.looking_is_cheap()) compare(call.name);
    return;
  }
  if (needs_lease(call.kind) && !holds(call.lease)) {
    return fail("write_without_lease", std::string(call.name) + ": the lease " + std::to_string(call.lease.token) + " of job " +
                                           std::to_string(call.lease.job) + " is no longer the job's, and the queue took the write");
  }
  if (call.kind == Kind::claim) check_claim(call, told);
  if (violation_) return;
  apply(call, told);
  const bool nothing_to_see = (call.kind == Kind::claim && !told.claimed) || (call.kind == Kind::reclaim && told.number == 0);
  if (!violation_ && (store_.looking_is_cheap() || (moves_jobs(call.kind) && !nothing_to_see))) compare(call.name);
}

void Oracle::apply(const Call& call, const Told& told) {
  const std::int64_t now = clock_.boot_ms();
  if (call.kind == Kind::claim) return apply_claim(call, told);
  if (call.kind == Kind::reclaim) return apply_reclaim(call, told);
  if (!needs_lease(call.kind)) return apply_people(call, told);
  KnownJob& job = jobs_.at(call.lease.job);
  Holding& holding = *job.holding;
  const std::pair delivery(call.role, call.destination);
  switch (call.kind) {
    case Kind::heartbeat:
      holding.ends_boot_ms = std::max(holding.ends_boot_ms, now + settings_.lease_ms);
      holding.latest_end_boot_ms = std::max(holding.latest_end_boot_ms, holding.ends_boot_ms);
      return;
    case Kind::fill_outbox: return apply_fill(job, call);
    case Kind::begin_send:
      if (job.state != JobState::delivering || (job.withdrawn && call.role != db::rejection_role)) {
        return fail("sent_after_end", name(job) + ": a send of " + call.role + " was allowed");
      }
      holding.ends_boot_ms = std::max(holding.ends_boot_ms, now + call.timeout_ms + settings_.lease_ms);
      holding.latest_end_boot_ms = std::max(holding.latest_end_boot_ms, holding.ends_boot_ms);
      job.begun.insert(delivery);
      if (call.role == db::report_role) job.report_begun_at.insert(call.destination);
      begun_by_.insert({job.id, call.role, call.destination, call.lease.token});
      return;
    case Kind::end_send:
      holding.ends_boot_ms = holding.latest_end_boot_ms = now + settings_.lease_ms;
      if (call.delivered) job.arrived.insert(delivery);
      if (call.delivered && call.role == db::report_role) job.report_begun_at.insert(call.destination);
      return;
    case Kind::fill_rejection:
      for (const db::OutboxObject& note : *call.objects) {
        if (job.outbox.contains(note.role)) continue;
        job.outbox[note.role] = digest_of(note.dicom);
        job_of_uid_[note.sop_instance_uid] = {job.id, note.role};
        job.note_uid = note.sop_instance_uid;
        std::erase_if(job.begun, [&](const auto& each) { return !job.arrived.contains(each); });
      }
      return;
    case Kind::finish: return end(job, call.outcome == "superseded" ? JobState::cancelled : JobState::done, call.outcome);
    case Kind::fail: return apply_fail(job, call.error_class.value());
    case Kind::release:
      --job.attempts;
      if (job.state == JobState::leased) job.state = JobState::queued;
      job.waits = false;
      job.holding.reset();
      return;
    default: return;
  }
}

void Oracle::end(KnownJob& job, JobState state, const std::string& outcome) {
  job.state = state;
  job.outcome = outcome;
  job.holding.reset();
  job.waits = false;
  if (state != JobState::done) job.people_stepped_in = true;
}

void Oracle::apply_fill(KnownJob& job, const Call& call) {
  job.state = JobState::delivering;
  job.transient = 0;
  job.revision = call.revision;
  job.outbox.clear();
  job.begun.clear();
  job.arrived.clear();
  for (const db::OutboxObject& object : *call.objects) {
    job.outbox[object.role] = digest_of(object.dicom);
    job_of_uid_[object.sop_instance_uid] = {job.id, object.role};
  }
}

void Oracle::vanish(KnownJob& job) {
  ++job.vanished;
  job.holding.reset();
  due_may_change_.insert(job.id);
  if (job.vanished >= settings_.vanished_limit) return end(job, JobState::dead, "");
  if (job.state == JobState::leased) job.state = JobState::queued;
  job.waits = job.vanished >= settings_.vanished_backoff_from;
}

void Oracle::apply_fail(KnownJob& job, ErrorClass error_class) {
  job.holding.reset();
  due_may_change_.insert(job.id);
  switch (error_class) {
    case ErrorClass::permanent: return end(job, JobState::dead, "");
    case ErrorClass::vanished: return vanish(job);
    case ErrorClass::poison:
      if (++job.poison >= settings_.poison_limit) return end(job, JobState::dead, "");
      break;
    case ErrorClass::transient: ++job.transient; break;
    case ErrorClass::cancelled: break;
  }
  if (job.state == JobState::leased) job.state = JobState::queued;
  job.waits = true;
}

void Oracle::begin_anew(KnownJob& job, JobState state) {
  job.state = state;
  job.outcome.clear();
  job.poison = job.vanished = job.transient = 0;
  job.waits = false;
  job.holding.reset();
  job.people_stepped_in = true;
  due_may_change_.insert(job.id);
}

void Oracle::apply_people(const Call& call, const Told& told) {
  if (call.kind == Kind::pause || call.kind == Kind::resume) {
    paused_ = call.kind == Kind::pause;
    return;
  }
  if (call.kind == Kind::settle || call.kind == Kind::add) {
    for (const db::NewJob& job : call.new_jobs) apply_new_job(job.identity);
    return;
  }
  if (call.kind == Kind::rerun) {
    const KnownJob& old = jobs_.at(call.job);
    store_.each_job([&](const db::Job& shown) {
      if (shown.id != told.number || jobs_.contains(shown.id)) return;
      const bool next = std::ranges::none_of(jobs_, [&](const auto& each) { return each.second.identity == shown.identity; });
      if (shown.identity.study_instance_uid != old.identity.study_instance_uid || shown.identity.digest != old.identity.digest || !next) {
        fail("identity_twice", "a rerun of " + name(old) + " has the identity of another job");
      }
      learn(shown);
    });
    return;
  }
  const auto found = jobs_.find(call.job);
  if (found == jobs_.end()) return;
  KnownJob& job = found->second;
  switch (call.kind) {
    case Kind::retry: case Kind::release_held: return begin_anew(job, JobState::queued);
    case Kind::withdraw:
      begin_anew(job, JobState::delivering);
      job.withdrawn = true;
      job.outbox.erase(std::string(db::rejection_role));
      job.note_uid.clear();
      std::erase_if(job.begun, [](const auto& each) { return each.first == db::rejection_role; });
      std::erase_if(job.arrived, [](const auto& each) { return each.first == db::rejection_role; });
      return;
    case Kind::cancel: return end(job, JobState::cancelled, "cancelled");
    case Kind::rush:
      job.lane = Lane::stat;
      job.waits = false;
      due_may_change_.insert(job.id);
      return;
    default: return;
  }
}

// A study that settles makes a job, or meets one; others of it that are of other images are superseded.
void Oracle::apply_new_job(const JobIdentity& identity) {
  store_.each_job([&](const db::Job& shown) {
    if (shown.identity.study_instance_uid != identity.study_instance_uid) return;
    const auto found = jobs_.find(shown.id);
    if (found == jobs_.end()) {
      const bool twice = std::ranges::any_of(jobs_, [&](const auto& each) { return each.second.identity == shown.identity; });
      if (twice || shown.identity != identity) {
        return fail("identity_twice", "job " + std::to_string(shown.id) + " was made of images that have a job already");
      }
      KnownJob& made = learn(shown);
      const std::int64_t due = shown.created_wall_ms + (made.lane == Lane::background ? background_behind_ms : 0);
      if (made.state != JobState::done && made.due_wall_ms != due) fail("job_changed", name(made) + " is due at a time that is not its lane's");
      return;
    }
    KnownJob& known = found->second;
    const bool superseded = shown.state == JobState::cancelled && shown.outcome == "superseded";
    const bool open = known.state == JobState::queued || known.state == JobState::leased;
    if (superseded && open && known.identity.digest != identity.digest) return end(known, JobState::cancelled, "superseded");
    const bool reopened = known.state == JobState::cancelled && known.outcome == "superseded" && shown.state == JobState::queued;
    if (reopened && known.identity == identity) {
      known.state = JobState::queued;
      known.outcome.clear();
      known.waits = false;
      due_may_change_.insert(known.id);
    }
  });
}

KnownJob& Oracle::learn(const db::Job& shown) {
  KnownJob& job = jobs_[shown.id];
  job.id = shown.id;
  job.identity = shown.identity;
  job.uids = shown.uids;
  job.state = shown.state;
  job.outcome = shown.outcome;
  job.lane = shown.lane;
  job.due_wall_ms = shown.due_wall_ms;
  job_of_uid_[shown.uids.sr_sop_instance_uid] = {shown.id, std::string(db::report_role)};
  return job;
}

std::string Oracle::differs(const KnownJob& known, const db::Job& shown) const {
  const auto numbers = [](const char* what, std::int64_t expected, std::int64_t is) {
    return std::string(what) + " is " + std::to_string(is) + " and should be " + std::to_string(expected);
  };
  if (known.state != shown.state) {
    return "it is " + std::string(to_string(shown.state)) + " and should be " + std::string(to_string(known.state));
  }
  if (known.outcome != shown.outcome) return "its outcome is '" + shown.outcome + "' and should be '" + known.outcome + "'";
  if (known.attempts != shown.attempts) return numbers("its number of attempts", known.attempts, shown.attempts);
  if (known.poison != shown.poison_count) return numbers("its poison count", known.poison, shown.poison_count);
  if (known.vanished != shown.vanished_count) return numbers("its vanished count", known.vanished, shown.vanished_count);
  if (known.transient != shown.transient_count) return numbers("its transient count", known.transient, shown.transient_count);
  if (known.revision != shown.revision) return numbers("its revision", known.revision, shown.revision);
  if (known.lane != shown.lane) return "its lane changed";
  return "";
}

void Oracle::compare(const char* after) {
  std::size_t seen = 0;
  const std::int64_t now = clock_.wall_ms();
  store_.each_job([&](const db::Job& shown) {
    if (violation_) return;
    ++seen;
    const auto found = jobs_.find(shown.id);
    if (found == jobs_.end()) return fail("job_changed", std::string(after) + ": job " + std::to_string(shown.id) + " came from nowhere");
    KnownJob& known = found->second;
    if (const std::string what = differs(known, shown); !what.empty()) {
      return fail("job_changed", std::string(after) + ": job " + std::to_string(shown.id) + ": " + what);
    }
    known.error_code = shown.error_code;
    if (due_may_change_.contains(shown.id)) {
      if (known.waits && (shown.due_wall_ms < now || shown.due_wall_ms > now + settings_.backoff_max_ms)) {
        return fail("job_changed", std::string(after) + ": job " + std::to_string(shown.id) + " waits longer than the longest wait, or not from now");
      }
      known.due_wall_ms = shown.due_wall_ms;
    } else if (known.due_wall_ms != shown.due_wall_ms) {
      fail("job_changed", std::string(after) + ": job " + std::to_string(shown.id) + " is due at another time");
    }
  });
  if (!violation_ && seen != jobs_.size()) fail("job_changed", std::string(after) + ": a job is gone");
}

}  // namespace radfm::simulation
