// SPDX-License-Identifier: Apache-2.0
#include "db/job_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace radfm::db {
namespace {

using nlohmann::json;

TEST(JobJson, AWithdrawalIsSpeltOut) {
  // Aim: reason as command line and REST name it, text, who and when; null where nobody took the draft back, and in no row.
  Job job;
  EXPECT_TRUE(job_json(job, {}).at("withdrawal").is_null());
  job.withdrawal = Withdrawal{RejectionReason::patient_safety, "Another patient's text.", "administrator:anna", 1'700'000'000'123};
  EXPECT_EQ(job_json(job, {}).at("withdrawal"), (json{{"reason", "patient_safety"},
                                                          {"why", "Another patient's text."},
                                                          {"actor", "administrator:anna"},
                                                          {"wall_ms", 1'700'000'000'123}}));
  EXPECT_FALSE(job_row_json(job).contains("withdrawal"));
}

TEST(JobJson, NoByteOfAWithdrawalBreaksIt) {
  // Aim: quotes, markup and bytes that are no UTF-8 come out as JSON that reads back.
  Job job;
  job.withdrawal = Withdrawal{RejectionReason::quality, "\"</script>\xfc", "administrator", 1};
  const json back = json::parse(json_text(job_json(job, {})));
  EXPECT_EQ(back.at("withdrawal").at("why"), "\"</script>\xef\xbf\xbd");
}

TEST(JobJson, ARowSaysItsVersionAndItsPlace) {
  // Aim: what a person saw, and how many come first; of a job that does not wait: null.
  Job job;
  job.version = 7;
  job.ahead = 0;
  EXPECT_EQ(job_row_json(job).at("version"), 7);
  EXPECT_EQ(job_row_json(job).at("ahead"), 0);
  job.ahead.reset();
  EXPECT_TRUE(job_row_json(job).at("ahead").is_null());
}

TEST(JobJson, DeliveriesAndTheRulesAction) {
  // Aim: each destination with its end; an error that there is not is null.
  Job job;
  job.action.destinations = {"archive"};
  Delivery refused, none;
  refused.role = "sr";
  refused.destination = "archive";
  refused.tries = 2;
  refused.error = "refused";
  refused.predecessor_waits = true;
  const json whole = job_json(job, {.deliveries = {refused, none}});
  EXPECT_EQ(whole.at("action").at("destinations"), json{"archive"});
  EXPECT_EQ(whole.at("deliveries").at(0), (json{{"role", "sr"},
                                                {"destination", "archive"},
                                                {"delivered", false},
                                                {"tries", 2},
                                                {"error", "refused"},
                                                {"predecessor_waits", true}}));
  EXPECT_TRUE(whole.at("deliveries").at(1).at("error").is_null());
}

TEST(JobJson, HowLongAJobMayWait) {
  // Aim: those before it and those in work, each as long as a report takes; nothing where that says nothing.
  constexpr std::int64_t now_ms = 1'700'000'000'000;
  QueueStatus status;
  status.leased = 2;
  status.typical_report_ms = 90'500;
  status.worker_seen_wall_ms = now_ms - worker_silence_max_ms;
  Job job;
  job.ahead = 3;
  EXPECT_EQ(wait_seconds(job, status, now_ms), 452);
  EXPECT_EQ(wait_seconds(job, status, now_ms + 1), std::nullopt);  // no worker is heard
  status.worker_seen_wall_ms = now_ms;
  status.paused = true;
  EXPECT_EQ(wait_seconds(job, status, now_ms), std::nullopt);
  status.paused = false;
  EXPECT_EQ(queue_status_json(status, now_ms).at("typical_report_seconds"), 90.5);
  status.typical_report_ms = 0;
  EXPECT_EQ(wait_seconds(job, status, now_ms), std::nullopt);
  EXPECT_TRUE(queue_status_json(status, now_ms).at("typical_report_seconds").is_null());
  status.typical_report_ms = 1;
  job.ahead.reset();
  EXPECT_EQ(wait_seconds(job, status, now_ms), std::nullopt);
}

}  // namespace
}  // namespace radfm::db
