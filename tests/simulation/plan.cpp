// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/plan.h"

#include "tests/simulation/acts.h"
#include "tests/simulation/simulated_archive.h"

namespace radfm::simulation {
namespace {

constexpr std::size_t steps_on_memory = 250, steps_on_sqlite = 160;

// Limits that a short run reaches.
QueueSettings drawn_settings(Draw& draw) {
  QueueSettings settings;
  settings.poison_limit = static_cast<int>(draw.between(2, 3));
  settings.vanished_limit = static_cast<int>(draw.between(2, 5));
  settings.vanished_backoff_from = static_cast<int>(draw.between(1, 3));
  settings.automatic_revisions_max = static_cast<int>(draw.between(1, 3));
  settings.backoff_first_ms = 1'000;
  settings.backoff_max_ms = draw.chance(80) ? 60'000 : 1'800'000;
  settings.poll_ms = draw.chance(50) ? 1'000 : 5'000;
  return settings;
}

}  // namespace

std::uint64_t Draw::next() {
  std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

// Each seed leaves some kinds of acts out and has more of others, so that seeds differ in kind and not only in detail.
Plan plan_from(std::uint64_t seed, QueueKind queue) {
  Draw draw(seed * 2 + (queue == QueueKind::sqlite ? 1 : 0));
  draw.next();
  Plan plan;
  plan.seed = seed;
  plan.queue = queue;
  plan.wal = draw.chance(40);
  plan.workers = static_cast<int>(draw.between(1, 3));
  plan.holders = static_cast<int>(draw.between(1, 3));
  plan.keeps_one_for_stat = draw.chance(30);
  plan.settings = drawn_settings(draw);
  for (const ArchiveKind& kind : archive_kinds) {
    if (draw.chance(45)) plan.archives.emplace_back(kind.name);
  }
  std::vector<std::size_t> drawn_from;
  for (std::size_t act = 0; act < acts().size(); ++act) {
    const Act& each = acts()[act];
    if (each.needs_disk && queue == QueueKind::memory) continue;
    const bool left_out = !each.always && draw.chance(25);
    const std::int64_t times = left_out ? 0 : each.weight * draw.between(1, 3);
    drawn_from.insert(drawn_from.end(), static_cast<std::size_t>(times), act);
  }
  plan.steps.resize(queue == QueueKind::memory ? steps_on_memory : steps_on_sqlite);
  for (Step& step : plan.steps) step = {draw.of(drawn_from), draw.next()};
  return plan;
}

}  // namespace radfm::simulation
