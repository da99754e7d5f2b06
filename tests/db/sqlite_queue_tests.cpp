// SPDX-License-Identifier: Apache-2.0
// SQLite's own part: both journals pass the conformance suite; history cannot be rewritten; claims use their index;
// a full disk is met without loss.
#include <sqlite3.h>

#include <array>
#include <latch>
#include <thread>

#include "db/sqlite_claim_order.h"
#include "tests/db/queue_conformance.h"

namespace radfm::db {
namespace {

QueueFactory factory(const std::string& name, OpenQueue::Journal journal) {
  return {name, [journal](const std::filesystem::path& folder, const QueueSettings& settings, const Clock& clock,
                          const RandomUpTo& random) {
            OpenQueue open;
            open.path = folder / "queue.sqlite";
            open.settings = settings;
            open.journal = journal;
            open.random = random;
            return open_sqlite_queue(open, clock);
          }};
}

INSTANTIATE_TEST_SUITE_P(Sqlite, QueueConformance,
                         testing::Values(factory("truncate", OpenQueue::Journal::truncate),
                                         factory("wal", OpenQueue::Journal::wal)),
                         [](const auto& chosen) { return chosen.param.name; });

class SqliteQueueTest : public testing::Test {
 protected:
  std::unique_ptr<Queue> open(std::int64_t pages_max = 0) {
    OpenQueue open;
    open.path = path;
    open.pages_max = pages_max;
    return must(open_sqlite_queue(open, clock));
  }
  static NewJob new_job(const std::string& study) {
    NewJob job;
    job.identity = {study, "d1", 0};
    job.instances = {"1.2"};
    return job;
  }
  // What SQLite says to this statement: its first column of all rows, or its error.
  std::string raw(const std::string& sql) {
    sqlite3* handle = nullptr;
    EXPECT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
    std::string said;
    char* error = nullptr;
    sqlite3_exec(
        handle, sql.c_str(),
        [](void* out, int columns, char** values, char**) {
          *static_cast<std::string*>(out) += std::string(values[columns - 1] == nullptr ? "" : values[columns - 1]) + "\n";
          return 0;
        },
        &said, &error);
    if (error != nullptr) said = error;
    sqlite3_free(error);
    sqlite3_close(handle);
    return said;
  }

  TemporaryFolder folder;
  std::filesystem::path path = folder.path() / "queue.sqlite";
  testing_support::FakeClock clock;
};

TEST_F(SqliteQueueTest, HistoryIsAppendOnlyEvenForSql) {
  // The audit's source cannot be changed by a statement in a hurry.
  auto queue = open();
  must(queue->settle_study("o", new_job("1")));
  must(queue->claim("holder"));
  EXPECT_EQ(raw("UPDATE events SET actor = 'somebody else'"), "events are append-only");
  EXPECT_EQ(raw("DELETE FROM events"), "events are append-only");
  EXPECT_EQ(raw("UPDATE attempts SET holder = ''"), "attempts are append-only");
  EXPECT_EQ(raw("DELETE FROM attempts"), "attempts are append-only");
}

TEST_F(SqliteQueueTest, IdentityIsUniqueByConstraint) {
  // Also for a program that does not ask first.
  auto queue = open();
  must(queue->settle_study("o", new_job("1")));
  const std::string copy =
      "INSERT INTO jobs (study_instance_uid, digest, run, orthanc_study_id, rule_name, state, lane, created_wall_ms, "
      "opened_wall_ms, updated_wall_ms, due_wall_ms, series_instance_uid, sr_sop_instance_uid) "
      "SELECT study_instance_uid, digest, run, '', '', state, lane, 0, 0, 0, 0, 'other', 'other' FROM jobs";
  EXPECT_NE(raw(copy).find("UNIQUE constraint failed"), std::string::npos);
}

TEST_F(SqliteQueueTest, ClaimReadsItsIndexInOrder) {
  // No sort and no scan of the table, however long the queue is.
  auto queue = open();
  const std::string queued = raw("EXPLAIN QUERY PLAN " + std::string(next_to_claim));
  EXPECT_NE(queued.find("jobs_to_claim"), std::string::npos) << queued;
  EXPECT_NE(queued.find("jobs_at_work_per_study"), std::string::npos) << queued;
  EXPECT_EQ(queued.find("TEMP B-TREE"), std::string::npos) << queued;
  const std::string delivering = raw("EXPLAIN QUERY PLAN " + std::string(next_to_deliver));
  EXPECT_NE(delivering.find("jobs_to_deliver"), std::string::npos) << delivering;
  EXPECT_EQ(delivering.find("TEMP B-TREE"), std::string::npos) << delivering;
}

TEST_F(SqliteQueueTest, FullDiskIsTransientAndLosesNothing) {
  // The file may not grow: work stops with "disk_full", what was there stays, and it goes on when there is room.
  auto queue = open(60);
  Error met;
  int stored = 0;
  for (; stored < 10'000; ++stored) {
    NewJob job = new_job("1." + std::to_string(stored));
    job.instances.assign(50, std::string(64, '1'));
    const Result<EnqueueResult> result = queue->settle_study("o", job);
    if (!result.ok()) {
      met = result.error();
      break;
    }
  }
  EXPECT_EQ(met.code, "disk_full");
  EXPECT_EQ(met.error_class, ErrorClass::transient);
  EXPECT_GT(stored, 0);
  EXPECT_EQ(must(queue->status()).queued, stored);
  EXPECT_EQ(raw("PRAGMA integrity_check"), "ok\n");
  queue = open();
  must(queue->settle_study("o", new_job("2")));
  EXPECT_EQ(must(queue->status()).queued, stored + 1);
}

TEST_F(SqliteQueueTest, ResultThatMeetsAFullDiskLeavesTheJobLeased) {
  // Half an outbox is never seen.
  auto queue = open(80);
  must(queue->settle_study("o", new_job("1")));
  const auto [job, lease] = must(queue->claim("holder")).value();
  const OutboxObject big{"sr", "1.2", job.uids.sr_sop_instance_uid, std::vector<std::uint8_t>(1'000'000, 7)};
  const Status full = queue->fill_outbox(lease, {}, {big}, {"orthanc"}, "");
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().code, "disk_full");
  EXPECT_EQ(must(queue->job(job.id))->state, JobState::leased);
  EXPECT_TRUE(must(queue->outbox(job.id)).empty());
  must(queue->heartbeat(lease));
}

TEST_F(SqliteQueueTest, UnreadableJobIsBuriedAndDoesNotBlockTheOthers) {
  // For instance an action that a later version wrote.
  auto queue = open();
  must(queue->settle_study("o", new_job("1")));
  must(queue->settle_study("o", new_job("2")));
  raw("UPDATE job_inputs SET action_json = 'no json' WHERE job = 1");
  EXPECT_EQ(must(queue->claim("holder"))->first.id, 2);
  EXPECT_EQ(must(queue->job(1))->error_code, "job_unreadable");
  EXPECT_EQ(must(queue->job(1))->state, JobState::dead);
}

TEST_F(SqliteQueueTest, NeitherOfTwoWorkersStarves) {
  // Aim: the waits for the lock are fair enough; SQLite's own are not in tight loops. Both begin when both are there.
  auto queue = open();
  for (int i = 0; i < 60; ++i) must(queue->settle_study("o", new_job("1." + std::to_string(i))));
  std::array<std::unique_ptr<Queue>, 2> workers{open(), open()};
  std::array<int, 2> shares{};
  std::latch both(2);
  {
    std::vector<std::jthread> threads;
    for (std::size_t worker = 0; worker < workers.size(); ++worker) {
      threads.emplace_back([&, worker] {
        both.arrive_and_wait();
        for (;;) {
          const auto claimed = workers[worker]->claim("boot-1:" + std::to_string(worker) + ":1");
          if (!claimed.ok() || !claimed->has_value()) return;
          if (!workers[worker]->finish((*claimed)->second, "unchanged").ok()) return;
          ++shares[worker];
        }
      });
    }
  }
  EXPECT_EQ(shares[0] + shares[1], 60);
  EXPECT_GT(std::min(shares[0], shares[1]), 0);
}

TEST_F(SqliteQueueTest, LockedDatabaseIsReportedAsBusy) {
  // After the limit of patience, and as something that passes.
  auto queue = open();
  OpenQueue impatient;
  impatient.path = path;
  impatient.busy_limit_ms = 30;
  auto other = must(open_sqlite_queue(impatient, clock));
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(handle, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const Status busy = other->worker_alive("ready");
  ASSERT_FALSE(busy.ok());
  EXPECT_EQ(busy.error().code, "database_busy");
  EXPECT_EQ(busy.error().error_class, ErrorClass::transient);
  sqlite3_close(handle);
  must(other->worker_alive("ready"));
}

}  // namespace
}  // namespace radfm::db
