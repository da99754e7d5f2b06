// SPDX-License-Identifier: Apache-2.0
// The suite that every implementation of db/queue.h must pass: the fixture. The tests stand in queue_*_conformance.cpp;
// an implementation instantiates QueueConformance with its factory.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/job.h"
#include "db/queue.h"
#include "tests/db/temporary_folder.h"
#include "tests/support/fake_clock.h"

namespace radfm::db {

struct QueueFactory {
  std::string name;
  // A connection to the one database of `folder`.
  std::function<Result<std::unique_ptr<Queue>>(const std::filesystem::path& folder, const QueueSettings& settings,
                                               const Clock& clock, const RandomUpTo& random)>
      open;
};

// The test goes on only with a value.
template <class T>
T must(Result<T> result) {
  if (!result.ok()) {
    ADD_FAILURE() << result.error().code << ": " << result.error().message;
    throw std::runtime_error("the test cannot go on");
  }
  return std::move(result).value();
}
inline void must(const Status& status) {
  if (!status.ok()) {
    ADD_FAILURE() << status.error().code << ": " << status.error().message;
    throw std::runtime_error("the test cannot go on");
  }
}
template <class T>
std::string code_of(const Result<T>& result) {
  return result.ok() ? "ok" : result.error().code;
}

class QueueConformance : public testing::TestWithParam<QueueFactory> {
 protected:
  using Claimed = std::optional<std::pair<Job, Lease>>;

  QueueConformance() : queue_owner(open()), queue(*queue_owner) {}

  std::unique_ptr<Queue> open() {
    return must(GetParam().open(folder.path(), settings, clock, [this](std::int64_t bound) { return drawn(bound); }));
  }
  // Another worker, another plugin: closes over changed `settings` too.
  void reopen() {
    reopened = open();
    queue_pointer = reopened.get();
  }
  Queue& q() { return *queue_pointer; }

  static NewJob new_job(const std::string& study, const std::string& digest = "d1", Lane lane = Lane::routine) {
    NewJob job;
    job.identity = {study, digest, 0};
    job.orthanc_study_id = "orthanc-" + study;
    job.instances = {study + ".1", study + ".2"};
    job.rule_name = "chest";
    job.action.lane = lane;
    job.action.prompt_2d = "What do you see?";
    job.actor = "plugin";
    return job;
  }
  // A queued job; gives its id.
  JobId enqueue(const std::string& study, const std::string& digest = "d1", Lane lane = Lane::routine) {
    const NewJob job = new_job(study, digest, lane);
    EXPECT_EQ(must(q().settle_study(job.orthanc_study_id, job)), EnqueueResult::created);
    return newest();
  }
  JobId newest() {
    JobFilter filter;
    filter.limit = 1;
    return must(q().list(filter)).at(0).id;
  }
  Job job(JobId id) { return must(q().job(id)).value(); }
  JobState state(JobId id) { return job(id).state; }

  std::pair<Job, Lease> claim(const std::string& holder = "boot-1:1:1") {
    Claimed claimed = must(q().claim(holder));
    if (!claimed) throw std::runtime_error("there was nothing to claim");
    return *claimed;
  }
  bool nothing_to_claim() { return !must(q().claim("boot-1:1:1")).has_value(); }

  static constexpr const char* report_class = "1.2.840.10008.5.1.4.1.1.88.22";
  static OutboxObject report_of(const Job& of, const std::string& content = "SR") {
    return {"sr", report_class, of.uids.sr_sop_instance_uid, {content.begin(), content.end()}};
  }
  Status try_fill(const std::pair<Job, Lease>& held) {
    return q().fill_outbox(held.second, must(q().next_revision(held.second)), {report_of(held.first)}, {"orthanc"}, "Findings.");
  }
  void fill(const std::pair<Job, Lease>& held) { must(try_fill(held)); }
  void send(const Lease& lease) {
    must(q().begin_send(lease, "sr", "orthanc", 1'000));
    must(q().end_send(lease, "sr", "orthanc", true, ""));
  }
  // From leased to delivered.
  void deliver(const std::pair<Job, Lease>& held) {
    fill(held);
    send(held.second);
    must(q().finish(held.second, "delivered"));
  }
  // A whole job; gives it as delivered.
  Job deliver_study(const std::string& study, const std::string& digest) {
    const JobId id = enqueue(study, digest);
    auto held = claim();
    EXPECT_EQ(held.first.id, id);
    deliver(held);
    return job(id);
  }
  // Brings a fresh job into `wanted`; the lease is of the last holder.
  std::pair<Job, Lease> job_in(JobState wanted, const std::string& study);

  std::int64_t drawn(std::int64_t bound) {
    bounds.push_back(bound);
    return bound;  // always the longest wait
  }

  TemporaryFolder folder;
  testing_support::FakeClock clock;
  QueueSettings settings;
  std::vector<std::int64_t> bounds;  // of the waits that were drawn
  std::unique_ptr<Queue> queue_owner, reopened;
  Queue& queue;
  Queue* queue_pointer = &queue;
};

inline std::pair<Job, Lease> QueueConformance::job_in(JobState wanted, const std::string& study) {
  const JobId id = enqueue(study);
  std::pair<Job, Lease> held{job(id), Lease{id, 0}};
  if (wanted == JobState::queued) return held;
  held = claim();
  EXPECT_EQ(held.first.id, id);
  switch (wanted) {
    case JobState::queued:
    case JobState::leased: break;
    case JobState::delivering: fill(held); break;
    case JobState::done: deliver(held); break;
    case JobState::dead: must(q().fail(held.second, permanent_error("broken", "it is broken"))); break;
    case JobState::cancelled: must(q().cancel(id, "administrator:A")); break;
  }
  held.first = job(id);
  EXPECT_EQ(held.first.state, wanted);
  return held;
}

inline constexpr JobState all_states[] = {JobState::queued, JobState::leased, JobState::delivering,
                                          JobState::done,   JobState::dead,   JobState::cancelled};

}  // namespace radfm::db
