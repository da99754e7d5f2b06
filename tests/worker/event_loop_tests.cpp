// SPDX-License-Identifier: Apache-2.0
#include "worker/event_loop.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

#include "db/queue.h"
#include "tests/worker/temporary_folder.h"

namespace radfm::worker {
namespace {

class EventLoopTest : public ::testing::Test {
 protected:
  EventLoopTest() : loop_({[this] { heard(); }, [] {}, [] {}, [] {}, [this] { heard(); }}), doorbell_(folder_.path() / "bell") {
    loop_.listen(doorbell_);
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~EventLoopTest() override {
    loop_.finish();
    thread_.join();
  }

  void heard() {
    const std::lock_guard lock(mutex_);
    ++rings_;
    changed_.notify_all();
  }
  int rings() {
    const std::lock_guard lock(mutex_);
    return rings_;
  }
  // False after a minute.
  bool wait_for_more_than(int rings) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return rings_ > rings; });
  }

  test::TemporaryFolder folder_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int rings_ = 0;  // guarded by mutex_
  EventLoop loop_;
  const std::filesystem::path doorbell_;
  std::thread thread_;
};

TEST_F(EventLoopTest, OnlyItsGroupMayRing) {
  // Aim: the mode of the socket, whatever umask there is.
  struct stat found {};
  ASSERT_EQ(::stat(doorbell_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0660U);
}

TEST_F(EventLoopTest, HangUpIsAReload) {
  // Aim: SIGHUP, again and again, is told on and ends nothing.
  for (int known = rings(), round = 0; round < 3; ++round, known = rings()) {
    ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
    ASSERT_TRUE(wait_for_more_than(known)) << round;
  }
}

TEST_F(EventLoopTest, AFloodIsAFewRings) {
  // Aim: a hundred thousand datagrams cost two rings in each pause at most, and the one that comes last is heard.
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 100'000; ++i) db::ring_doorbell(doorbell_);
  ASSERT_TRUE(wait_for_more_than(0));
  const int in_flood = rings();
  const auto took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
  EXPECT_LE(in_flood, 2 * (took_ms / ring_pause_ms + 2)) << took_ms << " ms";
  for (int known = rings(), round = 0; round < 5; ++round, known = rings()) {
    db::ring_doorbell(doorbell_);
    ASSERT_TRUE(wait_for_more_than(known)) << round;
  }
}

}  // namespace
}  // namespace radfm::worker
