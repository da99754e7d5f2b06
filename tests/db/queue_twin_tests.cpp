// SPDX-License-Identifier: Apache-2.0
// Aim: SQLite's queue and the one in memory, told the same random things, answer and show the same after each step. A sequence
// after which they differ is made shorter while they still do, and printed with its seed: RADFM_TWIN_SEED=N runs one seed alone,
// RADFM_TWIN_SEEDS=N as many.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <set>
#include <sstream>

#include "tests/db/queue_twin.h"
#include "tests/db/temporary_folder.h"
#include "tests/support/memory_queue.h"

namespace radfm::db {
namespace {

struct Step {
  std::size_t act = 0;
  std::uint64_t salt = 0;
};

constexpr std::size_t steps_of_a_seed = 100;
constexpr std::uint64_t seeds_by_default = 20;

// Limits that a short sequence reaches.
QueueSettings small_limits() {
  QueueSettings settings;
  settings.poison_limit = 2;
  settings.vanished_limit = 3;
  settings.vanished_backoff_from = 2;
  settings.automatic_revisions_max = 1;
  return settings;
}
std::int64_t half(std::int64_t bound) { return bound / 2; }

std::vector<Step> steps_from(std::uint64_t seed) {
  std::vector<std::size_t> drawn_from;  // each act as often as it weighs
  for (std::size_t act = 0; act < queue_acts().size(); ++act) {
    drawn_from.insert(drawn_from.end(), static_cast<std::size_t>(queue_acts()[act].weight), act);
  }
  std::mt19937_64 random(seed);
  std::vector<Step> steps(steps_of_a_seed);
  for (Step& step : steps) {
    step.act = drawn_from[random() % drawn_from.size()];
    step.salt = random();
  }
  return steps;
}

// The first lines in which two texts differ.
std::string first_difference(const std::string& sqlite, const std::string& memory) {
  std::istringstream ones(sqlite), others(memory);
  std::string one, other;
  for (;;) {
    const bool has_one = static_cast<bool>(std::getline(ones, one)), has_other = static_cast<bool>(std::getline(others, other));
    if (!has_one && !has_other) return "";
    if (!has_one) one.clear();
    if (!has_other) other.clear();
    if (one != other) return "    SQLite: " + one + "\n    memory: " + other;
  }
}

// The calls as they were made, each act with an answer once, and where the twins differ.
struct Told {
  std::string calls;
  std::set<std::string> kinds;
  std::optional<std::string> difference;
};

Told tell_both(const std::vector<Step>& steps) {
  const TemporaryFolder folder;
  testing_support::FakeClock sqlite_clock, memory_clock;
  OpenQueue open;
  open.path = folder.path() / "queue.sqlite";
  open.settings = small_limits();
  open.random = half;
  Result<std::unique_ptr<Queue>> opened = open_sqlite_queue(open, sqlite_clock);
  if (!opened) return {"", {}, opened.error().message};
  Twin sqlite{std::move(*opened), &sqlite_clock, {}};
  Twin memory{std::make_unique<MemoryQueue>(std::make_shared<MemoryStore>(), small_limits(), memory_clock, half), &memory_clock, {}};
  Told told;
  for (const Step& step : steps) {
    const Act& act = queue_acts()[step.act];
    Pick of_sqlite(step.salt), of_memory(step.salt);
    const std::string answer = act.make(sqlite, of_sqlite), other_answer = act.make(memory, of_memory);
    told.calls += "  " + std::string(act.name) + of_sqlite.said() + " -> " + answer + "\n";
    told.kinds.insert(act.name + (" " + answer.substr(0, answer.find(' '))));
    if (answer != other_answer) {
      told.difference = "    SQLite: " + answer + "\n    memory: " + other_answer;
      return told;
    }
    const std::string seen = all_that_is_seen(sqlite), other_seen = all_that_is_seen(memory);
    if (seen != other_seen) {
      told.difference = first_difference(seen, other_seen);
      return told;
    }
  }
  return told;
}

// Without the steps that the difference does not need: first large pieces are tried, then small ones.
std::vector<Step> shrink(std::vector<Step> steps) {
  for (std::size_t piece = steps.size() / 2; piece > 0; piece /= 2) {
    for (std::size_t begin = 0; begin < steps.size();) {
      std::vector<Step> fewer = steps;
      const std::size_t end = std::min(begin + piece, steps.size());
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(begin), fewer.begin() + static_cast<std::ptrdiff_t>(end));
      if (tell_both(fewer).difference) {
        steps = std::move(fewer);
      } else {
        begin += piece;
      }
    }
  }
  return steps;
}

// Not refused, and not without anything to be done.
bool was_of_use(const Act& act, const std::set<std::string>& met) {
  return std::ranges::any_of(met, [&](const std::string& kind) {
    const auto [name, answer] = std::pair(kind.substr(0, kind.find(' ')), kind.substr(kind.find(' ') + 1));
    return name == act.name && (answer.empty() || answer == "ok" || answer == "created" || (answer[0] >= '1' && answer[0] <= '9'));
  });
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(QueueTwins, AnswerAndShowTheSame) {
  const std::uint64_t only = number_from("RADFM_TWIN_SEED", 0);
  const std::uint64_t first = only != 0 ? only : 1;
  const std::uint64_t last = only != 0 ? only : number_from("RADFM_TWIN_SEEDS", seeds_by_default);
  std::set<std::string> met;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    const std::vector<Step> steps = steps_from(seed);
    const Told all = tell_both(steps);
    met.insert(all.kinds.begin(), all.kinds.end());
    if (only != 0) std::cout << all.calls;
    if (!all.difference) continue;
    const Told told = tell_both(shrink(steps));
    FAIL() << "seed " << seed << " (RADFM_TWIN_SEED=" << seed << "):\n" << told.calls << *told.difference;
  }
  if (last - first + 1 < seeds_by_default) return;
  for (const Act& act : queue_acts()) EXPECT_TRUE(was_of_use(act, met)) << act.name << " was never accepted: the sequences say nothing of it";
}

}  // namespace
}  // namespace radfm::db
