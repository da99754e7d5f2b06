// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/withdrawal_banner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orthanc-plugin/report_page.h"

namespace radfm::plugin {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

db::Job withdrawn_job(JobState state) {
  db::Job job;
  job.id = 7;
  job.state = state;
  if (state == JobState::done) job.outcome = "withdrawn";
  job.revision = 1;
  job.uids.sr_sop_instance_uid = "2.25.7";
  job.withdrawal = Withdrawal{RejectionReason::patient_safety, "Wrong side.", "administrator:anna", 1'700'000'000'000};
  return job;
}

TEST(WithdrawalBanner, SaysReasonWhyWhoAndWhen) {
  // Aim: all four stand in it; a draft that nobody took back has none.
  const std::string html = withdrawal_banner(withdrawn_job(JobState::done));
  for (const char* part : {">WITHDRAWN<", "Do not use this draft", "for patient safety reasons", "Wrong side.", "administrator:anna", "2023-11-14"})
    EXPECT_THAT(html, HasSubstr(part));
  db::Job in_use = withdrawn_job(JobState::done);
  in_use.withdrawal.reset();
  in_use.outcome = "delivered";
  EXPECT_EQ(withdrawal_banner(in_use), "");
  EXPECT_EQ(withdrawal_in_words(in_use), "");
}

TEST(WithdrawalBanner, TellsHowFarItHasCome) {
  // Aim: on its way, everywhere, or stopped, are told apart: until all archives know, a reader elsewhere may still use the draft.
  EXPECT_THAT(withdrawal_banner(withdrawn_job(JobState::done)), HasSubstr("was sent a note"));
  EXPECT_THAT(withdrawal_banner(withdrawn_job(JobState::delivering)), HasSubstr("still on its way"));
  for (const JobState stopped : {JobState::dead, JobState::cancelled})
    EXPECT_THAT(withdrawal_banner(withdrawn_job(stopped)), HasSubstr("<a href=\"/radfm/#job-7\">"));
  EXPECT_EQ(withdrawal_in_words(withdrawn_job(JobState::done)), "withdrawn");
  EXPECT_EQ(withdrawal_in_words(withdrawn_job(JobState::delivering)), "being withdrawn");
  EXPECT_EQ(withdrawal_in_words(withdrawn_job(JobState::dead)), "withdrawn, but not every archive was told (dead)");
}

TEST(WithdrawalBanner, TextIsNeverMarkup) {
  // Aim: what a person wrote, and the name that a login gave, are shown as they are written.
  db::Job job = withdrawn_job(JobState::done);
  job.withdrawal->why = job.withdrawal->actor = "<script>alert(\"1\")</script>&'";
  const std::string html = withdrawal_banner(job);
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;"));
}

TEST(StudyPage, AWithdrawnDraftIsMarkedAndAnEarlierOneIsInUse) {
  // Aim: the banner comes before everything else of its job; the draft to be read is the newest that was not taken back.
  db::Job earlier = withdrawn_job(JobState::done);
  earlier.id = 6;
  earlier.withdrawal.reset();
  earlier.outcome = "delivered";
  earlier.uids.sr_sop_instance_uid = "2.25.6";
  const std::string html = study_page("1.2.3", {withdrawn_job(JobState::delivering), earlier});
  EXPECT_LT(html.find(">WITHDRAWN<"), html.find("#job-7"));
  EXPECT_THAT(html, HasSubstr("Job 7</a>, being withdrawn"));
  EXPECT_THAT(html, HasSubstr("<a href=\"/radfm/report/2.25.7\">Read the withdrawn draft</a>"));
  EXPECT_THAT(html, HasSubstr("<a href=\"/radfm/report/2.25.6\">Read the draft</a>"));
  EXPECT_EQ(html.find(">DRAFT<"), html.rfind(">DRAFT<"));
  EXPECT_GT(html.find(">DRAFT<"), html.find("Read the withdrawn draft"));
}

}  // namespace
}  // namespace radfm::plugin
