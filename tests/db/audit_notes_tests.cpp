// SPDX-License-Identifier: Apache-2.0
// Aim: notes lie in memory within bounds: repetitions are one, what has no room is counted, what could not be written is not lost.
#include "db/audit_notes.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace radfm::db {
namespace {

AuditNote view(const std::string& person, JobId job) { return {"viewed", "job", person, job}; }

struct AuditNotesTest : testing::Test {
  testing_support::FakeClock clock;
  AuditNotes notes{clock, "plugin"};
};

TEST_F(AuditNotesTest, OnePersonAndOneObjectIsOneEntryForAWhile) {
  // Aim: a page that asks every second; at the limit and one before it.
  notes.add(view("a", 1));
  clock.advance(AuditNotes::repeat_ms - 1);
  notes.add(view("a", 1));
  EXPECT_EQ(notes.take().size(), 1u);
  clock.advance(1);
  notes.add(view("a", 1));
  EXPECT_EQ(notes.take().size(), 1u);
}

TEST_F(AuditNotesTest, AnotherPersonObjectOrActIsAnotherEntry) {
  notes.add(view("a", 1));
  notes.add(view("b", 1));
  notes.add(view("a", 2));
  notes.add({"viewed", "picture", "a", 1});
  notes.add({"viewed", "job", "a", 1, "1.2"});
  EXPECT_EQ(notes.take().size(), 5u);
  EXPECT_TRUE(notes.take().empty());
}

TEST_F(AuditNotesTest, KeepsWhenItHappened) {
  const std::int64_t then = clock.wall_ms();
  notes.add(view("a", 1));
  clock.advance(5'000);
  EXPECT_EQ(notes.take().front().wall_ms, then);
}

TEST_F(AuditNotesTest, WhatHasNoRoomIsCounted) {
  // Aim: at the limit, and one past it.
  for (std::size_t i = 0; i < AuditNotes::waiting_max; ++i) notes.add(view("a", static_cast<JobId>(i)));
  std::vector<AuditNote> taken = notes.take();
  EXPECT_EQ(taken.size(), AuditNotes::waiting_max);
  notes.put_back(taken);
  notes.add(view("b", 1));
  taken = notes.take();
  ASSERT_EQ(taken.size(), AuditNotes::waiting_max + 1);
  EXPECT_EQ(taken.back().kind, "notes_lost");
  EXPECT_EQ(taken.back().detail.substr(0, 9), "1 entries");
  EXPECT_TRUE(notes.take().empty());
}

TEST_F(AuditNotesTest, WhatIsPutBackComesFirst) {
  notes.add(view("a", 1));
  std::vector<AuditNote> taken = notes.take();
  notes.add(view("b", 1));
  notes.put_back(std::move(taken));
  taken = notes.take();
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].actor, "a");
  EXPECT_EQ(taken[1].actor, "b");
}

TEST_F(AuditNotesTest, RemembersWithinBounds) {
  // Aim: a crowd of strangers costs no more memory than remembered_max notes; afterwards an entry may come twice, none is left out.
  for (std::size_t i = 0; i <= AuditNotes::remembered_max; ++i) {
    notes.add(view("stranger " + std::to_string(i), 1));
    notes.take();
  }
  notes.add(view("stranger 0", 1));
  EXPECT_EQ(notes.take().size(), 1u);
}

}  // namespace
}  // namespace radfm::db
