// SPDX-License-Identifier: Apache-2.0
#include "worker/job_thread.h"

#include <poll.h>

#include "core/log.h"
#include "db/queue_file.h"
#include "orthanc-client/orthanc_client.h"
#include "worker/counted_queue.h"
#include "worker/job_loop.h"

namespace radfm::worker {

void JobThread::rung() {
  bell_.ring();
  const std::lock_guard lock(mutex_);
  if (heartbeat_ != nullptr) heartbeat_->beat_now();
}

void JobThread::stop() {
  interrupt_.raise(Interrupt::Reason::stopping);
  bell_.ring();
}

void JobThread::drain() {
  interrupt_.drain();
  bell_.ring();
}

void JobThread::say(const std::string& note) {
  const std::lock_guard lock(mutex_);
  note_ = note;
  if (heartbeat_ != nullptr) heartbeat_->say(note);
}

Status JobThread::run(EngineSupervisor& engine, const std::filesystem::path& work) {
  const Status ended = run_jobs(engine, work);
  turns_.rest();
  return ended;
}

Result<std::unique_ptr<db::Queue>> JobThread::open_queue() {
  std::string said;
  for (;;) {
    db::OpenQueue how;
    how.path = shared_.configuration.database.path;
    how.settings = shared_.configuration.queue;
    how.pages_max = db::file_pages_max(shared_.configuration.database);
    Result<std::unique_ptr<db::Queue>> queue = db::open_sqlite_queue(how, clock_);
    if (queue) shared_.health.over(Health::Part::queue);
    if (queue || queue.error().error_class != ErrorClass::transient) return queue;
    shared_.health.trouble(Health::Part::queue, health_queue_not_usable, queue.error().message);
    if (said != queue.error().message) {
      said = queue.error().message;
      log_line(LogLevel::error, "worker", "the queue cannot be opened, trying on: " + said);
    }
    turns_.turn();
    pollfd waiting{interrupt_.fd(), POLLIN, 0};
    if (::poll(&waiting, 1, int(trouble_wait_ms)) > 0 || interrupt_.draining()) return cancelled_error("woken", "the worker stops");
  }
}

Status JobThread::run_jobs(EngineSupervisor& engine, const std::filesystem::path& work) {
  Result<std::unique_ptr<db::Queue>> queue = open_queue();
  if (!queue) return queue.error();
  Result<std::unique_ptr<db::Queue>> beat_queue = open_queue();
  if (!beat_queue) return beat_queue.error();
  const Configuration& configuration = shared_.configuration;
  Result<std::unique_ptr<orthanc::OrthancClient>> orthanc =
      orthanc::OrthancClient::make(configuration.orthanc, work, interrupt_.fd());
  if (!orthanc) broken_invariant("orthanc.url was checked before");  // worker_mistakes()
  Heartbeat heartbeat(std::move(beat_queue).value(), configuration.queue, clock_, interrupt_);
  let_ring(&heartbeat);
  EngineDrafting drafting(engine, configuration, shared_.tallies);
  CountedQueue counted(std::move(queue).value(), shared_.tallies, clock_);
  const FindDestination find = destinations(configuration, **orthanc, {shared_.commitments, shared_.rests}, interrupt_.fd());
  const FindDestination find_and_turn = [&](const std::string& name) {
    turns_.turn();
    return find(name);
  };
  JobLoop({configuration, clock_, counted, **orthanc, engine, drafting, find_and_turn, heartbeat, interrupt_, bell_, shared_.archives,
           work, shared_.health, turns_, claims_, speaks_, preparing_})
      .run();
  let_ring(nullptr);
  return {};
}

void JobThread::let_ring(Heartbeat* heartbeat) {
  const std::lock_guard lock(mutex_);
  heartbeat_ = heartbeat;
  if (heartbeat_ != nullptr && !note_.empty()) heartbeat_->say(note_);
}

}  // namespace radfm::worker
