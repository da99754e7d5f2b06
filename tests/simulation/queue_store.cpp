// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/queue_store.h"

#include <stdlib.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "tests/simulation/simulated_clock.h"
#include "tests/support/memory_queue.h"

namespace radfm::simulation {
namespace {

using testing_support::SimulatedDisk;

class MemoryQueueStore final : public QueueStore {
 public:
  void begin(const Plan& plan, const Clock& clock, db::RandomUpTo random) override {
    store_ = std::make_shared<db::MemoryStore>();
    settings_ = plan.settings;
    clock_ = &clock;
    random_ = std::move(random);
  }
  void end() override { store_.reset(); }
  Result<std::unique_ptr<db::Queue>> open(int) override {
    return std::unique_ptr<db::Queue>(std::make_unique<db::MemoryQueue>(store_, settings_, *clock_, random_));
  }
  void each_job(const std::function<void(const db::Job&)>& look) override {
    for (const auto& [id, each] : store_->jobs) look(each.job);
  }
  std::vector<db::Delivery> deliveries(db::JobId job) override { return store_->jobs.at(job).deliveries; }
  std::optional<db::Attempt> last_attempt(db::JobId job) override {
    const auto& attempts = store_->jobs.at(job).attempts;
    return attempts.empty() ? std::nullopt : std::optional(attempts.back());
  }
  bool paused() override { return store_->paused_by.has_value(); }
  bool looking_is_cheap() const override { return true; }
  db::MemoryStore* memory() override { return store_.get(); }

 private:
  std::shared_ptr<db::MemoryStore> store_;
  QueueSettings settings_;
  const Clock* clock_ = nullptr;
  db::RandomUpTo random_;
};

class SqliteQueueStore final : public QueueStore {
 public:
  SqliteQueueStore() {
    std::string folder = (std::filesystem::temp_directory_path() / "radfm-simulation-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) broken_invariant("no temporary folder can be made");
    folder_ = folder;
    path_ = folder_ / "queue.sqlite";
    std::ofstream{path_};
    SimulatedClock clock;
    for (const bool wal : {false, true}) {
      plan_.wal = wal;
      disk_.format(path_.string(), {}, 1);
      begin_with(clock);
      if (!open(0)) broken_invariant("a fresh queue cannot be made on the simulated disk");
      fresh_[wal ? 1 : 0] = disk_.bytes_of(path_.string());
    }
  }
  ~SqliteQueueStore() override {
    end();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void begin(const Plan& plan, const Clock& clock, db::RandomUpTo random) override {
    end();
    plan_ = plan;
    plan_.steps.clear();
    random_ = std::move(random);
    disk_.format(path_.string(), fresh_[plan.wal ? 1 : 0], plan.seed);
    begin_with(clock);
  }
  void end() override { reader_.reset(); }
  Result<std::unique_ptr<db::Queue>> open(int process) override {
    disk_.opens_as(process);
    db::OpenQueue how;
    how.path = path_;
    how.settings = plan_.settings;
    how.create = false;
    how.journal = plan_.wal ? db::OpenQueue::Journal::wal : db::OpenQueue::Journal::truncate;
    how.random = random_;
    how.busy_limit_ms = 0;  // nobody else runs while a call waits
    return db::open_sqlite_queue(how, *clock_);
  }
  void each_job(const std::function<void(const db::Job&)>& look) override {
    db::JobFilter all;
    all.limit = db::list_limit_max;
    const Result<std::vector<db::Job>> jobs = reader().list(all);
    if (!jobs) broken_invariant("the oracle cannot read the queue: " + jobs.error().message);
    for (auto job = jobs->rbegin(); job != jobs->rend(); ++job) look(*job);
  }
  std::vector<db::Delivery> deliveries(db::JobId job) override { return std::move(reader().deliveries(job)).value(); }
  std::optional<db::Attempt> last_attempt(db::JobId job) override {
    const Result<std::vector<db::Attempt>> attempts = reader().attempts(job);
    if (!attempts || attempts->empty()) return std::nullopt;
    const db::Attempt* last = &attempts->front();
    for (const db::Attempt& each : *attempts) last = each.token > last->token ? &each : last;
    return *last;
  }
  bool paused() override {
    const Result<db::QueueStatus> status = reader().status();
    return status && status->paused;
  }
  bool looking_is_cheap() const override { return false; }
  SimulatedDisk* disk() override { return &disk_; }
  void power_comes_back() override {
    reader_.reset();
    disk_.power_comes_back();
  }

 private:
  void begin_with(const Clock& clock) { clock_ = &clock; }
  db::Queue& reader() {
    disk_.opens_as(0);
    if (!reader_) {
      Result<std::unique_ptr<db::Queue>> opened = open(0);
      if (!opened) broken_invariant("the oracle cannot open the queue: " + opened.error().message);
      reader_ = std::move(opened).value();
    }
    return *reader_;
  }

  SimulatedDisk disk_;
  std::filesystem::path folder_, path_;
  std::array<std::vector<std::uint8_t>, 2> fresh_;  // with the schema, by journal
  Plan plan_;
  const Clock* clock_ = nullptr;
  db::RandomUpTo random_;
  std::unique_ptr<db::Queue> reader_;
};

}  // namespace

std::unique_ptr<QueueStore> memory_queue_store() { return std::make_unique<MemoryQueueStore>(); }
std::unique_ptr<QueueStore> sqlite_queue_store() { return std::make_unique<SqliteQueueStore>(); }

}  // namespace radfm::simulation
