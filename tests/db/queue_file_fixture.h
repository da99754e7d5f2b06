// SPDX-License-Identifier: Apache-2.0
// A queue in a folder of its own, its file looked at from beside it.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "db/queue.h"
#include "db/queue_file.h"
#include "tests/db/queue_conformance.h"

namespace radfm::db {

class QueueFileTest : public testing::Test {
 protected:
  using Journal = OpenQueue::Journal;
  std::unique_ptr<Queue> open(std::int64_t pages_max = 0) {
    OpenQueue how;
    how.path = path;
    how.settings = settings;
    how.journal = journal;
    how.busy_limit_ms = 2'000;
    how.pages_max = pages_max;
    return must(open_sqlite_queue(how, clock));
  }
  static NewJob new_job(const std::string& study, const std::string& digest = "d1") {
    NewJob job;
    job.identity = {study, digest, 0};
    job.orthanc_study_id = "orthanc-" + study;
    job.instances = {study + ".1"};
    job.actor = "plugin";
    return job;
  }
  static JobId enqueue(Queue& queue, const std::string& study, const std::string& digest = "d1") {
    must(queue.settle_study("orthanc-" + study, new_job(study, digest)));
    return must(queue.list({})).at(0).id;
  }
  static std::pair<Job, Lease> claim(Queue& queue) { return must(queue.claim("boot-1:1:1")).value(); }
  // Everything that a job can leave behind.
  static void work(Queue& queue, const std::pair<Job, Lease>& held, const std::vector<std::string>& destinations = {"orthanc"}) {
    const auto& [job, lease] = held;
    must(queue.set_detail(lease, "{\"a\": 1}", "input"));
    must(queue.set_montage(lease, std::vector<std::uint8_t>(20'000, 9)));
    must(queue.set_draft_page(lease, "{}"));
    must(queue.hold_text(lease, "a text"));
    must(queue.fill_outbox(lease, must(queue.next_revision(lease)), {{"sr", "1.2.88", job.uids.sr_sop_instance_uid, {'S', 'R'}}}, destinations, "Findings."));
  }
  static void send(Queue& queue, const Lease& lease, const std::string& destination = "orthanc") {
    must(queue.begin_send(lease, "sr", destination, 1'000));
    must(queue.end_send(lease, "sr", destination, true, ""));
  }
  static JobId deliver(Queue& queue, const std::string& study, const std::string& digest = "d1") {
    const JobId id = enqueue(queue, study, digest);
    const auto held = claim(queue);
    work(queue, held);
    send(queue, held.second);
    must(queue.finish(held.second, "delivered"));
    return id;
  }
  // What SQLite says: the last column of each row, or its error.
  static std::string raw(const std::filesystem::path& file, const std::string& sql) {
    sqlite3* handle = nullptr;
    EXPECT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
    std::string said;
    char* error = nullptr;
    sqlite3_exec(
        handle, sql.c_str(),
        [](void* out, int columns, char** values, char**) {
          *static_cast<std::string*>(out) += std::string(values[columns - 1] == nullptr ? "" : values[columns - 1]) + "\n";
          return 0;
        },
        &said, &error);
    if (error != nullptr) said = error;
    sqlite3_free(error);
    sqlite3_close(handle);
    return said;
  }
  // Without SQLite's journals, which depend on its version.
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
      const std::string name = file.path().filename().string();
      if (!name.ends_with("-journal") && !name.ends_with("-wal") && !name.ends_with("-shm")) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  TemporaryFolder folder;
  std::filesystem::path path = folder.path() / "queue.sqlite", copy = folder.path() / "backup.sqlite";
  testing_support::FakeClock clock;
  QueueSettings settings;
  Journal journal = Journal::by_sqlite_version;
};

}  // namespace radfm::db
