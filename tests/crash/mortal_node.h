// SPDX-License-Identifier: Apache-2.0
// What a worker, the people and the plugin do to one queue, in a process that may die in it (tests/support/death.h). What must
// outlive the process is in a folder: the queue's file, and archives of files.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/study_index.h"
#include "tests/support/death.h"
#include "tests/support/mortal_queue.h"
#include "tests/worker/fakes.h"
#include "worker/heartbeat.h"
#include "worker/job_runner.h"

namespace radfm::test {

inline const std::string mortal_study_id = "0123456a-0123456b-0123456c-0123456d-0123456e";

// An archive that keeps each object as a file and a line for each object that it was sent. `answers`: it can be asked what it has.
class FolderArchive {
 public:
  FolderArchive(std::filesystem::path folder, bool answers) : folder_(std::move(folder)), answers_(answers) {
    std::filesystem::create_directories(folder_);
  }
  bool answers() const { return answers_; }
  bool has(const std::string& uid) const { return std::filesystem::exists(folder_ / uid); }
  std::vector<std::uint8_t> object(const std::string& uid) const {
    std::stringstream bytes;
    bytes << std::ifstream(folder_ / uid, std::ios::binary).rdbuf();
    const std::string text = bytes.str();
    return {text.begin(), text.end()};
  }
  void take(const db::OutboxObject& object) {
    std::ofstream(folder_ / "taken", std::ios::app) << object.sop_instance_uid << '\n';
    std::ofstream(folder_ / object.sop_instance_uid, std::ios::binary)
        .write(reinterpret_cast<const char*>(object.dicom.data()), std::streamsize(object.dicom.size()));
  }
  std::multiset<std::string> taken() const {
    std::multiset<std::string> uids;
    std::ifstream lines(folder_ / "taken");
    for (std::string line; std::getline(lines, line);) uids.insert(line);
    return uids;
  }

 private:
  std::filesystem::path folder_;
  bool answers_;
};

class FolderDestination final : public worker::Destination {
 public:
  FolderDestination(FolderArchive& archive, int& refusals, const std::string& refused_role)
      : archive_(archive), refusals_(refusals), refused_role_(refused_role) {}
  Result<Presence> ask(const db::OutboxObject& object, bool) override {
    Death::pass("archive: before it is asked");
    if (!archive_.answers()) return Presence::cannot_tell;
    if (!archive_.has(object.sop_instance_uid)) return Presence::absent;
    return archive_.object(object.sop_instance_uid) == object.dicom ? Presence::same : Presence::different;
  }
  Result<Presence> confirm(const db::OutboxObject& object) override {
    Death::pass("archive: association released, before the read-back");
    Result<Presence> there = ask(object, true);
    Death::pass("archive: read back");
    return there;
  }
  Status send(const db::OutboxObject& object) override {
    Death::pass("archive: before a send");
    if (object.role == refused_role_) return permanent_error("peer_refused_object", "no such class");
    if (refusals_ > 0 && refusals_-- > 0) return transient_error("peer_busy", "later");
    archive_.take(object);
    Death::pass("archive: the object is there, its answer is on the way");
    return {};
  }
  std::int64_t send_timeout_ms() const override { return 60'000; }

 private:
  FolderArchive& archive_;
  int& refusals_;
  const std::string refused_role_;
};

class MortalNode {
 public:
  explicit MortalNode(const std::filesystem::path& folder, db::OpenQueue::Journal journal)
      : archives{{"orthanc", FolderArchive(folder / "orthanc", true)}, {"deaf", FolderArchive(folder / "deaf", false)}} {
    db::OpenQueue how;
    how.path = folder / "queue.sqlite";
    how.settings = settings;
    how.journal = journal;
    Result<std::unique_ptr<db::Queue>> opened = db::open_sqlite_queue(how, clock);
    if (!opened) throw std::runtime_error(opened.error().message);
    queue = std::make_unique<MortalQueue>(std::move(opened).value());
    add_study();
    orthanc.on_call = [](const std::string& call) { Death::pass("Orthanc: before " + call); };
    drafting.on_prepare = [] { Death::pass("reader: while it reads"); };
    drafting.on_ask = [] { Death::pass("engine: while it answers"); };
    drafting.on_write = [] { Death::pass("the draft is written"); };
  }

  db::NewJob new_job() const {
    const std::vector<std::string> images = image_instances(orthanc.studies.at(mortal_study_id));
    db::NewJob job;
    job.identity = {"1.2.3", image_digest(images), 0};
    job.orthanc_study_id = mortal_study_id;
    job.instances = images;
    job.rule_name = "all";
    job.action.destinations = destinations;
    job.actor = "plugin";
    return job;
  }
  // The plugin, from its start until it has nothing to do.
  void settle() {
    if (const auto cursor = queue->change_cursor(); cursor && !cursor->has_value()) {
      check(queue->take_changes(1, {{mortal_study_id, clock.wall_ms()}}));
    }
    const auto due = queue->due_studies(clock.wall_ms(), 10);
    check(due);
    if (due->empty()) return;
    const db::NewJob job = new_job();
    if (job.instances.size() == 1) check(queue->settle_studies({job}));  // as the plugin does
    else check(queue->settle_study(mortal_study_id, job));               // as the worker does with what came late
  }
  // A worker, from its start until nothing is open or it may not claim; nobody waits.
  void work() {
    for (int turn = 0; turn < turns_max; ++turn) {
      check(worker::reclaim_of_the_dead(*queue, clock));
      const auto claimed = queue->claim(db::this_holder(clock), db::Claimable::all);
      check(claimed);
      if (claimed->has_value()) {
        const auto& [job, lease] = **claimed;
        runner().run(job, lease);
        orthanc.down = false;
        continue;
      }
      const auto status = queue->status();
      check(status);
      if (status->paused || status->queued + status->leased + status->delivering == 0) return;
      clock.now_ms += settings.backoff_max_ms;
    }
  }
  worker::JobRunner runner() {
    return worker::JobRunner({*queue, orthanc, drafting, find_, configuration, clock, interrupt_, no_archives_, "/tmp"});
  }

  std::vector<db::Job> jobs() const { return queue->list({}).value(); }
  db::Job newest() const { return queue->job(jobs().front().id).value().value(); }
  int happened(db::JobId id, const std::string& kind) const {
    const std::vector<db::Event> events = queue->events(id).value();
    return int(std::ranges::count(events, kind, &db::Event::kind));
  }

  template <class Answer>
  static void check(const Answer& answer) {
    if (!answer) throw std::runtime_error(answer.error().code + ": " + answer.error().message);
  }

  QueueSettings settings;
  ManualClock clock;
  FakeOrthanc orthanc;
  FakeDrafting drafting;
  Configuration configuration;
  std::map<std::string, FolderArchive> archives;
  std::vector<std::string> destinations;  // beside Orthanc
  int refusals = 0;                       // so many sends are refused for now
  std::string refused_role;               // objects of this role are refused for good
  std::unique_ptr<db::Queue> queue;

 private:
  static constexpr int turns_max = 50;

  void add_study() {
    StudyIndex& study = orthanc.studies[mortal_study_id];
    study.orthanc_id = mortal_study_id;
    study.study_instance_uid = "1.2.3";
    study.study_date = "20240601";
    study.is_stable = true;
    study.series.emplace_back();
    study.series.front().instances.push_back({.orthanc_id = "instance",
                                              .sop_instance_uid = "1.2.3.1",
                                              .sop_class_uid = "1.2.840.10008.5.1.4.1.1.1.1",  // DX for presentation
                                              .transfer_syntax_uid = "",
                                              .remote_aet = "",
                                              .called_aet = ""});
  }

  const worker::FindDestination find_ = [this](const std::string& name) -> std::unique_ptr<worker::Destination> {
    const auto found = archives.find(name);
    if (found == archives.end()) return nullptr;
    return std::make_unique<FolderDestination>(found->second, refusals, refused_role);
  };
  worker::Interrupt interrupt_;
  const std::vector<worker::PriorArchive> no_archives_;
};

}  // namespace radfm::test
