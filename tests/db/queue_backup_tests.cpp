// SPDX-License-Identifier: Apache-2.0
// Aim: a backup is one moment of a queue that goes on being used, whole or not there, and never in the way of its writers for long;
// an older file is kept before it is changed.
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "db/sqlite_schema.h"
#include "tests/db/queue_file_fixture.h"

namespace radfm::db {
namespace {

mode_t mode(const std::filesystem::path& file) {
  struct stat facts {};
  return ::stat(file.c_str(), &facts) == 0 ? facts.st_mode & 0777U : 0U;
}

class QueueBackup : public QueueFileTest {
 protected:
  void fill(Queue& queue, int jobs) {
    for (int i = 0; i < jobs; ++i) deliver(queue, "1." + std::to_string(i));
  }
  CopyQueue small_steps(std::function<void()> meanwhile) {
    CopyQueue how;
    how.pages_per_step = 8;
    how.progress = [meanwhile = std::move(meanwhile)](std::int64_t, std::int64_t) { meanwhile(); };
    return how;
  }
};

TEST_F(QueueBackup, IsTheWholeQueueInOneFileThatNobodyElseReads) {
  auto queue = open();
  fill(*queue, 3);
  const mode_t umask_before = ::umask(0);
  const Result<CopiedQueue> copied = back_up_queue(path, copy);
  ::umask(umask_before);
  ASSERT_EQ(code_of(copied), "ok");
  EXPECT_EQ(copied->restarts, 0);
  EXPECT_EQ(std::to_string(copied->pages) + "\n", raw(copy, "PRAGMA page_count"));
  EXPECT_EQ(mode(copy), 0640U);
  EXPECT_EQ(raw(copy, "PRAGMA integrity_check"), "ok\n");
  EXPECT_EQ(raw(copy, "PRAGMA journal_mode"), "delete\n");
  EXPECT_EQ(raw(copy, "SELECT COUNT(*) FROM jobs WHERE outcome = 'delivered'"), "3\n");
  for (const std::string& name : files()) EXPECT_EQ(name.find(".partial-"), std::string::npos) << name;
  must(queue->worker_alive("ready"));  // the queue goes on
}

TEST_F(QueueBackup, KeepsAStricterModeOfTheQueue) {
  fill(*open(), 1);
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  must(back_up_queue(path, copy));
  EXPECT_EQ(mode(copy), 0600U);
}

TEST_F(QueueBackup, NeverOverAFileUnlessAsked) {
  // Nor over the queue itself, under whatever name.
  fill(*open(), 1);
  std::ofstream(copy) << "yesterday's";
  EXPECT_EQ(code_of(back_up_queue(path, copy)), "file_exists");
  EXPECT_EQ(std::filesystem::file_size(copy), 11U);
  CopyQueue replacing;
  replacing.replace = true;
  must(back_up_queue(path, copy, replacing));
  EXPECT_EQ(raw(copy, "PRAGMA integrity_check"), "ok\n");
  std::filesystem::create_symlink(path, folder.path() / "link");
  EXPECT_EQ(code_of(back_up_queue(path, folder.path() / "link", replacing)), "file_exists");
  EXPECT_EQ(raw(path, "SELECT COUNT(*) FROM jobs"), "1\n");
}

TEST_F(QueueBackup, AWriteBeginsItAnewAndIsInIt) {
  // Journal mode TRUNCATE: writers are not held up, and the copy is of after their last write.
  journal = Journal::truncate;
  auto queue = open();
  fill(*queue, 10);
  int writes = 0;
  const auto copied = must(back_up_queue(path, copy, small_steps([&] {
    if (writes < 2) enqueue(*queue, "9." + std::to_string(writes++));
  })));
  EXPECT_EQ(copied.restarts, 2);
  EXPECT_EQ(copied.writers_waited_ms, 0);
  EXPECT_EQ(raw(copy, "SELECT COUNT(*) FROM jobs WHERE state = 'queued'"), "2\n");
  EXPECT_EQ(raw(copy, "PRAGMA integrity_check"), "ok\n");
}

TEST_F(QueueBackup, WritersThatNeverPauseAreKeptOutForAMoment) {
  // Else it would begin anew for ever. At the limit of restarts they may write, past it they may not, until the copy is done.
  journal = Journal::truncate;
  auto queue = open();
  fill(*queue, 10);
  OpenQueue how;
  how.path = path;
  how.busy_limit_ms = 1;
  auto writer = must(open_sqlite_queue(how, clock));
  int written = 0;
  std::string refused;
  const auto copied = must(back_up_queue(path, copy, small_steps([&] {
    const Status wrote = writer->worker_alive(std::to_string(written));
    if (wrote.ok()) ++written;
    else refused = wrote.error().code;
  })));
  EXPECT_EQ(copied.restarts, CopyQueue().restarts_max);
  EXPECT_EQ(written, CopyQueue().restarts_max);
  EXPECT_EQ(refused, "database_busy");
  EXPECT_EQ(raw(copy, "SELECT note FROM vitals"), std::to_string(written - 1) + "\n");
  must(writer->worker_alive("again"));
}

TEST_F(QueueBackup, WritersAreNotKeptOutForLonger) {
  // A copy that cannot be made in that time is given up, and nothing of it stays.
  journal = Journal::truncate;
  auto queue = open();
  fill(*queue, 10);
  CopyQueue how = small_steps([] {});
  how.restarts_max = 0;
  how.writers_wait_ms_max = 0;
  EXPECT_EQ(code_of(back_up_queue(path, copy, how)), "backup_outrun");
  EXPECT_FALSE(std::filesystem::exists(copy));
  for (const std::string& name : files()) EXPECT_EQ(name.find(".partial-"), std::string::npos) << name;
  must(queue->worker_alive("goes on"));
}

TEST_F(QueueBackup, WithAWalNoWriteDisturbsIt) {
  // It is the moment at which it began.
  journal = Journal::wal;
  auto queue = open();
  fill(*queue, 10);
  int writes = 0;
  const auto copied = must(back_up_queue(path, copy, small_steps([&] { enqueue(*queue, "9." + std::to_string(writes++)); })));
  EXPECT_EQ(copied.restarts, 0);
  EXPECT_GT(writes, 5);
  EXPECT_EQ(raw(copy, "SELECT COUNT(*) FROM jobs WHERE state = 'queued'"), "0\n");
  EXPECT_EQ(raw(copy, "PRAGMA journal_mode"), "delete\n");
  EXPECT_EQ(raw(copy, "PRAGMA integrity_check"), "ok\n");
}

TEST_F(QueueBackup, WhatIsNoQueueIsNotBackedUp) {
  EXPECT_EQ(code_of(back_up_queue(path, copy)), "database_unavailable");  // there is none, and none is made
  EXPECT_FALSE(std::filesystem::exists(path));
  raw(path, "CREATE TABLE resources (id INTEGER)");
  EXPECT_EQ(code_of(back_up_queue(path, copy)), "database_broken");
  EXPECT_EQ(code_of(back_up_queue(path, folder.path() / "nowhere" / "copy")), "database_broken");
  std::filesystem::remove(path);
  fill(*open(), 1);
  EXPECT_EQ(code_of(back_up_queue(path, folder.path() / "nowhere" / "copy")), "file_not_written");
}

TEST_F(QueueBackup, ADamagedQueueIsNoBackup) {
  // A page in the middle was torn: whoever finds that out when restoring finds it out too late.
  {
    auto queue = open();
    fill(*queue, 10);
  }
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const std::string page = "torn" + std::string(4'092, '\x55');
  for (int i = 10; i < 20; ++i) {
    file.seekp(i * 4'096);
    file << page;
  }
  file.close();
  EXPECT_EQ(code_of(back_up_queue(path, copy)), "database_broken");
  EXPECT_FALSE(std::filesystem::exists(copy));
}

class BeforeMigration : public QueueFileTest {
 protected:
  const int newest = migrations().back().number;
  void make_older_file(int number) {
    for (const Migration& migration : migrations()) {
      if (migration.number <= number) raw(path, std::string(migration.sql));
    }
    raw(path, "PRAGMA user_version = " + std::to_string(number));
    raw(path, "PRAGMA application_id = " + std::to_string(queue_application_id));
    raw(path, "INSERT INTO pending_studies VALUES ('study', 1, 2)");
  }
};

TEST_F(BeforeMigration, AnOlderFileIsKeptAsItWas) {
  make_older_file(newest - 1);
  auto queue = open();
  const std::filesystem::path kept = copy_before_migration(path, newest);
  EXPECT_EQ(raw(kept, "PRAGMA user_version"), std::to_string(newest - 1) + "\n");
  EXPECT_EQ(raw(kept, "SELECT orthanc_study_id FROM pending_studies"), "study\n");
  EXPECT_EQ(raw(kept, "PRAGMA integrity_check"), "ok\n");
  EXPECT_EQ(raw(path, "PRAGMA user_version"), std::to_string(newest) + "\n");
  EXPECT_EQ(mode(kept) & 0137U, 0U);
  EXPECT_EQ(must(queue->due_studies(clock.wall_ms(), 9)).size(), 1U);
}

TEST_F(BeforeMigration, TheCopyIsMadeOnceAndNeverOverwritten) {
  // Also not when the file is older by several numbers, or comes back.
  make_older_file(1);
  open();
  const std::filesystem::path kept = copy_before_migration(path, newest);
  EXPECT_EQ(raw(kept, "PRAGMA user_version"), "1\n");
  std::filesystem::remove(path);
  make_older_file(newest - 1);
  open();
  EXPECT_EQ(raw(kept, "PRAGMA user_version"), "1\n");
  EXPECT_EQ(raw(path, "PRAGMA user_version"), std::to_string(newest) + "\n");
}

TEST_F(BeforeMigration, NewAndPresentFilesHaveNone) {
  open();
  open();
  EXPECT_EQ(files(), (std::vector<std::string>{"queue.sqlite", "queue.sqlite.in-use"}));
}

TEST_F(BeforeMigration, WithoutItNothingIsChanged) {
  // A page is damaged that the change does not touch: no copy of it is whole.
  make_older_file(newest - 1);
  const int page = std::stoi(raw(path, "SELECT rootpage FROM sqlite_schema WHERE name = 'montages'"));
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp((page - 1) * page_bytes);
  file << std::string(100, '\x55');
  file.close();
  OpenQueue how;
  how.path = path;
  EXPECT_EQ(code_of(open_sqlite_queue(how, clock)), "database_broken");
  EXPECT_FALSE(std::filesystem::exists(copy_before_migration(path, newest)));
  EXPECT_EQ(raw(path, "PRAGMA user_version"), std::to_string(newest - 1) + "\n");
}

}  // namespace
}  // namespace radfm::db
