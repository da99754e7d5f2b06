// SPDX-License-Identifier: Apache-2.0
// Aim: on the simulated disk SQLite keeps what it committed and nothing else when a process dies or the power goes in any
// operation, in both journal modes; and the disk does lose and tear what was not synced, else that would prove nothing.
#include "tests/support/simulated_disk.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace radfm::testing_support {
namespace {

constexpr const char* path = "/simulated/queue.sqlite";
constexpr int rows = 200;

struct Close {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
using Connection = std::unique_ptr<sqlite3, Close>;

Connection opened(SimulatedDisk& disk, int process) {
  disk.opens_as(process);
  sqlite3* handle = nullptr;
  sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, nullptr);
  return Connection(handle);
}
int execute(const Connection& connection, const std::string& sql) {
  return sqlite3_exec(connection.get(), sql.c_str(), nullptr, nullptr, nullptr);
}
std::string first(const Connection& connection, const std::string& sql) {
  std::string value = "error";
  sqlite3_exec(
      connection.get(), sql.c_str(),
      [](void* out, int, char** values, char**) {
        *static_cast<std::string*>(out) = values[0] == nullptr ? "null" : values[0];
        return 0;
      },
      &value, nullptr);
  return value;
}

class SimulatedDiskTest : public testing::TestWithParam<const char*> {
 protected:
  // A table of which each row has the same value: a transaction writes all of them.
  void make(std::uint64_t seed) {
    disk.format(path, {}, seed);
    const Connection maker = opened(disk, 1);
    ASSERT_EQ(execute(maker, std::string("PRAGMA journal_mode = ") + GetParam() + "; PRAGMA synchronous = FULL"), SQLITE_OK);
    ASSERT_EQ(execute(maker, "CREATE TABLE t (id INTEGER PRIMARY KEY, value INTEGER, filler TEXT)"), SQLITE_OK);
    ASSERT_EQ(execute(maker, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(rows) +
                                 ") INSERT INTO t SELECT i, 0, hex(zeroblob(40)) FROM n"),
              SQLITE_OK);
  }
  int write(const Connection& writer, int value) {
    execute(writer, "PRAGMA synchronous = FULL");
    return execute(writer, "UPDATE t SET value = " + std::to_string(value));
  }
  // What all rows say; all say the same, and the file is sound.
  std::string read() {
    const Connection reader = opened(disk, 9);
    EXPECT_EQ(first(reader, "PRAGMA integrity_check"), "ok");
    EXPECT_EQ(first(reader, "SELECT COUNT(*) FROM t"), std::to_string(rows));
    EXPECT_EQ(first(reader, "SELECT COUNT(DISTINCT value) FROM t"), "1");
    return first(reader, "SELECT MAX(value) FROM t");
  }
  SimulatedDisk disk;
};

TEST_P(SimulatedDiskTest, WhatWasCommittedOutlastsThePower) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    make(seed);
    Connection writer = opened(disk, 1);
    ASSERT_EQ(write(writer, 1), SQLITE_OK);
    disk.lose_power();
    writer.reset();
    disk.power_comes_back();
    EXPECT_EQ(read(), "1") << "seed " << seed;
  }
}

// The n-th operation is the last one, for n = 0, 1, 2, ... until the transaction needs no more.
TEST_P(SimulatedDiskTest, AllOrNothingWhereverItEnds) {
  for (const SimulatedDisk::Fault fault : {SimulatedDisk::Fault::power_lost, SimulatedDisk::Fault::process_dies, SimulatedDisk::Fault::io_error}) {
    bool met = true;
    int operations = 0;
    for (; met; ++operations) {
      make(static_cast<std::uint64_t>(operations) + 1);
      Connection writer = opened(disk, 2);
      ASSERT_EQ(first(writer, "SELECT MAX(value) FROM t"), "0");
      disk.arm(fault, 2, operations);
      const bool done = write(writer, 1) == SQLITE_OK;
      met = disk.disarm();
      writer.reset();
      if (fault == SimulatedDisk::Fault::power_lost && met) disk.power_comes_back();
      const std::string value = read();
      EXPECT_TRUE(value == "1" || (!done && value == "0")) << "fault " << int(fault) << " in operation " << operations << ": " << done;
      if (HasFailure()) return;
    }
    EXPECT_GT(operations, 10);
  }
}

TEST_P(SimulatedDiskTest, IgnoredSyncsLoseWhatWasCommitted) {
  int lost = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    make(seed);
    disk.set_syncs_ignored(true);
    Connection writer = opened(disk, 1);
    ASSERT_EQ(write(writer, 1), SQLITE_OK);
    disk.lose_power();
    writer.reset();
    disk.power_comes_back();
    const Connection reader = opened(disk, 9);
    if (first(reader, "SELECT MIN(value) FROM t") != "1" || first(reader, "PRAGMA integrity_check") != "ok") ++lost;
  }
  EXPECT_GT(lost, 5);
}

TEST_P(SimulatedDiskTest, ADeadProcessHoldsNoLock) {
  make(1);
  Connection holder = opened(disk, 2);
  ASSERT_EQ(execute(holder, "BEGIN IMMEDIATE"), SQLITE_OK);
  const Connection other = opened(disk, 3);
  EXPECT_EQ(execute(other, "BEGIN IMMEDIATE"), SQLITE_BUSY);
  disk.kill(2);
  EXPECT_EQ(execute(other, "BEGIN IMMEDIATE; UPDATE t SET value = 2; COMMIT"), SQLITE_OK);
  holder.reset();
  EXPECT_EQ(read(), "2");
}

TEST_P(SimulatedDiskTest, AFullDiskIsSaidAndGoesAway) {
  make(1);
  const Connection writer = opened(disk, 2);
  disk.set_full(true);
  EXPECT_EQ(execute(writer, "INSERT INTO t SELECT id + 1000, 0, hex(zeroblob(4000)) FROM t"), SQLITE_FULL);
  disk.set_full(false);
  EXPECT_EQ(write(writer, 3), SQLITE_OK);
  EXPECT_EQ(read(), "3");
}

INSTANTIATE_TEST_SUITE_P(Journals, SimulatedDiskTest, testing::Values("truncate", "wal"),
                         [](const auto& chosen) { return std::string(chosen.param); });

}  // namespace
}  // namespace radfm::testing_support
