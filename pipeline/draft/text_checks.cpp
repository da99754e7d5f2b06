// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/text_checks.h"

#include <algorithm>

#include "pipeline/draft/text_rules.h"

namespace radfm::draft {
namespace {

using rule::Finding;
using rule::ReadText;

bool is_flagged(const CheckedDraft& draft, std::string_view code) {
  return std::find(draft.flags.begin(), draft.flags.end(), code) != draft.flags.end();
}

std::string_view checked(std::string_view text) { return text.substr(0, checked_bytes_max); }

ReadText read(const CheckedDraft& draft) {
  ReadText text;
  // The features of a rationale are those of a disease, not of these images.
  if (draft.task != Task::rationale) text.findings = sentences_of(checked(draft.sections.findings));
  text.impression = sentences_of(checked(draft.sections.impression));
  text.all = text.findings;
  text.all.insert(text.all.end(), text.impression.begin(), text.impression.end());
  return text;
}

Finding empty_text(const CheckedDraft& draft) {
  if (draft.text.find_first_not_of(" \t\r\n") != std::string::npos) return std::nullopt;
  return report::nothing_written_notice;
}

Finding length_limit(const CheckedDraft& draft) {
  if (draft.stopped != "limit" || empty_text(draft)) return std::nullopt;
  return "The model's text reached its length limit and may be cut off.";
}

Finding known_repeats(const CheckedDraft& draft, const ReadText& text) {
  if (is_flagged(draft, flag::repeats)) return "The model's text repeats itself and is not reliable.";
  return rule::repeats(text);
}

Finding patient_name(const CheckedDraft& draft) {
  if (!is_flagged(draft, flag::patient_name)) return std::nullopt;
  return "The model's text holds the patient's name, which it was not told: check whose report it is.";
}

}  // namespace

std::vector<TextFlag> check_text(const CheckedDraft& draft) {
  std::vector<TextFlag> flags;
  const ReadText text = read(draft);
  const auto add = [&](std::string_view code, Finding found) {
    if (found) flags.push_back({code, std::move(*found)});
  };
  add(flag::empty_text, empty_text(draft));
  add(flag::length_limit, length_limit(draft));
  add(flag::repeats, known_repeats(draft, text));
  add(flag::not_language, rule::not_language(draft));
  add(flag::patient_name, patient_name(draft));
  add(flag::modality_differs, rule::modality_differs(draft, text));
  add(flag::sex_specific_organ, rule::sex_specific_organ(draft, text));
  add(flag::side_contradicts_image, rule::side_contradicts_image(draft, text));
  add(flag::side_contradicts_itself, rule::side_contradicts_itself(text));
  add(flag::comparison_without_prior, rule::comparison_without_prior(draft, text));
  add(flag::size_without_spacing, rule::size_without_spacing(draft, text));
  add(flag::verdict_contradicts_sizes, rule::verdict_contradicts_sizes(text));
  add(flag::impression_contradicts_findings, rule::impression_contradicts_findings(text));
  return flags;
}

}  // namespace radfm::draft
