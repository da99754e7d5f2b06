// SPDX-License-Identifier: Apache-2.0
// Two queues that are told the same: each step is made on both, and what they answer and what they show afterwards must be the
// same text. A step is a number of an act and a salt from which the act draws what it needs, so that a sequence from which
// steps were dropped still means something.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "db/queue.h"
#include "tests/support/fake_clock.h"

namespace radfm::db {

// Draws what an act needs and writes down what was drawn.
class Pick {
 public:
  explicit Pick(std::uint64_t salt) : random_(salt) {}
  std::size_t number(std::string_view what, std::size_t count, std::size_t first = 0) {  // one of `count` from `first` on
    const std::size_t drawn = first + static_cast<std::size_t>(random_() % count);
    said_ += " " + std::string(what) + "=" + std::to_string(drawn);
    return drawn;
  }
  template <std::size_t N>
  std::string of(std::string_view what, const std::array<const char*, N>& choices) {
    const char* drawn = choices[random_() % N];
    said_ += " " + std::string(what) + "='" + drawn + "'";
    return drawn;
  }
  bool chance(std::string_view what, unsigned percent) {
    const bool drawn = random_() % 100 < percent;
    if (drawn) said_ += " " + std::string(what);
    return drawn;
  }
  const std::string& said() const { return said_; }

 private:
  std::mt19937_64 random_;  // its numbers are fixed by the C++ standard
  std::string said_;
};

// One of the two.
struct Twin {
  std::unique_ptr<Queue> queue;
  testing_support::FakeClock* clock = nullptr;  // its own: a step of time is made on each
  std::vector<Lease> leases;                    // all that it ever gave, also those that are lost
};

struct Act {
  const char* name;
  int weight;                                // how often it is drawn, beside the others
  std::string (*make)(Twin& twin, Pick& pick);  // gives what the queue answered
};
const std::vector<Act>& queue_acts();

// All that the queue shows of all jobs, and of itself.
std::string all_that_is_seen(Twin& twin);
std::string seen_of(const Job& job);

}  // namespace radfm::db
