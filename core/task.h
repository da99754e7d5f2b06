// SPDX-License-Identifier: Apache-2.0
// What a rule has the model do: the five tasks that RadFM was trained for, under their names in the configuration, and
// the questions that its weights know for each (one of the many wordings that the authors trained with).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace radfm {

enum class Task {
  report,     // a radiology report: findings and impression
  modality,   // which imaging modality this is
  diagnosis,  // what disease is seen
  vqa,        // a question of the rule's own (visual question answering)
  rationale,  // what disease is seen, and the features that are typical for it
};

std::string_view to_string(Task task);
std::optional<Task> parse_task(std::string_view name);
// All names, in the order above.
std::vector<std::string> task_names();

// Asked when the rule has no prompt_2d or prompt_3d of its own. Both are empty for vqa, which has no question but the
// rule's.
struct TaskQuestions {
  std::string_view flat;    // 2D: radiographs
  std::string_view volume;  // 3D: CT, MR
};
TaskQuestions default_questions(Task task);

}  // namespace radfm
