// SPDX-License-Identifier: Apache-2.0
// Aim: of a stage's many steps few are told, but each stage that begins is, however short the one before was.
#include "pipeline/model/engine_telling.h"

#include <gtest/gtest.h>

#include <vector>

namespace radfm::model {
namespace {

TEST(Telling, EachStageIsHeardOf) {
  std::vector<nlohmann::json> told;
  Telling telling(7, [&](const nlohmann::json& frame) { told.push_back(frame); });
  telling.begins();
  for (int step = 1; step <= 1000; ++step) telling.tell("vision", step, 1000, "");
  const std::size_t of_vision = told.size();
  EXPECT_LT(of_vision, 1000u);
  telling.tell("reading_prompt", 1, 2, "");
  telling.tell("generating", 1, 100, "Clear");
  ASSERT_EQ(told.size(), of_vision + 2);
  EXPECT_EQ(told[of_vision].at("stage"), "reading_prompt");
  EXPECT_EQ(told.back(), (nlohmann::json{{"type", "progress"}, {"id", 7}, {"stage", "generating"}, {"done", 1}, {"of", 100}, {"text", "Clear"}}));
}

}  // namespace
}  // namespace radfm::model
