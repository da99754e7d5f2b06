// SPDX-License-Identifier: Apache-2.0
#include "core/task.h"

#include <array>

namespace radfm {
namespace {

struct TaskEntry {
  Task task;
  std::string_view name;
  TaskQuestions questions;
};

constexpr std::string_view modality_question = "What imaging modality is used?";
// The wording for any kind of image. "What is the diagnosis for this chest X-ray?" is known to the weights as well, but a
// default must be true of every study that a rule may take.
constexpr std::string_view diagnosis_question = "What is the diagnosis based on these medical scans?";
constexpr std::string_view rationale_question =
    "What disease can be diagnosed from these radiological images and what specific features are typically observed on "
    "the images?";

constexpr std::array<TaskEntry, 5> tasks = {{
    {Task::report, "report",
     {"Please generate a radiology report for this scan.", "Please caption this scan with finding and impression."}},
    {Task::modality, "modality", {modality_question, modality_question}},
    {Task::diagnosis, "diagnosis", {diagnosis_question, diagnosis_question}},
    {Task::vqa, "vqa", {}},
    {Task::rationale, "rationale", {rationale_question, rationale_question}},
}};

const TaskEntry& entry_of(Task task) { return tasks[static_cast<std::size_t>(task)]; }

}  // namespace

std::string_view to_string(Task task) { return entry_of(task).name; }

std::optional<Task> parse_task(std::string_view name) {
  for (const TaskEntry& entry : tasks) {
    if (entry.name == name) return entry.task;
  }
  return std::nullopt;
}

std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for (const TaskEntry& entry : tasks) names.emplace_back(entry.name);
  return names;
}

TaskQuestions default_questions(Task task) { return entry_of(task).questions; }

}  // namespace radfm
