// SPDX-License-Identifier: Apache-2.0
#include "core/worker_health.h"

#include <gtest/gtest.h>

namespace radfm {
namespace {

// Aim: what a worker says of itself comes back as it was said, and stays one line.
TEST(WorkerHealth, SurvivesItsNote) {
  for (const WorkerState state : {WorkerState::starting, WorkerState::ready, WorkerState::degraded, WorkerState::draining}) {
    for (const std::vector<HealthReason>& reasons :
         {std::vector<HealthReason>{}, std::vector<HealthReason>{{"orthanc_away", "Orthanc at [::1]:8042: refused"}},
          std::vector<HealthReason>{{"model_not_ready", "why: a: b"}, {"disk_nearly_full", ""}, {"destination_rests", "PACS"}}}) {
      const WorkerHealth health{state, reasons};
      EXPECT_EQ(parse_health_note(health_note(health)), health) << health_note(health);
    }
  }
  const std::string note = health_note({WorkerState::degraded, {{"orthanc_away", "a; b\nc"}}});
  EXPECT_EQ(note, "degraded: orthanc_away: a, b c");
}

// Aim: a note that no such worker wrote is shown, and no word is read into it.
TEST(WorkerHealth, ReadsAnyNote) {
  EXPECT_EQ(parse_health_note(""), WorkerHealth{});
  EXPECT_EQ(parse_health_note("loading model"), (WorkerHealth{WorkerState::starting, {{"", "loading model"}}}));
  EXPECT_EQ(parse_health_note("ready or not"), (WorkerHealth{WorkerState::starting, {{"", "ready or not"}}}));
  EXPECT_EQ(parse_health_note("degraded: Not a code: x"), (WorkerHealth{WorkerState::degraded, {{"", "Not a code: x"}}}));
}

// Aim: only what keeps a worker from its work says that it takes no jobs.
TEST(WorkerHealth, TakesJobsUnlessSomethingNeededIsMissing) {
  const auto takes = [](WorkerState state, std::vector<HealthReason> reasons) { return WorkerHealth{state, std::move(reasons)}.takes_jobs(); };
  EXPECT_TRUE(takes(WorkerState::ready, {}));
  EXPECT_FALSE(takes(WorkerState::starting, {}));
  EXPECT_FALSE(takes(WorkerState::draining, {}));
  EXPECT_TRUE(takes(WorkerState::degraded, {{"disk_nearly_full", ""}, {"destination_rests", ""}}));
  for (const char* code : {"orthanc_away", "model_loading", "model_not_ready", "queue_not_usable"}) {
    EXPECT_FALSE(takes(WorkerState::degraded, {{"disk_nearly_full", ""}, {code, ""}})) << code;
  }
}

}  // namespace
}  // namespace radfm
