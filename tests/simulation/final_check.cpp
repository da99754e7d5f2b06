// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/final_check.h"

#include <algorithm>
#include <set>

#include "core/study_index.h"
#include "tests/simulation/simulated_orthanc.h"
#include "tests/simulation/world.h"
#include "worker/destination.h"

namespace radfm::simulation {
namespace {

bool is_open(const KnownJob& job) {
  return job.state == JobState::queued || job.state == JobState::leased || job.state == JobState::delivering;
}

std::vector<std::string> destinations(const World& world) {
  std::vector<std::string> all{worker::orthanc_destination};
  all.insert(all.end(), world.plan.archives.begin(), world.plan.archives.end());
  return all;
}

const std::vector<std::uint8_t>* held_by(const World& world, const std::string& destination, const std::string& uid) {
  const auto& holds = destination == worker::orthanc_destination ? world.orthanc_objects : world.archives.at(destination).holds;
  const auto found = holds.find(uid);
  return found == holds.end() ? nullptr : &found->second;
}

bool is_gone(World& world, const KnownJob& job) {
  const SimulatedStudy* study = world.study_of_uid(job.identity.study_instance_uid);
  return study == nullptr || study->gone;
}

// A job that was delivered is at all its destinations with the bytes of the outbox; one that was withdrawn has its note wherever
// the report may be.
void check_delivered(World& world, const KnownJob& job) {
  const bool withdrawn = job.outcome == db::withdrawn_outcome;
  for (const std::string& destination : destinations(world)) {
    if (world.oracle.is_foreign(destination, job.uids.sr_sop_instance_uid)) continue;
    if (destination == worker::orthanc_destination && is_gone(world, job)) continue;  // it went with its study
    const auto* report = held_by(world, destination, job.uids.sr_sop_instance_uid);
    const std::string what = "job " + std::to_string(job.id) + " is " + job.outcome + ", and " + destination + " has no ";
    if (withdrawn) {
      if (report != nullptr && (job.note_uid.empty() || held_by(world, destination, job.note_uid) == nullptr)) {
        return world.oracle.fail("note_missing", what + "note beside its report");
      }
      continue;
    }
    if (report == nullptr) return world.oracle.fail("report_missing", what + "report");
    const auto stored = job.outbox.find(std::string(db::report_role));
    if (stored == job.outbox.end() || stored->second != digest_of(*report)) {
      return world.oracle.fail("second_content", what + "such report as the outbox has");
    }
  }
}

// Ways in which a job may die, by the code that an administrator reads.
bool is_documented_death(const std::string& code) {
  static const std::set<std::string> codes{"uid_taken",      "engine_crashed",  "engine_out_of_memory", "reader_crashed",
                                           "worker_vanished", "held_for_review", "report_not_in_outbox"};
  return codes.contains(code);
}

void check_study(World& world, const SimulatedStudy& study) {
  const std::string digest = image_digest(study.images);
  const auto& jobs = world.oracle.jobs();
  const auto job = std::ranges::find_if(jobs, [&](const auto& each) {
    return each.second.identity.study_instance_uid == study.uid && each.second.identity.digest == digest && each.second.identity.run == 0;
  });
  if (job == jobs.end()) return world.oracle.fail("study_lost", study.name + " has no job of the images that it has now");
  static const std::set<std::string> reasons{"delivered", "withdrawn", "unchanged", "skipped: revision_limit"};
  const KnownJob& last = job->second;
  const bool given_up = last.state == JobState::dead || (last.state == JobState::cancelled && last.outcome == "cancelled");
  if (!given_up && !reasons.contains(last.outcome)) {
    world.oracle.fail("study_lost", study.name + ": job " + std::to_string(last.id) + " of the images that it has now ended as '" +
                                        last.outcome + "'");
  }
}

}  // namespace

bool is_settled(World& world) {
  const std::int64_t all_changes_said_ms = 2 * restart_ms + 2 * stable_age_ms;
  if (!world.orthanc_up || world.clock.true_ms() < world.healed_true_ms + all_changes_said_ms) return false;
  if (std::ranges::any_of(world.oracle.jobs(), [](const auto& each) { return is_open(each.second); })) return false;
  Result<std::unique_ptr<db::Queue>> queue = world.open_queue();
  if (!queue) return false;
  const auto cursor = (*queue)->change_cursor();
  const auto pending = (*queue)->next_due_study_ms();
  return cursor && *cursor && **cursor >= world.orthanc_index.last_change() && pending && !pending->has_value();
}

std::string what_is_open(World& world) {
  std::string text;
  for (const auto& [id, job] : world.oracle.jobs()) {
    if (is_open(job)) text += "job " + std::to_string(id) + " is " + std::string(to_string(job.state)) + " (" + job.error_code + "); ";
  }
  if (!text.empty()) return text + "a healed world should have ended them";
  const Result<std::unique_ptr<db::Queue>> queue = world.open_queue();
  if (!queue) return "the queue cannot be opened";
  const auto cursor = (*queue)->change_cursor();
  const auto pending = (*queue)->next_due_study_ms();
  const auto shown = [](const auto& answer) { return answer && answer->has_value() ? std::to_string(**answer) : std::string("nothing"); };
  return "changes or studies are not taken over: the cursor is " + shown(cursor) + " of " + std::to_string(world.orthanc_index.last_change()) +
         ", the next study is due at " + shown(pending) + ", now is " + std::to_string(world.clock.wall_ms());
}

void check_the_end(World& world) {
  for (const auto& [id, job] : world.oracle.jobs()) {
    if (job.outcome == "delivered" || job.outcome == db::withdrawn_outcome) check_delivered(world, job);
    if (job.state == JobState::dead && !is_documented_death(job.error_code)) {
      world.oracle.fail("job_changed", "job " + std::to_string(id) + " is dead of " + job.error_code + ", which nothing here is");
    }
  }
  for (const auto& [name, study] : world.studies) {
    if (!study->gone) check_study(world, *study);
  }
}

}  // namespace radfm::simulation
