// SPDX-License-Identifier: Apache-2.0
#include "worker/turn_watch.h"

#include <gtest/gtest.h>

namespace radfm::worker {
namespace {

class SetClock final : public Clock {
 public:
  std::int64_t wall_ms() const override { return 0; }
  std::int64_t boot_ms() const override { return now; }
  std::string boot_id() const override { return "boot"; }
  std::int64_t now = 0;
};

// Aim: silence counts from the last turn; who rests is not silent.
TEST(TurnWatch, CountsSilence) {
  SetClock clock;
  TurnWatch turns(clock);
  clock.now = 5'000;
  EXPECT_EQ(turns.silent_ms(), 0) << "it has not begun";
  turns.turn();
  clock.now = 7'500;
  EXPECT_EQ(turns.silent_ms(), 2'500);
  turns.turn();
  EXPECT_EQ(turns.silent_ms(), 0);
  clock.now = 9'000;
  turns.rest();
  EXPECT_EQ(turns.silent_ms(), 0);
}

// Aim: the limit is above each wait that it stands for, grows with the threads that wait for each other, and with each time-out.
TEST(TurnWatch, TheLimitOutlastsEachWait) {
  Configuration configuration;
  const std::int64_t one = turn_silence_max_ms(configuration, 1), two = turn_silence_max_ms(configuration, 2);
  EXPECT_EQ(two - one, configuration.model.load_timeout_ms + configuration.model.generate_timeout_ms);
  EXPECT_GT(one, configuration.model.load_timeout_ms + configuration.model.generate_timeout_ms + configuration.priors.search_timeout_ms);
  PacsNode slow;
  slow.timeout_ms = 500'000;
  configuration.pacs.push_back(slow);
  EXPECT_EQ(turn_silence_max_ms(configuration, 1) - one, turn_exchanges_max * (slow.timeout_ms - configuration.orthanc.timeout_ms));
}

}  // namespace
}  // namespace radfm::worker
