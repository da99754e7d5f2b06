// SPDX-License-Identifier: Apache-2.0
// radfm-simulate: many seeds, or one with its steps. Exit 0: nothing was violated; 1: something was; 2: wrong usage.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <map>
#include <string_view>

#include "tests/simulation/seeded_bugs.h"
#include "tests/simulation/simulation.h"

namespace radfm::simulation {
namespace {

constexpr const char* usage =
    "usage: radfm-simulate --seeds A-B [--queue memory|sqlite] [--bug NAME]\n"
    "       radfm-simulate --seed N [--steps] [--queue memory|sqlite] [--bug NAME]\n"
    "Runs the queue and the logic of worker and plugin in simulated worlds. --steps prints all that happens in one seed.\n"
    "A seed that violates something is made smaller and printed. --bug: a queue with a known bug, of:\n";

struct Wanted {
  std::uint64_t first = 1, last = 1;
  bool steps = false;
  QueueKind queue = QueueKind::memory;
  const SeededBug* bug = nullptr;
};

bool read_seeds(const std::string& text, Wanted& wanted) {
  const std::size_t dash = text.find('-');
  char* end = nullptr;
  wanted.first = wanted.last = std::strtoull(text.c_str(), &end, 10);
  if (dash != std::string::npos && end == text.c_str() + dash) wanted.last = std::strtoull(text.c_str() + dash + 1, &end, 10);
  return !text.empty() && *end == 0 && wanted.first <= wanted.last;
}

bool read_arguments(int count, char** arguments, Wanted& wanted) {
  bool has_seeds = false;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = arguments[i];
    const std::string value = i + 1 < count ? arguments[i + 1] : "";
    if (name == "--steps") {
      wanted.steps = true;
      continue;
    }
    ++i;
    if (name == "--seeds" || name == "--seed") {
      has_seeds = read_seeds(value, wanted);
      if (!has_seeds) return false;
    } else if (name == "--queue" && (value == "memory" || value == "sqlite")) {
      wanted.queue = value == "memory" ? QueueKind::memory : QueueKind::sqlite;
    } else if (name == "--bug" && find_bug(value) != nullptr) {
      wanted.bug = find_bug(value);
    } else {
      return false;
    }
  }
  return has_seeds && (!wanted.steps || wanted.first == wanted.last) && (wanted.bug == nullptr || wanted.queue == QueueKind::memory);
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void show_progress(const Wanted& wanted, std::uint64_t seed, double seconds) {
  const auto done = static_cast<double>(seed - wanted.first + 1), left = static_cast<double>(wanted.last - seed);
  std::fprintf(stderr, "\rseed %llu of %llu-%llu, %.0f seeds a second, %.0f s left   ", static_cast<unsigned long long>(seed),
               static_cast<unsigned long long>(wanted.first), static_cast<unsigned long long>(wanted.last), done / std::max(seconds, 1e-9),
               left * seconds / done);
}

int simulate(const Wanted& wanted) {
  Simulator simulator(wanted.bug);
  const auto begin = std::chrono::steady_clock::now();
  Outcome all;
  std::map<std::string, int> violations;
  double shown_s = 0;
  for (std::uint64_t seed = wanted.first; seed <= wanted.last; ++seed) {
    const Plan plan = plan_from(seed, wanted.queue);
    const Outcome outcome = simulator.run(plan, wanted.steps);
    if (wanted.steps) std::cout << told(plan, outcome);
    all.jobs += outcome.jobs;
    all.delivered += outcome.delivered;
    all.dead += outcome.dead;
    all.reports_at_destinations += outcome.reports_at_destinations;
    all.simulated_ms += outcome.simulated_ms;
    if (outcome.violation && violations[outcome.violation->code]++ == 0 && !wanted.steps) {
      int runs = 0;
      const Plan small = simulator.shrink(plan, outcome.violation->code, &runs);
      std::cout << "\nseed " << seed << " violates " << outcome.violation->code << "; smaller, after " << runs << " runs:\n"
                << told(small, simulator.run(small, true)) << std::flush;
    }
    if (const double now_s = seconds_since(begin); wanted.first != wanted.last && (now_s - shown_s > 1 || seed == wanted.last)) {
      shown_s = now_s;
      show_progress(wanted, seed, now_s);
    }
  }
  const double seconds = seconds_since(begin);
  const auto seeds = static_cast<double>(wanted.last - wanted.first + 1);
  const double cpu_s = static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  std::cout << "\n" << seeds << " seeds in " << seconds << " s, " << cpu_s << " s of one core (" << seeds / cpu_s
            << " a second): " << all.jobs << " jobs, " << all.delivered << " delivered, " << all.dead << " dead, "
            << all.reports_at_destinations << " objects at destinations, " << all.simulated_ms / 3'600'000 << " simulated hours\n";
  for (const auto& [code, times] : violations) std::cout << times << " seed(s) violate " << code << "\n";
  return violations.empty() ? 0 : 1;
}

}  // namespace
}  // namespace radfm::simulation

int main(int count, char** arguments) {
  using namespace radfm::simulation;
  Wanted wanted;
  if (!read_arguments(count, arguments, wanted)) {
    std::cerr << usage;
    for (const SeededBug& bug : seeded_bugs()) std::cerr << "  " << bug.name << ": " << bug.what << "\n";
    return 2;
  }
  return simulate(wanted);
}
