// SPDX-License-Identifier: Apache-2.0
// The pipeline with a stand-in reader and a stand-in engine as real processes.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pipeline/draft/draft_pipeline.h"
#include "tests/pipeline/draft/hand_made_study.h"
#include "tests/support/memory_file.h"

namespace radfm::draft::test {

inline imaging::StudyReading chest(const std::string& uid, const std::string& date) {
  imaging::StudyReading reading = study(uid, date);
  add_radiograph(reading, "1");
  return reading;
}

class DraftPipeline : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::setenv("RADFM_LIBEXEC", RADFM_FAKE_CHILDREN, 1), 0);
    model_.digest = "d1";
    model_.context_tokens = 2'048;
    model_.depth_max = 24;
  }
  void TearDown() override { ::unsetenv("RADFM_LIBEXEC"); }

  // `how`: what the fake reader does with it (tests/support/fake_reader.cpp).
  static std::vector<imaging::StudyFile> files_of(const imaging::StudyReading& study, const char* how = "") {
    std::vector<imaging::StudyFile> files;
    const nlohmann::json script = {{"reading", imaging::to_json(study)}, {"do", how}};
    files.push_back(radfm::test::memory_file(script.dump()));
    return files;
  }

  Result<PrepareResult> prepare_of(const imaging::StudyReading& study,
                                   const std::vector<imaging::StudyReading>& priors = {},
                                   const char* how = "") {
    const std::vector<imaging::StudyFile> files = files_of(study, how);
    std::vector<PriorCandidate> candidates;
    for (const imaging::StudyReading& prior : priors) candidates.push_back({files_of(prior)});
    PrepareInput input;
    input.files = &files;
    input.priors = &candidates;
    input.configuration = &configuration_;
    input.action = action_;
    input.model = model_;
    return prepare(input, nullptr, -1);
  }

  Configuration configuration_;
  RuleAction action_;
  model::ModelFacts model_;
};

inline std::string text_of(const model::Prompt& prompt) {
  return model::to_json(prompt).dump();
}

inline model::Generated said(const std::string& text) {
  model::Generated generated;
  generated.text = text;
  generated.stopped = "end";
  return generated;
}

}  // namespace radfm::draft::test
