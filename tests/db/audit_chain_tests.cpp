// SPDX-License-Identifier: Apache-2.0
// Aim: the trail's chain over a real file: whatever is done to it behind the program's back is found, at the first entry that is
// wrong; and the encoding is the documented one.
#include "db/audit_chain.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "db/audit_trail.h"
#include "db/sqlite_schema.h"
#include "tests/db/queue_conformance.h"

namespace radfm::db {
namespace {

class AuditTrailTest : public testing::Test {
 protected:
  OpenQueue how() const {
    OpenQueue open;
    open.path = path;
    return open;
  }
  std::unique_ptr<AuditTrail> trail() { return must(AuditTrail::open(how(), clock)); }
  std::unique_ptr<Queue> queue() { return must(open_sqlite_queue(how(), clock)); }
  // Entries 1 .. count, of jobs and of none.
  void write_entries(int count) {
    const auto open = trail();
    for (int i = 1; i <= count; ++i) must(open->record({{"kind " + std::to_string(i), "detail", "worker", i % 2}}));
  }
  // As somebody who may write the file, without the triggers.
  void tamper(const std::string& sql) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
    char* error = nullptr;
    const std::string all = "DROP TRIGGER IF EXISTS events_are_not_changed; DROP TRIGGER IF EXISTS events_are_not_removed; " + sql;
    sqlite3_exec(handle, all.c_str(), nullptr, nullptr, &error);
    EXPECT_EQ(error, nullptr) << error << " in " << sql;
    sqlite3_free(error);
    sqlite3_close(handle);
  }
  ChainCheck check(const std::string& noted = {}) { return must(check_trail(*trail(), noted)); }
  // "whole", or "changed 3".
  std::string verdict() {
    const ChainCheck found = check();
    if (!found.fault()) return "whole";
    return std::string(to_string(found.fault()->kind)) + " " + std::to_string(found.fault()->entry);
  }

  TemporaryFolder folder;
  std::filesystem::path path = folder.path() / "queue.sqlite";
  testing_support::FakeClock clock;
};

TEST_F(AuditTrailTest, EncodingIsTheDocumentedOne) {
  // Aim: another program can prove the chain too: SHA-256 over netstrings, by hand.
  const Event event{7, 3, 1000, "sent", "a:b", "worker"};
  EXPECT_EQ(chain_hash("before", event), sha256_hex("6:before,1:7,1:3,4:1000,4:sent,3:a:b,6:worker,"));
  // What stands at the border of two fields cannot pass from one into the other.
  EXPECT_NE(chain_hash("x", {1, 0, 0, "ab", "c", ""}), chain_hash("x", {1, 0, 0, "a", "bc", ""}));
}

TEST_F(AuditTrailTest, WhatIsDoneToAJobIsInTheChain) {
  // Aim: the queue's own events and those of no job are one chain, in the order in which they were written.
  const auto jobs = queue();
  NewJob job;
  job.identity = {"1.2.3", "digest", 0};
  job.instances = {"1.2.3.4"};
  job.actor = "plugin";
  must(jobs->settle_study("orthanc", job));
  must(trail()->record({{"worker_started", "1", "worker"}}));
  const auto claimed = must(jobs->claim("holder"));
  must(jobs->release(claimed->second, "test"));
  const std::vector<AuditEntry> entries = must(trail()->entries(0, 10));
  ASSERT_EQ(entries.size(), 4u);
  EXPECT_EQ(entries[0].event.kind, "enqueued");
  EXPECT_EQ(entries[0].study_instance_uid, "1.2.3");
  EXPECT_EQ(entries[1].event.kind, "worker_started");
  EXPECT_EQ(entries[1].study_instance_uid, "");
  EXPECT_EQ(entries[3].event.kind, "released");
  EXPECT_EQ(verdict(), "whole");
  EXPECT_EQ(check().chained(), 4);
  EXPECT_EQ(check().head(), entries[3].hash);
}

TEST_F(AuditTrailTest, AnEmptyTrailIsWhole) {
  trail();
  EXPECT_EQ(verdict(), "whole");
  EXPECT_EQ(check().head(), "");
}

TEST_F(AuditTrailTest, EachFieldIsCovered) {
  // Aim: not one column can be changed unseen.
  for (const std::string change : {"job = 77", "wall_ms = wall_ms + 1", "kind = 'sent'", "detail = ''", "actor = 'x'", "hash = 'x'", "hash = ''"}) {
    std::filesystem::remove(path);
    write_entries(5);
    tamper("UPDATE events SET " + change + " WHERE id = 3");
    EXPECT_TRUE(verdict() == "changed 3" || verdict() == "unchained 3") << change << ": " << verdict();
  }
}

TEST_F(AuditTrailTest, RemovedEntriesAreFound) {
  // Aim: at the beginning, in the middle, at the end, all of them.
  for (const auto& [where, found] : std::map<std::string, std::string>{
           {"id = 1", "missing 2"}, {"id = 3", "missing 4"}, {"id = 5", "cut 5"}, {"id >= 2", "cut 2"}, {"id > 0", "cut 1"}}) {
    std::filesystem::remove(path);
    write_entries(5);
    tamper("DELETE FROM events WHERE " + where);
    EXPECT_EQ(verdict(), found) << where;
  }
}

TEST_F(AuditTrailTest, ACutTailStaysFoundWhenTheProgramGoesOn) {
  // Aim: what is written after it does not close the gap.
  write_entries(5);
  tamper("DELETE FROM events WHERE id > 3");
  must(trail()->record({{"worker_started", "", "worker"}}));
  EXPECT_EQ(verdict(), "missing 6");
}

TEST_F(AuditTrailTest, InsertedAndMovedEntriesAreFound) {
  // Aim: an entry of another's making at the end, one in the middle with all numbers after it moved on, and two that changed places.
  write_entries(5);
  tamper("INSERT INTO events (job, wall_ms, kind, detail, actor) VALUES (0, 0, 'paused', '', 'nobody')");
  EXPECT_EQ(verdict(), "unchained 6");
  tamper("UPDATE events SET hash = '" + std::string(64, 'a') + "' WHERE id = 6");
  EXPECT_EQ(verdict(), "changed 6");

  std::filesystem::remove(path);
  write_entries(5);
  tamper("UPDATE events SET id = -id WHERE id >= 3; UPDATE events SET id = 1 - id WHERE id < 0; "
         "INSERT INTO events (id, job, wall_ms, kind, detail, actor, hash) SELECT 3, 0, 0, 'paused', '', 'x', hash FROM events WHERE id = 4");
  EXPECT_EQ(verdict(), "changed 3");

  std::filesystem::remove(path);
  write_entries(5);
  tamper("UPDATE events SET id = 100 WHERE id = 2; UPDATE events SET id = 2 WHERE id = 4; UPDATE events SET id = 4 WHERE id = 100; "
         "UPDATE sqlite_sequence SET seq = 5 WHERE name = 'events'");
  EXPECT_EQ(verdict(), "changed 2");
}

TEST_F(AuditTrailTest, WhatOnlyANotedHeadFinds) {
  // Aim: the documented limit: who rewrites file and numbers leaves a chain that is whole, but not the one that was noted.
  write_entries(5);
  const std::string noted = check().head();
  must(trail()->record({{"sent", "", "worker"}}));
  EXPECT_EQ(check(noted).noted_entry(), 5);
  tamper("DELETE FROM events WHERE id > 4; UPDATE sqlite_sequence SET seq = 4 WHERE name = 'events'");
  EXPECT_EQ(verdict(), "whole");
  EXPECT_EQ(check(noted).noted_entry(), std::nullopt);
}

TEST_F(AuditTrailTest, ARestoredBackupIsWholeAndLacksALaterHead) {
  // Aim: as the header says: the chain goes back, ends with the entry of the restore, and a head from after the backup is not in it.
  write_entries(3);
  const std::filesystem::path backup = folder.path() / "backup";
  std::filesystem::copy_file(path, backup);
  const std::string before = check().head();
  must(trail()->record({{"sent", "", "worker"}}));
  const std::string after = check().head();
  std::filesystem::copy_file(backup, path, std::filesystem::copy_options::overwrite_existing);
  must(trail()->record({{"restored", "", "administrator:x"}}));
  EXPECT_EQ(verdict(), "whole");
  EXPECT_EQ(check(before).noted_entry(), 3);
  EXPECT_EQ(check(after).noted_entry(), std::nullopt);
}

// A file as the version before the chain left it: five events.
class OldFile : public AuditTrailTest {
 protected:
  void make_old() {
    std::string sql;
    for (const Migration& migration : migrations()) {
      if (migration.number < 7) sql += std::string(migration.sql);
    }
    sql += "; PRAGMA user_version = 6; PRAGMA application_id = " + std::to_string(queue_application_id);
    for (int i = 0; i < 5; ++i) sql += "; INSERT INTO events (job, wall_ms, kind, detail, actor) VALUES (1, 5, 'sent', 'x', 'worker')";
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
    sqlite3_close(handle);
  }
};

TEST_F(OldFile, TheChainBeginsOverWhatWasThere) {
  // Aim: earlier events are not hashed one by one, but none of them can be changed, removed or added any more.
  for (const auto& [sql, found] : std::map<std::string, std::string>{{"", "whole"},
                                                                     {"UPDATE events SET actor = 'x' WHERE id = 2", "earlier_changed 6"},
                                                                     {"DELETE FROM events WHERE id = 5", "earlier_changed 6"},
                                                                     {"DELETE FROM events WHERE id <= 5", "earlier_changed 6"},
                                                                     {"DELETE FROM events WHERE id = 6", "missing 7"},
                                                                     {"UPDATE events SET detail = 'x' WHERE id = 6", "changed 6"}}) {
    std::filesystem::remove(path);
    make_old();
    must(trail()->record({{"worker_started", "", "worker"}}));
    tamper(sql);
    EXPECT_EQ(verdict(), found) << sql;
  }
  std::filesystem::remove(path);
  make_old();
  const ChainCheck found = check();
  EXPECT_EQ(found.earlier(), 5);
  EXPECT_EQ(found.chained(), 1);
  EXPECT_EQ(found.head_entry(), 6);
}

TEST_F(AuditTrailTest, NotesFindTheirJobByTheDraftsUid) {
  // Aim: a look at a draft is an entry of its job, and not one of the job's own history.
  const auto jobs = queue();
  NewJob job;
  job.identity = {"1.2.3", "digest", 0};
  job.instances = {"1.2.3.4"};
  must(jobs->settle_study("orthanc", job));
  const Job made = must(jobs->list({})).front();
  must(trail()->record({{"viewed", "report", "administrator:a", 0, made.uids.sr_sop_instance_uid}, {"viewed", "report", "administrator:a", 0, "9.9"}}));
  const std::vector<AuditEntry> entries = must(trail()->entries(1, 10));
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].event.job, made.id);
  EXPECT_EQ(entries[0].sr_sop_instance_uid, made.uids.sr_sop_instance_uid);
  EXPECT_EQ(entries[1].event.job, 0);
  EXPECT_EQ(must(jobs->events(made.id)).size(), 1u);
}

TEST_F(AuditTrailTest, RecordsAChangeOnce) {
  // Aim: a worker that starts with the same configuration says so once; another reader's word is its own.
  const auto open = trail();
  for (const std::string detail : {"a", "a", "b", "a"}) must(open->record_change({"configuration_changed", detail, "worker"}));
  must(open->record_change({"configuration_changed", "a", "plugin"}));
  std::string seen;
  for (const AuditEntry& entry : must(open->entries(0, 10))) seen += entry.event.actor + ":" + entry.event.detail + " ";
  EXPECT_EQ(seen, "worker:a worker:b worker:a plugin:a ");
}

TEST_F(AuditTrailTest, PositionsMoveOnlyFromWhereTheyAre) {
  // Aim: two workers on one file: the second sees that the first has handed the batch on.
  const auto open = trail();
  EXPECT_EQ(must(open->position("syslog")), std::nullopt);
  must(open->move_position("syslog", std::nullopt, {3, "abc"}));
  EXPECT_EQ(code_of(open->move_position("syslog", std::nullopt, {4, "def"})), "position_moved");
  EXPECT_EQ(code_of(open->move_position("syslog", AuditPosition{2, "abc"}, {4, "def"})), "position_moved");
  must(open->move_position("syslog", AuditPosition{3, "abc"}, {4, "def"}));
  EXPECT_EQ(must(open->position("syslog")), (AuditPosition{4, "def"}));
}

TEST_F(AuditTrailTest, AReaderWritesNothing) {
  trail();
  OpenQueue open = how();
  open.read_only = true;
  const auto reader = must(AuditTrail::open(open, clock));
  EXPECT_EQ(code_of(reader->record({{"x", "", ""}})), "read_only");
  EXPECT_TRUE(check_trail(*reader).ok());
}

}  // namespace
}  // namespace radfm::db
