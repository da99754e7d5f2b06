// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/db/queue_conformance.h"

namespace radfm::db {
namespace {

TEST_P(QueueConformance, RetryBeginsAnew) {
  // All counters start at nothing, the history stays.
  const JobId id = enqueue("1");
  for (int i = 0; i < settings.poison_limit; ++i) {
    must(q().fail(claim().second, poison_error("crash", "x")));
    clock.advance(settings.backoff_max_ms);
  }
  ASSERT_EQ(state(id), JobState::dead);
  must(q().retry(id, "administrator:A"));
  const Job now = job(id);
  EXPECT_EQ(now.state, JobState::queued);
  EXPECT_EQ(now.poison_count, 0);
  EXPECT_EQ(now.error_code, "");
  EXPECT_EQ(now.finished_wall_ms, 0);
  must(q().fail(claim().second, poison_error("crash", "x")));
  EXPECT_EQ(state(id), JobState::queued);
  EXPECT_EQ(must(q().attempts(id)).size(), static_cast<std::size_t>(settings.poison_limit) + 1);
}

TEST_P(QueueConformance, RerunIsANewJobWithTheNextRun) {
  // The same images and action, other result UIDs.
  const Job first = deliver_study("1", "d1");
  const Job second = job(must(q().rerun(first.id, "administrator:A")));
  EXPECT_EQ(second.identity, (JobIdentity{"1", "d1", 1}));
  EXPECT_EQ(second.instances, first.instances);
  EXPECT_EQ(second.action.prompt_2d, first.action.prompt_2d);
  EXPECT_NE(second.uids.sr_sop_instance_uid, first.uids.sr_sop_instance_uid);
  deliver(claim());
  EXPECT_EQ(job(must(q().rerun(first.id, "administrator:A"))).identity.run, 2);
  EXPECT_EQ(must(q().events(first.id)).back().actor, "administrator:A");
}

TEST_P(QueueConformance, SkippedStudyCanBeRunAfterAll) {
  // An administrator wants a report on an old study.
  NewJob skipped = new_job("1");
  skipped.skip = "old";
  must(q().settle_study("orthanc-1", skipped));
  const JobId again = must(q().rerun(newest(), "administrator:A"));
  EXPECT_EQ(claim().first.id, again);
}

TEST_P(QueueConformance, RushOvertakesAndEndsAWait) {
  // From the last place, and from a back-off.
  enqueue("1");
  clock.advance(5);
  const JobId last = enqueue("2");
  must(q().rush(last, "administrator:A"));
  auto held = claim();
  EXPECT_EQ(held.first.id, last);
  EXPECT_EQ(held.first.lane, Lane::stat);
  must(q().fail(held.second, transient_error("peer_down", "down")));
  must(q().rush(last, "administrator:A"));
  EXPECT_EQ(claim().first.id, last);
}

TEST_P(QueueConformance, ActsOnAJobThatIsNotThere) {
  // Each says so.
  EXPECT_EQ(code_of(q().retry(99, "a")), "no_such_job");
  EXPECT_EQ(code_of(q().rerun(99, "a")), "no_such_job");
  EXPECT_EQ(code_of(q().cancel(99, "a")), "no_such_job");
  EXPECT_EQ(code_of(q().rush(99, "a")), "no_such_job");
  EXPECT_EQ(must(q().job(99)), std::nullopt);
  EXPECT_EQ(code_of(q().heartbeat({99, 1})), "lease_lost");
}

TEST_P(QueueConformance, ListIsNewestFirstAndPages) {
  // Page by page, by state, by study and by the report's UID.
  std::vector<JobId> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(enqueue("1." + std::to_string(i)));
  must(q().cancel(ids[1], "administrator:A"));
  JobFilter filter;
  filter.limit = 2;
  std::vector<Job> page = must(q().list(filter));
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].id, ids[4]);
  filter.before_id = page[1].id;
  page = must(q().list(filter));
  EXPECT_EQ(page.at(0).id, ids[2]);
  filter = {};
  filter.states = {JobState::cancelled};
  EXPECT_EQ(must(q().list(filter)).at(0).id, ids[1]);
  filter = {};
  filter.study_instance_uid = "1.3";
  EXPECT_EQ(must(q().list(filter)).at(0).id, ids[3]);
  filter = {};
  filter.sr_sop_instance_uid = job(ids[2]).uids.sr_sop_instance_uid;
  page = must(q().list(filter));
  ASSERT_EQ(page.size(), 1u);
  EXPECT_EQ(page[0].id, ids[2]);
}

TEST_P(QueueConformance, ListBySeveralStatesLaneRuleCodeAndStudies) {
  // Each narrows what the others leave; no study named is no job, which is not the same as no filter.
  const JobId waiting = enqueue("1.1"), cancelled = enqueue("1.2"), dead = enqueue("1.3");
  must(q().cancel(cancelled, "administrator:A"));
  must(q().rush(dead, "administrator:A"));
  must(q().fail(claim().second, permanent_error("broken", "x")));
  const auto found = [&](const JobFilter& filter) {
    std::vector<JobId> ids;
    for (const Job& each : must(q().list(filter))) ids.push_back(each.id);
    return ids;
  };
  JobFilter filter;
  filter.states = {JobState::queued, JobState::dead};
  EXPECT_EQ(found(filter), (std::vector<JobId>{dead, waiting}));
  filter.states = {JobState::cancelled, JobState::queued};
  EXPECT_EQ(found(filter), (std::vector<JobId>{cancelled, waiting}));
  filter.studies = {"1.1", "1.3"};
  EXPECT_EQ(found(filter), (std::vector<JobId>{waiting}));
  filter.studies = std::vector<std::string>{};
  EXPECT_EQ(found(filter), (std::vector<JobId>{}));
  filter = {};
  filter.error_code = "broken";
  EXPECT_EQ(found(filter), (std::vector<JobId>{dead}));
  filter.lane = Lane::routine;
  EXPECT_EQ(found(filter), (std::vector<JobId>{}));
  filter = {};
  filter.lane = Lane::stat;
  EXPECT_EQ(found(filter), (std::vector<JobId>{dead}));
  filter = {};
  filter.rule_name = job(waiting).rule_name;
  EXPECT_EQ(found(filter), (std::vector<JobId>{dead, cancelled, waiting}));
  filter.rule_name = "another";
  EXPECT_EQ(found(filter), (std::vector<JobId>{}));
}

TEST_P(QueueConformance, QueuedJobKnowsHowManyComeBeforeIt) {
  // By the order of claims: lane stat first, then who came first; a job that is not queued waits for nobody.
  const JobId first = enqueue("1.1");
  clock.advance(1);
  const JobId second = enqueue("1.2");
  clock.advance(1);
  const JobId third = enqueue("1.3");
  EXPECT_EQ(job(first).ahead, 0);
  EXPECT_EQ(job(third).ahead, 2);
  must(q().rush(third, "administrator:A"));
  EXPECT_EQ(job(third).ahead, 0);
  EXPECT_EQ(job(second).ahead, 2);
  const auto held = claim();
  EXPECT_EQ(held.first.id, third);
  EXPECT_EQ(job(third).ahead, std::nullopt);
  const std::vector<Job> rows = must(q().list({}));
  EXPECT_EQ(rows.at(0).ahead, std::nullopt);
  EXPECT_EQ(rows.at(1).ahead, 1);
  EXPECT_EQ(rows.at(2).ahead, 0);
}

TEST_P(QueueConformance, WhoSawAnOlderVersionIsRefused) {
  // Two people look at one job; the second act is refused, whichever it is, and what was seen last is taken. Progress is no
  // other version.
  const JobId id = enqueue("1");
  const JobVersion seen = job(id).version;
  EXPECT_GT(seen, 0);
  EXPECT_EQ(must(q().list({})).at(0).version, seen);
  must(q().rush(id, AskedBy("administrator:A", seen)));
  const JobVersion later = job(id).version;
  EXPECT_GT(later, seen);
  const AskedBy late("administrator:B", seen);
  EXPECT_EQ(code_of(q().rush(id, late)), "changed_meanwhile");
  EXPECT_EQ(code_of(q().cancel(id, late)), "changed_meanwhile");
  EXPECT_EQ(code_of(q().retry(id, late)), "changed_meanwhile");
  EXPECT_EQ(code_of(q().rerun(id, late)), "changed_meanwhile");
  EXPECT_EQ(code_of(q().release_held(id, late)), "changed_meanwhile");
  EXPECT_EQ(code_of(q().withdraw(id, RejectionReason::quality, "wrong side", late)), "changed_meanwhile");
  EXPECT_EQ(job(id).version, later);
  const auto held = claim();
  const JobVersion claimed = job(id).version;
  must(q().set_stage(held.second, JobStage::fetching, 1, 2, ""));
  EXPECT_EQ(job(id).version, claimed);
  must(q().cancel(id, AskedBy("administrator:B", claimed)));
  EXPECT_EQ(state(id), JobState::cancelled);
}

TEST_P(QueueConformance, TypicalReportIsTheMedianOfTheLastOnes) {
  // From the last claim to the stored result; nothing is known before the first report.
  EXPECT_EQ(must(q().status()).typical_report_ms, 0);
  int number = 0;
  for (const std::int64_t took_ms : {5'000, 1'000, 90'000}) {
    const JobId id = enqueue("1." + std::to_string(++number));
    auto held = claim();
    ASSERT_EQ(held.first.id, id);
    clock.advance(took_ms);
    deliver(held);
  }
  EXPECT_EQ(must(q().status()).typical_report_ms, 5'000);
}

TEST_P(QueueConformance, TalliesAddUp) {
  // By name and label; names that are too long, and more than there is room for, are left out and do no harm.
  EXPECT_EQ(must(q().tallies()), std::vector<Tally>{});
  must(q().add_to_tallies({{"tokens", "", 5}, {"deliveries", "orthanc delivered", 1}}));
  const std::string longest(tally_text_bytes_max, 'x');
  must(q().add_to_tallies({{"tokens", "", 7}, {longest + "x", "", 1}, {"a", longest + "x", 1}, {longest, longest, 2}}));
  EXPECT_EQ(must(q().tallies()),
            (std::vector<Tally>{{"deliveries", "orthanc delivered", 1}, {"tokens", "", 12}, {longest, longest, 2}}));
  std::vector<Tally> many;
  for (int i = 0; i < tally_rows_max; ++i) many.push_back({"many", std::to_string(i), 1});
  must(q().add_to_tallies(many));
  EXPECT_EQ(must(q().tallies()).size(), static_cast<std::size_t>(tally_rows_max));
  must(q().add_to_tallies({{"tokens", "", 1}, {"one more", "", 1}}));
  const std::vector<Tally> all = must(q().tallies());
  EXPECT_EQ(all.size(), static_cast<std::size_t>(tally_rows_max));
  EXPECT_NE(std::ranges::find(all, Tally{"tokens", "", 13}), all.end());
}

TEST_P(QueueConformance, ListIsNeverLongerThanItsLimit) {
  // Whatever a request asks for: at the limit and one past it.
  for (int i = 0; i < 3; ++i) enqueue("1." + std::to_string(i));
  JobFilter filter;
  filter.limit = list_limit_max + 1;
  EXPECT_EQ(must(q().list(filter)).size(), 3u);
  filter.limit = 3;
  EXPECT_EQ(must(q().list(filter)).size(), 3u);
  filter.limit = 2;
  EXPECT_EQ(must(q().list(filter)).size(), 2u);
  filter.limit = -1;
  EXPECT_EQ(must(q().list(filter)).size(), 0u);
}

TEST_P(QueueConformance, OpenJobIsOverdueAfterADay) {
  // At the limit not yet; one past it it is shown, and a retry begins a new day.
  const JobId id = enqueue("1");
  clock.advance(settings.overdue_ms);
  EXPECT_FALSE(job(id).overdue);
  clock.advance(1);
  EXPECT_TRUE(job(id).overdue);
  EXPECT_TRUE(must(q().list({})).at(0).overdue);
  must(q().cancel(id, "administrator:A"));
  EXPECT_FALSE(job(id).overdue);
  must(q().retry(id, "administrator:A"));
  EXPECT_FALSE(job(id).overdue);
}

TEST_P(QueueConformance, StatusCountsAndShowsSignsOfLife) {
  // One glance for an administrator.
  int study = 0;
  const std::int64_t begun = clock.wall_ms();
  for (const JobState wanted : {JobState::leased, JobState::delivering, JobState::done, JobState::dead, JobState::cancelled}) {
    job_in(wanted, std::to_string(++study));
  }
  enqueue("queued");
  must(q().set_plugin_note("rules.0: unknown key"));
  clock.advance(50);
  must(q().worker_alive("ready"));
  const QueueStatus now = must(open()->status());
  EXPECT_EQ(now.queued, 1);
  EXPECT_EQ(now.leased, 1);
  EXPECT_EQ(now.delivering, 1);
  EXPECT_EQ(now.done, 1);
  EXPECT_EQ(now.dead, 1);
  EXPECT_EQ(now.cancelled, 1);
  EXPECT_EQ(now.oldest_open_wall_ms, begun);
  EXPECT_EQ(now.last_delivered_wall_ms, begun);
  EXPECT_EQ(now.worker_seen_wall_ms, begun + 50);
  EXPECT_EQ(now.worker_note, "ready");
  EXPECT_EQ(now.plugin_note, "rules.0: unknown key");
}

TEST_P(QueueConformance, HistoryTellsTheWholeWay) {
  // Who did what to a job, in order.
  const Job done = deliver_study("1", "d1");
  std::string kinds;
  for (const Event& event : must(q().events(done.id))) kinds += event.kind + " ";
  EXPECT_EQ(kinds, "enqueued claimed result_stored send_begun sent done ");
  const std::vector<Attempt> attempts = must(q().attempts(done.id));
  ASSERT_EQ(attempts.size(), 1u);
  EXPECT_EQ(attempts[0].holder, "boot-1:1:1");
  EXPECT_EQ(attempts[0].end, "done");
  EXPECT_EQ(attempts[0].ended_wall_ms, clock.wall_ms());
}

TEST_P(QueueConformance, LongMessagesAreCutBetweenCharacters) {
  // A peer's endless error text does not fill the database, and what is kept is valid UTF-8.
  auto held = job_in(JobState::leased, "1");
  std::string text = "x";
  while (text.size() < 5'000) text += "\u00fc";
  must(q().fail(held.second, permanent_error("broken", text)));
  const std::string kept = job(held.first.id).error_message;
  EXPECT_EQ(kept.size(), 1'999u);
  EXPECT_EQ(kept, text.substr(0, kept.size()));
}

TEST_P(QueueConformance, ABackgroundJobThatIsOpenedAgainQueuesUpBehind) {
  // By a person, or since the study came back to its images.
  const JobId id = enqueue("1", "d1", Lane::background);
  const std::int64_t behind = job(id).due_wall_ms - clock.wall_ms();
  EXPECT_GT(behind, 0);
  clock.advance(5);
  must(q().cancel(id, "administrator:A"));
  must(q().retry(id, "administrator:A"));
  EXPECT_EQ(job(id).due_wall_ms, clock.wall_ms() + behind);
  enqueue("1", "d2");
  clock.advance(5);
  must(q().settle_study("orthanc-1", new_job("1", "d1", Lane::background)));
  EXPECT_EQ(job(id).due_wall_ms, clock.wall_ms() + behind);
}

TEST_P(QueueConformance, TheOldestOpenJobIsTheOneThatIsOpenLongest) {
  // Not the one that was made first: a draft of last year that is withdrawn today is no job of last year.
  const JobId old = deliver_study("1", "d1").id;
  EXPECT_EQ(must(q().status()).oldest_open_wall_ms, 0);
  clock.advance(86'400'000);
  const std::int64_t opened = clock.wall_ms();
  must(q().withdraw(old, RejectionReason::quality, "blurred", "a"));
  clock.advance(5);
  enqueue("2");
  EXPECT_EQ(must(q().status()).oldest_open_wall_ms, opened);
}

}  // namespace
}  // namespace radfm::db
