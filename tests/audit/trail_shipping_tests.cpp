// SPDX-License-Identifier: Apache-2.0
// Aim: the repository gets each entry, in order, whatever dies when; nothing is left out, and only a batch whose end nobody saw
// comes twice.
#include "audit/trail_shipping.h"

#include <gtest/gtest.h>

#include <random>

#include "core/base64.h"
#include "tests/db/temporary_folder.h"
#include "tests/support/fake_clock.h"

namespace radfm::audit {
namespace {

class TrailShippingTest : public ::testing::Test {
 protected:
  std::unique_ptr<db::AuditTrail> open() {
    db::OpenQueue open;
    open.path = folder.path() / "queue.sqlite";
    return db::AuditTrail::open(open, clock).value();
  }
  void write_entries(int count) {
    std::vector<db::AuditNote> notes;
    for (int i = 0; i < count; ++i) notes.push_back({"entry-" + std::to_string(++written), "", "worker"});
    ASSERT_TRUE(open()->record(notes).ok());
  }
  TrailShipping shipping() {
    return TrailShipping({"node"}, [this](const std::vector<std::string>& messages) -> Status {
      if (down) return transient_error("syslog_unreachable", "it is down");
      batches.push_back(messages.size());
      for (const std::string& message : messages) arrived.push_back(message);
      if (dies_after_delivery) return cancelled_error("woken", "killed before the position moved");
      return {};
    });
  }
  std::int64_t position() { return open()->position(syslog_position).value().value_or(db::AuditPosition{}).entry; }

  db::TemporaryFolder folder;
  testing_support::FakeClock clock;
  int written = 0;
  bool down = false, dies_after_delivery = false;
  std::vector<std::string> arrived;
  std::vector<std::size_t> batches;
};

TEST_F(TrailShippingTest, HandsOnEverythingOnceAndInOrder) {
  // Aim: over the border of a batch: 250 entries are 100, 100 and 50, at once one after the other.
  write_entries(250);
  TrailShipping ship = shipping();
  const auto trail = open();
  EXPECT_EQ(ship.ship(*trail), 0);
  EXPECT_EQ(ship.ship(*trail), 0);
  EXPECT_EQ(ship.ship(*trail), ship_interval_ms);
  EXPECT_EQ(ship.ship(*trail), ship_interval_ms);
  EXPECT_EQ(batches, (std::vector<std::size_t>{100, 100, 50}));
  std::vector<std::string> expected;
  for (const std::int64_t after : {0, 100, 200}) {
    const std::vector<db::AuditEntry> entries = trail->entries(after, 100).value();
    for (const db::AuditEntry& entry : entries) expected.push_back(atna_message(entry, {"node"}));
  }
  ASSERT_EQ(arrived.size(), 250u);
  for (std::size_t i = 0; i < 250; ++i) EXPECT_TRUE(arrived[i].ends_with(expected[i])) << i;
  EXPECT_EQ(position(), 250);
}

TEST_F(TrailShippingTest, ARepositoryThatIsDownCostsOnlyDelay) {
  // Aim: the wait grows to its limit and no further; then everything arrives.
  write_entries(3);
  TrailShipping ship = shipping();
  const auto trail = open();
  down = true;
  std::int64_t expected = ship_wait_first_ms;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(ship.ship(*trail), expected);
    expected = std::min(expected * 2, ship_wait_max_ms);
  }
  EXPECT_EQ(expected, ship_wait_max_ms);
  EXPECT_EQ(position(), 0);
  down = false;
  EXPECT_EQ(ship.ship(*trail), ship_interval_ms);
  EXPECT_EQ(arrived.size(), 3u);
  down = true;
  write_entries(1);
  EXPECT_EQ(ship.ship(*trail), ship_wait_first_ms);  // begins anew
}

TEST_F(TrailShippingTest, AKillAtAnyPointLosesNothing) {
  // Aim: workers that are killed at random before, during and after a batch: each entry arrives, in order; a batch comes twice only
  // when its worker died between the delivery and the position.
  const unsigned seed = std::random_device()();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  int killed_in_between = 0;
  for (int round = 0; round < 60; ++round) {
    if (random() % 2 == 0) write_entries(static_cast<int>(random() % 130));
    down = random() % 4 == 0;
    dies_after_delivery = random() % 4 == 0;
    const std::size_t before = batches.size();
    TrailShipping another_life = shipping();
    another_life.ship(*open());
    if (dies_after_delivery && batches.size() > before) ++killed_in_between;
  }
  down = dies_after_delivery = false;
  TrailShipping last = shipping();
  const auto trail = open();
  while (last.ship(*trail) == 0) {
  }
  // Without the repetitions: 1, 2, 3, ... with none missing.
  std::int64_t next = 1;
  int repeated = 0;
  for (const std::string& message : arrived) {
    const std::string mark = "<ParticipantObjectDetail type=\"entry\" value=\"";
    const std::size_t at = message.find(mark) + mark.size();
    const std::string number = message.substr(at, message.find('"', at) - at);
    if (number == base64(std::to_string(next))) {
      ++next;
    } else {
      ++repeated;
      ASSERT_NE(std::find_if(arrived.begin(), arrived.end(), [&](const std::string& one) { return &one != &message && one == message; }),
                arrived.end());
    }
  }
  EXPECT_EQ(next, written + 1);
  EXPECT_LE(repeated, killed_in_between * shipped_at_once_max);
}

TEST_F(TrailShippingTest, TwoWorkersAgreeOnThePosition) {
  // Aim: the second hands on what the first was just handing on: its position does not move, and the next round goes on behind both.
  write_entries(2);
  const auto trail = open();
  TrailShipping slow({"node"}, [&](const std::vector<std::string>&) -> Status {
    TrailShipping fast = shipping();
    fast.ship(*open());
    return {};
  });
  EXPECT_EQ(slow.ship(*trail), ship_wait_first_ms);
  EXPECT_EQ(position(), 2);
  EXPECT_EQ(arrived.size(), 2u);
}

}  // namespace
}  // namespace radfm::audit
