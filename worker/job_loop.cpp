// SPDX-License-Identifier: Apache-2.0
#include "worker/job_loop.h"

#include <algorithm>

#include "core/log.h"

namespace radfm::worker {
namespace {

constexpr std::int64_t complaint_interval_ms = 60'000;

}  // namespace

JobLoop::JobLoop(Parts parts)
    : parts_(std::move(parts)),
      preparation_(parts_.preparing),
      runner_({parts_.queue, parts_.orthanc, parts_.drafting, parts_.find_destination, parts_.configuration, parts_.clock,
               parts_.interrupt, parts_.archives, parts_.work_directory, &parts_.turns, &preparation_}) {}

bool JobLoop::ends() const {
  return parts_.interrupt.reason() == Interrupt::Reason::stopping || parts_.interrupt.draining();
}

void JobLoop::run() {
  while (!ends()) {
    const std::int64_t wait_ms = turn();
    parts_.turns.turn();
    if (wait_ms > 0 && !ends()) parts_.bell.wait(wait_ms);
  }
}

std::int64_t JobLoop::turn() {
  parts_.turns.turn();
  if (probe_orthanc_ && !orthanc_answers()) return orthanc_probe_interval_ms;
  // The model is warm before a job is claimed, so that no job waits for it under a lease. Sending needs no model.
  if (!parts_.engine.ready() && !only_sending_is_due() && !model_answers()) {
    return std::max<std::int64_t>(parts_.engine.wait_ms(), trouble_wait_ms);
  }
  if (ends()) return 0;
  if (!preparation_.take()) return parts_.configuration.queue.poll_ms;
  Result<std::optional<std::pair<db::Job, db::Lease>>> claimed = parts_.queue.claim(db::this_holder(parts_.clock), parts_.claims);
  if (!claimed) {
    parts_.health.trouble(Health::Part::queue, health_queue_not_usable, claimed.error().message);
    complain(claimed.error());
    preparation_.give_back(false);
    return trouble_wait_ms;
  }
  parts_.health.over(Health::Part::queue);
  if (parts_.engine.ready()) parts_.health.ready();
  if (!claimed->has_value()) {
    preparation_.give_back(false);
    return wait_for_next_job_ms();
  }
  const auto& [job, lease] = **claimed;
  const JobEnd end = run_claimed(job, lease);
  if (end == JobEnd::orthanc_away) probe_orthanc_ = true;
  return end == JobEnd::model_away ? trouble_wait_ms : 0;
}

JobEnd JobLoop::run_claimed(const db::Job& job, const db::Lease& lease) {
  parts_.heartbeat.hold(lease);
  const JobEnd end = runner_.run(job, lease);
  parts_.heartbeat.let_go();
  parts_.interrupt.clear_lease_lost();
  preparation_.give_back();
  return end;
}

bool JobLoop::model_answers() {
  if (parts_.engine.wait_ms() == 0) parts_.health.trouble(Health::Part::model, health_model_loading, "the model is being loaded");
  const auto model = parts_.engine.model(parts_.interrupt.fd());
  if (!model && model.error().error_class != ErrorClass::cancelled) {
    parts_.health.trouble(Health::Part::model, health_model_not_ready, model.error().message);
  }
  return model.ok();
}

bool JobLoop::orthanc_answers() {
  Status answer = parts_.orthanc.system();
  if (answer) {
    probe_orthanc_ = false;
    parts_.health.over(Health::Part::orthanc);
    return true;
  }
  if (answer.error().error_class == ErrorClass::cancelled) return false;
  parts_.health.trouble(Health::Part::orthanc, health_orthanc_away, answer.error().message);
  complain(answer.error());
  return false;
}

bool JobLoop::only_sending_is_due() {
  db::JobFilter filter;
  filter.states = {JobState::delivering};
  Result<std::vector<db::Job>> jobs = parts_.queue.list(filter);
  if (!jobs) return false;
  const std::int64_t now = parts_.clock.wall_ms();
  return std::ranges::any_of(*jobs, [&](const db::Job& job) { return job.due_wall_ms <= now; });
}

std::int64_t JobLoop::wait_for_next_job_ms() {
  const std::int64_t poll_ms = parts_.configuration.queue.poll_ms;
  Result<std::optional<std::int64_t>> due = parts_.queue.next_due_job_ms(parts_.claims);
  if (!due || !due->has_value()) return poll_ms;
  return std::clamp<std::int64_t>(**due - parts_.clock.wall_ms(), 10, poll_ms);
}

void JobLoop::complain(const Error& error) {
  if (!parts_.speaks) return;
  const std::int64_t now = parts_.clock.boot_ms();
  if (error.code == last_complaint_ && now - complained_boot_ms_ < complaint_interval_ms) return;
  last_complaint_ = error.code;
  complained_boot_ms_ = now;
  log_line(LogLevel::error, "worker", error.code + ": " + error.message);
}

}  // namespace radfm::worker
