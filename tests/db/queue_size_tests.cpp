// SPDX-License-Identifier: Apache-2.0
// Aim: a file at its limit takes in nothing new, and what is in work ends all the same; the limit is named, and a purge makes room.
#include "tests/db/queue_file_fixture.h"

namespace radfm::db {
namespace {

constexpr std::int64_t day_ms = 86'400'000;

class QueueSize : public QueueFileTest {
 protected:
  static constexpr std::int64_t pages_max = 400;
  // Studies of so many images until none is taken in.
  static int fill_with(Queue& queue, const std::string& patient, std::size_t images) {
    for (int i = 0;; ++i) {
      NewJob job = new_job(patient + "." + std::to_string(i));
      job.instances.assign(images, std::string(64, '1'));
      const auto settled = queue.settle_study("o", job);
      if (settled.ok()) continue;
      EXPECT_EQ(settled.error().code, "disk_full");
      EXPECT_EQ(settled.error().error_class, ErrorClass::transient);
      EXPECT_NE(settled.error().message.find("database.file_mb_max"), std::string::npos) << settled.error().message;
      return i;
    }
  }
  static int fill_up(Queue& queue, const std::string& patient) {
    const int large = fill_with(queue, patient, 200);
    return large + fill_with(queue, patient + ".1", 1);
  }
  std::int64_t pages() { return std::stoll(raw(path, "PRAGMA page_count")); }
};

TEST_F(QueueSize, IsTheConfigurationsInPages) {
  DatabaseSettings settings_of_file;
  settings_of_file.file_mb_max = 64;
  EXPECT_EQ(file_pages_max(settings_of_file), 16'384);
}

TEST_F(QueueSize, WhereNoStudyIsTakenInJobsInWorkGoOn) {
  // Nothing new; results up to the fifteenth sixteenth; the small writes of a job always.
  auto queue = open(pages_max);
  const JobId id = enqueue(*queue, "1");
  const auto held = claim(*queue);
  EXPECT_GT(fill_up(*queue, "8"), 10);
  EXPECT_LE(pages(), pages_max * sixteenths_for_studies / 16);
  EXPECT_EQ(code_of(queue->take_changes(5, {{"orthanc-1", 1}})), "disk_full");
  EXPECT_EQ(code_of(queue->add(new_job("2"))), "disk_full");
  EXPECT_FALSE(must(queue->change_cursor()).has_value());

  work(*queue, held);
  send(*queue, held.second);
  must(queue->finish(held.second, "delivered"));
  const auto next = claim(*queue);
  Status stored;
  for (std::size_t size = 4'096; stored.ok(); size += 4'096) stored = queue->set_montage(next.second, std::vector<std::uint8_t>(size, 1));
  EXPECT_EQ(stored.error().code, "disk_full");
  EXPECT_LE(pages(), pages_max * sixteenths_for_results / 16 + 1);
  must(queue->set_stage(next.second, JobStage::generating, 1, 2, "The"));
  must(queue->heartbeat(next.second));
  must(queue->fail(next.second, transient_error("disk_full", "full")));
  EXPECT_EQ(must(queue->job(id))->outcome, "delivered");
  EXPECT_EQ(code_of(queue->rerun(id, "a")), "disk_full");
}

TEST_F(QueueSize, APurgeMakesRoom) {
  auto queue = open(pages_max);
  for (int i = 0; i < 8; ++i) deliver(*queue, "1." + std::to_string(i));
  fill_up(*queue, "8");
  clock.step_wall(2 * day_ms);
  ASSERT_EQ(must(purge_results(path, 1, clock, [] { return true; })), 8);
  EXPECT_GT(fill_up(*queue, "9"), 4);
}

TEST_F(QueueSize, AtItsVeryEndTheLimitIsNamedToo) {
  // The last sixteenth is used up as well: what is met is the limit, not the disk.
  auto queue = open(pages_max);
  enqueue(*queue, "1");
  const auto held = claim(*queue);
  Status noted;
  for (int i = 0; noted.ok() && i < 10'000; ++i) noted = queue->note(held.second, "note", std::string(2'000, 'n'));
  ASSERT_EQ(code_of(noted), "disk_full");
  EXPECT_NE(noted.error().message.find("database.file_mb_max"), std::string::npos) << noted.error().message;
  EXPECT_EQ(raw(path, "PRAGMA integrity_check"), "ok\n");
}

TEST_F(QueueSize, ALowerLimitThanTheFileTakesNothingFromIt) {
  // Somebody lowered it: what is there stays, and jobs in work end in the pages that are there.
  auto queue = open();
  for (int i = 0; i < 5; ++i) deliver(*queue, "1." + std::to_string(i));
  queue = open(10);
  EXPECT_EQ(must(queue->status()).done, 5);
  EXPECT_EQ(code_of(queue->settle_study("o", new_job("2"))), "disk_full");
}

}  // namespace
}  // namespace radfm::db
