// SPDX-License-Identifier: Apache-2.0
// The acts of the twins: each call of db/queue.h that changes something, with arguments that meet each other often.
#include <algorithm>
#include <map>

#include "tests/db/queue_twin.h"

namespace radfm::db {
namespace {

constexpr std::array studies = {"1.1", "1.2", "1.3"};
constexpr std::array digests = {"d1", "d2", "d3"};
constexpr std::array holders = {"boot-1:1:1", "boot-1:2:2"};
constexpr std::array destinations = {"orthanc", "archive"};
constexpr std::array roles = {"sr", "sr", "pdf", "rejection"};
constexpr std::array people = {"administrator:A", "administrator:B"};

std::string answer(const Status& status) { return status.ok() ? "ok" : status.error().code; }
template <class T, class Text>
std::string answer(const Result<T>& result, Text text) {
  return result.ok() ? text(*result) : result.error().code;
}

// Mostly of a job with which the act is of use, if there is one: what others do is refused, and soon known.
template <class IsOfUse>
Lease lease_of(Twin& twin, Pick& pick, IsOfUse is_of_use) {
  if (twin.leases.empty()) return {1, 1};
  if (pick.chance("any", 10)) return twin.leases[pick.number("lease", twin.leases.size())];
  std::map<JobId, Lease> newest;
  for (const Lease& lease : twin.leases) newest[lease.job] = lease;
  std::vector<Lease> good;
  for (const auto& [id, lease] : newest) {
    const Result<std::optional<Job>> job = twin.queue->job(id);
    if (job.ok() && *job && is_of_use(**job)) good.push_back(lease);
  }
  return good.empty() ? twin.leases.back() : good[pick.number("good", good.size())];
}
Lease lease_of(Twin& twin, Pick& pick, JobState of_use) {
  return lease_of(twin, pick, [&](const Job& job) { return job.state == of_use; });
}
JobState leased_or_delivering(Pick& pick) { return pick.chance("delivering", 50) ? JobState::delivering : JobState::leased; }

// Or the one after the newest, which is not there.
JobId job_of(Twin& twin, Pick& pick) {
  JobFilter newest;
  newest.limit = 1;
  const Result<std::vector<Job>> jobs = twin.queue->list(newest);
  const std::size_t known = jobs.ok() && !jobs->empty() ? static_cast<std::size_t>(jobs->front().id) : 0;
  return static_cast<JobId>(pick.number("job", known + 1, 1));
}

NewJob new_job(Pick& pick) {
  NewJob job;
  job.identity.study_instance_uid = pick.of("study", studies);
  job.identity.digest = pick.of("digest", digests);
  job.orthanc_study_id = "orthanc-" + job.identity.study_instance_uid;
  job.instances = {job.identity.study_instance_uid + ".1", job.identity.digest};
  job.rule_name = "chest";
  constexpr std::array lanes = {Lane::stat, Lane::routine, Lane::routine, Lane::background};
  job.action.lane = lanes[pick.number("lane", lanes.size())];
  if (pick.chance("skip", 5)) job.skip = "old";
  job.actor = "plugin";
  return job;
}
std::string text(EnqueueResult result) { return result == EnqueueResult::created ? "created" : "existed"; }

std::string take_changes(Twin& twin, Pick& pick) {
  std::vector<PendingStudy> changed;
  for (std::size_t left = pick.number("studies", 3); left > 0; --left) {
    const std::int64_t due = twin.clock->wall_ms() + 1'000 * static_cast<std::int64_t>(pick.number("seconds", 9));
    const std::string study = std::string("orthanc-") + pick.of("study", studies);
    changed.push_back({study, due, pick.chance("sooner", 50)});
  }
  return answer(twin.queue->take_changes(static_cast<std::int64_t>(pick.number("cursor", 99)), changed));
}
std::string postpone_study(Twin& twin, Pick& pick) {
  return answer(twin.queue->postpone_study(std::string("orthanc-") + pick.of("study", studies), twin.clock->wall_ms() + 5'000));
}
std::string forget_study(Twin& twin, Pick& pick) {
  return answer(twin.queue->forget_study(std::string("orthanc-") + pick.of("study", studies)));
}
std::string settle_study(Twin& twin, Pick& pick) {
  const NewJob job = new_job(pick);
  return answer(twin.queue->settle_study(job.orthanc_study_id, job), text);
}
std::string add(Twin& twin, Pick& pick) { return answer(twin.queue->add(new_job(pick)), text); }

std::string claim(Twin& twin, Pick& pick) {
  return answer(twin.queue->claim(pick.of("holder", holders)), [&](const std::optional<std::pair<Job, Lease>>& claimed) {
    if (!claimed) return std::string("nothing");
    const Lease& given = claimed->second;
    const bool grew = std::ranges::none_of(twin.leases, [&](const Lease& old) { return old.job == given.job && old.token >= given.token; });
    twin.leases.push_back(given);
    return (grew ? "" : "TOKEN DID NOT GROW ") + seen_of(claimed->first);
  });
}
std::string reclaim(Twin& twin, Pick& pick) {
  std::vector<std::string> dead;
  if (pick.chance("of the dead", 50)) dead.push_back(pick.of("holder", holders));
  return answer(twin.queue->reclaim(dead), [](int count) { return std::to_string(count); });
}
std::string heartbeat(Twin& twin, Pick& pick) { return answer(twin.queue->heartbeat(lease_of(twin, pick, leased_or_delivering(pick)))); }

std::string set_stage(Twin& twin, Pick& pick) {
  const Lease lease = lease_of(twin, pick, JobState::leased);
  const auto stage = static_cast<JobStage>(pick.number("stage", 11));
  const int done = static_cast<int>(pick.number("done", 3));
  return answer(twin.queue->set_stage(lease, stage, done, 3, pick.of("text", std::array{"", "The heart"})));
}
std::string note(Twin& twin, Pick& pick) { return answer(twin.queue->note(lease_of(twin, pick, JobState::leased), "prior_found", "x")); }
std::string set_detail(Twin& twin, Pick& pick) {
  const Lease lease = lease_of(twin, pick, JobState::leased);
  return answer(twin.queue->set_detail(lease, "{}", pick.of("input", std::array{"i1", "i2"})));
}
std::string set_pictures(Twin& twin, Pick& pick) {
  const Lease lease = lease_of(twin, pick, JobState::leased);
  const std::string first = answer(twin.queue->set_montage(lease, {static_cast<std::uint8_t>(pick.number("byte", 3))}));
  return first + " " + answer(twin.queue->set_draft_page(lease, pick.of("page", std::array{"{}", "{\"a\":1}"})));
}
std::string hold_text(Twin& twin, Pick& pick) {
  const Lease lease = lease_of(twin, pick, JobState::leased);
  return answer(twin.queue->hold_text(lease, pick.of("text", std::array{"one", "two"})));
}

std::string fill(Twin& twin, Pick& pick, const Lease& lease) {
  const Result<Queue::Revision> next = twin.queue->next_revision(lease);
  std::string said = answer(next, [](const Queue::Revision& revision) {
    return std::to_string(revision.number) + " after " + revision.predecessor_sop_instance_uid + " " +
           revision.predecessor_series_instance_uid + " " + revision.predecessor_sop_class_uid + " " + revision.last_input_digest;
  });
  Queue::Revision revision = next.ok() ? *next : Queue::Revision{};
  if (pick.chance("stale", 10)) revision.number += pick.chance("later", 50) ? 1 : -1;
  const Result<std::optional<Job>> job = twin.queue->job(lease.job);
  OutboxObject report{"sr", "1.2.3", job.ok() && *job ? (*job)->uids.sr_sop_instance_uid : "", {'S', 'R'}};
  if (pick.chance("other UID", 5)) report.sop_instance_uid += ".1";
  std::vector<OutboxObject> objects = {report};
  if (pick.chance("pdf", 50)) objects.push_back({"pdf", "1.2.4", report.sop_instance_uid + ".2", {'P'}});
  if (pick.chance("not to the archive", 30)) objects.back().destinations = {"orthanc"};
  std::vector<std::string> to = {"orthanc"};
  if (pick.chance("archive too", 60)) to.push_back("archive");
  return said + ": " + answer(twin.queue->fill_outbox(lease, revision, objects, to, "Findings."));
}
std::string fill_outbox(Twin& twin, Pick& pick) { return fill(twin, pick, lease_of(twin, pick, JobState::leased)); }
std::string begin_send(Twin& twin, Pick& pick) {
  const Lease lease = lease_of(twin, pick, JobState::delivering);
  const std::string role = pick.of("role", roles), to = pick.of("to", destinations);
  const std::int64_t timeout_ms = 1'000 + 60'000 * static_cast<std::int64_t>(pick.number("minutes", 5));
  return answer(twin.queue->begin_send(lease, role, to, timeout_ms));
}
std::string end_send(Twin& twin, Pick& pick) {
  const Lease lease = lease_of(twin, pick, JobState::delivering);
  const std::string role = pick.of("role", roles), to = pick.of("to", destinations);
  const bool delivered = pick.chance("delivered", 70);
  return answer(twin.queue->end_send(lease, role, to, delivered, delivered ? "" : "refused"));
}
// All that is open, as a worker sends it.
std::string send(Twin& twin, Pick& pick, const Lease& lease) {
  const Result<std::vector<Delivery>> all = twin.queue->deliveries(lease.job);
  if (!all) return all.error().code;
  std::vector<Delivery> open = *all;
  std::erase_if(open, [](const Delivery& each) { return each.delivered || each.predecessor_waits; });
  std::ranges::sort(open, {}, [](const Delivery& each) { return std::pair(each.role, each.destination); });
  std::string said;
  for (const Delivery& each : open) {
    const bool delivered = pick.chance("delivered", 75);
    said += answer(twin.queue->begin_send(lease, each.role, each.destination, 1'000)) + " ";
    said += answer(twin.queue->end_send(lease, each.role, each.destination, delivered, delivered ? "" : "away")) + " ";
  }
  return said;
}
std::string send_open(Twin& twin, Pick& pick) { return send(twin, pick, lease_of(twin, pick, JobState::delivering)); }
std::string give_up_send(Twin& twin, Pick& pick) {
  if (pick.chance("filled first", 50)) fill(twin, pick, lease_of(twin, pick, JobState::leased));
  const Lease lease = lease_of(twin, pick, [&](const Job& job) {
    const Result<std::vector<Delivery>> all = twin.queue->deliveries(job.id);
    return job.state == JobState::delivering && all.ok() && std::ranges::count(*all, "pdf", &Delivery::role) > 0;
  });
  return answer(twin.queue->give_up_send(lease, "pdf", pick.of("to", destinations), "refused"));
}
std::string finish(Twin& twin, Pick& pick) {
  const Lease lease = lease_of(twin, pick, leased_or_delivering(pick));
  constexpr std::array outcomes = {"delivered", "delivered", "delivered", "withdrawn", "withdrawn", "unchanged", "withheld: x"};
  return answer(twin.queue->finish(lease, pick.of("outcome", outcomes)));
}
std::string fail(Twin& twin, Pick& pick) {
  const Lease lease = lease_of(twin, pick, leased_or_delivering(pick));
  const auto error_class = static_cast<ErrorClass>(pick.number("class", 5));
  return answer(twin.queue->fail(lease, Error{error_class, "code_" + std::string(to_string(error_class)), "message"}));
}
std::string release(Twin& twin, Pick& pick) { return answer(twin.queue->release(lease_of(twin, pick, leased_or_delivering(pick)), "shutting down")); }

std::string retry(Twin& twin, Pick& pick) {
  const JobId job = job_of(twin, pick);
  return answer(twin.queue->retry(job, pick.of("actor", people)));
}
std::string release_held(Twin& twin, Pick& pick) {
  const JobId job = job_of(twin, pick);
  return answer(twin.queue->release_held(job, pick.of("actor", people)));
}
std::string rerun(Twin& twin, Pick& pick) {
  return answer(twin.queue->rerun(job_of(twin, pick), "administrator:A"), [](JobId id) { return std::to_string(id); });
}
std::string cancel(Twin& twin, Pick& pick) { return answer(twin.queue->cancel(job_of(twin, pick), "administrator:A")); }
std::string rush(Twin& twin, Pick& pick) { return answer(twin.queue->rush(job_of(twin, pick), "administrator:A")); }
std::string withdraw(Twin& twin, Pick& pick) {
  const JobId job = job_of(twin, pick);
  const auto reason = rejection_reasons[pick.number("reason", rejection_reasons.size())];
  const std::string why = pick.of("why", std::array{"wrong side", "blurred", "wrong side", "blurred", ""});
  return answer(twin.queue->withdraw(job, reason, why, pick.of("actor", people)));
}
// Under a UID that is the job's and changes with the words, as a worker's.
std::string fill_note(Twin& twin, const Lease& lease) {
  const Result<std::optional<Job>> job = twin.queue->job(lease.job);
  if (!job.ok() || !*job || !(*job)->withdrawal) return "nobody asked";
  const std::string uid = "note of " + std::to_string(lease.job) + ": " + (*job)->withdrawal->why;
  return answer(twin.queue->fill_rejection(lease, {std::string(rejection_role), "1.2.5", uid, {'K', 'O'}}));
}
std::string fill_rejection(Twin& twin, Pick& pick) {
  if (pick.chance("claimed first", 50)) claim(twin, pick);  // what is withdrawn comes before all that is queued
  return fill_note(twin, lease_of(twin, pick, [](const Job& job) { return job.state == JobState::delivering && job.withdrawal; }));
}

// A worker's whole way with a job, which the single acts seldom go by chance.
std::string work(Twin& twin, Pick& pick) {
  const std::string claimed = claim(twin, pick);
  if (claimed == "nothing") return claimed;
  const Lease lease = twin.leases.back();
  const std::string filled = fill_note(twin, lease);
  std::string said = claimed + ", " + (filled == "nobody asked" ? fill(twin, pick, lease) : filled) + ", " + send(twin, pick, lease);
  const Status finished = twin.queue->finish(lease, filled == "nobody asked" ? "delivered" : "withdrawn");
  said += answer(finished);
  if (!finished) said += " " + answer(twin.queue->fail(lease, transient_error("peer_unreachable", "away")));
  return said;
}
std::string hold_back(Twin& twin, Pick& pick) {
  const Lease lease = lease_of(twin, pick, JobState::leased);
  const std::string held = answer(twin.queue->hold_text(lease, pick.of("text", std::array{"one", "two"})));
  return held + " " + answer(twin.queue->fail(lease, permanent_error("held_for_review", "x")));
}
std::string pause(Twin& twin, Pick& pick) { return answer(twin.queue->pause(pick.of("actor", people))); }
std::string resume(Twin& twin, Pick&) { return answer(twin.queue->resume("administrator:A")); }
std::string say(Twin& twin, Pick& pick) {
  const std::string alive = answer(twin.queue->worker_alive(pick.of("worker", std::array{"ready", "loading model"})));
  return alive + " " + answer(twin.queue->set_plugin_note(pick.of("plugin", std::array{"", "rules.0: unknown key"})));
}

std::string time_passes(Twin& twin, Pick& pick) {
  constexpr std::array<std::int64_t, 8> steps_ms = {1, 499, 500, 1'000, 59'999, 60'000, 1'800'000, 3'600'001};
  twin.clock->advance(steps_ms[pick.number("step", steps_ms.size())]);
  return "";
}
std::string wall_clock_is_set(Twin& twin, Pick& pick) {
  constexpr std::array<std::int64_t, 6> steps_ms = {-86'400'000, -3'600'000, -700, 700, 3'600'000, 86'400'001};
  twin.clock->step_wall(steps_ms[pick.number("step", steps_ms.size())]);
  return "";
}
std::string reboot(Twin& twin, Pick&) {
  twin.clock->reboot();
  return "";
}

}  // namespace

const std::vector<Act>& queue_acts() {
  static const std::vector<Act> acts = {
      {"take_changes", 2, take_changes}, {"postpone_study", 1, postpone_study}, {"forget_study", 1, forget_study},
      {"settle_study", 20, settle_study}, {"add", 1, add}, {"claim", 16, claim}, {"reclaim", 3, reclaim}, {"heartbeat", 2, heartbeat},
      {"set_stage", 3, set_stage}, {"note", 1, note}, {"set_detail", 2, set_detail}, {"set_pictures", 1, set_pictures},
      {"hold_text", 2, hold_text}, {"fill_outbox", 8, fill_outbox}, {"begin_send", 6, begin_send}, {"end_send", 4, end_send},
      {"send_open", 8, send_open}, {"give_up_send", 6, give_up_send}, {"finish", 6, finish}, {"fail", 7, fail}, {"release", 2, release},
      {"retry", 9, retry}, {"release_held", 4, release_held}, {"rerun", 8, rerun}, {"cancel", 2, cancel}, {"rush", 2, rush},
      {"withdraw", 10, withdraw}, {"fill_rejection", 8, fill_rejection}, {"work", 12, work}, {"hold_back", 3, hold_back},
      {"pause", 1, pause}, {"resume", 4, resume}, {"say", 1, say},
      {"time_passes", 10, time_passes}, {"wall_clock_is_set", 1, wall_clock_is_set}, {"reboot", 1, reboot}};
  return acts;
}

}  // namespace radfm::db
