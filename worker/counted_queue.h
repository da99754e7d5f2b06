// SPDX-License-Identifier: Apache-2.0
// The queue as a job thread uses it: what passes through it is counted (work_tallies.h) and timed, and written down when an attempt
// or a send has ended. It changes no answer.
//
// Of one thread, which has one job at a time.
#pragma once

#include "core/clock.h"
#include "db/forwarding_queue.h"
#include "worker/work_tallies.h"

namespace radfm::worker {

class CountedQueue final : public db::ForwardingQueue {
 public:
  // `tallies` and `clock` must outlive it.
  CountedQueue(std::unique_ptr<db::Queue> queue, WorkTallies& tallies, const Clock& clock)
      : ForwardingQueue(std::move(queue)), tallies_(tallies), clock_(clock) {}

  Result<std::optional<std::pair<db::Job, db::Lease>>> claim(const std::string& holder, db::Claimable which) override;
  Status set_stage(const db::Lease& lease, JobStage stage, int done, int of, const std::string& text_so_far) override;
  Status fill_outbox(const db::Lease& lease, const Revision& revision, const std::vector<db::OutboxObject>& objects,
                     const std::vector<std::string>& destinations, const std::string& report_text) override;
  Status end_send(const db::Lease& lease, const std::string& role, const std::string& destination, bool delivered,
                  const std::string& error) override;
  Status give_up_send(const db::Lease& lease, const std::string& role, const std::string& destination, const std::string& why) override;
  Status finish(const db::Lease& lease, const std::string& outcome) override;
  Status fail(const db::Lease& lease, const Error& error) override;
  Status release(const db::Lease& lease, const std::string& why) override;

 private:
  void begin_stage(JobStage stage);  // and ends the one before it
  void end_attempt(std::string_view end, std::string_view error_class);

  WorkTallies& tallies_;
  const Clock& clock_;
  bool at_work_ = false;
  JobStage stage_ = JobStage::none;
  std::int64_t claimed_boot_ms_ = 0, stage_boot_ms_ = 0;
};

}  // namespace radfm::worker
