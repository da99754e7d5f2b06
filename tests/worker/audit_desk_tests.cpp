// SPDX-License-Identifier: Apache-2.0
// Aim: a worker's start, its configuration, a refused caller and its stop are in the trail when it has stopped, also when the database
// was locked for a while.
#include "worker/audit_desk.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/worker/queue_fixture.h"

namespace radfm::worker {
namespace {

class WorkerAuditDesk : public test::QueueFixture {
 protected:
  WorkerAuditDesk() {
    configuration.file = folder.path() / "radfm-node.json";
    std::ofstream(configuration.file) << "{}";
    configuration.database.path = folder.path() / "queue.sqlite";
  }
  std::string kinds() {
    db::OpenQueue open;
    open.path = configuration.database.path;
    const auto trail = db::AuditTrail::open(open, clock).value();
    std::string said;
    const std::vector<db::AuditEntry> entries = trail->entries(0, 100).value();
    for (const db::AuditEntry& entry : entries) said += entry.event.kind + " ";
    return said;
  }
  Configuration configuration;
};

TEST_F(WorkerAuditDesk, TellsTheWorkersLife) {
  {
    AuditDesk desk(configuration, clock);
    desk.note(*note_of_refusal(permanent_error("caller_not_known", "X at 10.0.0.1 was rejected")));
  }
  EXPECT_EQ(kinds(), "configuration_changed worker_started association_refused worker_stopped ");
  { AuditDesk again(configuration, clock); }
  EXPECT_EQ(kinds(), "configuration_changed worker_started association_refused worker_stopped worker_started worker_stopped ");
}

TEST_F(WorkerAuditDesk, OnlyRefusalsAreRefusals) {
  EXPECT_TRUE(note_of_refusal(transient_error("tls_refused", "")));
  EXPECT_FALSE(note_of_refusal(cancelled_error("woken", "")));
  EXPECT_FALSE(note_of_refusal(transient_error("peer_unreachable", "")));
}

TEST_F(WorkerAuditDesk, AMissingDatabaseKeepsNobodyFromStopping) {
  configuration.database.path = folder.path() / "nowhere" / "queue.sqlite";
  AuditDesk desk(configuration, clock);
}

}  // namespace
}  // namespace radfm::worker
