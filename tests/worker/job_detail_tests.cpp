// SPDX-License-Identifier: Apache-2.0
#include "worker/job_detail.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace radfm::worker {
namespace {

TEST(JobDetail, NamesOnlyThePriorsThatTheModelReallyRead) {
  // Aim: before the answer what was chosen; after it what was cut is no prior any more, is listed, and flagged.
  draft::PrepareResult result;
  draft::Prepared prepared;
  prepared.task = Task::vqa;
  prepared.prior_uses = {{"1.3", "20230102", "", "", {}, {{"1.3", "1.3.7", "1.2", "1.3.7.1"}}}};
  prepared.comparison_facts.used = {{"20230102", "CR", "", false, true}};
  prepared.cuts = {{0, false, {1, 2}}};
  result.prepared = std::move(prepared);
  const auto before = nlohmann::json::parse(job_detail_json(result, {}, {}, 200, nullptr));
  EXPECT_EQ(before.at("priors").size(), 1u);
  EXPECT_TRUE(before.at("prompt_cut").empty());
  EXPECT_EQ(before.at("task"), "vqa");

  model::Generated generated;
  generated.cuts_made = 1;
  generated.flags = {"prompt_shortened"};
  const auto after = nlohmann::json::parse(job_detail_json(result, {}, {}, 200, &generated));
  EXPECT_TRUE(after.at("priors").empty());
  EXPECT_EQ(after.at("prompt_cut"), nlohmann::json::array({"the report of 2023-01-02"}));
  EXPECT_EQ(after.at("priors_refused"), nlohmann::json::array({"One candidate study was not used: the model's context has no room for it."}));
  EXPECT_EQ(after.at("generated").at("flags"), nlohmann::json::array({"prompt_shortened"}));
}

}  // namespace
}  // namespace radfm::worker
