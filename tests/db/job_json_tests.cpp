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
  EXPECT_TRUE(job_json(job, {}, {}).at("withdrawal").is_null());
  job.withdrawal = Withdrawal{RejectionReason::patient_safety, "Another patient's text.", "administrator:anna", 1'700'000'000'123};
  EXPECT_EQ(job_json(job, {}, {}).at("withdrawal"), (json{{"reason", "patient_safety"},
                                                          {"why", "Another patient's text."},
                                                          {"actor", "administrator:anna"},
                                                          {"wall_ms", 1'700'000'000'123}}));
  EXPECT_FALSE(job_row_json(job).contains("withdrawal"));
}

TEST(JobJson, NoByteOfAWithdrawalBreaksIt) {
  // Aim: quotes, markup and bytes that are no UTF-8 come out as JSON that reads back.
  Job job;
  job.withdrawal = Withdrawal{RejectionReason::quality, "\"</script>\xfc", "administrator", 1};
  const json back = json::parse(json_text(job_json(job, {}, {})));
  EXPECT_EQ(back.at("withdrawal").at("why"), "\"</script>\xef\xbf\xbd");
}

}  // namespace
}  // namespace radfm::db
