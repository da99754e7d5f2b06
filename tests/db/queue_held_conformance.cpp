// SPDX-License-Identifier: Apache-2.0
#include "tests/db/queue_conformance.h"

namespace radfm::db {
namespace {

TEST_P(QueueConformance, AHeldTextIsKeptForAPerson) {
  // What was held can be read until another text is held; no list carries it.
  const JobId id = enqueue("1");
  const auto held = claim();
  EXPECT_EQ(job(id).held_text, "");
  must(q().hold_text(held.second, "Findings of somebody."));
  must(q().fail(held.second, permanent_error("held_for_review", "x")));
  EXPECT_EQ(job(id).held_text, "Findings of somebody.");
  EXPECT_EQ(job(id).held_released_by, "");
  EXPECT_EQ(must(q().list({})).at(0).held_text, "");
}

TEST_P(QueueConformance, AHeldTextIsBounded) {
  // At the limit it is kept, one past it nothing changes.
  const JobId id = enqueue("1");
  const auto held = claim();
  const std::string largest(held_text_bytes_max, 'a');
  must(q().hold_text(held.second, largest));
  EXPECT_EQ(code_of(q().hold_text(held.second, largest + "a")), "held_text_too_large");
  EXPECT_EQ(job(id).held_text, largest);
}

TEST_P(QueueConformance, AReleaseIsForThatTextAlone) {
  // The job begins anew and says by whom; the same text stays released, another one is held again.
  const JobId id = enqueue("1");
  auto held = claim();
  must(q().hold_text(held.second, "one"));
  must(q().fail(held.second, permanent_error("held_for_review", "x")));
  must(q().release_held(id, "administrator:A"));
  EXPECT_EQ(state(id), JobState::queued);
  EXPECT_EQ(job(id).error_code, "");
  EXPECT_EQ(must(q().events(id)).back().kind, "held_text_released");
  EXPECT_EQ(must(q().events(id)).back().actor, "administrator:A");
  held = claim();
  must(q().hold_text(held.second, "one"));
  EXPECT_EQ(job(id).held_released_by, "administrator:A");
  must(q().hold_text(held.second, "another"));
  EXPECT_EQ(job(id).held_released_by, "");
  EXPECT_EQ(job(id).held_text, "another");
}

TEST_P(QueueConformance, OnlyAHeldTextCanBeReleased) {
  // Not of a job that is not dead, not of one that died of something else; by the holder only it is held.
  EXPECT_EQ(code_of(q().release_held(99, "a")), "no_such_job");
  const JobId id = enqueue("1");
  EXPECT_EQ(code_of(q().release_held(id, "a")), "wrong_state");
  const auto held = claim();
  must(q().fail(held.second, permanent_error("no_decoder", "x")));
  EXPECT_EQ(code_of(q().release_held(id, "a")), "wrong_state");
  EXPECT_EQ(state(id), JobState::dead);
  EXPECT_EQ(code_of(q().hold_text(held.second, "late")), "lease_lost");
  EXPECT_EQ(job(id).held_text, "");
}

}  // namespace
}  // namespace radfm::db
