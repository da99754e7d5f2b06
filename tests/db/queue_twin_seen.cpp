// SPDX-License-Identifier: Apache-2.0
// What a queue shows, as text of one line for each thing. Left out is what the contract leaves to each implementation: the words
// of messages, tokens, and when a row was last written.
#include <algorithm>
#include <sstream>

#include "tests/db/queue_twin.h"

namespace radfm::db {
namespace {

// Neither of the two has a disk that could be full: what cannot be read is a mistake of the test.
template <class T>
T must(Result<T> result) {
  if (!result.ok()) broken_invariant(result.error().code + ": " + result.error().message);
  return std::move(result).value();
}

void write(std::ostream& out, const Delivery& each) {
  out << "  delivery " << each.role << " to " << each.destination << " " << each.sop_instance_uid << (each.send_started ? " begun" : "")
      << (each.delivered ? " delivered" : "") << " tries " << each.tries << " " << each.error
      << (each.predecessor_waits ? " predecessor_waits" : "") << "\n";
}

void write(std::ostream& out, const Attempt& each) {
  out << "  attempt " << each.holder << " " << each.started_wall_ms << " " << each.ended_wall_ms << " " << each.end << " "
      << each.error_class << " " << each.error_code << "\n";
}

void write(std::ostream& out, const QueueStatus& status) {
  out << "status " << (status.paused ? "paused by " : "") << status.paused_by << " " << status.queued << " " << status.leased << " "
      << status.delivering << " " << status.done << " " << status.dead << " " << status.cancelled << " oldest "
      << status.oldest_open_wall_ms << " delivered " << status.last_delivered_wall_ms << " worker " << status.worker_seen_wall_ms << " "
      << status.worker_note << " plugin " << status.plugin_note << " typical " << status.typical_report_ms << "\n";
}

void write_job(std::ostream& out, Queue& queue, JobId id) {
  out << "job " << seen_of(must(queue.job(id)).value()) << "\n";
  const std::vector<std::uint8_t> montage = must(queue.montage(id));
  out << "  pictures " << std::string(montage.begin(), montage.end()) << " " << must(queue.draft_page(id)) << "\n";
  const std::vector<OutboxObject> outbox = must(queue.outbox(id));
  for (const OutboxObject& each : outbox) {
    out << "  outbox " << each.role << " " << each.sop_class_uid << " " << each.sop_instance_uid << " "
        << std::string(each.dicom.begin(), each.dicom.end()) << "\n";
  }
  std::vector<Delivery> deliveries = must(queue.deliveries(id));
  std::ranges::sort(deliveries, {}, [](const Delivery& each) { return std::pair(each.role, each.destination); });
  for (const Delivery& each : deliveries) write(out, each);
  const std::vector<Attempt> attempts = must(queue.attempts(id));
  for (const Attempt& each : attempts) write(out, each);
  out << "  events";
  const std::vector<Event> events = must(queue.events(id));
  for (const Event& each : events) out << " " << each.kind << " " << each.actor << " " << each.wall_ms << ",";
  out << "\n";
}

}  // namespace

std::string seen_of(const Job& job) {
  std::ostringstream out;
  out << job.id << " " << job.identity.study_instance_uid << " " << job.identity.digest << " run " << job.identity.run << " "
      << job.orthanc_study_id << " images " << job.instances.size() << " " << job.rule_name << " " << to_string(job.action.lane) << " "
      << to_string(job.state) << " '" << job.outcome << "' " << to_string(job.stage) << " " << job.progress_done << "/" << job.progress_of
      << " lane " << to_string(job.lane) << " created " << job.created_wall_ms << " finished " << job.finished_wall_ms << " due "
      << job.due_wall_ms << " attempts " << job.attempts << " poison " << job.poison_count << " vanished " << job.vanished_count
      << " transient " << job.transient_count << " " << job.uids.sr_sop_instance_uid << " revision " << job.revision << " after "
      << job.predecessor_sop_instance_uid << " " << job.predecessor_series_instance_uid << " error '" << job.error_code << "' "
      << (job.error_message.empty() ? "" : "said") << " input " << job.input_digest << " text '" << job.report_text << "' "
      << job.detail_json << (job.has_montage ? " montage" : "") << " held '" << job.held_text << "' by '" << job.held_released_by << "'"
      << (job.overdue ? " overdue" : "") << (job.ahead ? " behind " + std::to_string(*job.ahead) : "");
  if (job.withdrawal) {
    out << " withdrawal " << to_string(job.withdrawal->reason) << " " << job.withdrawal->why << " " << job.withdrawal->actor << " "
        << job.withdrawal->wall_ms;
  }
  return out.str();
}

std::string all_that_is_seen(Twin& twin) {
  Queue& queue = *twin.queue;
  std::ostringstream out;
  write(out, must(queue.status()));
  const std::int64_t now = twin.clock->wall_ms();
  const auto next = must(queue.next_due_job_ms());
  out << "next job " << (next ? std::to_string(std::max(*next, now)) : "none") << "\n";
  const auto next_study = must(queue.next_due_study_ms());
  out << "next study " << (next_study ? std::to_string(std::max(*next_study, now)) : "none") << " cursor "
      << must(queue.change_cursor()).value_or(-1) << "\n";
  const std::vector<PendingStudy> studies = must(queue.due_studies(now, 9));
  for (const PendingStudy& each : studies) out << "due study " << each.orthanc_study_id << " " << each.due_wall_ms << "\n";
  const std::vector<std::string> holders = must(queue.holders());
  for (const std::string& each : holders) out << "holder " << each << "\n";
  const std::vector<Job> jobs = must(queue.list({}));
  for (const Job& each : jobs) {
    out << "listed " << seen_of(each) << "\n";
    write_job(out, queue, each.id);
  }
  return out.str();
}

}  // namespace radfm::db
