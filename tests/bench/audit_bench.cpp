// SPDX-License-Identifier: Apache-2.0
// What the audit's chain costs: claim and completion of a job as they are, and the same with each entry chained a second time (the
// query for the last hash, and a hash), in turns within one run. The ratio is the cost of the chain; a first argument names the folder.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "core/clock.h"
#include "db/audit_chain.h"
#include "db/audit_trail.h"
#include "db/queue.h"
#include "db/sqlite_connection.h"
#include "db/sqlite_statement.h"

namespace {

using namespace radfm;
using Time = std::chrono::steady_clock;

constexpr int blocks = 40, jobs_of_a_block = 25, entries_of_a_job = 2;  // claimed, done

// As db/sqlite_audit.cpp before each insertion.
std::size_t chain_again(db::SqliteConnection& connection) {
  db::SqliteStatement last(connection,
                           "SELECT MAX(COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0), "
                           "COALESCE((SELECT MAX(id) FROM events), 0)), (SELECT hash FROM events ORDER BY id DESC LIMIT 1)");
  std::int64_t number = 0;
  std::string previous;
  if (last.step()) last.read(number, previous);
  return db::chain_hash(previous, {number, 1, 1'795'000'000'000, "claimed", "", "worker"}).size();
}

double us(Time::duration time) { return std::chrono::duration<double, std::micro>(time).count() / jobs_of_a_block; }

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path file = std::filesystem::path(argc > 1 ? argv[1] : "/dev/shm") / "radfm-audit-bench.sqlite";
  std::filesystem::remove(file);
  const SystemClock clock;
  db::OpenQueue open;
  open.path = file;
  const auto queue = db::open_sqlite_queue(open, clock).value();
  for (int i = 0; i < blocks * 2 * jobs_of_a_block; ++i) {
    db::NewJob job;
    job.identity = {"1.2." + std::to_string(i), "digest", 0};
    job.instances = {"1.2.3"};
    if (!queue->settle_study("o" + std::to_string(i), job)) return 1;
  }
  db::SqliteConnection reader(file.string(), 1'000);
  std::vector<double> plain, twice;
  for (int block = 0; block < 2 * blocks; ++block) {
    const Time::time_point begin = Time::now();
    for (int i = 0; i < jobs_of_a_block; ++i) {
      const auto claimed = queue->claim("holder").value();
      if (!claimed || !queue->finish(claimed->second, "skipped: bench")) return 1;
      for (int entry = 0; entry < (block % 2) * entries_of_a_job; ++entry) {
        if (chain_again(reader) != 64) return 1;
      }
    }
    (block % 2 == 0 ? plain : twice).push_back(us(Time::now() - begin));
  }
  std::ranges::sort(plain);
  std::ranges::sort(twice);
  const double one = plain[plain.size() / 2], two = twice[twice.size() / 2];
  std::printf("claim + complete, median of %d blocks: %.0f us; with the chain's work twice: %.0f us; ratio %.3f\n", blocks, one, two, two / one);
  std::filesystem::remove(file);
}
