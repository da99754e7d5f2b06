// SPDX-License-Identifier: GPL-3.0-or-later
// The plugin's node with what it knows of images since they arrived: the same jobs, for fewer questions.
#include <algorithm>

#include "tests/orthanc-plugin/plugin_node_fixture.h"

namespace radfm::plugin {
namespace {

class PluginNodeArrivalsTest : public PluginNodeTest {
 protected:
  void SetUp() override {
    PluginNodeTest::SetUp();
    remember_arrivals();
    orthanc.before = [this](const std::string& request) { asked.push_back(request); };
    work();
    clock.advance(2'000);
    asked.clear();
  }
  std::ptrdiff_t times_asked(const std::string& part) const {
    return std::count_if(asked.begin(), asked.end(), [&](const std::string& request) { return request.find(part) != std::string::npos; });
  }
  static constexpr const char* about_images = "\"Level\":\"Instance\"";

  std::vector<std::string> asked;  // paths, with bodies
};

TEST_F(PluginNodeArrivalsTest, ImagesThatArrivedAreNotAskedAbout) {
  // Aim: no question names an image, and the job is the one that a plugin without a memory makes of the same study.
  const auto receive = [&](const std::string& study) {
    for (const char* uid : {"1.9.2", "1.9.3", "1.9.1"}) orthanc.receive(study, "images", uid, ct_class, "CT1");
    orthanc.receive(study, "report", "1.9.4", sr_class, "CT1");
    orthanc.stable(study);
    work();
  };
  receive("a");
  EXPECT_EQ(times_asked(about_images), 0);
  EXPECT_EQ(times_asked(FakeOrthanc::id("a|images|1.9.1")), 0);
  EXPECT_EQ(arrivals->count(), 0U);
  orthanc.stored = [](const std::string&, std::span<const std::uint8_t>, const ArrivalMetadata&) {};
  receive("b");
  EXPECT_EQ(times_asked(about_images), 1);
  const auto all = jobs();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].instances, (std::vector<std::string>{"1.9.1", "1.9.2", "1.9.3"}));
  EXPECT_EQ(all[0].instances, all[1].instances);
  EXPECT_EQ(all[0].identity.digest, all[1].identity.digest);
  EXPECT_EQ(all[0].rule_name, all[1].rule_name);
}

TEST_F(PluginNodeArrivalsTest, OnlyWhatIsNotKnownIsAskedAbout) {
  // Aim: a study of which a part came before a restart.
  orthanc.receive("a", "s", "1.9.1");
  node->end();
  start();
  orthanc.receive("a", "s", "1.9.2");
  orthanc.stable("a");
  asked.clear();
  work();
  ASSERT_EQ(jobs().size(), 1U);
  EXPECT_EQ(jobs().front().instances, (std::vector<std::string>{"1.9.1", "1.9.2"}));
  for (const std::string& request : asked) {
    if (request.find(about_images) == std::string::npos) continue;
    EXPECT_NE(request.find(FakeOrthanc::id("a|s|1.9.1")), std::string::npos) << request;
    EXPECT_EQ(request.find(FakeOrthanc::id("a|s|1.9.2")), std::string::npos) << request;
  }
}

TEST_F(PluginNodeArrivalsTest, ADeletedImageIsInNoJob) {
  // Aim: what arrived and is gone again is not in Orthanc's list of the study, whatever is remembered.
  orthanc.receive("a", "s", "1.9.1");
  orthanc.receive("a", "s", "1.9.2");
  orthanc.remove_instance("a", "1.9.1");
  orthanc.stable("a");
  work();
  ASSERT_EQ(jobs().size(), 1U);
  EXPECT_EQ(jobs().front().instances, (std::vector<std::string>{"1.9.2"}));
}

TEST_F(PluginNodeArrivalsTest, AStudyThatIsDeletedIsForgotten) {
  // Aim: as without a memory: neither a job nor a pending study.
  receive_whole_study("a", 2);
  orthanc.remove("a");
  work();
  EXPECT_TRUE(jobs().empty());
  EXPECT_EQ(pending(), 0U);
}

TEST_F(PluginNodeArrivalsTest, AnImageThatComesBetweenTheAnswersIsWaitedFor) {
  // Aim: a series that came after Orthanc listed them makes no job of a part.
  receive_whole_study("a", 1);
  orthanc.before = [&, seen = false](const std::string& request) mutable {
    if (seen || request.find("/series") == std::string::npos) return;
    seen = true;
    orthanc.receive("a", "late", "1.9.77");
    orthanc.stable("a");
  };
  work();
  EXPECT_EQ(jobs().front().instances.size(), 2U);
}

TEST_F(PluginNodeArrivalsTest, StudiesOfABacklogAreLookedAtOnce) {
  // Aim: while images pour in, the list is read long after Orthanc has called the first studies stable: their word stands in a later page.
  constexpr int studies = 40, images = 50;
  for (int study = 0; study < studies; ++study) receive_whole_study("study " + std::to_string(study), images);
  ASSERT_GT(orthanc.last_change(), 3 * changes_per_page);
  work();
  EXPECT_EQ(job_count(), static_cast<std::size_t>(studies));
  for (int study = 0; study < studies; ++study)
    EXPECT_EQ(times_asked("/studies/" + FakeOrthanc::id("study " + std::to_string(study)) + "/series"), 1) << study;
  EXPECT_EQ(times_asked(about_images), 0);
  clock.advance(stable_age_ms + stable_word_late_ms);
  work();
  EXPECT_EQ(pending(), 0U);
  EXPECT_EQ(job_count(), static_cast<std::size_t>(studies));
}

TEST_F(PluginNodeArrivalsTest, AWordThatNeverComesIsNotWaitedForLong) {
  // Aim: Orthanc calls a study stable, and its StableStudy is in no page (it was said before a restart that lost it): the age decides.
  orthanc.receive("a", "s", "1.9.1");
  orthanc.restart();
  for (int image = 0; image < changes_per_page + changes_per_question; ++image) orthanc.receive("b", "s", "1.8." + std::to_string(image));
  work();
  EXPECT_TRUE(jobs().empty());
  clock.advance(stable_word_late_ms + DueOrder::same_moment_max);
  work();
  clock.advance(stable_age_ms);
  work();
  EXPECT_EQ(settled().front(), FakeOrthanc::id("a"));
}

}  // namespace
}  // namespace radfm::plugin
