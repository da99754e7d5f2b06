// SPDX-License-Identifier: Apache-2.0
// Aim: a process that dies by SIGKILL at any point of a job's way loses nothing and doubles nothing: before and after each write
// of the queue, at each touch of the disk inside of it, around each send, while reader and engine work. Each point is found by
// walking the way once; then a child process dies there, and a new one goes on as after a normal restart. A point that is passed
// several times is died at one of these times; with RADFM_DEATHS=all in the environment at each of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <regex>
#include <sstream>

#include "core/log.h"
#include "pipeline/report/rejection_note.h"
#include "tests/crash/mortal_node.h"
#include "tests/db/temporary_folder.h"
#include "tests/pipeline/report/sample_draft.h"

namespace radfm::test {
namespace {

using db::JobId;
using Journal = db::OpenQueue::Journal;

// `act` does what is still to be done, as somebody who looks first: it is walked again after each death.
struct Way {
  const char* name;
  std::function<void(MortalNode&)> equip, prepare, act;
  std::size_t jobs = 1;
  std::string outcome = "delivered";
  Journal journal = Journal::by_sqlite_version;
};
void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

void report(MortalNode& node) {
  node.settle();
  node.work();
}

void vanish_with_a_job(MortalNode& node) {
  node.settle();
  MortalNode::check(node.queue->claim("boot:1:1", db::Claimable::all));  // no such process
}

// What a holder writes that the runner's stand-ins do not lead to.
void take_notes(MortalNode& node) {
  node.settle();
  MortalNode::check(worker::reclaim_of_the_dead(*node.queue, node.clock));
  const auto claimed = node.queue->claim(db::this_holder(node.clock), db::Claimable::all);
  MortalNode::check(claimed);
  if (claimed->has_value() && (*claimed)->first.state == JobState::leased) {
    const db::Lease& lease = (*claimed)->second;
    MortalNode::check(node.queue->worker_alive("ready"));
    MortalNode::check(node.queue->add_to_tallies({{"attempts", "begun", 1}}));
    node.clock.now_ms += 1'000;
    MortalNode::check(node.queue->heartbeat(lease));
    MortalNode::check(node.queue->note(lease, "no_montage", "no picture"));
    MortalNode::check(node.queue->set_montage(lease, {1, 2, 3}));
  }
  if (claimed->has_value()) MortalNode::check(node.queue->release((*claimed)->second, "the worker stops"));
  node.work();
}

void plugins_notes(MortalNode& node) {
  if (!node.queue->change_cursor()->has_value()) {
    MortalNode::check(node.queue->take_changes(2, {{mortal_study_id, node.clock.wall_ms()}, {"gone", node.clock.wall_ms()}}));
  }
  const auto due = node.queue->due_studies(node.clock.wall_ms(), 10);
  for (const db::PendingStudy& study : *due) {
    if (study.orthanc_study_id == "gone") MortalNode::check(node.queue->forget_study("gone"));
    if (study.orthanc_study_id == mortal_study_id) MortalNode::check(node.queue->postpone_study(mortal_study_id, node.clock.wall_ms() + 5'000));
  }
  MortalNode::check(node.queue->set_plugin_note("the rules were read again"));
  node.clock.now_ms += 5'000;
  report(node);
}

// Late images come while the job waits: the one of the old images is superseded.
void late_images(MortalNode& node) {
  const auto cursor = node.queue->change_cursor();
  const bool came = cursor->has_value() && cursor->value() == 2;
  if (!came) node.settle();
  node.orthanc.studies[mortal_study_id].series.front().instances.push_back({.orthanc_id = "late",
                                                                            .sop_instance_uid = "1.2.3.2",
                                                                            .sop_class_uid = "1.2.840.10008.5.1.4.1.1.1.1",
                                                                            .transfer_syntax_uid = "",
                                                                            .remote_aet = "",
                                                                            .called_aet = ""});
  if (!came) MortalNode::check(node.queue->take_changes(2, {{mortal_study_id, node.clock.wall_ms()}}));
  report(node);
}

void hold_and_release(MortalNode& node) {
  node.settle();
  node.work();
  if (node.newest().state == JobState::dead) MortalNode::check(node.queue->release_held(node.newest().id, "administrator:A"));
  node.work();
}

void deliver_real_draft(MortalNode& node) {
  node.settle();
  const auto claimed = node.queue->claim(db::this_holder(node.clock), db::Claimable::all);
  MortalNode::check(claimed);
  const auto& [job, lease] = claimed->value();
  report::DraftContent content = report::sample_draft();
  content.series_instance_uid = job.uids.series_instance_uid;
  content.sop_instance_uid = job.uids.sr_sop_instance_uid;
  const auto draft = report::build_draft(content);
  MortalNode::check(draft);
  MortalNode::check(node.queue->fill_outbox(lease, *node.queue->next_revision(lease),
                                            {{"sr", std::string(basic_text_sr_uid), job.uids.sr_sop_instance_uid, draft->dicom}},
                                            {"orthanc", "deaf"}, "text"));
  node.runner().run(node.newest(), lease);
}
void withdraw(MortalNode& node) {
  if (!node.newest().withdrawal) {
    MortalNode::check(node.queue->withdraw(node.newest().id, RejectionReason::patient_safety, "wrong side", "administrator:A"));
  }
  node.work();
}

// An administrator who does one thing after the other, each of them once.
void administer(MortalNode& node) {
  const std::string who = "administrator:A";
  if (node.jobs().empty()) MortalNode::check(node.queue->add(node.new_job()));
  const JobId first = node.jobs().back().id;
  const auto once = [&](JobId job, const char* kind, auto&& act) {
    if (node.happened(job, kind) == 0) MortalNode::check(act());
  };
  once(0, "paused", [&] { return node.queue->pause(who); });
  once(first, "cancelled", [&] { return node.queue->cancel(first, who); });
  once(first, "retried", [&] { return node.queue->retry(first, who); });
  once(first, "rushed", [&] { return node.queue->rush(first, who); });
  once(0, "resumed", [&] { return node.queue->resume(who); });
  node.work();
  once(first, "rerun", [&] { return node.queue->rerun(first, who); });
  node.work();
}

const auto nothing = [](MortalNode&) {};
const auto two_archives = [](MortalNode& node) { node.destinations = {"deaf"}; };

std::vector<Way> ways() {
  return {
      {.name = "report", .equip = two_archives, .prepare = nothing, .act = report},
      {.name = "report_in_wal", .equip = nothing, .prepare = nothing, .act = report, .journal = Journal::wal},
      {.name = "report_after_a_death", .equip = nothing, .prepare = vanish_with_a_job, .act = report},
      {.name = "failing_archive", .equip = [](MortalNode& node) { node.refusals = 1; }, .prepare = nothing, .act = report},
      {.name = "orthanc_away", .equip = [](MortalNode& node) { node.orthanc.down = true; }, .prepare = nothing, .act = report},
      {.name = "refused_companion",
       .equip = [](MortalNode& node) { node.drafting.companions = {"pdf"}, node.refused_role = "pdf"; },
       .prepare = nothing,
       .act = report},
      {.name = "notes", .equip = nothing, .prepare = nothing, .act = take_notes},
      {.name = "plugins_notes", .equip = nothing, .prepare = nothing, .act = plugins_notes},
      {.name = "late_images", .equip = nothing, .prepare = nothing, .act = late_images, .jobs = 2},
      {.name = "held_draft",
       .equip = [](MortalNode& node) { node.drafting.flags = {"repeats"}, node.configuration.report.holding_flags = {"repeats"}; },
       .prepare = nothing,
       .act = hold_and_release},
      {.name = "withdrawal", .equip = two_archives, .prepare = deliver_real_draft, .act = withdraw, .outcome = "withdrawn"},
      {.name = "administrator",
       .equip = [](MortalNode& node) { node.drafting.input_digest.clear(); },
       .prepare = nothing,
       .act = administer,
       .jobs = 2},
  };
}

class DeathOnTheWay : public testing::TestWithParam<Way> {
 protected:
  // In a process of its own or in this one; no database stays open.
  void walk(const std::filesystem::path& folder, const std::function<void(MortalNode&)>& act) {
    MortalNode node(folder, GetParam().journal);
    GetParam().equip(node);
    act(node);
  }
  std::vector<std::string> points_of_the_way() {
    const TemporaryFolder folder;
    walk(folder.path(), GetParam().prepare);
    Death::record();
    walk(folder.path(), GetParam().act);
    return Death::recorded();
  }
  void die_and_go_on(const std::string& point, int time) {
    SCOPED_TRACE(point + ", time " + std::to_string(time));
    const TemporaryFolder folder;
    walk(folder.path(), GetParam().prepare);
    ASSERT_TRUE(Death::comes_in_child([&] {
      Death::await(point, time);
      walk(folder.path(), GetParam().act);
    })) << "nobody died there";
    walk(folder.path(), [&](MortalNode& node) {
      const std::size_t vanished = reclaimed(node) + node.queue->holders()->size();
      GetParam().act(node);
      EXPECT_EQ(reclaimed(node), vanished) << "a holder that vanished is counted, and once";
      judge(node);
    });
  }
  static std::size_t reclaimed(MortalNode& node) {
    std::size_t count = 0;
    const std::vector<db::Job> jobs = node.jobs();
    for (const db::Job& job : jobs) {
      const std::vector<db::Attempt> attempts = node.queue->attempts(job.id).value();
      count += std::size_t(std::ranges::count(attempts, "reclaimed", &db::Attempt::end));
    }
    return count;
  }

  // One end of each job, every attempt counted, one report of each, and each archive has it once.
  void judge(MortalNode& node) {
    const std::vector<db::Job> jobs = node.jobs();
    EXPECT_EQ(jobs.size(), GetParam().jobs);
    EXPECT_EQ(node.queue->due_studies(INT64_MAX, 10)->size(), 0u) << "a study was forgotten";
    std::multiset<std::string> reports;
    for (const db::Job& job : jobs) {
      judge_attempts(node, job);
      if (job.outcome == "superseded") continue;
      EXPECT_EQ(to_string(job.state), "done") << job.error_message;
      EXPECT_EQ(job.outcome, GetParam().outcome);
      EXPECT_EQ(node.happened(job.id, "enqueued"), 1);
      reports.insert(job.uids.sr_sop_instance_uid);
      if (job.withdrawal) reports.insert(report::rejection_note_uids(job.identity, *job.withdrawal).sop_instance_uid);
    }
    for (const auto& [name, archive] : node.archives) {
      if (name != "orthanc" && node.destinations.empty()) continue;
      const std::multiset<std::string> taken = archive.taken();
      EXPECT_EQ(std::set<std::string>(taken.begin(), taken.end()), std::set<std::string>(reports.begin(), reports.end())) << name;
      if (!archive.answers()) continue;
      EXPECT_EQ(taken, reports) << name << " was sent what it had";
    }
  }
  static void judge_attempts(MortalNode& node, const db::Job& job) {
    const std::vector<db::Attempt> attempts = node.queue->attempts(job.id).value();
    const auto ended = [&](const char* how) { return int(std::ranges::count(attempts, how, &db::Attempt::end)); };
    EXPECT_EQ(ended(""), 0) << "an attempt never ended";
    EXPECT_EQ(node.happened(job.id, "claimed"), int(attempts.size()));
    EXPECT_EQ(node.happened(job.id, "reclaimed"), ended("reclaimed"));
    EXPECT_EQ(node.happened(job.id, "done"), ended("done"));
    EXPECT_EQ(ended("done"), job.outcome == "withdrawn" ? 2 : job.outcome == "delivered" ? 1 : 0);
  }
};

TEST_P(DeathOnTheWay, AnywhereOnTheWayLosesAndDoublesNothing) {
  Death::watch_files();
  set_log_sink([](LogLevel, const std::string&) {});
  std::map<std::string, int> times;
  const std::vector<std::string> points = points_of_the_way();
  ASSERT_FALSE(points.empty());
  for (const std::string& point : points) ++times[point];
  const char* chosen = std::getenv("RADFM_DEATHS");
  const bool all = chosen != nullptr && std::string_view(chosen) == "all";
  int deaths = 0, turn = 0;
  for (const auto& [point, count] : times) {
    std::cout << point << ", passed " << count << " times\n";
    const int one = 1 + turn++ % count;  // early at one edge, late at another
    for (int time = 1; time <= count; ++time) {
      if (!all && time != one) continue;
      die_and_go_on(point, time);
      ++deaths;
    }
  }
  std::cout << deaths << " deaths at " << times.size() << " edges" << std::endl;
}

INSTANTIATE_TEST_SUITE_P(Ways, DeathOnTheWay, testing::ValuesIn(ways()), [](const auto& chosen) { return std::string(chosen.param.name); });

// What the queue's contract declares, but for what only reads: each of them is an act of some way above.
TEST(Edges, EveryWriteOfTheQueueHasSome) {
  static const std::set<std::string> reads{"change_cursor", "due_studies", "next_due_study_ms", "next_due_job_ms", "holders",
                                           "next_revision", "outbox",      "deliveries",        "list",            "job",
                                           "montage",       "draft_page",  "events",            "attempts",        "status",
                                           "tallies"};
  std::stringstream header;
  header << std::ifstream("db/queue.h").rdbuf();
  const std::string contract = header.str();
  const std::regex declaration(R"(virtual (?:Status|Result<[^;]*>) (\w+)\()");
  std::set<std::string> writes;
  for (std::sregex_iterator found(contract.begin(), contract.end(), declaration), end; found != end; ++found) {
    if (!reads.contains((*found)[1])) writes.insert((*found)[1]);
  }
  ASSERT_GE(writes.size(), 30u) << "db/queue.h is read from the source's folder";
  Death::watch_files();
  set_log_sink([](LogLevel, const std::string&) {});
  std::set<std::string> passed;
  for (const Way& way : ways()) {
    const TemporaryFolder folder;
    const auto walk = [&](const std::function<void(MortalNode&)>& act) {
      MortalNode node(folder.path(), way.journal);
      way.equip(node);
      act(node);
    };
    walk(way.prepare);
    Death::record();
    walk(way.act);
    const std::vector<std::string> points = Death::recorded();
    for (const std::string& point : points) {
      if (const auto end = point.find(": committed"); end != std::string::npos) passed.insert(point.substr(0, end));
    }
  }
  for (const std::string& write : writes) EXPECT_TRUE(passed.contains(write)) << write << " is a write that no way leads to";
}

}  // namespace
}  // namespace radfm::test
