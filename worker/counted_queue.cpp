// SPDX-License-Identifier: Apache-2.0
#include "worker/counted_queue.h"

#include "core/job.h"
#include "worker/withholding.h"

namespace radfm::worker {
namespace {

std::string pair_label(std::string_view first, std::string_view second) { return std::string(first) + "/" + std::string(second); }

std::string_view result_of(bool delivered, const std::string& error) {
  if (delivered) return "delivered";
  return error.starts_with(final_report_present) ? "withheld" : "failed";
}

// Whose death the attempt was lost by; empty: none.
std::string_view child_that_died(const Error& error) {
  if (error.error_class != ErrorClass::poison) return {};
  for (const std::string_view child : db::child_programs) {
    if (error.code.starts_with(std::string(child) + "_")) return child;
    // out_of_memory has one code, and says in its message whose memory it was.
    if (error.code == "out_of_memory" && error.message.find("for the " + std::string(child)) != std::string::npos) return child;
  }
  return {};
}

}  // namespace

Result<std::optional<std::pair<db::Job, db::Lease>>> CountedQueue::claim(const std::string& holder, db::Claimable which) {
  // The attempt before this one had no end of ours: the job was cancelled or taken back under it.
  if (at_work_) end_attempt("lost", "cancelled");
  auto claimed = queue().claim(holder, which);
  if (!claimed || !claimed->has_value()) return claimed;
  const db::Job& job = (*claimed)->first;
  at_work_ = true;
  claimed_boot_ms_ = clock_.boot_ms();
  stage_ = JobStage::none;
  if (job.attempts == 1) tallies_.took(db::tally_wait_ms, to_string(job.lane), clock_.wall_ms() - job.created_wall_ms);
  return claimed;
}

Status CountedQueue::set_stage(const db::Lease& lease, JobStage stage, int done, int of, const std::string& text_so_far) {
  if (stage != stage_) begin_stage(stage);
  return queue().set_stage(lease, stage, done, of, text_so_far);
}

Status CountedQueue::fill_outbox(const db::Lease& lease, const Revision& revision, const std::vector<db::OutboxObject>& objects,
                                 const std::vector<std::string>& destinations, const std::string& report_text) {
  Status filled = queue().fill_outbox(lease, revision, objects, destinations, report_text);
  if (filled) tallies_.took(db::tally_report_ms, "report", clock_.boot_ms() - claimed_boot_ms_);
  return filled;
}

Status CountedQueue::end_send(const db::Lease& lease, const std::string& role, const std::string& destination, bool delivered,
                              const std::string& error) {
  Status ended = queue().end_send(lease, role, destination, delivered, error);
  if (ended) tallies_.count(db::tally_deliveries, pair_label(destination, result_of(delivered, error)));
  return ended;
}

Status CountedQueue::give_up_send(const db::Lease& lease, const std::string& role, const std::string& destination, const std::string& why) {
  Status given_up = queue().give_up_send(lease, role, destination, why);
  if (given_up) tallies_.count(db::tally_deliveries, pair_label(destination, "given_up"));
  return given_up;
}

Status CountedQueue::finish(const db::Lease& lease, const std::string& outcome) {
  Status finished = queue().finish(lease, outcome);
  if (!finished) return finished;
  begin_stage(JobStage::none);  // the last one was come through too
  tallies_.count(db::tally_outcomes, outcome.substr(0, outcome.find(':')));
  end_attempt("done", "none");
  return finished;
}

Status CountedQueue::fail(const db::Lease& lease, const Error& error) {
  Status failed = queue().fail(lease, error);
  if (!failed) return failed;
  if (const std::string_view child = child_that_died(error); !child.empty()) tallies_.count(db::tally_child_deaths, std::string(child));
  end_attempt("failed", to_string(error.error_class));
  return failed;
}

Status CountedQueue::release(const db::Lease& lease, const std::string& why) {
  Status released = queue().release(lease, why);
  if (released) end_attempt("released", "none");
  return released;
}

void CountedQueue::begin_stage(JobStage stage) {
  const std::int64_t now = clock_.boot_ms();
  if (stage_ != JobStage::none) tallies_.took(db::tally_stage_ms, to_string(stage_), now - stage_boot_ms_);
  stage_ = stage;
  stage_boot_ms_ = now;
}

void CountedQueue::end_attempt(std::string_view end, std::string_view error_class) {
  at_work_ = false;
  tallies_.count(db::tally_attempts, pair_label(end, error_class));
  tallies_.write(queue());
}

}  // namespace radfm::worker
