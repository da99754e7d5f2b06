// SPDX-License-Identifier: Apache-2.0
// Aim: whichever call to the operating system fails, once or from then on, what was acknowledged stays, what was refused is there
// whole or not at all, the file is whole, and the queue goes on. Each scenario is done with the 1st, 2nd, 3rd, ... call failing
// until none does; after each the file is compared with what a run without faults left after the same steps.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/job.h"
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

// The node's side of a scenario: a queue that is opened by a step, and closed by every fault.
struct Bench {
  explicit Bench(Journal chosen) : journal(chosen) {}
  std::filesystem::path path() const { return folder.path() / "queue.sqlite"; }
  Status open() {
    OpenQueue how;
    how.path = path();
    how.journal = journal;
    how.busy_limit_ms = 100;
    Result<std::unique_ptr<Queue>> opened = open_sqlite_queue(how, clock);
    if (!opened) return opened.error();
    queue = std::move(opened).value();
    return {};
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
    return queue->fill_outbox({1, 1}, {}, {report, {"pdf", "1.3", "2.25.9", {1}}}, {"orthanc"}, "Findings.");
  }
  Status send(const std::string& role, std::int64_t token) {
    if (Status begun = queue->begin_send({1, token}, role, "orthanc", 1'000); !begun) return begun;
    return queue->end_send({1, token}, role, "orthanc", true, "");
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
const Step open_step = [](Bench& b) { return b.open(); };
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
    [](Bench& b) { return b.queue->begin_send({1, 1}, "pdf", "orthanc", 1'000); },
    [](Bench& b) { return b.queue->end_send({1, 1}, "pdf", "orthanc", true, ""); },
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

std::vector<Step> operator+(std::vector<Step> first, const std::vector<Step>& then) {
  first.insert(first.end(), then.begin(), then.end());
  return first;
}

struct Scenario {
  std::string name;
  std::vector<Step> before;  // without faults
  std::vector<Step> steps;
  std::vector<std::string> copies = {};  // files that a step makes: each is whole or not there
};

class FaultTest : public testing::TestWithParam<Journal> {
 protected:
  // Reference: what the file holds before the first step and after each.
  void learn(const Scenario& scenario) {
    Bench bench(GetParam());
    for (const Step& step : scenario.before) ASSERT_TRUE(step(bench).ok());
    bench.queue.reset();
    template_folder_ = std::make_unique<TemporaryFolder>();
    for (const auto& file : std::filesystem::directory_iterator(bench.folder.path())) {
      std::filesystem::copy_file(file.path(), template_folder_->path() / file.path().filename());
    }
    expected_ = {contents(bench.path())};
    for (const Step& step : scenario.steps) {
      const Status done = step(bench);
      ASSERT_TRUE(done.ok()) << done.error().message;
      expected_.push_back(contents(bench.path()));
    }
  }

  // The step that must be done next, after `failed` was refused; or nothing, with a failure said.
  std::optional<std::size_t> goes_on_at(const Bench& bench, std::size_t failed) {
    const std::string now = contents(bench.path());
    if (now == expected_[failed]) return failed;
    if (failed < expected_.size() - 1 && now == expected_[failed + 1]) return failed + 1;
    ADD_FAILURE() << "after step " << failed << " the file holds\n" << now << "\nbut before it was\n" << expected_[failed];
    return std::nullopt;
  }

  // false: no call failed any more, or something was wrong.
  bool run_with_fault(const Scenario& scenario, int nth, FaultyVfs::Lasting lasting) {
    Bench bench(GetParam());
    for (const auto& file : std::filesystem::directory_iterator(template_folder_->path())) {
      std::filesystem::copy_file(file.path(), bench.folder.path() / file.path().filename());
    }
    vfs_.fail(nth, lasting);
    std::size_t step = 0;
    while (step < scenario.steps.size() && scenario.steps[step](bench).ok()) ++step;
    bench.queue.reset();
    vfs_.heal();
    if (!vfs_.failed()) {
      calls_ += vfs_.calls();
      return false;
    }
    SCOPED_TRACE(scenario.name + ", call " + std::to_string(nth) + " (" + vfs_.first_failed() + "), step " + std::to_string(step));
    require_whole_files(bench, scenario);
    const std::optional<std::size_t> next = goes_on_at(bench, step);
    if (next) go_on(bench, scenario, *next);
    return !testing::Test::HasFailure();
  }

  void require_whole_files(const Bench& bench, const Scenario& scenario) {
    if (std::filesystem::exists(bench.path())) {
      EXPECT_EQ(Raw(bench.path()).all("PRAGMA integrity_check"), "ok|\n");
    }
    for (const std::string& name : scenario.copies) {
      const std::filesystem::path copy = bench.folder.path() / name;
      if (std::filesystem::exists(copy)) {
        EXPECT_EQ(contents(copy), expected_.front());
      }
    }
    for (const auto& file : std::filesystem::directory_iterator(bench.folder.path())) {
      EXPECT_EQ(file.path().string().find(".partial-"), std::string::npos) << file.path();
    }
  }

  void go_on(Bench& bench, const Scenario& scenario, std::size_t next) {
    if (next > 0) {
      const Status opened = bench.open();
      EXPECT_TRUE(opened.ok()) << opened.error().message;
      if (!opened) return;
    }
    for (; next < scenario.steps.size(); ++next) {
      const Status done = scenario.steps[next](bench);
      EXPECT_TRUE(done.ok()) << "step " << next << ": " << (done.ok() ? "" : done.error().message);
    }
    bench.queue.reset();
    EXPECT_EQ(contents(bench.path()), expected_.back());
  }

  void survive(const Scenario& scenario) {
    learn(scenario);
    ASSERT_FALSE(HasFatalFailure());
    calls_ = 0;
    for (const FaultyVfs::Lasting lasting : {FaultyVfs::Lasting::once, FaultyVfs::Lasting::from_then_on}) {
      int nth = 1;
      while (run_with_fault(scenario, nth, lasting)) ++nth;
      ASSERT_FALSE(HasFailure());
      ASSERT_GT(nth, 10);  // faults were met at all
    }
    std::cout << scenario.name << ": " << calls_ / 2 << " calls, each failed once and from then on\n";
  }

  FaultyVfs vfs_;
  std::unique_ptr<TemporaryFolder> template_folder_;
  std::vector<std::string> expected_;
  int calls_ = 0;
};

TEST_P(FaultTest, AStudyBecomesAJob) { survive({"arrival", {open_step}, std::vector<Step>{open_step} + arrival}); }

TEST_P(FaultTest, AJobIsPrepared) { survive({"preparation", std::vector<Step>{open_step} + arrival, std::vector<Step>{open_step} + preparation}); }

TEST_P(FaultTest, AReportIsDelivered) {
  survive({"delivery", std::vector<Step>{open_step} + arrival + preparation, std::vector<Step>{open_step} + delivery});
}

TEST_P(FaultTest, AJobFailsAndStartsAgain) {
  survive({"failure", std::vector<Step>{open_step} + arrival + preparation, std::vector<Step>{open_step} + failure});
}

TEST_P(FaultTest, ADraftIsWithdrawn) {
  survive({"withdrawal", std::vector<Step>{open_step} + arrival + preparation + delivery, std::vector<Step>{open_step} + withdrawal});
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
  survive({"backup", std::vector<Step>{open_step} + arrival + preparation + delivery, {open_step, back_up}, {"backup.sqlite"}});
}

TEST_P(FaultTest, AnOlderFileIsChangedWholeOrNotAtAll) {
  const Step older = [](Bench& b) -> Status {
    Raw raw(b.path());
    const int before = migrations().back().number - 1;
    std::string said = raw.all(GetParam() == Journal::wal ? "PRAGMA journal_mode = WAL" : "PRAGMA journal_mode = TRUNCATE");
    for (const Migration& migration : migrations()) {
      if (migration.number <= before) said += raw.all(std::string(migration.sql));
    }
    raw.all("PRAGMA user_version = " + std::to_string(before));
    raw.all("PRAGMA application_id = " + std::to_string(queue_application_id));
    raw.all("INSERT INTO pending_studies VALUES ('study', 1, 2)");
    return {};
  };
  survive({"migration", {older}, {open_step}, {"queue.sqlite.before-v" + std::to_string(migrations().back().number)}});
}

TEST_P(FaultTest, OldResultsAreRemovedAJobWholeOrNotAtAll) {
  const Step purge = [](Bench& b) -> Status {
    b.clock.step_wall(3 * 86'400'000);
    const Result<int> purged = purge_results(b.path(), 2, b.clock, [] { return true; });
    b.clock.step_wall(-3 * 86'400'000);
    return purged ? Status() : Status(purged.error());
  };
  survive({"purge", std::vector<Step>{open_step} + arrival + preparation + delivery, {open_step, purge}});
}

INSTANTIATE_TEST_SUITE_P(Journals, FaultTest, testing::Values(Journal::truncate, Journal::wal),
                         [](const auto& chosen) { return chosen.param == Journal::wal ? "wal" : "truncate"; });

}  // namespace
}  // namespace radfm::db
