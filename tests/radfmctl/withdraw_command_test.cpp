// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "db/queue.h"
#include "radfmctl/command.h"
#include "tests/db/temporary_folder.h"

namespace radfm::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// A node's folder with a queue of one study, whose report the test sends as a worker would.
class WithdrawCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(configuration()) << R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "database": {"path": "queue.sqlite"}})";
    db::OpenQueue open;
    open.path = folder.path() / "queue.sqlite";
    queue = db::open_sqlite_queue(open, clock).value();
    db::NewJob job;
    job.instances = {"1.2.3.1"};
    job.identity = {"1.2.3", "digest", 0};
    job.orthanc_study_id = "orthanc-1";
    job.actor = "administrator:A";
    ASSERT_TRUE(queue->add(job).ok());
    id = queue->list({}).value().front().id;
  }
  std::string configuration() const { return (folder.path() / "radfm-node.json").string(); }
  void deliver() {
    const auto claimed = queue->claim(db::this_holder(clock)).value();
    ASSERT_TRUE(claimed.has_value());
    const auto& [job, lease] = *claimed;
    const auto revision = queue->next_revision(lease).value();
    ASSERT_TRUE(queue->fill_outbox(lease, revision, {{"sr", "1.2.840.10008.5.1.4.1.1.88.11", job.uids.sr_sop_instance_uid, {1, 2}}},
                                   {"orthanc"}, "FINDINGS: none.").ok());
    ASSERT_TRUE(queue->begin_send(lease, "sr", "orthanc", 10'000).ok());
    ASSERT_TRUE(queue->end_send(lease, "sr", "orthanc", true, "").ok());
    ASSERT_TRUE(queue->finish(lease, "delivered").ok());
  }
  // The command's words, with this node's configuration; what it prints on standard output.
  int run(int (*command)(const Words&), Words words) {
    words.insert(words.end(), {"--config", configuration()});
    ::testing::internal::CaptureStdout();
    const int code = command(words);
    printed = ::testing::internal::GetCapturedStdout();
    return code;
  }
  int withdraw(Words words) { return run(withdraw_command, std::move(words)); }
  std::string number() const { return std::to_string(id); }
  db::Job job() { return queue->job(id).value().value(); }

  db::TemporaryFolder folder;
  SystemClock clock;
  std::unique_ptr<db::Queue> queue;
  db::JobId id = 0;
  std::string printed;
};

TEST_F(WithdrawCommand, TakesADeliveredDraftBack) {
  // Aim: the queue has reason, text and user; the message says what follows, and `queue show` prints it. A second time is wrong.
  deliver();
  EXPECT_EQ(withdraw({number(), "--reason", "patient_safety", "--why", "Wrong side."}), exit_done);
  EXPECT_THAT(printed, HasSubstr("radfmctl queue show " + number()));
  EXPECT_EQ(job().state, JobState::delivering);
  const std::optional<Withdrawal> withdrawal = job().withdrawal;
  ASSERT_TRUE(withdrawal.has_value());
  EXPECT_EQ(withdrawal->reason, RejectionReason::patient_safety);
  EXPECT_EQ(withdrawal->why, "Wrong side.");
  EXPECT_THAT(withdrawal->actor, StartsWith("administrator:"));
  EXPECT_EQ(run(queue_command, {"show", number()}), exit_done);
  EXPECT_THAT(printed, HasSubstr("is being withdrawn for patient safety reasons, by " + withdrawal->actor));
  EXPECT_THAT(printed, HasSubstr("Wrong side."));
  EXPECT_EQ(withdraw({number(), "--reason", "quality", "--why", "Again."}), exit_wrong);
}

TEST_F(WithdrawCommand, ShowsWhenAllArchivesKnow) {
  // Aim: `queue show` of a job whose note is everywhere says withdrawn, no longer that it is on its way.
  deliver();
  ASSERT_EQ(withdraw({number(), "--reason", "quality", "--why", "Cut off.", "--json"}), exit_done);
  EXPECT_THAT(printed, HasSubstr("\"withdraw\""));
  const auto claimed = queue->claim(db::this_holder(clock)).value();
  ASSERT_TRUE(claimed.has_value());
  const db::Lease& lease = claimed->second;
  ASSERT_TRUE(queue->fill_rejection(lease, {"rejection", "1.2.840.10008.5.1.4.1.1.88.59", "2.25.1", {1, 2}}).ok());
  ASSERT_TRUE(queue->begin_send(lease, "rejection", "orthanc", 10'000).ok());
  ASSERT_TRUE(queue->end_send(lease, "rejection", "orthanc", true, "").ok());
  ASSERT_TRUE(queue->finish(lease, "withdrawn").ok());
  EXPECT_EQ(run(queue_command, {"show", number()}), exit_done);
  EXPECT_THAT(printed, HasSubstr("\nwithdrawn for quality reasons"));
  EXPECT_THAT(printed, HasSubstr("Cut off."));
}

TEST_F(WithdrawCommand, ADraftThatNobodyWasSentStays) {
  // Aim: the queue's refusal is an answer (exit code 1), and changes nothing; so is a job that is not there.
  EXPECT_EQ(withdraw({number(), "--reason", "quality", "--why", "x"}), exit_wrong);
  EXPECT_EQ(job().state, JobState::queued);
  EXPECT_EQ(withdraw({"4711", "--reason", "quality", "--why", "x"}), exit_wrong);
}

TEST_F(WithdrawCommand, ReasonAndTextMustBeGiven) {
  // Aim: each word that is missing or wrong is wrong usage, at the text's limit and one past it; the draft stays as it is.
  deliver();
  const std::string longest(withdrawal_why_bytes_max, 'x');
  for (const Words& words : {Words{number()}, Words{number(), "--reason", "quality"}, Words{number(), "--why", "x"},
                             Words{number(), "--reason", "Quality", "--why", "x"}, Words{number(), "--reason", "quality", "--why", " "},
                             Words{number(), "--reason", "quality", "--why", "\xfc"},
                             Words{number(), "--reason", "quality", "--why", "a\x1b[2J"},
                             Words{number(), "--reason", "quality", "--why", longest + "x"},
                             Words{"x", "--reason", "quality", "--why", "x"}, Words{"--reason", "quality", "--why", "x"}})
    EXPECT_EQ(withdraw(words), exit_usage);
  EXPECT_EQ(job().outcome, "delivered");
  EXPECT_EQ(withdraw({number(), "--reason", "quality", "--why", longest}), exit_done);
  EXPECT_EQ(withdraw({"--help"}), exit_done);
  EXPECT_EQ(withdraw_command({number(), "--reason", "quality", "--why", "x"}), exit_usage);
}

}  // namespace
}  // namespace radfm::ctl
