// SPDX-License-Identifier: Apache-2.0
#include "worker/health.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/worker/temporary_folder.h"

namespace radfm::worker {
namespace {

class HealthTest : public testing::Test {
 protected:
  std::vector<std::string> told_;
  Health health_{[this](const std::string& note) { told_.push_back(note); }};
};

// Aim: a worker's life in words: starting until it could work, degraded for each thing that is missing, ready again without.
TEST_F(HealthTest, GoesThroughItsStates) {
  EXPECT_EQ(health_.now().state, WorkerState::starting);
  health_.trouble(Health::Part::model, health_model_loading, "loading");
  EXPECT_EQ(health_.now().state, WorkerState::starting);
  health_.ready();
  EXPECT_EQ(health_.now(), (WorkerHealth{WorkerState::ready, {}}));
  health_.trouble(Health::Part::model, health_model_loading, "loading");
  EXPECT_EQ(health_.now().state, WorkerState::degraded) << "an engine that is started anew is a trouble";
  health_.trouble(Health::Part::model, health_model_not_ready, "no weights");
  health_.trouble(Health::Part::orthanc, health_orthanc_away, "refused");
  EXPECT_EQ(health_note(health_.now()), "degraded: orthanc_away: refused; model_not_ready: no weights");
  health_.over(Health::Part::orthanc);
  health_.ready();
  EXPECT_EQ(health_.now().state, WorkerState::ready);
}

// Aim: a thread that has model and queue does not talk away that another meets no Orthanc.
TEST_F(HealthTest, OnlyAnAnswerOfOrthancEndsItsTrouble) {
  health_.trouble(Health::Part::orthanc, health_orthanc_away, "refused");
  health_.ready();
  EXPECT_EQ(health_.now().state, WorkerState::degraded);
  health_.over(Health::Part::orthanc);
  EXPECT_EQ(health_.now().state, WorkerState::ready);
}

// Aim: draining stays, with what else is wrong behind it.
TEST_F(HealthTest, DrainingIsForEver) {
  health_.ready();
  health_.drain("asked to");
  health_.ready();
  health_.trouble(Health::Part::disk, health_disk_nearly_full, "3 MB");
  health_.drain("asked again");
  EXPECT_EQ(health_note(health_.now()), "draining: asked_to_end: asked to; disk_nearly_full: 3 MB");
}

// Aim: each change is told once, and what changes nothing is not told.
TEST_F(HealthTest, TellsEachChangeOnce) {
  health_.over(Health::Part::disk);
  health_.ready();
  health_.ready();
  health_.trouble(Health::Part::destinations, health_destination_rests, "PACS (peer_unreachable)");
  health_.trouble(Health::Part::destinations, health_destination_rests, "PACS (peer_unreachable)");
  EXPECT_EQ(told_, (std::vector<std::string>{"starting", "ready", "degraded: destination_rests: PACS (peer_unreachable)"}));
}

// Aim: the disk is nearly full one megabyte below the limit, not at it, and a folder that is not there says nothing.
TEST_F(HealthTest, LooksAtTheDisk) {
  const test::TemporaryFolder folder;
  const std::string file = (folder.path() / "queue.sqlite").string();
  look_at_disk(health_, file, 0);
  EXPECT_EQ(health_.now().state, WorkerState::starting);
  look_at_disk(health_, file, std::int64_t{1} << 40);
  ASSERT_EQ(health_.now().state, WorkerState::degraded);
  EXPECT_EQ(health_.now().reasons.front().code, health_disk_nearly_full);
  look_at_disk(health_, "/nonexistent/queue.sqlite", 0);
  EXPECT_EQ(health_.now().state, WorkerState::degraded);
  look_at_disk(health_, file, 0);
  EXPECT_EQ(health_.now().state, WorkerState::starting);
}

}  // namespace
}  // namespace radfm::worker
