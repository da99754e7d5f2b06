// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/answer_sections.h"

#include <algorithm>
#include <string>

#include "pipeline/report/sections.h"

namespace radfm::report {
namespace {

constexpr std::string_view blanks(" \t\r\n\0", 5);

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

std::string one_paragraph(std::string_view text) {
  std::string paragraph = legal_text(text);
  constexpr std::string_view blank_line = "\r\n\r\n";
  for (std::size_t at; (at = paragraph.find(blank_line)) != std::string::npos;) paragraph.erase(at, 2);
  return paragraph;
}

// Without blank lines, which would make a content item of their own of what follows them, apart from the question.
std::string question_and_answer(std::string_view question, std::string_view answer) {
  const std::string written = one_paragraph(answer);
  return written.empty() ? "" : "Question to the model: " + one_paragraph(question) + "\nAnswer: " + written;
}

bool is_bare_answer(std::string_view text) {
  std::string word = lower_case(legal_text(text));
  while (!word.empty() && std::string_view(".!,;").find(word.back()) != std::string_view::npos) word.pop_back();
  return word == "yes" || word == "no";
}

ReportSections with_questions(ReportSections sections, std::string_view question) {
  for (std::string* section : {&sections.findings, &sections.impression}) {
    if (is_bare_answer(*section)) *section = question_and_answer(question, *section);
  }
  return sections;
}

ReportSections disease_and_features(std::string_view text) {
  ReportSections sections;
  const std::size_t at = lower_case(text).find(lower_case(features_heading));
  const bool features = at != std::string_view::npos &&
                        text.find_first_not_of(" .:\t\r\n", at + features_heading.size()) != std::string_view::npos;
  sections.impression = trimmed(text.substr(0, features ? at : text.size()));
  if (features) sections.findings = trimmed(text.substr(at));
  return sections;
}

}  // namespace

ReportSections sections_of_answer(Task task, std::string_view question, std::string_view model_text) {
  ReportSections sections;
  switch (task) {
    case Task::report: return with_questions(split_sections(model_text), question);
    case Task::rationale: return with_questions(disease_and_features(model_text), question);
    case Task::diagnosis: sections.impression = question_and_answer(question, model_text); break;
    case Task::modality:
    case Task::vqa: sections.findings = question_and_answer(question, model_text); break;
  }
  return sections;
}

}  // namespace radfm::report
