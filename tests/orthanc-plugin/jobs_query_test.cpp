// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/jobs_query.h"

#include <gtest/gtest.h>

#include "orthanc-plugin/study_search.h"

namespace radfm::plugin {
namespace {

bool is_good(const std::string& name, const std::string& value) {
  const auto query = read_jobs_query({{name, value}});
  EXPECT_TRUE(query || query.error().code == "bad_parameter");
  return query.ok();
}

TEST(JobsQueryTest, NothingIsTheNewest) {
  // Aim: without parameters no filter holds.
  const JobsQuery query = read_jobs_query({}).value();
  EXPECT_TRUE(query.filter.states.empty());
  EXPECT_FALSE(query.filter.studies || query.filter.lane || query.patients);
  EXPECT_EQ(query.filter.limit, jobs_per_answer_default);
  EXPECT_EQ(query.find, "");
}

TEST(JobsQueryTest, EachIsTaken) {
  // Aim: all at once, each in its place.
  const std::map<std::string, std::string> all = {{"state", "queued,dead"}, {"study", "1.2.3"}, {"rule", "Chest CT"}, {"lane", "stat"},
                                                  {"error", "no_geometry"}, {"find", "D\xc3\xb6^A*"}, {"limit", "7"}, {"before", "9"}, {"patients", "1"}};
  const JobsQuery query = read_jobs_query(all).value();
  EXPECT_EQ(query.filter.states, (std::vector{JobState::queued, JobState::dead}));
  EXPECT_EQ(query.filter.study_instance_uid, "1.2.3");
  EXPECT_EQ(query.filter.rule_name, "Chest CT");
  EXPECT_EQ(query.filter.lane, Lane::stat);
  EXPECT_EQ(query.filter.error_code, "no_geometry");
  EXPECT_EQ(query.filter.limit, 7);
  EXPECT_EQ(query.filter.before_id, 9);
  EXPECT_EQ(query.find, "D\xc3\xb6^A*");
  EXPECT_TRUE(query.patients);
}

TEST(JobsQueryTest, EachAtItsLimitAndOnePastIt) {
  // Aim: sizes, and what is empty, unknown or of another kind.
  EXPECT_TRUE(is_good("find", std::string(search_bytes_max, 'x')));
  EXPECT_FALSE(is_good("find", std::string(search_bytes_max + 1, 'x')));
  for (const char* bad : {"", "a\\b", "a\nb", "\x7f"}) EXPECT_FALSE(is_good("find", bad)) << bad;
  EXPECT_TRUE(is_good("limit", std::to_string(jobs_per_answer_max)));
  EXPECT_FALSE(is_good("limit", std::to_string(jobs_per_answer_max + 1)));
  for (const char* bad : {"", ",", "dead,", ",dead", "dead,deaf", "dead, done", "Dead"}) EXPECT_FALSE(is_good("state", bad)) << bad;
  for (const char* bad : {"", "2", "true"}) EXPECT_FALSE(is_good("patients", bad)) << bad;
  EXPECT_TRUE(is_good("patients", "0"));
  for (const char* name : {"rule", "error", "lane", "study", "before", "limit"}) EXPECT_FALSE(is_good(name, "")) << name;
  EXPECT_FALSE(is_good("lane", "fast"));
  EXPECT_FALSE(is_good("stat", "dead"));
}

TEST(JobsQueryTest, AMistakeRepeatsNothing) {
  // Aim: what was looked for may be a name: the message says what was expected, and no more.
  const auto mistake = read_jobs_query({{"find", "Mustermann\\" + std::string(search_bytes_max, 'x')}});
  EXPECT_EQ(mistake.error().message.find("Mustermann"), std::string::npos);
  EXPECT_NE(mistake.error().message.find("find: expected 1 to 128 bytes"), std::string::npos) << mistake.error().message;
  EXPECT_EQ(read_jobs_query({{"Mustermann", "1"}}).error().message.find("Mustermann"), std::string::npos);
}

}  // namespace
}  // namespace radfm::plugin
