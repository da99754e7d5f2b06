// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "orthanc-plugin/metric_text.h"

namespace radfm::plugin {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t now = 1'795'000'000'000;

MetricsInput input_of(std::vector<db::Tally> tallies = {}) {
  MetricsInput input;
  input.now_wall_ms = now;
  input.numbers.open_by_lane = {{Lane::stat, 1}, {Lane::routine, 2}, {Lane::background, 0}};
  input.tallies = std::move(tallies);
  return input;
}
std::vector<db::Tally> lasting(std::string_view family, std::string_view of, std::initializer_list<std::int64_t> all_ms) {
  std::vector<db::Tally> tallies;
  for (const std::int64_t ms : all_ms)
    for (const db::Tally& tally : db::duration_tallies(family, of, ms)) tallies.push_back(tally);
  return tallies;
}

TEST(MetricText, LabelsAndNumbersAreAsTheFormatSays) {
  // Aim: quotes, backslashes and line ends in a value; seconds exact to the millisecond.
  MetricText text;
  text.family("radfm_x_seconds", MetricText::Kind::histogram, "Help.");
  db::Durations durations;
  durations.in_class[0] = 2;
  durations.in_class.back() = 1;
  durations.sum_ms = 50'000'001;
  text.histogram(durations, {{"a", "b\"c\\d\ne"}});
  EXPECT_THAT(text.text(), HasSubstr("# HELP radfm_x_seconds Help.\n# TYPE radfm_x_seconds histogram\n"
                                     "radfm_x_seconds_bucket{a=\"b\\\"c\\\\d\\ne\",le=\"0.05\"} 2\n"));
  EXPECT_THAT(text.text(), HasSubstr("le=\"21600\"} 2\n"));
  EXPECT_THAT(text.text(), HasSubstr("le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text.text(), HasSubstr("_sum{a=\"b\\\"c\\\\d\\ne\"} 50000.001\n"));
}

TEST(MetricsTest, DurationsAreCumulative) {
  // Aim: each bucket holds those below it; a stage that never was has all of them at 0.
  const std::string text = metrics_text(input_of(lasting(db::tally_stage_ms, "fetching", {50, 51, 400})));
  EXPECT_THAT(text, HasSubstr("radfm_stage_duration_seconds_bucket{stage=\"fetching\",le=\"0.05\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("radfm_stage_duration_seconds_bucket{stage=\"fetching\",le=\"0.1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("radfm_stage_duration_seconds_bucket{stage=\"fetching\",le=\"0.5\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("radfm_stage_duration_seconds_count{stage=\"fetching\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("radfm_stage_duration_seconds_sum{stage=\"fetching\"} 0.501\n"));
  EXPECT_THAT(text, HasSubstr("radfm_stage_duration_seconds_count{stage=\"delivering\"} 0\n"));
}

TEST(MetricsTest, WorkIsCountedByItsLabels) {
  // Aim: destinations by name, what never happened at 0, what is not understood left out.
  const std::string text = metrics_text(input_of({{"deliveries", "pacs/failed", 4}, {"deliveries", "unlabelled", 9}, {"attempts", "failed/poison", 2},
                                                  {"outcomes", "skipped", 3}, {"child_deaths", "engine", 1}, {"prompt_tokens", "", 700}}));
  EXPECT_THAT(text, HasSubstr("radfm_deliveries_total{destination=\"pacs\",result=\"failed\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("radfm_deliveries_total{destination=\"orthanc\",result=\"delivered\"} 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("unlabelled")));
  EXPECT_THAT(text, HasSubstr("radfm_attempts_total{end=\"failed\",error_class=\"poison\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("radfm_attempts_total{end=\"done\",error_class=\"none\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("radfm_jobs_finished_total{outcome=\"skipped\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("radfm_child_deaths_total{process=\"engine\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("radfm_prompt_tokens_total 700\n"));
  EXPECT_THAT(text, HasSubstr("radfm_open_jobs{lane=\"routine\"} 2\n"));
}

TEST(MetricsTest, AWorkersStateIsOneOfASet) {
  // Aim: what it says while it is heard; silent, and nothing else, at the end of its word.
  MetricsInput input = input_of();
  input.status.worker_note = "degraded: orthanc_away: connecting failed; disk_nearly_full: less";
  input.status.worker_seen_wall_ms = now - 1'000;
  std::string text = metrics_text(input);
  EXPECT_THAT(text, HasSubstr("radfm_worker_state{state=\"degraded\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("radfm_worker_state{state=\"ready\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("radfm_worker_state{state=\"silent\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("radfm_worker_trouble{code=\"orthanc_away\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("radfm_worker_trouble{code=\"model_loading\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("radfm_worker_silence_seconds 1\n"));
  input.status.worker_seen_wall_ms = now - 600'000;
  text = metrics_text(input);
  EXPECT_THAT(text, HasSubstr("radfm_worker_state{state=\"silent\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("radfm_worker_state{state=\"degraded\"} 0\n"));
}

TEST(MetricsTest, EachFamilyIsIntroducedOnceAndItsSamplesAreItsOwn) {
  // Aim: HELP and TYPE before samples of that name only; a counter ends in _total; no sample twice.
  std::set<std::string> families, samples;
  std::string family, kind;
  std::istringstream lines(metrics_text(input_of(lasting(db::tally_wait_ms, "stat", {1'000}))));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string mark, word, name;
    if (line.starts_with("# HELP ")) {
      words >> mark >> word >> family;
      EXPECT_TRUE(families.insert(family).second) << line;
    } else if (line.starts_with("# TYPE ")) {
      words >> mark >> word >> name >> kind;
      EXPECT_EQ(name, family);
      EXPECT_EQ(kind == "counter", name.ends_with("_total")) << line;
    } else {
      EXPECT_TRUE(samples.insert(line.substr(0, line.rfind(' '))).second) << line;
      EXPECT_TRUE(std::regex_match(line, std::regex(family + "(_bucket|_sum|_count)?(\\{.*\\})? -?[0-9.]+"))) << line;
    }
  }
  EXPECT_GE(families.size(), 25U);
}

TEST(MetricsTest, NoAgeOfNothing) {
  // Aim: no oldest job, no delivery: the family is absent, not 0.
  EXPECT_THAT(metrics_text(input_of()), Not(HasSubstr("age_seconds")));
  MetricsInput input = input_of();
  input.status.oldest_open_wall_ms = now - 90'500;
  input.numbers.oldest_dead_wall_ms = now + 5'000;  // a clock that was set back
  const std::string text = metrics_text(input);
  EXPECT_THAT(text, HasSubstr("radfm_oldest_open_job_age_seconds 90\n"));
  EXPECT_THAT(text, HasSubstr("radfm_oldest_dead_job_age_seconds 0\n"));
}

}  // namespace
}  // namespace radfm::plugin
