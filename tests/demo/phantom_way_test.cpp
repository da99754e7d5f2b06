// SPDX-License-Identifier: Apache-2.0
// Phantoms through the node's own preparation: files, the real reader, prior choice, prompt.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "demo/evaluation/exercise_files.h"
#include "demo/exercise.h"
#include "demo/phantom_files.h"
#include "demo/phantom_picture.h"
#include "pipeline/draft/draft_pipeline.h"
#include "tests/support/outside_program.h"

namespace radfm::demo {
namespace {

using phantom::Modality;
namespace fs = std::filesystem;

Result<draft::PrepareResult> prepare_files(const fs::path& folder) {
  const std::vector<imaging::StudyFile> files = open_study(folder / "current");
  std::vector<draft::PriorCandidate> priors;
  if (fs::exists(folder / "prior")) priors.push_back({open_study(folder / "prior"), {}});
  Configuration configuration;
  draft::PrepareInput input;
  input.files = &files;
  input.priors = &priors;
  input.configuration = &configuration;
  input.model.digest = "d";
  input.model.depth_max = 24;
  input.model.context_tokens = 1024;
  input.model.prompt_template = "date";
  return draft::prepare(input, nullptr, -1);
}

TEST(PhantomWay, ThePromptAndThePixelsAreThoseOfTheExercise) {
  // Aim: the first twenty of an evaluation, priors of every kind among them, written as files and prepared as the node does:
  // the same prompt, part by part, and the same bytes of every image.
  for (std::uint64_t number = 0; number < 20; ++number) {
    test::TemporaryFolder folder;
    const Exercise exercise = evaluation_exercise(3, number);
    ASSERT_TRUE(write_exercise_files(folder.path(), evaluation_patient(3, number), exercise).ok());
    const auto result = prepare_files(folder.path());
    ASSERT_TRUE(result.ok() && result->prepared) << number;
    EXPECT_EQ(model::to_json(result->prepared->prompt).dump(), model::to_json(exercise.prompt()).dump());
    ASSERT_EQ(result->prepared->images.size(), exercise.images.size()) << number;
    for (std::size_t i = 0; i < exercise.images.size(); ++i) {
      const auto& display = result->prepared->images[i]->display;
      EXPECT_EQ(std::vector<std::uint8_t>(display.begin(), display.end()), draw_picture(exercise.images[i]).pixels) << number;
    }
  }
}

TEST(PhantomWay, TheReportOfAPriorIsValidDicom) {
  // Aim: dciodvfy finds no fault in the signed report of a prior study.
  const std::string validator = test::find_outside_program("dciodvfy");
  if (validator.empty()) GTEST_SKIP() << "dciodvfy (dicom3tools) is not installed";
  test::TemporaryFolder folder;
  const Exercise exercise = report_exercise(4, {}, PriorSeen::image, PriorReport::true_report);
  ASSERT_TRUE(write_phantom_report(folder.path(), 4, exercise.images.front(), exercise.content.priors.back().report_text).ok());
  const auto run = test::run_outside_program({validator, "-new", (folder.path() / "report.dcm").string()});
  EXPECT_TRUE(test::lines_starting(run.output, "Error").empty()) << run.output;
}

}  // namespace
}  // namespace radfm::demo
