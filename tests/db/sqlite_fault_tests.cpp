// SPDX-License-Identifier: Apache-2.0
// Aim: whichever call to the operating system fails, once or from then on, what was acknowledged stays, what was refused is there
// whole or not at all, the file is whole, and the queue goes on. Each step of each scenario, with the opening of the file before it,
// is done with the 1st, 2nd, 3rd, ... call failing until none does; after each the file is compared with what a run without faults
// left before and after that step, then the step is done again if it must be, and the next one.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/log.h"
#include "db/queue.h"
#include "db/queue_file.h"
#include "db/sqlite_schema.h"
#include "tests/db/temporary_folder.h"
#include "tests/support/fake_clock.h"
#include "tests/support/faulty_vfs.h"

namespace radfm::db {
namespace {

using testing_support::FaultyVfs;
using Journal = OpenQueue::Journal;

constexpr const char* holder = "boot-1:1:1";
const std::vector<std::uint8_t> picture(9'000, 7);  // more than a page

class Raw {
 public:
  explicit Raw(const std::filesystem::path& path) { EXPECT_EQ(sqlite3_open(path.c_str(), &handle_), SQLITE_OK); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  ~Raw() { sqlite3_close(handle_); }
  // Every value of every row.
  std::string all(const std::string& sql) {
    std::string said;
    char* error = nullptr;
    sqlite3_exec(
        handle_, sql.c_str(),
        [](void* out, int columns, char** values, char**) {
          for (int i = 0; i < columns; ++i) *static_cast<std::string*>(out) += std::string(values[i] == nullptr ? "NULL" : values[i]) + "|";
          *static_cast<std::string*>(out) += "\n";
          return 0;
        },
        &said, &error);
    if (error != nullptr) said += error;
    sqlite3_free(error);
    return said;
  }

 private:
  sqlite3* handle_ = nullptr;
};

// Everything that is in a file; empty when it is not there.
std::string contents(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path) || std::filesystem::file_size(path) == 0) return {};
  Raw raw(path);
  std::string said = "schema " + raw.all("PRAGMA user_version");
  std::string names = raw.all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
  for (std::size_t begin = 0, end = 0; (end = names.find("|\n", begin)) != std::string::npos; begin = end + 2) {
    const std::string table = names.substr(begin, end - begin);
    said += table + "\n" + raw.all("SELECT * FROM " + table);
  }
  return said;
}

// The node's side of a scenario.
struct Bench {
  explicit Bench(Journal chosen) : journal(chosen) {}
  std::filesystem::path path() const { return folder.path() / "queue.sqlite"; }
  Status open() {
    OpenQueue how;
    how.path = path();
    how.journal = journal;
    how.busy_limit_ms = 100;
    how.random = [](std::int64_t bound) { return bound; };
    Result<std::unique_ptr<Queue>> opened = open_sqlite_queue(how, clock);
    if (!opened) return opened.error();
    queue = std::move(opened).value();
    return {};
  }
  // A program that opens the queue and does one thing.
  Status done(const std::function<Status(Bench&)>& step) {
    if (Status opened = open(); !opened) return opened;
    return step(*this);
  }
  Status claim() {
    const auto claimed = queue->claim(holder);
    if (!claimed) return claimed.error();
    return claimed->has_value() ? Status() : Status(permanent_error("nothing_to_claim", ""));
  }
  Status fill() {
    const Result<std::optional<Job>> job = queue->job(1);
    if (!job) return job.error();
    const OutboxObject report{"sr", "1.2", (*job)->uids.sr_sop_instance_uid, picture};
    return queue->fill_outbox({1, 1}, {}, {report}, {"orthanc"}, "Findings.");
  }

  Journal journal;
  TemporaryFolder folder;
  testing_support::FakeClock clock;
  std::unique_ptr<Queue> queue;
};

using Step = std::function<Status(Bench&)>;

NewJob new_job() {
  NewJob job;
  job.identity = {"1.2", "d1", 0};
  job.orthanc_study_id = "study";
  job.instances = {"1.2.1", "1.2.2"};
  return job;
}

// One write each, so that "whole or not at all" can be said of it. The fencing tokens are those of the first, second, ... claim.
const std::vector<Step> arrival = {
    [](Bench& b) { return b.queue->take_changes(5, {{"study", b.clock.wall_ms()}}); },
    [](Bench& b) -> Status {
      const auto settled = b.queue->settle_study("study", new_job());
      return settled ? Status() : Status(settled.error());
    }};
const std::vector<Step> preparation = {[](Bench& b) { return b.claim(); },
                                       [](Bench& b) { return b.queue->set_stage({1, 1}, JobStage::generating, 1, 2, "The"); },
                                       [](Bench& b) { return b.queue->set_detail({1, 1}, "{}", "input"); },
                                       [](Bench& b) { return b.queue->set_montage({1, 1}, picture); }};
const std::vector<Step> delivery = {
    [](Bench& b) { return b.fill(); },
    [](Bench& b) { return b.queue->begin_send({1, 1}, "sr", "orthanc", 1'000); },
    [](Bench& b) { return b.queue->end_send({1, 1}, "sr", "orthanc", true, ""); },
    [](Bench& b) { return b.queue->finish({1, 1}, "delivered"); }};
const std::vector<Step> failure = {[](Bench& b) { return b.queue->fail({1, 1}, poison_error("engine_crashed", "it did")); },
                                   [](Bench& b) { return b.queue->cancel(1, "a"); },
                                   [](Bench& b) { return b.queue->retry(1, "a"); }};
const std::vector<Step> withdrawal = {
    [](Bench& b) { return b.queue->withdraw(1, RejectionReason::quality, "blurred", "a"); },
    [](Bench& b) { return b.claim(); },
    [](Bench& b) { return b.queue->fill_rejection({1, 2}, {"rejection", "1.4", "2.25.7", {1}}); },
    [](Bench& b) { return b.queue->begin_send({1, 2}, "rejection", "orthanc", 1'000); },
    [](Bench& b) { return b.queue->end_send({1, 2}, "rejection", "orthanc", true, ""); },
    [](Bench& b) { return b.queue->finish({1, 2}, "withdrawn"); }};

const Step nothing = [](Bench&) { return Status(); };  // the file is made, or changed

std::vector<Step> operator+(std::vector<Step> first, const std::vector<Step>& then) {
  first.insert(first.end(), then.begin(), then.end());
  return first;
}

struct Scenario {
  std::string name;
  std::vector<Step> before;  // without faults
  std::vector<Step> steps;
  std::vector<std::string> copies = {};  // files that a step makes: each holds what was there before it, or is not there
};

void copy_folder(const std::filesystem::path& from, const std::filesystem::path& to) {
  for (const auto& file : std::filesystem::directory_iterator(from)) std::filesystem::copy_file(file.path(), to / file.path().filename());
}

class FaultTest : public testing::TestWithParam<Journal> {
 protected:
  FaultTest() { set_log_level(LogLevel::error); }

  // The folder and what the file holds before each step, and after the last.
  struct Moment {
    std::unique_ptr<TemporaryFolder> folder = std::make_unique<TemporaryFolder>();
    std::string holds;
  };
  void remember(Bench& bench) {
    bench.queue.reset();
    Moment& moment = moments_.emplace_back();
    moment.holds = contents(bench.path());
    copy_folder(bench.folder.path(), moment.folder->path());
  }
  void learn(const Scenario& scenario) {
    Bench bench(GetParam());
    for (const Step& step : scenario.before) ASSERT_TRUE(bench.done(step).ok());
    remember(bench);
    for (const Step& step : scenario.steps) {
      const Status done = bench.done(step);
      ASSERT_TRUE(done.ok()) << done.error().message;
      remember(bench);
    }
  }

  // false: no call failed any more, or something was wrong.
  bool run_with_fault(const Scenario& scenario, std::size_t step, int nth, FaultyVfs::Lasting lasting) {
    Bench bench(GetParam());
    copy_folder(moments_[step].folder->path(), bench.folder.path());
    vfs_.fail(nth, lasting);
    const Status done = bench.done(scenario.steps[step]);
    bench.queue.reset();
    vfs_.heal();
    if (!vfs_.failed()) {
      calls_ += vfs_.calls();
      return false;
    }
    SCOPED_TRACE(scenario.name + ", step " + std::to_string(step) + ", call " + std::to_string(nth) + " (" + vfs_.first_failed() + ")");
    require_whole_files(bench, scenario, step);
    const std::string now = contents(bench.path());
    const bool happened = now == moments_[step + 1].holds;
    EXPECT_TRUE(happened || (!done.ok() && now == moments_[step].holds)) << (done.ok() ? "acknowledged" : "refused") << "\n" << now;
    go_on(bench, scenario, happened ? step + 1 : step);
    return !HasFailure();
  }

  void require_whole_files(const Bench& bench, const Scenario& scenario, std::size_t step) {
    EXPECT_EQ(Raw(bench.path()).all("PRAGMA integrity_check"), "ok|\n");
    for (const std::string& name : scenario.copies) {
      const std::filesystem::path copy = bench.folder.path() / name;
      if (std::filesystem::exists(copy)) {
        EXPECT_EQ(contents(copy), moments_[step].holds);
      }
    }
    for (const auto& file : std::filesystem::directory_iterator(bench.folder.path())) {
      EXPECT_EQ(file.path().string().find(".partial-"), std::string::npos) << file.path();
    }
  }

  void go_on(Bench& bench, const Scenario& scenario, std::size_t next) {
    const std::size_t end = std::min(next + 2, scenario.steps.size());
    for (; next < end; ++next) {
      const Status done = bench.done(scenario.steps[next]);
      EXPECT_TRUE(done.ok()) << "step " << next << ": " << (done.ok() ? "" : done.error().message);
      bench.queue.reset();
      EXPECT_EQ(contents(bench.path()), moments_[next + 1].holds);
    }
  }

  void survive(const Scenario& scenario) {
    learn(scenario);
    if (!HasFatalFailure()) survive_all(scenario);
  }
  void survive_all(const Scenario& scenario) {
    for (std::size_t step = 0; step < scenario.steps.size(); ++step) {
      for (const FaultyVfs::Lasting lasting : {FaultyVfs::Lasting::once, FaultyVfs::Lasting::from_then_on}) {
        int nth = 1;
        while (run_with_fault(scenario, step, nth, lasting)) ++nth;
        ASSERT_FALSE(HasFailure());
        ASSERT_GT(nth, 10);  // faults were met at all
      }
    }
    std::cout << scenario.name << ": " << scenario.steps.size() << " steps, " << calls_ / 2 << " calls, each failed once and from then on\n";
  }

  FaultyVfs vfs_;
  std::vector<Moment> moments_;
  int calls_ = 0;
};

TEST_P(FaultTest, AStudyBecomesAJob) { survive({"arrival", {nothing}, arrival}); }

TEST_P(FaultTest, AJobIsPrepared) { survive({"preparation", arrival, preparation}); }

TEST_P(FaultTest, AReportIsDelivered) {
  survive({"delivery", arrival + preparation, delivery});
}

TEST_P(FaultTest, AJobFailsAndStartsAgain) {
  survive({"failure", arrival + preparation, failure});
}

TEST_P(FaultTest, ADraftIsWithdrawn) {
  survive({"withdrawal", arrival + preparation + delivery, withdrawal});
}

TEST_P(FaultTest, ANewFileIsMadeInTheEnd) {
  // Several migrations, each a transaction of its own: a half made file is made to the end by the next program that opens it.
  Bench reference(GetParam());
  ASSERT_TRUE(reference.open().ok());
  const std::string whole = contents(reference.path());
  for (const FaultyVfs::Lasting lasting : {FaultyVfs::Lasting::once, FaultyVfs::Lasting::from_then_on}) {
    for (int nth = 1;; ++nth) {
      Bench bench(GetParam());
      vfs_.fail(nth, lasting);
      const Status made = bench.open();
      bench.queue.reset();
      vfs_.heal();
      if (!vfs_.failed()) break;
      SCOPED_TRACE("call " + std::to_string(nth) + " (" + vfs_.first_failed() + ")");
      ASSERT_TRUE(bench.open().ok());
      ASSERT_EQ(contents(bench.path()), whole);
      ASSERT_TRUE(made.ok() || made.error().error_class == ErrorClass::transient) << made.error().code;
    }
  }
}

TEST_P(FaultTest, ABackupIsWholeOrNotThere) {
  const Step back_up = [](Bench& b) -> Status {
    CopyQueue how;
    how.replace = true;
    how.pages_per_step = 16;
    const Result<CopiedQueue> copied = back_up_queue(b.path(), b.folder.path() / "backup.sqlite", how);
    return copied ? Status() : Status(copied.error());
  };
  survive({"backup", arrival + preparation + delivery, {back_up}, {"backup.sqlite"}});
}

TEST_P(FaultTest, AnOlderFileIsChangedWholeOrNotAtAll) {
  // By one migration, and the copy that is kept of it before.
  const int newest = migrations().back().number;
  Bench older(GetParam());
  {
    Raw raw(older.path());
    std::string said = raw.all(GetParam() == Journal::wal ? "PRAGMA journal_mode = WAL" : "PRAGMA journal_mode = TRUNCATE");
    for (const Migration& migration : migrations()) {
      if (migration.number < newest) said += raw.all(std::string(migration.sql));
    }
    said += raw.all("PRAGMA user_version = " + std::to_string(newest - 1));
    said += raw.all("PRAGMA application_id = " + std::to_string(queue_application_id));
    said += raw.all("INSERT INTO pending_studies VALUES ('study', 1, 2)");
    ASSERT_EQ(said, GetParam() == Journal::wal ? "wal|\n" : "truncate|\n");
  }
  remember(older);
  ASSERT_TRUE(older.done(nothing).ok());
  remember(older);
  survive_all({"migration", {}, {nothing}, {"queue.sqlite.before-v" + std::to_string(newest)}});
}

TEST_P(FaultTest, OldResultsAreRemovedAJobWholeOrNotAtAll) {
  const Step purge = [](Bench& b) -> Status {
    b.clock.step_wall(3 * 86'400'000);
    const Result<int> purged = purge_results(b.path(), 2, b.clock, [] { return true; });
    b.clock.step_wall(-3 * 86'400'000);
    return purged ? Status() : Status(purged.error());
  };
  survive({"purge", arrival + preparation + delivery, {purge}});
}

INSTANTIATE_TEST_SUITE_P(Journals, FaultTest, testing::Values(Journal::truncate, Journal::wal),
                         [](const auto& chosen) { return chosen.param == Journal::wal ? "wal" : "truncate"; });

}  // namespace
}  // namespace radfm::db
