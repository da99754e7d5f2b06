// SPDX-License-Identifier: Apache-2.0
#include "worker/job_runner.h"

#include <algorithm>

#include "core/job.h"
#include "core/log.h"
#include "core/sop_class.h"
#include "worker/delivery.h"
#include "worker/draft_run.h"
#include "worker/study_fetch.h"
#include "worker/withdrawal.h"

namespace radfm::worker {
namespace {

constexpr int signal_race_ms = 200;
constexpr int queue_retry_ms = 1'000;
constexpr std::int64_t queue_complaint_interval_ms = 60'000;

std::string name(const db::Job& job) { return "job " + std::to_string(job.id); }

bool has_others_report(const StudyIndex& index, const db::Job& job) {
  for (const IndexedSeries& series : index.series) {
    for (const IndexedInstance& instance : series.instances) {
      if (sop_role(instance.sop_class_uid) == SopRole::report && instance.sop_instance_uid != job.uids.sr_sop_instance_uid) return true;
    }
  }
  return false;
}

// Somebody may have reported the study since the draft was written: a destination can be away for days.
Result<bool> is_reported_meanwhile(const JobRunner::Parts& parts, const db::Job& job) {
  if (job.identity.run != 0) return false;  // an administrator asked for it
  const Result<StudyIndex> index = parts.orthanc.study_index(job.orthanc_study_id);
  if (!index && index.error().code == "study_gone") return false;
  if (!index) return index.error();
  if (!has_others_report(*index, job)) return false;
  const Result<StudyFetch> reports = fetch_study(parts.orthanc, *index, /*images=*/false, 0, [](int, int) {});
  if (!reports) return reports.error();
  return parts.drafting.has_final_report(reports->files, parts.interrupt.fd());
}

// What destinations are asked before a send: nothing, where an administrator asked for the draft.
Withholding withholding_of(const JobRunner::Parts& parts, const db::Job& job) {
  if (job.identity.run != 0) return Withholding(std::nullopt);
  return Withholding(ReportJudge{parts.work_directory, [&parts](const std::vector<imaging::StudyFile>& files) {
                                   return parts.drafting.has_final_report(files, parts.interrupt.fd());
                                 }});
}

Result<std::string> send(const JobRunner::Parts& parts, const db::Job& job, const db::Lease& lease) {
  // The revision stands in the row since the outbox was filled.
  Result<std::optional<db::Job>> filled = parts.queue.job(job.id);
  if (!filled) return filled.error();
  if (!filled->has_value()) return cancelled_error("lease_lost", "the job is gone from the queue");
  if (Status staged = parts.queue.set_stage(lease, JobStage::delivering, 0, 0, ""); !staged) return staged.error();
  const Result<bool> reported = is_reported_meanwhile(parts, job);
  if (!reported) return reported.error();
  const std::string withheld = std::string(db::withheld_prefix) + final_report_present;
  if (*reported) return withheld;
  Withholding withholding = withholding_of(parts, job);
  if (Status delivered = deliver(parts.queue, **filled, lease, parts.find_destination, &withholding); !delivered) {
    return delivered.error();
  }
  if (Status marked = mark_study(parts.queue, parts.orthanc, **filled, lease); !marked) return marked.error();
  return withholding.withheld() ? withheld : "delivered";
}

Result<std::string> withdraw(const JobRunner::Parts& parts, const db::Job& job, const db::Lease& lease) {
  if (Status sent = send_withdrawal(parts.queue, job, lease, parts.find_destination); !sent) return sent.error();
  return std::string(db::withdrawn_outcome);
}

// A queue that is an older state of itself does not know what it has delivered since (db/queue_file.h); the study's mark does.
Result<bool> is_delivered_already(const JobRunner::Parts& parts, const db::Job& job) {
  const Result<std::string> mark = parts.orthanc.read_mark(job.orthanc_study_id);
  if (!mark && orthanc::orthanc_is_away(mark.error())) return mark.error();
  if (!mark) return false;
  return std::ranges::any_of(parse_delivered_marks(*mark), [&](const DeliveredMark& known) {
    return known.digest == job.identity.digest && known.run == job.identity.run;
  });
}

// The same of a draft whose sends this state of the queue does not know: no destination gets it again.
Result<std::string> send_rest(const JobRunner::Parts& parts, const db::Job& job, const db::Lease& lease) {
  const Result<bool> delivered = is_delivered_already(parts, job);
  if (!delivered) return delivered.error();
  const Result<std::vector<db::Delivery>> deliveries = parts.queue.deliveries(job.id);
  if (!deliveries) return deliveries.error();
  for (const db::Delivery& open : *deliveries) {
    if (!*delivered || open.delivered) continue;
    Status ended = parts.queue.end_send(lease, open.role, open.destination, true, "as the study's mark in Orthanc says");
    if (!ended) return ended.error();
  }
  return send(parts, job, lease);
}

Result<std::string> draft_and_send(const JobRunner::Parts& parts, const db::Job& job, const db::Lease& lease) {
  const Result<bool> delivered = is_delivered_already(parts, job);
  if (!delivered) return delivered.error();
  if (*delivered) return std::string("skipped: already_reported");
  DraftRun run(parts, job, lease);
  Result<DraftRun::Early> early = run.run();
  if (!early) return early.error();
  if (early->has_value()) return **early;
  return send(parts, job, lease);
}

}  // namespace

JobEnd JobRunner::run(const db::Job& job, const db::Lease& lease) {
  log_line(LogLevel::info, "worker", name(job) + ": " + std::string(to_string(job.state)) + ", attempt " + std::to_string(job.attempts));
  const bool only_sending = job.state == JobState::delivering;
  if (job.withdrawal || only_sending) parts_.needs_no_preparation();
  if (job.withdrawal) return close(job, lease, withdraw(parts_, job, lease));
  return close(job, lease, only_sending ? send_rest(parts_, job, lease) : draft_and_send(parts_, job, lease));
}

JobEnd JobRunner::close(const db::Job& job, const db::Lease& lease, const Result<std::string>& outcome) {
  db::Queue& queue = parts_.queue;
  if (outcome) {
    away_in_a_row_.erase(job.id);
    Status finished = persist(job, [&] { return queue.finish(lease, *outcome); });
    if (finished) log_line(LogLevel::info, "worker", name(job) + ": done, " + *outcome);
    return finished ? JobEnd::settled : JobEnd::interrupted;
  }
  const Error& error = outcome.error();
  const bool a_process_died = error.error_class == ErrorClass::poison || error.error_class == ErrorClass::vanished;
  // A terminal's Ctrl-C reaches engine and reader too, and their end may be seen before our own signal is.
  if (a_process_died) parts_.interrupt.wait(signal_race_ms);
  const bool stopping = parts_.interrupt.reason() == Interrupt::Reason::stopping;
  if (error.error_class == ErrorClass::cancelled || (stopping && a_process_died)) {
    if (stopping) {
      Status released = persist(job, [&] { return queue.release(lease, "the worker stops"); });
      if (released) log_line(LogLevel::info, "worker", name(job) + ": handed back, the worker stops");
    } else {
      log_line(LogLevel::info, "worker", name(job) + ": given up, it is no longer ours (" + error.code + ")");
    }
    return JobEnd::interrupted;
  }
  const bool model_away = error.code == "model_not_ready";
  const bool orthanc_away = orthanc::orthanc_is_away(error);
  const bool blameless = model_away || (orthanc_away && ++away_in_a_row_[job.id] <= orthanc_away_releases_max);
  if (!blameless) away_in_a_row_.erase(job.id);
  log_line(blameless ? LogLevel::info : LogLevel::warning, "worker",
           name(job) + ": " + error.code + ": " + error.message);
  Status closed = blameless ? persist(job, [&] { return queue.release(lease, error.message); })
                            : persist(job, [&] { return queue.fail(lease, error); });
  if (Result<std::optional<db::Job>> after = queue.job(job.id);
      closed && after && after->has_value() && (*after)->state == JobState::dead) {
    log_line(LogLevel::error, "worker", name(job) + ": dead (" + error.code + "): mend the cause, then radfmctl queue retry " + std::to_string(job.id));
    mark_dead(parts_.orthanc, job, error.code);
  }
  if (orthanc_away) return JobEnd::orthanc_away;
  if (model_away) return JobEnd::model_away;
  return closed ? JobEnd::settled : JobEnd::interrupted;
}

template <class Write>
Status JobRunner::persist(const db::Job& job, const Write& write) {
  std::int64_t complained_boot_ms = -queue_complaint_interval_ms;
  for (;;) {
    if (parts_.turns != nullptr) parts_.turns->turn();
    Status written = write();
    if (written || written.error().error_class != ErrorClass::transient) return written;
    if (parts_.clock.boot_ms() - complained_boot_ms >= queue_complaint_interval_ms) {
      complained_boot_ms = parts_.clock.boot_ms();
      log_line(LogLevel::error, "worker", name(job) + ": the queue cannot be written, trying on: " + written.error().message);
    }
    if (parts_.interrupt.wait(queue_retry_ms)) return written;
  }
}

}  // namespace radfm::worker
