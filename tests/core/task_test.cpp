// SPDX-License-Identifier: Apache-2.0
#include "core/task.h"

#include <gtest/gtest.h>

namespace radfm {
namespace {

TEST(Task, HasANameThatReadsBack) {
  // Aim: the five names of the configuration, each of which means itself; nothing else is a task.
  EXPECT_EQ(task_names(), (std::vector<std::string>{"report", "modality", "diagnosis", "vqa", "rationale"}));
  for (const std::string& name : task_names()) {
    const auto task = parse_task(name);
    ASSERT_TRUE(task) << name;
    EXPECT_EQ(to_string(*task), name);
  }
  EXPECT_FALSE(parse_task("Report"));
  EXPECT_FALSE(parse_task(""));
}

TEST(Task, AsksWhatTheWeightsKnow) {
  // Aim: each task but vqa has a question for both kinds of image; they are the wordings of the training data.
  for (const std::string& name : task_names()) {
    const TaskQuestions questions = default_questions(*parse_task(name));
    EXPECT_EQ(questions.flat.empty(), name == "vqa") << name;
    EXPECT_EQ(questions.volume.empty(), name == "vqa") << name;
  }
  EXPECT_EQ(default_questions(Task::report).flat, "Please generate a radiology report for this scan.");
  EXPECT_EQ(default_questions(Task::report).volume, "Please caption this scan with finding and impression.");
  EXPECT_EQ(default_questions(Task::modality).flat, "What imaging modality is used?");
  EXPECT_EQ(default_questions(Task::rationale).volume,
            "What disease can be diagnosed from these radiological images and what specific features are typically "
            "observed on the images?");
}

}  // namespace
}  // namespace radfm
