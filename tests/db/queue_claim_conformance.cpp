// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <set>
#include <thread>

#include "tests/db/queue_conformance.h"

namespace radfm::db {
namespace {

TEST_P(QueueConformance, ClaimsStatFirstThenTheEarliestDueThenTheOlder) {
  // Priority and ageing are one order.
  const JobId routine = enqueue("1", "d", Lane::routine);
  const JobId twin = enqueue("2", "d", Lane::routine);
  clock.advance(10);
  const JobId later = enqueue("3", "d", Lane::routine);
  clock.advance(10);
  const JobId stat = enqueue("4", "d", Lane::stat);
  for (const JobId expected : {stat, routine, twin, later}) EXPECT_EQ(claim().first.id, expected);
}

TEST_P(QueueConformance, HolderThatIsKeptFreeForStatTakesNothingElse) {
  // However many others wait, and also what only has to be sent.
  const JobId routine = enqueue("1", "d", Lane::routine);
  enqueue("2", "d", Lane::background);
  EXPECT_EQ(must(q().claim("stat only", Claimable::stat)), std::nullopt);
  EXPECT_EQ(must(q().next_due_job_ms(Claimable::stat)), std::nullopt);
  const JobId stat = enqueue("3", "d", Lane::stat);
  EXPECT_LE(must(q().next_due_job_ms(Claimable::stat)).value(), clock.wall_ms());
  const auto claimed = must(q().claim("stat only", Claimable::stat));
  ASSERT_TRUE(claimed);
  EXPECT_EQ(claimed->first.id, stat);
  EXPECT_EQ(must(q().claim("stat only", Claimable::stat)), std::nullopt);
  EXPECT_EQ(claim().first.id, routine);
}

TEST_P(QueueConformance, BackgroundWaitsForRoutineButNeverStarves) {
  // It runs at once when nothing else is there, and after an hour it is first.
  const JobId alone = enqueue("1", "d", Lane::background);
  EXPECT_LE(must(q().next_due_job_ms()).value(), clock.wall_ms());
  EXPECT_EQ(claim().first.id, alone);
  const JobId background = enqueue("2", "d", Lane::background);
  const JobId routine = enqueue("3", "d", Lane::routine);
  EXPECT_EQ(claim().first.id, routine);
  clock.advance(3'600'001);
  enqueue("4", "d", Lane::routine);
  EXPECT_EQ(claim().first.id, background);
}

TEST_P(QueueConformance, DeliveringJobIsClaimedBeforeQueuedOnesAndStaysDelivering) {
  // It never needs the model again.
  auto held = job_in(JobState::delivering, "1");
  must(q().release(held.second, "shutting down"));
  enqueue("2", "d", Lane::stat);
  const auto again = claim();
  EXPECT_EQ(again.first.id, held.first.id);
  EXPECT_EQ(again.first.state, JobState::delivering);
  EXPECT_EQ(again.first.report_text, "Findings.");
  EXPECT_GT(again.second.token, held.second.token);
}

TEST_P(QueueConformance, PausedQueueGivesNothingAway) {
  // And says who paused it.
  const JobId id = enqueue("1");
  must(q().pause("administrator:A"));
  must(q().pause("administrator:B"));
  EXPECT_TRUE(nothing_to_claim());
  EXPECT_EQ(must(q().next_due_job_ms()), std::nullopt);
  EXPECT_EQ(must(q().status()).paused_by, "administrator:A");
  must(q().resume("administrator:A"));
  EXPECT_FALSE(must(q().status()).paused);
  EXPECT_EQ(claim().first.id, id);
}

TEST_P(QueueConformance, ClockThatIsSetBackHoldsUpNoFreshJob) {
  // Only a failure makes a job wait, and no longer than the longest wait.
  const JobId fresh = enqueue("1");
  clock.step_wall(-86'400'000);
  auto held = claim();
  EXPECT_EQ(held.first.id, fresh);
  must(q().fail(held.second, transient_error("peer_down", "down")));
  EXPECT_TRUE(nothing_to_claim());
  clock.step_wall(-86'400'000);
  EXPECT_EQ(claim().first.id, fresh);
}

TEST_P(QueueConformance, ClockThatIsSetForwardExpiresNoLease) {
  // Leases are measured by the time since boot.
  auto held = job_in(JobState::leased, "1");
  clock.step_wall(86'400'000);
  EXPECT_EQ(must(q().reclaim({})), 0);
  must(q().heartbeat(held.second));
}

TEST_P(QueueConformance, LeaseRunsOutExactlyAtItsEnd) {
  // One millisecond before, the job is still its holder's.
  auto held = job_in(JobState::leased, "1");
  clock.advance(settings.lease_ms - 1);
  EXPECT_EQ(must(q().reclaim({})), 0);
  clock.advance(1);
  EXPECT_EQ(must(q().reclaim({})), 1);
  EXPECT_EQ(state(held.first.id), JobState::queued);
  EXPECT_EQ(must(q().reclaim({})), 0);
}

TEST_P(QueueConformance, HeartbeatKeepsTheLease) {
  // For as long as it beats.
  auto held = job_in(JobState::leased, "1");
  for (int i = 0; i < 10; ++i) {
    clock.advance(settings.heartbeat_ms);
    must(q().heartbeat(held.second));
    EXPECT_EQ(must(q().reclaim({})), 0);
  }
}

TEST_P(QueueConformance, RebootFreesEverything) {
  // The new boot's clock begins low: comparing it alone would keep the leases for days.
  auto held = job_in(JobState::leased, "1");
  clock.reboot();
  EXPECT_EQ(must(q().reclaim({})), 1);
  EXPECT_EQ(claim().first.id, held.first.id);
}

TEST_P(QueueConformance, DeadHoldersJobsComeBackAtOnce) {
  // Back into the queue, not marked failed; those of the living stay.
  enqueue("1");
  enqueue("2");
  const auto dead = claim("boot-1:10:1"), living = claim("boot-1:20:1");
  EXPECT_EQ(must(q().holders()), (std::vector<std::string>{"boot-1:10:1", "boot-1:20:1"}));
  EXPECT_EQ(must(q().reclaim({"boot-1:10:1"})), 1);
  EXPECT_EQ(state(dead.first.id), JobState::queued);
  EXPECT_EQ(state(living.first.id), JobState::leased);
  EXPECT_EQ(must(q().holders()), (std::vector<std::string>{"boot-1:20:1"}));
  EXPECT_EQ(must(q().attempts(dead.first.id)).at(0).end, "reclaimed");
  EXPECT_EQ(job(dead.first.id).vanished_count, 1);
}

TEST_P(QueueConformance, HolderThatLostItsLeaseWritesNothing) {
  // The fence: each write names its token, and the old one is no longer the job's, even in the same state.
  for (const JobState reached : {JobState::leased, JobState::delivering}) {
    const bool sending = reached == JobState::delivering;
    auto old = job_in(reached, sending ? "2" : "1");
    const Queue::Revision revision;
    const auto all_refused = [&](const char* when) {
      const Lease& lease = old.second;
      const std::string before = std::to_string(static_cast<int>(state(lease.job))) + job(lease.job).detail_json;
      EXPECT_EQ(code_of(q().heartbeat(lease)), "lease_lost") << when;
      EXPECT_EQ(code_of(q().set_stage(lease, JobStage::vision, 1, 2, "x")), "lease_lost") << when;
      EXPECT_EQ(code_of(q().note(lease, "kind", "x")), "lease_lost") << when;
      EXPECT_EQ(code_of(q().set_detail(lease, "{\"stale\":1}", "x")), "lease_lost") << when;
      EXPECT_EQ(code_of(q().set_montage(lease, {1})), "lease_lost") << when;
      EXPECT_EQ(code_of(q().next_revision(lease)), "lease_lost") << when;
      EXPECT_EQ(code_of(q().fill_outbox(lease, revision, {report_of(old.first)}, {"orthanc"}, "")), "lease_lost") << when;
      EXPECT_EQ(code_of(q().begin_send(lease, "sr", "orthanc", 1)), "lease_lost") << when;
      EXPECT_EQ(code_of(q().end_send(lease, "sr", "orthanc", true, "")), "lease_lost") << when;
      EXPECT_EQ(code_of(q().finish(lease, sending ? "delivered" : "unchanged")), "lease_lost") << when;
      EXPECT_EQ(code_of(q().fail(lease, permanent_error("x", "x"))), "lease_lost") << when;
      EXPECT_EQ(code_of(q().release(lease, "x")), "lease_lost") << when;
      EXPECT_EQ(std::to_string(static_cast<int>(state(lease.job))) + job(lease.job).detail_json, before) << when;
    };
    clock.advance(settings.lease_ms);
    must(q().reclaim({}));
    all_refused("reclaimed");
    const auto again = claim();
    ASSERT_EQ(again.first.id, old.first.id);
    all_refused("claimed by another");
    must(q().heartbeat(again.second));
    must(q().cancel(old.first.id, "administrator:A"));
    old = again;
    all_refused("cancelled");
  }
}

TEST_P(QueueConformance, WorkerThatVanishesAgainAndAgainEndsInDead) {
  // A crash that nobody sees must end too; the first two come back at once, from the third on it waits.
  const JobId id = enqueue("1");
  for (int time = 1; time <= settings.vanished_limit; ++time) {
    const auto held = claim();
    must(q().set_stage(held.second, JobStage::generating, 0, 0, ""));
    must(q().reclaim({"boot-1:1:1"}));
    const Job now = job(id);
    EXPECT_EQ(now.vanished_count, time);
    EXPECT_EQ(now.state, time < settings.vanished_limit ? JobState::queued : JobState::dead) << time;
    if (time < settings.vanished_backoff_from) {
      EXPECT_EQ(bounds.size(), 0u);
    } else if (time < settings.vanished_limit) {
      EXPECT_EQ(static_cast<int>(bounds.size()), time - settings.vanished_backoff_from + 1);
      EXPECT_TRUE(nothing_to_claim());
    }
    clock.advance(settings.backoff_max_ms);
  }
  EXPECT_EQ(job(id).error_code, "worker_vanished");
  EXPECT_NE(job(id).error_message.find("generating"), std::string::npos);
  const std::vector<Attempt> attempts = must(q().attempts(id));
  EXPECT_EQ(attempts.size(), static_cast<std::size_t>(settings.vanished_limit));
  for (const Attempt& attempt : attempts) EXPECT_EQ(attempt.end, "reclaimed");  // the last one too
}

TEST_P(QueueConformance, ReleaseCountsNoAttempt) {
  // A hundred shutdowns, or Orthanc being away, are no failure of the job.
  const JobId id = enqueue("1");
  for (int i = 0; i < 100; ++i) must(q().release(claim().second, "shutting down"));
  const Job now = job(id);
  EXPECT_EQ(now.state, JobState::queued);
  EXPECT_EQ(now.attempts + now.vanished_count + now.poison_count + now.transient_count, 0);
  EXPECT_EQ(must(q().attempts(id)).size(), 100u);
}

TEST_P(QueueConformance, ProgressIsShownWhileTheJobIsWorkedOn) {
  // And belongs to the attempt: the next one begins without it.
  auto held = job_in(JobState::leased, "1");
  must(q().set_stage(held.second, JobStage::generating, 12, 200, "The heart is"));
  Job now = job(held.first.id);
  EXPECT_EQ(now.stage, JobStage::generating);
  EXPECT_EQ(now.progress_done, 12);
  EXPECT_EQ(now.progress_of, 200);
  EXPECT_EQ(now.report_text, "The heart is");
  must(q().set_detail(held.second, "{\"volumes\":1}", "input-1"));
  EXPECT_EQ(job(held.first.id).detail_json, "{\"volumes\":1}");
  must(q().release(held.second, "x"));
  EXPECT_EQ(job(held.first.id).stage, JobStage::none);
  EXPECT_EQ(job(held.first.id).report_text, "");
  claim();
  EXPECT_EQ(job(held.first.id).stage, JobStage::none);
}

TEST_P(QueueConformance, MontageIsKeptWithItsJobUpToItsLimit) {
  // None at first; a later one replaces it; the limit and one byte more; it outlives the attempt.
  auto held = job_in(JobState::leased, "1");
  const JobId id = held.first.id;
  EXPECT_FALSE(job(id).has_montage);
  EXPECT_TRUE(must(q().montage(id)).empty());
  EXPECT_TRUE(must(q().montage(id + 1)).empty());
  must(q().set_montage(held.second, {0x89, 'P', 'N', 'G', 0}));
  EXPECT_EQ(must(q().montage(id)), (std::vector<std::uint8_t>{0x89, 'P', 'N', 'G', 0}));
  EXPECT_TRUE(job(id).has_montage);
  const std::vector<std::uint8_t> largest(montage_bytes_max, 7);
  must(q().set_montage(held.second, largest));
  EXPECT_EQ(code_of(q().set_montage(held.second, std::vector<std::uint8_t>(montage_bytes_max + 1, 8))), "montage_too_large");
  must(q().release(held.second, "x"));
  EXPECT_EQ(must(q().montage(id)), largest);
}

TEST_P(QueueConformance, TheDraftsPageIsKeptByItself) {
  // Bounded, replaced by a later one, by the holder only; nothing of it in a job or a list.
  const JobId id = enqueue("1");
  const auto held = claim();
  EXPECT_EQ(must(q().draft_page(id)), "");
  must(q().set_draft_page(held.second, "{\"a\": 1}"));
  const std::string largest(draft_page_bytes_max, 'p');
  must(q().set_draft_page(held.second, largest));
  EXPECT_EQ(code_of(q().set_draft_page(held.second, largest + "p")), "draft_page_too_large");
  EXPECT_EQ(must(q().draft_page(id)), largest);
  EXPECT_EQ(must(q().draft_page(id + 1)), "");
  must(q().release(held.second, "x"));
  EXPECT_EQ(code_of(q().set_draft_page(held.second, "late")), "lease_lost");
}

TEST_P(QueueConformance, StudyHasOneJobAtWork) {
  // Two at once would compete for one revision number.
  const JobId first = enqueue("1", "d1");
  must(q().cancel(first, "administrator:A"));
  const JobId again = must(q().rerun(first, "administrator:A"));
  must(q().retry(first, "administrator:A"));
  const auto held = claim();
  EXPECT_TRUE(nothing_to_claim());
  EXPECT_EQ(must(q().next_due_job_ms()), std::nullopt);
  deliver(held);
  const auto other = claim();
  EXPECT_EQ(other.first.id, held.first.id == first ? again : first);
}

TEST_P(QueueConformance, TwoWorkersNeverHoldOneJob) {
  // Two connections in two threads, each job claimed and finished once.
  constexpr int jobs = 40;
  for (int i = 0; i < jobs; ++i) enqueue("1." + std::to_string(i));
  std::atomic<int> finished{0};
  std::array<std::unique_ptr<Queue>, 2> workers{open(), open()};
  {
    std::vector<std::jthread> threads;
    for (std::size_t worker = 0; worker < 2; ++worker) {
      threads.emplace_back([&, worker] {
        for (;;) {
          const Result<Claimed> claimed = workers[worker]->claim("boot-1:" + std::to_string(worker) + ":1");
          ASSERT_EQ(code_of(claimed), "ok");
          if (!claimed->has_value()) return;
          ASSERT_EQ(code_of(workers[worker]->finish((*claimed)->second, "unchanged")), "ok");
          ++finished;
        }
      });
    }
  }
  EXPECT_EQ(finished, jobs);
  EXPECT_EQ(must(q().status()).done, jobs);
  for (const Job& each : must(q().list({}))) EXPECT_EQ(each.attempts, 1);
}

TEST_P(QueueConformance, ALeaseOfAnotherBootIsVoid) {
  // Whatever it says: its clock is another one.
  auto held = job_in(JobState::leased, "1");
  clock.reboot();
  must(q().heartbeat(held.second));
  EXPECT_EQ(must(q().reclaim({})), 1);
}

}  // namespace
}  // namespace radfm::db
