// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/study_settler.h"

#include <algorithm>

#include "core/log.h"
#include "db/study_job.h"
#include "orthanc-plugin/index_reading.h"

namespace radfm::plugin {
namespace {

// As the logbook knows it.
std::string name_of(const std::string& orthanc_study_id) {
  return "study " + orthanc_study_id;
}

}  // namespace

StudySettler::StudySettler(OrthancApi& orthanc, Arrivals& arrivals, IndexLogbook& logbook, const Clock& clock, std::int64_t stable_age_ms)
    : orthanc_(orthanc),
      arrivals_(arrivals),
      logbook_(logbook),
      clock_(clock),
      stable_age_ms_(stable_age_ms),
      started_boot_ms_(clock.boot_ms()) {}

Result<StudySettler::Round> StudySettler::settle_due(db::Queue& queue, const std::vector<Rule>& rules) {
  const auto due = queue.due_studies(clock_.wall_ms(), studies_per_round);
  if (!due) return due.error();
  Round round;
  std::vector<db::NewJob> jobs;
  std::size_t images = 0;
  const auto settle_looked_at = [&] {
    const Status settled = settle(queue, jobs, round);
    jobs.clear();
    images = 0;
    return settled;
  };
  for (const db::PendingStudy& study : *due) {
    if (logbook_.deaths(name_of(study.orthanc_study_id)) > 0)  // the others' jobs must not depend on its end
      if (const Status settled = settle_looked_at(); !settled) return settled.error();
    auto job = look_at(queue, rules, study.orthanc_study_id);
    if (!job) return job.error();
    if (!*job) continue;
    images += (*job)->instances.size();
    jobs.push_back(std::move(**job));
    if (images >= images_per_transaction)
      if (const Status settled = settle_looked_at(); !settled) return settled.error();
  }
  if (const Status settled = settle_looked_at(); !settled) return settled.error();
  round.more = due->size() == static_cast<std::size_t>(studies_per_round);
  return round;
}

Result<std::optional<db::NewJob>> StudySettler::look_at(db::Queue& queue, const std::vector<Rule>& rules,
                                                        const std::string& orthanc_id) {
  const auto nothing = [](const Status& done) {
    return done ? Result<std::optional<db::NewJob>>(std::nullopt) : Result<std::optional<db::NewJob>>(done.error());
  };
  const std::string what = name_of(orthanc_id);
  if (logbook_.must_leave_behind(what)) return nothing(queue.forget_study(orthanc_id));  // it stays in the notes by name
  // Behind those that only wait for StableAge after the start.
  if (logbook_.deaths(what) > 0)
    if (const std::int64_t until = logbook_.waits_until_ms(what) + stable_age_ms_; until > clock_.wall_ms())
      return nothing(queue.postpone_study(orthanc_id, until));
  if (const Status written = logbook_.begin(what); !written) return written.error();
  const auto index = read_study_index(orthanc_, orthanc_id, arrivals_);
  logbook_.acquit(what);
  if (!index && index.error().code == not_found_code) {
    unreadable_.erase(orthanc_id);
    return nothing(queue.forget_study(orthanc_id));
  }
  if (!index) return nothing(put_off(queue, orthanc_id, index.error()));
  if (const std::int64_t ready = ready_ms(*index); ready > clock_.wall_ms())
    return nothing(queue.postpone_study(orthanc_id, postponed_order_.next(ready)));
  db::NewJob job = db::job_of_study(*index, rules, clock_.wall_ms(), "plugin");
  if (job.skip.empty()) {
    const auto reported = already_reported(orthanc_id, job.identity.digest);
    if (!reported) return nothing(put_off(queue, orthanc_id, reported.error()));
    // If the queue knows the job, this changes nothing; if its file was lost, nothing is reported twice.
    if (*reported) job.skip = "already_reported";
  }
  return std::optional(std::move(job));
}

Status StudySettler::settle(db::Queue& queue, const std::vector<db::NewJob>& jobs, Round& round) {
  if (jobs.empty()) return {};
  const auto settled = queue.settle_studies(jobs);
  if (!settled && settled.error().error_class == ErrorClass::permanent) {
    // One that the queue refuses must not hold up the others.
    if (jobs.size() == 1) return put_off(queue, jobs.front().orthanc_study_id, settled.error());
    for (const db::NewJob& job : jobs)
      if (const Status alone = settle(queue, {job}, round); !alone) return alone;
    return {};
  }
  if (!settled) return settled.error();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const db::NewJob& job = jobs[i];
    unreadable_.erase(job.orthanc_study_id);
    ++round.settled;
    if ((*settled)[i] != db::EnqueueResult::created) continue;
    ++round.jobs_made;
    log_line(LogLevel::info, "queue",
             "study " + job.orthanc_study_id + ": " +
                 (job.skip.empty() ? "queued by rule " + job.rule_name : "no report due: " + job.skip));
  }
  return {};
}

Status StudySettler::put_off(db::Queue& queue, const std::string& orthanc_id, const Error& error) {
  if (unreadable_.size() >= unreadable_studies_max && unreadable_.count(orthanc_id) == 0) unreadable_.clear();
  Trouble& trouble = unreadable_[orthanc_id];
  std::int64_t wait_ms = unreadable_wait_first_ms;
  for (int i = 0; i < trouble.tries && wait_ms < unreadable_wait_max_ms; ++i) wait_ms *= 2;
  wait_ms = std::min(wait_ms, unreadable_wait_max_ms);
  ++trouble.tries;
  trouble.error = error;
  log_line(LogLevel::warning, "queue",
           "study " + orthanc_id + ": it cannot be settled (" + error.code + "), try " +
               std::to_string(trouble.tries) + "; next in " + std::to_string(wait_ms / 1000) + " s");
  return queue.postpone_study(orthanc_id, clock_.wall_ms() + wait_ms);
}

std::vector<std::string> StudySettler::delayed() const {
  std::vector<std::string> sentences;
  for (const auto& [id, trouble] : unreadable_) {
    if (sentences.size() == delayed_shown_max) {
      sentences.push_back("and " + std::to_string(unreadable_.size() - delayed_shown_max) + " more");
      break;
    }
    sentences.push_back("study " + id + " waits: it could not be settled " +
                        std::to_string(trouble.tries) + " times (" + trouble.error.code + ": " +
                        trouble.error.message + ")");
  }
  return sentences;
}

Result<bool> StudySettler::already_reported(const std::string& orthanc_id, const std::string& digest) {
  const auto mark =
      orthanc_.get("/studies/" + orthanc_id + "/metadata/" + std::to_string(orthanc_metadata_number));
  if (!mark && mark.error().code == not_found_code) return false;
  if (!mark) return mark.error();
  const std::vector<DeliveredMark> marks = parse_delivered_marks(*mark);
  return std::any_of(marks.begin(), marks.end(),
                     [&](const DeliveredMark& known) { return known.digest == digest && known.run == 0; });
}

std::int64_t StudySettler::started_wall_ms() const {
  return clock_.wall_ms() - (clock_.boot_ms() - started_boot_ms_);
}

std::int64_t StudySettler::ready_ms(const StudyIndex& index) const {
  const std::int64_t now = clock_.wall_ms();
  const std::int64_t updated = parse_last_update_ms(index.last_update).value_or(started_wall_ms());
  // Orthanc calls every study stable after a restart; only what changed since then did it watch.
  if (index.is_stable && updated >= started_wall_ms()) return now;
  return std::min(std::max(updated, started_wall_ms()), now) + stable_age_ms_;
}

}  // namespace radfm::plugin
