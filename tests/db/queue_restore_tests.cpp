// SPDX-License-Identifier: Apache-2.0
// Aim: an older state of the queue can be gone on from: nobody works with the file that is replaced, nothing of it is lost, and what
// was sent since then is asked for before it is sent.
#include <sys/stat.h>

#include <fstream>

#include "db/queue_presence.h"
#include "tests/db/queue_file_fixture.h"

namespace radfm::db {
namespace {

class QueueRestore : public QueueFileTest {
 protected:
  Result<RestoredQueue> restore() { return restore_queue(path, copy, "administrator:A", clock); }
  void back_up() { must(back_up_queue(path, copy)); }
};

TEST_F(QueueRestore, ThePresentFileStaysBesideIt) {
  auto queue = open();
  deliver(*queue, "1");
  back_up();
  deliver(*queue, "2");
  const std::int64_t known_ms = clock.wall_ms();
  clock.advance(5'000);
  queue.reset();
  const RestoredQueue restored = must(restore());
  EXPECT_EQ(restored.last_known_wall_ms, known_ms);
  EXPECT_EQ(restored.jobs_freed, 0);
  EXPECT_NE(restored.replaced.string().find("queue.sqlite.replaced-2026"), std::string::npos) << restored.replaced;
  EXPECT_EQ(raw(restored.replaced, "SELECT COUNT(*) FROM jobs"), "2\n");
  EXPECT_EQ(raw(path, "SELECT COUNT(*) FROM jobs"), "1\n");
  EXPECT_EQ(raw(path, "SELECT kind FROM events ORDER BY id DESC LIMIT 1"), "restored\n");
  queue = open();
  EXPECT_EQ(must(queue->events(0)).back().actor, "administrator:A");
  EXPECT_EQ(code_of(restore()), "queue_in_use");
}

TEST_F(QueueRestore, NotWhileAnybodyHasItOpen) {
  // Who does nothing holds no lock of SQLite's; a reader counts too. Nothing is changed.
  auto queue = open();
  deliver(*queue, "1");
  back_up();
  EXPECT_EQ(code_of(restore()), "queue_in_use");
  queue.reset();
  OpenQueue reading;
  reading.path = path;
  reading.read_only = true;
  {
    const auto reader = must(open_sqlite_queue(reading, clock));
    EXPECT_EQ(code_of(restore()), "queue_in_use");
  }
  EXPECT_EQ(files(), (std::vector<std::string>{"backup.sqlite", "queue.sqlite", "queue.sqlite.in-use"}));
  must(restore());
}

TEST_F(QueueRestore, NotWhileAnotherProgramWrites) {
  // One that knows nothing of ours, such as SQLite's own shell.
  deliver(*open(), "1");
  back_up();
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(handle, "BEGIN; SELECT * FROM jobs", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(code_of(restore()), "queue_in_use");
  sqlite3_close(handle);
  must(restore());
}

TEST_F(QueueRestore, NotWhileAWorkerOfAnOlderProgramLives) {
  // It holds no presence, but its name stands in its lease.
  {
    auto queue = open();
    back_up();
    enqueue(*queue, "1");
    must(queue->claim(this_holder(clock)));
  }
  const Result<RestoredQueue> refused = restore();
  ASSERT_EQ(code_of(refused), "queue_in_use");
  EXPECT_NE(refused.error().message.find("a worker that lives"), std::string::npos);
}

TEST_F(QueueRestore, NobodyOpensItWhileItIsPutInPlace) {
  // A presence that is alone is what a restore holds.
  open();
  auto alone = must(QueuePresence::of(path, QueuePresence::Kind::alone));
  OpenQueue how;
  how.path = path;
  const auto opened = open_sqlite_queue(how, clock);
  ASSERT_EQ(code_of(opened), "queue_in_use");
  EXPECT_EQ(opened.error().error_class, ErrorClass::transient);
  alone = QueuePresence();
  EXPECT_EQ(code_of(open_sqlite_queue(how, clock)), "ok");
}

TEST_F(QueueRestore, WhatWasInWorkIsNobodysAndUncounted) {
  {
    auto queue = open();
    enqueue(*queue, "1");
    enqueue(*queue, "2");
    claim(*queue);
    const auto sending = claim(*queue);
    work(*queue, sending);
    back_up();
  }
  EXPECT_EQ(must(restore()).jobs_freed, 2);
  auto queue = open();
  EXPECT_TRUE(must(queue->holders()).empty());
  EXPECT_EQ(must(queue->job(1))->state, JobState::queued);
  EXPECT_EQ(must(queue->job(2))->state, JobState::delivering);
  for (const JobId id : {1, 2}) {
    EXPECT_EQ(must(queue->job(id))->attempts, 0);
    EXPECT_EQ(must(queue->job(id))->vanished_count, 0);
    EXPECT_EQ(must(queue->attempts(id)).back().end, "released");
  }
  EXPECT_EQ(claim(*queue).first.id, 2);
  EXPECT_EQ(claim(*queue).first.id, 1);
}

TEST_F(QueueRestore, WhatMayHaveBeenSentSinceIsAskedFor) {
  // begin_send was after the backup. Of a job that is dead or cancelled too: an administrator may retry it. What is done stays.
  {
    auto queue = open();
    for (const char* study : {"1", "2", "3"}) enqueue(*queue, study);
    const auto sending = claim(*queue), dead = claim(*queue), withheld = claim(*queue);
    for (const auto& held : {sending, dead, withheld}) work(*queue, held, {"orthanc", "archive"});
    send(*queue, sending.second);
    must(queue->fail(dead.second, permanent_error("peer_refused_object", "no")));
    must(queue->finish(withheld.second, "withheld: final_report_present"));
    back_up();
  }
  must(restore());
  auto queue = open();
  for (const JobId id : {1, 2}) {
    for (const Delivery& delivery : must(queue->deliveries(id))) EXPECT_TRUE(delivery.send_started) << id << delivery.destination;
  }
  for (const Delivery& delivery : must(queue->deliveries(3))) EXPECT_FALSE(delivery.send_started);
  EXPECT_TRUE(must(queue->deliveries(1)).front().delivered);
  EXPECT_FALSE(must(queue->deliveries(1)).back().delivered);
}

TEST_F(QueueRestore, NumbersOfJobsGoOn) {
  // People have quoted those that were made since.
  {
    auto queue = open();
    enqueue(*queue, "1");
    back_up();
    enqueue(*queue, "2");
    enqueue(*queue, "3");
  }
  must(restore());
  EXPECT_EQ(enqueue(*open(), "2"), 4);
}

TEST_F(QueueRestore, AFileThatCannotBeReadIsReplacedToo) {
  // Its journals with it, which SQLite would take for the restored file's. How far its numbers went nobody knows.
  {
    auto queue = open();
    enqueue(*queue, "1");
    back_up();
  }
  std::ofstream(path, std::ios::binary) << std::string(8'192, 'x');
  std::ofstream(path.string() + "-journal") << "leftover";
  clock.advance(1'000);
  const RestoredQueue restored = must(restore());
  EXPECT_EQ(std::filesystem::file_size(restored.replaced), 8'192U);
  EXPECT_FALSE(std::filesystem::exists(path.string() + "-journal"));
  EXPECT_EQ(enqueue(*open(), "2"), 1 + job_numbers_skipped + 1);
}

TEST_F(QueueRestore, WhereThereIsNoFileItIsMade) {
  // A new machine. As group-writable as a new queue is.
  enqueue(*open(), "1");
  back_up();
  std::filesystem::remove(path);
  std::filesystem::remove(path.string() + ".in-use");
  EXPECT_TRUE(must(restore()).replaced.empty());
  struct stat facts {};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0660U);
  EXPECT_EQ(must(open()->status()).queued, 1);
}

TEST_F(QueueRestore, TheFilesModeStays) {
  enqueue(*open(), "1");
  back_up();
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  must(restore());
  struct stat facts {};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

TEST_F(QueueRestore, WhatIsNoBackupOfOursIsRefused) {
  // Missing, no database, another program's, newer, damaged, with a trigger that we did not make, the queue itself. The queue stays.
  deliver(*open(), "1");
  const auto refuses = [&](const std::string& expected) {
    EXPECT_EQ(code_of(restore()), expected);
    EXPECT_EQ(raw(path, "SELECT COUNT(*) FROM jobs"), "1\n");
    EXPECT_EQ(files().back(), "queue.sqlite.in-use");  // nothing was kept, nothing is half made
    std::filesystem::remove(copy);
  };
  refuses("database_unavailable");
  std::ofstream(copy) << std::string(4'096, 'x');
  refuses("database_broken");
  raw(copy, "CREATE TABLE resources (id INTEGER)");
  refuses("database_broken");
  back_up();
  raw(copy, "PRAGMA user_version = 9999");
  refuses("schema_too_new");
  back_up();
  raw(copy, "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'jobs_held'");
  refuses("database_broken");
  back_up();
  raw(copy, "CREATE TRIGGER foreign_one AFTER INSERT ON events BEGIN DELETE FROM pending_studies; END");
  refuses("database_broken");
  EXPECT_EQ(code_of(restore_queue(path, path, "a", clock)), "file_exists");
}

TEST_F(QueueRestore, ItsOwnBackupCanBeRestoredTwice) {
  // The second time within the same second: the file that was kept first is not lost.
  enqueue(*open(), "1");
  back_up();
  const std::filesystem::path first = must(restore()).replaced;
  EXPECT_EQ(code_of(restore()), "file_exists");
  EXPECT_EQ(raw(path, "SELECT COUNT(*) FROM jobs"), "1\n");
  clock.advance(1'000);
  EXPECT_NE(must(restore()).replaced, first);
}

}  // namespace
}  // namespace radfm::db
