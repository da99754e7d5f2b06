// SPDX-License-Identifier: Apache-2.0
// How the model's answer to a task's question is put into the report. Its words stay as they are, nothing is added to
// them, and a "yes" or "no" never stands without the question that it answers.
//
//   report     Findings and Impression by the model's own headings (sections.h)
//   modality   Findings: question and answer
//   diagnosis  Impression: question and answer
//   vqa        Findings: question and answer
//   rationale  Impression: what comes before "The Radiographic features can be summarized as follows."; Findings: that
//              sentence and what follows it. Without features all is Impression.
#pragma once

#include <string_view>

#include "core/task.h"
#include "pipeline/report/draft_report.h"

namespace radfm::report {

// What the weights write between the disease and its features (in any case of letters).
inline constexpr std::string_view features_heading = "The Radiographic features can be summarized as follows";

// `question` is the one that was asked, without images and context. An empty answer gives no section.
ReportSections sections_of_answer(Task task, std::string_view question, std::string_view model_text);

}  // namespace radfm::report
