// SPDX-License-Identifier: Apache-2.0
#include "db/queue_numbers.h"

#include "db/audit_trail.h"
#include "tests/db/queue_file_fixture.h"

namespace radfm::db {
namespace {

class QueueNumbersTest : public QueueFileTest {
 protected:
  QueueNumbers numbers() { return must(queue_numbers(how())); }
  OpenQueue how() {
    OpenQueue open;
    open.path = path;
    open.create = false;
    open.read_only = true;
    return open;
  }
};

TEST_F(QueueNumbersTest, CountsWhatIsOpenDeadAndPending) {
  // Aim: each lane is there; finished jobs are in none; the oldest of the dead by when it died; the file's size.
  const auto queue = open();
  EXPECT_EQ(numbers().open_by_lane, (std::map<Lane, std::int64_t>{{Lane::stat, 0}, {Lane::routine, 0}, {Lane::background, 0}}));
  EXPECT_EQ(numbers().oldest_dead_wall_ms, 0);
  deliver(*queue, "1.1");
  const JobId rushed = enqueue(*queue, "1.2");
  enqueue(*queue, "1.3");
  must(queue->rush(rushed, "administrator"));
  must(queue->take_changes(5, {{"orthanc-1.9", clock.wall_ms() + 60'000}}));
  EXPECT_EQ(numbers().open_by_lane, (std::map<Lane, std::int64_t>{{Lane::stat, 1}, {Lane::routine, 1}, {Lane::background, 0}}));
  EXPECT_EQ(numbers().pending_studies, 1);
  const std::int64_t died = clock.wall_ms();
  for (int i = 0; i < 2; ++i) {
    must(queue->fail(claim(*queue).second, permanent_error("broken", "words")));
    clock.advance(5'000);
  }
  EXPECT_EQ(numbers().oldest_dead_wall_ms, died);
  EXPECT_EQ(numbers().open_by_lane.at(Lane::stat), 0);
  EXPECT_EQ(numbers().file_bytes, static_cast<std::int64_t>(std::filesystem::file_size(path)));
}

TEST_F(QueueNumbersTest, AFileThatIsNotThereIsAnError) {
  // Aim: nothing is made by asking.
  EXPECT_EQ(queue_numbers(how()).error().code, "database_unavailable");
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(QueueNumbersTest, TheTrailKnowsItsLastOfAKind) {
  // Aim: of no job only, the later of two, nothing of a kind that never was.
  const auto queue = open();
  deliver(*queue, "1.1");
  const auto trail = must(AuditTrail::open(how(), clock));
  EXPECT_FALSE(must(trail->last_of("done")));
  OpenQueue writing = how();
  writing.read_only = false;
  must(must(AuditTrail::open(writing, clock))
           ->record({{"worker_silent", "one", "plugin"}, {"worker_silent", "two", "plugin"}, {"worker_heard", "", "plugin"}}));
  EXPECT_EQ(must(trail->last_of("worker_silent"))->detail, "two");
  EXPECT_GT(must(trail->last_of("worker_heard"))->id, must(trail->last_of("worker_silent"))->id);
}

}  // namespace
}  // namespace radfm::db
