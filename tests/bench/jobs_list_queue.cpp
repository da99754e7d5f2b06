// SPDX-License-Identifier: Apache-2.0
// Fills a node's queue for jobs_list.py: FILE JOBS, and on standard input lines "STUDY_INSTANCE_UID ORTHANC_ID", of which the jobs are, in turn.
// Nine of ten are delivered, one of thirty is dead, one of fifty cancelled; at most a twentieth waits, so that no study waits twice.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/study_index.h"
#include "db/queue.h"

namespace {

using namespace radfm;

// Days of work in an instant: each job is a minute.
class SteppedClock final : public Clock {
 public:
  explicit SteppedClock(std::int64_t minutes) : wall_(system_.wall_ms() - minutes * minute_ms) {}
  std::int64_t wall_ms() const override { return wall_; }
  std::int64_t boot_ms() const override { return system_.boot_ms(); }
  std::string boot_id() const override { return system_.boot_id(); }
  void step(std::int64_t ms) { wall_ += ms; }
  static constexpr std::int64_t minute_ms = 60'000;

 private:
  SystemClock system_;
  std::int64_t wall_;
};

struct Study {
  std::string uid, orthanc_id;
};

template <class T>
T must(Result<T> result) {
  if (result) return std::move(result).value();
  std::cerr << result.error().code << ": " << result.error().message << "\n";
  std::exit(1);
}
void must(const Status& status) {
  if (status) return;
  std::cerr << status.error().code << ": " << status.error().message << "\n";
  std::exit(1);
}

class Filler {
 public:
  Filler(db::Queue& queue, SteppedClock& clock) : queue_(queue), clock_(clock) {}

  void add(const Study& study, int number) {
    db::NewJob job;
    for (int image = 0; image < 100; ++image) job.instances.push_back(study.uid + "." + std::to_string(number) + "." + std::to_string(image));
    std::ranges::sort(job.instances);
    job.identity = {study.uid, image_digest(job.instances), 0};
    job.orthanc_study_id = study.orthanc_id;
    job.rule_name = number % 500 == 0 ? "rare" : "all";
    job.action.lane = number % 20 == 0 ? Lane::stat : Lane::routine;
    job.actor = "plugin";
    must(queue_.add(job));
  }
  void end(int number) {
    const auto [job, lease] = claim();
    if (number % 30 == 1) return must(queue_.fail(lease, permanent_error(number % 300 == 1 ? "no_geometry" : "broken_file", std::string(200, 'x'))));
    if (number % 50 == 2) return must(queue_.cancel(job.id, "administrator:bench"));
    store(job, lease);
    must(queue_.begin_send(lease, std::string(db::report_role), "orthanc", 1'000));
    must(queue_.end_send(lease, std::string(db::report_role), "orthanc", true, ""));
    must(queue_.finish(lease, "delivered"));
  }
  std::pair<db::Job, db::Lease> claim() {
    auto claimed = must(queue_.claim("bench"));
    if (!claimed) must(Status(permanent_error("nothing_due", "the job that was added cannot be claimed")));
    return std::move(*claimed);
  }
  void store(const db::Job& job, const db::Lease& lease) {
    must(queue_.set_detail(lease, R"({"note": ")" + std::string(2'000, 'x') + "\"}", "input"));
    must(queue_.set_draft_page(lease, "{\"text\": \"" + std::string(5'000, 'x') + "\"}"));
    clock_.step(SteppedClock::minute_ms / 2);
    const std::vector<std::uint8_t> dicom(8'000, 7);
    const db::OutboxObject sr{std::string(db::report_role), "1.2.840.10008.5.1.4.1.1.88.11", job.uids.sr_sop_instance_uid, dicom};
    must(queue_.fill_outbox(lease, must(queue_.next_revision(lease)), {sr}, {"orthanc"}, std::string(1'500, 'x')));
  }

 private:
  db::Queue& queue_;
  SteppedClock& clock_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int jobs = std::atoi(argv[2]);
  std::vector<Study> studies;
  for (Study study; std::cin >> study.uid >> study.orthanc_id;) studies.push_back(study);
  if (studies.empty() || jobs < 1) return 2;
  SteppedClock clock(jobs);
  db::OpenQueue open;
  open.path = argv[1];
  open.create = false;
  const auto queue = must(db::open_sqlite_queue(open, clock));
  Filler filler(*queue, clock);
  const int waiting = std::min(jobs / 20, static_cast<int>(studies.size()));
  for (int number = 0; number < jobs; ++number) {
    filler.add(studies[static_cast<std::size_t>(number) % studies.size()], number);
    if (number < jobs - waiting) filler.end(number);
    clock.step(SteppedClock::minute_ms / 2);
  }
  filler.claim();  // one is in work, one is being sent
  const auto [job, lease] = filler.claim();
  filler.store(job, lease);
  must(queue->worker_alive("ready"));
  const db::QueueStatus status = must(queue->status());
  std::cout << jobs << " jobs of " << studies.size() << " studies: queued " << status.queued << ", leased " << status.leased << ", delivering "
            << status.delivering << ", done " << status.done << ", dead " << status.dead << ", cancelled " << status.cancelled << "\n";
}
