// SPDX-License-Identifier: Apache-2.0
#include "tests/db/queue_conformance.h"

namespace radfm::db {
namespace {

TEST_P(QueueConformance, TransientFailureWaitsLongerEachTimeAndNeverEndsInDead) {
  // A peer that is down for days costs no report. The longest wait doubles up to its cap.
  const JobId id = enqueue("1");
  std::int64_t longest = settings.backoff_first_ms;
  for (int time = 1; time <= 100; ++time) {
    const auto held = claim();
    must(q().fail(held.second, transient_error("peer_down", "the archive does not answer")));
    ASSERT_EQ(bounds.back(), longest) << time;
    EXPECT_EQ(job(id).due_wall_ms, clock.wall_ms() + longest);
    EXPECT_EQ(must(q().next_due_job_ms()), clock.wall_ms() + longest);
    clock.advance(longest - 1);
    EXPECT_TRUE(nothing_to_claim());
    clock.advance(1);
    longest = std::min(longest * 2, settings.backoff_max_ms);
  }
  EXPECT_EQ(state(id), JobState::queued);
  EXPECT_EQ(job(id).transient_count, 100);
  EXPECT_EQ(job(id).error_code, "peer_down");
}

TEST_P(QueueConformance, EndOfAnOutageIsNoStampede) {
  // Each job that waited is claimed once, whatever the length of the outage.
  for (int i = 0; i < 5; ++i) enqueue("1." + std::to_string(i));
  for (int i = 0; i < 5; ++i) must(q().fail(claim().second, transient_error("peer_down", "down")));
  clock.advance(7 * 86'400'000LL);
  for (int i = 0; i < 5; ++i) deliver(claim());
  EXPECT_TRUE(nothing_to_claim());
}

TEST_P(QueueConformance, PoisonEndsInDeadAtItsLimit) {
  // The third death whose cause was seen is the last, with a code that can be searched for.
  const JobId id = enqueue("1");
  for (int time = 1; time <= settings.poison_limit; ++time) {
    must(q().fail(claim().second, poison_error("out_of_memory", "the engine ran out of memory")));
    EXPECT_EQ(state(id), time < settings.poison_limit ? JobState::queued : JobState::dead);
    clock.advance(settings.backoff_max_ms);
  }
  EXPECT_EQ(job(id).error_code, "out_of_memory");
  EXPECT_EQ(job(id).poison_count, settings.poison_limit);
  EXPECT_TRUE(nothing_to_claim());
}

TEST_P(QueueConformance, CountersAreSeparate) {
  // Two poisonings, nineteen disappearances and many transient failures together are still no reason to give up.
  const JobId id = enqueue("1");
  const auto fail_times = [&](int times, const Error& error) {
    for (int i = 0; i < times; ++i) {
      must(q().fail(claim().second, error));
      clock.advance(settings.backoff_max_ms);
    }
  };
  fail_times(settings.poison_limit - 1, poison_error("crash", "x"));
  fail_times(settings.vanished_limit - 1, vanished_error("gone", "x"));
  fail_times(30, transient_error("down", "x"));
  EXPECT_EQ(state(id), JobState::queued);
  fail_times(1, poison_error("crash", "x"));
  EXPECT_EQ(state(id), JobState::dead);
}

TEST_P(QueueConformance, PermanentFailureIsDeadAtOnce) {
  // An administrator reads code and message; nothing is tried again.
  auto held = job_in(JobState::leased, "1");
  must(q().fail(held.second, permanent_error("uid_taken", "the archive has that UID with other content")));
  const Job now = job(held.first.id);
  EXPECT_EQ(now.state, JobState::dead);
  EXPECT_EQ(now.error_code, "uid_taken");
  EXPECT_EQ(now.finished_wall_ms, clock.wall_ms());
  const Attempt attempt = must(q().attempts(now.id)).at(0);
  EXPECT_EQ(attempt.end, "failed");
  EXPECT_EQ(attempt.error_class, "permanent");
}

TEST_P(QueueConformance, GivenUpAttemptOfALivingJobComesBackUncounted) {
  // For instance when another report of the study was delivered meanwhile.
  auto held = job_in(JobState::leased, "1");
  must(q().fail(held.second, cancelled_error("revision_moved", "build again")));
  EXPECT_TRUE(nothing_to_claim());
  clock.advance(settings.backoff_first_ms);
  const Job now = claim().first;
  EXPECT_EQ(now.poison_count + now.vanished_count + now.transient_count, 0);
}

TEST_P(QueueConformance, FailureWhileDeliveringStaysDelivering) {
  // It waits without a holder, and comes back to be sent, not to be made again; the waits begin small again.
  const JobId id = enqueue("1");
  for (int i = 0; i < 5; ++i) {
    must(q().fail(claim().second, transient_error("orthanc_unreachable", "down")));
    clock.advance(settings.backoff_max_ms);
  }
  auto held = claim();
  fill(held);
  must(q().begin_send(held.second, "sr", "orthanc", 100));
  must(q().end_send(held.second, "sr", "orthanc", false, "no association"));
  must(q().fail(held.second, transient_error("peer_down", "down")));
  EXPECT_EQ(state(id), JobState::delivering);
  EXPECT_EQ(bounds.back(), settings.backoff_first_ms);
  EXPECT_TRUE(must(q().holders()).empty());
  EXPECT_TRUE(nothing_to_claim());
  clock.advance(settings.backoff_first_ms);
  held = claim();
  EXPECT_EQ(held.first.state, JobState::delivering);
  must(q().fail(held.second, permanent_error("refused", "the archive refuses the SOP class")));
  EXPECT_EQ(state(id), JobState::dead);
}

TEST_P(QueueConformance, VanishedWhileDeliveringStaysDelivering) {
  // The result survives the death of whoever was sending it.
  auto held = job_in(JobState::delivering, "1");
  clock.advance(settings.lease_ms);
  EXPECT_EQ(must(q().reclaim({})), 1);
  EXPECT_EQ(state(held.first.id), JobState::delivering);
  const auto again = claim();
  EXPECT_EQ(must(q().outbox(again.first.id)).at(0).dicom, report_of(again.first).dicom);
  send(again.second);
  must(q().finish(again.second, "delivered"));
}

TEST_P(QueueConformance, DeliveredNeedsEveryDelivery) {
  // "Delivered" is said once, when all destinations have it.
  auto held = job_in(JobState::leased, "1");
  EXPECT_EQ(code_of(q().finish(held.second, "delivered")), "wrong_state");
  must(q().fill_outbox(held.second, {}, {report_of(held.first)}, {"orthanc", "archive"}, ""));
  EXPECT_EQ(code_of(q().finish(held.second, "unchanged")), "wrong_state");
  EXPECT_EQ(code_of(q().finish(held.second, "delivered")), "deliveries_open");
  send(held.second);
  EXPECT_EQ(code_of(q().finish(held.second, "delivered")), "deliveries_open");
  must(q().begin_send(held.second, "sr", "archive", 100));
  must(q().end_send(held.second, "sr", "archive", true, ""));
  must(q().finish(held.second, "delivered"));
  const Job now = job(held.first.id);
  EXPECT_EQ(now.state, JobState::done);
  EXPECT_EQ(now.outcome, "delivered");
  EXPECT_EQ(must(q().status()).last_delivered_wall_ms, clock.wall_ms());
  EXPECT_EQ(code_of(q().finish(held.second, "delivered")), "lease_lost");
}

TEST_P(QueueConformance, WithheldWhileItWaitsToBeSent) {
  // From delivering only; what is sent already stays delivered, the rest is never sent.
  auto held = job_in(JobState::leased, "1");
  EXPECT_EQ(code_of(q().finish(held.second, "withheld: x")), "wrong_state");
  must(q().fill_outbox(held.second, {}, {report_of(held.first)}, {"orthanc", "archive"}, ""));
  send(held.second);
  must(q().finish(held.second, "withheld: x"));
  EXPECT_EQ(state(held.first.id), JobState::done);
  EXPECT_EQ(job(held.first.id).outcome, "withheld: x");
  EXPECT_TRUE(nothing_to_claim());
}

TEST_P(QueueConformance, FinishedWithoutAReport) {
  // Unchanged input, or nothing to report: done from the lease.
  auto held = job_in(JobState::leased, "1");
  must(q().finish(held.second, "unchanged"));
  EXPECT_EQ(job(held.first.id).outcome, "unchanged");
  EXPECT_EQ(must(q().attempts(held.first.id)).at(0).end, "done");
}

TEST_P(QueueConformance, EveryPersonsActInEveryState) {
  // The transition table from outside: what is legal happens, all else is refused and changes nothing.
  int study = 0;
  for (const JobState from : all_states) {
    const bool open = from == JobState::queued || from == JobState::leased || from == JobState::delivering;
    const auto in_state = [&] { return job_in(from, "9." + std::to_string(++study)).first.id; };
    const auto expect = [&](JobId id, const std::string& code, bool possible, JobState to) {
      EXPECT_EQ(code, possible ? "ok" : "wrong_state") << to_string(from);
      EXPECT_EQ(state(id), possible ? to : from) << to_string(from);
      // Out of the way of the next one.
      if (is_legal(state(id), JobState::cancelled)) must(q().cancel(id, "administrator:A"));
    };
    JobId id = in_state();
    expect(id, code_of(q().retry(id, "administrator:A")), is_legal(from, JobState::queued) && !open, JobState::queued);
    id = in_state();
    expect(id, code_of(q().cancel(id, "administrator:A")), is_legal(from, JobState::cancelled), JobState::cancelled);
    id = in_state();
    expect(id, code_of(q().rush(id, "administrator:A")), open, from);
    id = in_state();
    const Result<JobId> again = q().rerun(id, "administrator:A");
    if (again.ok()) must(q().cancel(*again, "administrator:A"));
    expect(id, code_of(again), !open, from);
  }
}

TEST_P(QueueConformance, EveryHoldersActInEveryState) {
  // A lease is of use in leased and delivering only.
  int study = 0;
  for (const JobState from : all_states) {
    const bool leased = from == JobState::leased, delivering = from == JobState::delivering;
    const auto expect = [&](std::string_view what, const std::string& code, const Lease& lease, bool possible) {
      const std::string refused = leased || delivering ? "wrong_state" : "lease_lost";
      EXPECT_EQ(code, possible ? "ok" : refused) << what << " " << to_string(from);
      if (!possible) {
        EXPECT_EQ(state(lease.job), from) << what;
      }
      if (is_legal(state(lease.job), JobState::cancelled)) must(q().cancel(lease.job, "administrator:A"));
    };
    const auto in_state = [&] { return job_in(from, "8." + std::to_string(++study)); };
    auto held = in_state();
    expect("fill", code_of(q().fill_outbox(held.second, {}, {report_of(held.first)}, {"orthanc"}, "")), held.second, leased);
    held = in_state();
    expect("begin_send", code_of(q().begin_send(held.second, "sr", "orthanc", 1)), held.second, delivering);
    held = in_state();
    expect("finish", code_of(q().finish(held.second, "unchanged")), held.second, leased);
    held = in_state();
    expect("fail", code_of(q().fail(held.second, permanent_error("x", "x"))), held.second, leased || delivering);
    held = in_state();
    expect("release", code_of(q().release(held.second, "x")), held.second, leased || delivering);
    held = in_state();
    expect("heartbeat", code_of(q().heartbeat(held.second)), held.second, leased || delivering);
  }
}

}  // namespace
}  // namespace radfm::db
