// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/give_way.h"

#include <gtest/gtest.h>

#include "tests/orthanc-plugin/fake_orthanc.h"

namespace radfm::plugin {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds now{0}, idle{2'000};

struct GiveWayTest : testing::Test {
  void images(int count) {
    for (int i = 0; i < count; ++i) give_way.arrived();
  }
  FakeClock clock;  // on the beginning of a window
  GiveWay give_way{clock};
};

// Aim: the first round, and those at the pace of a modality, wait for nothing.
TEST_F(GiveWayTest, FewImagesHoldUpNoRound) {
  images(flood_images_per_window);
  EXPECT_EQ(give_way.wait_before_round(), now);  // none was made so far
  give_way.round_ended(idle);
  for (int window = 0; window < 10; ++window) {
    clock.advance(flood_window_ms);
    images(flood_images_per_window - 1);
    if (window == 0) continue;
    EXPECT_EQ(give_way.wait_before_round(), now) << window;
  }
}

// Aim: one image more is a flood; the round waits until a whole window was quieter.
TEST_F(GiveWayTest, ARoundWaitsForTheEndOfAFlood) {
  give_way.round_ended(idle);
  images(flood_images_per_window);
  EXPECT_EQ(give_way.wait_before_round(), give_way_look);
  clock.advance(flood_window_ms);
  images(flood_images_per_window - 1);
  EXPECT_EQ(give_way.wait_before_round(), give_way_look);
  clock.advance(flood_window_ms);
  EXPECT_EQ(give_way.wait_before_round(), now);
}

// Aim: a flood without end holds up the rounds for give_way_max each time, and none that is not done with its work.
TEST_F(GiveWayTest, AFloodWithoutEndIsNoReasonToWaitForEver) {
  give_way.round_ended(idle);
  std::int64_t waited_ms = 0;
  for (;; clock.advance(50), waited_ms += 50) {
    images(flood_images_per_window);
    if (give_way.wait_before_round() == now) break;
    ASSERT_LT(waited_ms, 60'000);
  }
  EXPECT_EQ(waited_ms, give_way_max.count());
  give_way.round_ended(now);
  images(flood_images_per_window);
  EXPECT_EQ(give_way.wait_before_round(), now);
  give_way.round_ended(idle);
  EXPECT_EQ(give_way.wait_before_round(), give_way_look);
  clock.advance(give_way_max.count() - 100);
  images(flood_images_per_window);
  EXPECT_EQ(give_way.wait_before_round(), milliseconds(100));
}

}  // namespace
}  // namespace radfm::plugin
