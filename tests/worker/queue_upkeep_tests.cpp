// SPDX-License-Identifier: Apache-2.0
// Aim: old results go while the worker runs, and the worker ends without waiting for the hour.
#include "worker/queue_upkeep.h"

#include <gtest/gtest.h>

#include "tests/worker/queue_fixture.h"

namespace radfm::worker {
namespace {

class QueueUpkeepTest : public test::QueueFixture {
 protected:
  QueueUpkeepTest() {
    configuration_.database.path = folder.path() / "queue.sqlite";
    const auto [job, lease] = claimed();
    id_ = job.id;
    if (!queue->set_detail(lease, "{}", "")) throw std::runtime_error("no detail");
    if (!queue->finish(lease, "unchanged")) throw std::runtime_error("not finished");
  }
  bool is_purged() { return queue->events(id_).value().back().kind == "purged"; }

  Configuration configuration_;
  db::JobId id_ = 0;
};

TEST_F(QueueUpkeepTest, RemovesOldResultsAtOnce) {
  clock.now_ms += std::int64_t{configuration_.queue.keep_results_days + 1} * 86'400'000;
  const QueueUpkeep upkeep(configuration_, clock);
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!is_purged() && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  EXPECT_TRUE(is_purged());
  EXPECT_EQ(job(id_).detail_json, "");
}

TEST_F(QueueUpkeepTest, EndsWhenItIsTold) {
  // Also when it cannot do its work.
  const auto begun = std::chrono::steady_clock::now();
  { const QueueUpkeep upkeep(configuration_, clock); }
  configuration_.database.path = folder.path() / "nowhere" / "queue.sqlite";
  { const QueueUpkeep upkeep(configuration_, clock); }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(60));
  EXPECT_FALSE(is_purged());
}

}  // namespace
}  // namespace radfm::worker
