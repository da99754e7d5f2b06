// SPDX-License-Identifier: Apache-2.0
// Workers on one database, killed hard at random moments, with work that often outlasts its lease. What was finished is
// kept outside of the database too. Nothing is lost, nothing finished twice, nothing dead.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <thread>

#include "db/queue.h"
#include "tests/db/temporary_folder.h"

namespace radfm::db {
namespace {

constexpr int jobs_in_storm = 30, workers_in_storm = 3, kills_max = 150;
constexpr auto storm_time = std::chrono::seconds(5);

OpenQueue opening(const std::filesystem::path& folder, OpenQueue::Journal journal) {
  OpenQueue open;
  open.path = folder / "queue.sqlite";
  open.journal = journal;
  open.settings.lease_ms = 25;
  open.settings.backoff_first_ms = 1;
  open.settings.backoff_max_ms = 8;
  open.busy_limit_ms = 30'000;
  return open;
}

// One claim and what comes after it. False when nothing was due.
bool work_once(Queue& queue, const Clock& clock, std::minstd_rand& random, int finished_file) {
  std::vector<std::string> dead;
  const auto holders = queue.holders();
  if (holders.ok()) {
    for (const std::string& holder : *holders) {
      if (!holder_is_alive(holder, clock)) dead.push_back(holder);
    }
  }
  [[maybe_unused]] const Result<int> reclaimed = queue.reclaim(dead);
  const auto claimed = queue.claim(this_holder(clock));
  if (!claimed.ok() || !claimed->has_value()) return false;
  const auto& [job, lease] = **claimed;
  std::this_thread::sleep_for(std::chrono::milliseconds(random() % 40));  // at times longer than the lease
  if (job.state == JobState::leased) {
    if (random() % 8 == 0) return queue.fail(lease, transient_error("storm", "weather")).ok(), true;
    const auto revision = queue.next_revision(lease);
    if (!revision.ok()) return true;
    const OutboxObject object{"sr", "1.2", job.uids.sr_sop_instance_uid, {1, 2, 3}};
    if (!queue.fill_outbox(lease, *revision, {object}, {"orthanc"}, "text").ok()) return true;
  }
  if (!queue.begin_send(lease, "sr", "orthanc", 5).ok()) return true;
  if (!queue.end_send(lease, "sr", "orthanc", true, "").ok()) return true;
  if (!queue.finish(lease, "delivered").ok()) return true;
  const std::string line = std::to_string(job.id) + "\n";
  [[maybe_unused]] const ssize_t written = ::write(finished_file, line.data(), line.size());
  return true;
}

[[noreturn]] void be_worker(const std::filesystem::path& folder, OpenQueue::Journal journal, unsigned seed) {
  const SystemClock clock;
  std::minstd_rand random(seed);
  const int finished_file = ::open((folder / "finished").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  for (;;) {
    auto queue = open_sqlite_queue(opening(folder, journal), clock);
    if (!queue.ok()) continue;
    while (work_once(**queue, clock, random, finished_file)) {
    }
  }
}

class Storm : public testing::TestWithParam<OpenQueue::Journal> {};

TEST_P(Storm, LosesNothingAndFinishesNothingTwice) {
  // kill -9 at random moments; the seed is printed and chooses victims and moments.
  const unsigned seed = std::random_device{}();
  std::cout << "seed " << seed << std::endl;
  std::mt19937 random(seed);
  const TemporaryFolder folder;
  const SystemClock clock;
  {
    auto queue = open_sqlite_queue(opening(folder.path(), GetParam()), clock);
    ASSERT_TRUE(queue.ok()) << queue.error().message;
    for (int i = 0; i < jobs_in_storm; ++i) {
      NewJob job;
      job.identity = {"1." + std::to_string(i), "d", 0};
      job.instances = {"1"};
      ASSERT_TRUE((*queue)->settle_study("o", job).ok());
    }
  }
  const auto start_worker = [&]() -> pid_t {
    const unsigned worker_seed = random();
    const pid_t child = ::fork();
    if (child == 0) be_worker(folder.path(), GetParam(), worker_seed);
    return child;
  };
  const auto kill_worker = [](pid_t worker) {
    ::kill(worker, SIGKILL);
    ::waitpid(worker, nullptr, 0);
  };
  std::vector<pid_t> workers(workers_in_storm);
  for (pid_t& worker : workers) worker = start_worker();
  int kills = 0;
  for (const auto end = std::chrono::steady_clock::now() + storm_time;
       kills < kills_max && std::chrono::steady_clock::now() < end; ++kills) {
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 50));
    pid_t& victim = workers[random() % workers.size()];
    kill_worker(victim);
    victim = start_worker();
  }
  for (const pid_t worker : workers) kill_worker(worker);

  // Calm: one worker in this process finishes the rest.
  auto queue = open_sqlite_queue(opening(folder.path(), GetParam()), clock);
  ASSERT_TRUE(queue.ok()) << queue.error().message;
  const int finished_file = ::open((folder.path() / "finished").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  std::minstd_rand calm(1);
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while ((*queue)->status()->done < jobs_in_storm && std::chrono::steady_clock::now() < patience) {
    work_once(**queue, clock, calm, finished_file);
  }
  ::close(finished_file);

  int attempts = 0;
  const auto jobs = (*queue)->list({});
  ASSERT_EQ(jobs->size(), static_cast<std::size_t>(jobs_in_storm));
  for (const Job& job : *jobs) {
    EXPECT_EQ(job.outcome, "delivered") << "job " << job.id << " " << to_string(job.state) << " " << job.error_message;
    int ends = 0, dones = 0;
    const auto attempts_of_job = (*queue)->attempts(job.id);
    const auto events_of_job = (*queue)->events(job.id);
    for (const Attempt& attempt : *attempts_of_job) ends += attempt.end == "done", ++attempts;
    for (const Event& event : *events_of_job) dones += event.kind == "done";
    EXPECT_EQ(ends, 1) << "job " << job.id;
    EXPECT_EQ(dones, 1) << "job " << job.id;
  }
  std::map<std::string, int> finished;
  std::ifstream lines(folder.path() / "finished");
  for (std::string line; std::getline(lines, line);) ++finished[line];
  for (const auto& [job, times] : finished) EXPECT_EQ(times, 1) << "job " << job;
  EXPECT_GT(attempts, jobs_in_storm) << "the storm disturbed nobody";
  std::cout << kills << " kills, " << attempts << " attempts for " << jobs_in_storm << " jobs" << std::endl;
}

INSTANTIATE_TEST_SUITE_P(Sqlite, Storm, testing::Values(OpenQueue::Journal::truncate, OpenQueue::Journal::wal),
                         [](const auto& chosen) { return chosen.param == OpenQueue::Journal::wal ? "wal" : "truncate"; });

}  // namespace
}  // namespace radfm::db
