// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/prompt_builder.h"

#include "core/dicom_time.h"
#include "pipeline/draft/header_tags.h"
#include "pipeline/draft/plain_text.h"

namespace radfm::draft {
namespace {

constexpr int adult_years = 18;

// "057Y" -> 57 (PS3.5 6.2, AS). Weeks, months and days are below a year or unusual: no age.
std::optional<int> parse_age_years(std::string_view text) {
  if (text.size() != 4 || text[3] != 'Y') return std::nullopt;
  int years = 0;
  for (const char digit : text.substr(0, 3)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    years = 10 * years + (digit - '0');
  }
  return years;
}

std::optional<int> age_of(const AttributeSet& header) {
  const std::optional<DicomDate> birth = parse_da(attribute_value(header, tag::birth_date));
  const std::optional<DicomDate> study = parse_da(attribute_value(header, tag::study_date));
  const std::optional<int> years =
      birth && study ? std::optional<int>(age_years(*birth, *study)) : parse_age_years(attribute_value(header, tag::age));
  return years && *years >= 1 && *years <= age_years_max ? years : std::nullopt;
}

std::string first_reason(const AttributeSet& set) {
  for (const std::uint32_t reason : {tag::reason_for_procedure, tag::reason_for_study}) {
    std::string text = one_line(attribute_value(set, reason), indication_bytes_max);
    if (!text.empty()) return text;
  }
  return {};
}

// Every text but the last ends with a blank and none begins with one: whatever is cut between two texts, one blank is
// between them; beside an image blanks mean nothing.
std::size_t append_text(model::Prompt& prompt, const std::string& text) {
  prompt.emplace_back(text + " ");
  return prompt.size() - 1;
}

std::size_t append_image(model::Prompt& prompt, std::size_t image) {
  prompt.emplace_back(model::ImagePart{image});
  return prompt.size() - 1;
}

}  // namespace

std::string patient_phrase(const AttributeSet& header) {
  const std::optional<int> years = age_of(header);
  const std::string& sex = attribute_value(header, tag::sex);
  const bool child = years && *years < adult_years;
  const std::string who = sex == "F" ? (child ? "girl" : "woman") : sex == "M" ? (child ? "boy" : "man") : "";
  if (years) return std::to_string(*years) + "-year-old " + (who.empty() ? "patient" : who) + ".";
  if (who == "woman") return "Woman.";
  if (who == "man") return "Man.";
  return {};
}

std::string indication(const AttributeSet& header) {
  std::string text = first_reason(header);
  for (const std::uint32_t sequence : {tag::request_attributes_sequence, tag::requested_procedure_sequence}) {
    const auto found = header.find(sequence);
    if (found == header.end()) continue;
    for (const AttributeSet& item : found->second.items) {
      if (text.empty()) text = first_reason(item);
    }
  }
  return text;
}

std::string clinical_context(const AttributeSet& header) {
  std::string context = patient_phrase(header);
  if (const std::string reason = indication(header); !reason.empty()) {
    if (!context.empty()) context.push_back(' ');
    context += sentence("Indication: " + reason);
  }
  return context;
}

BuiltPrompt build_prompt(const PromptContent& content) {
  BuiltPrompt built;
  std::vector<PriorCut> image_cuts;
  if (!content.context.empty()) append_text(built.prompt, content.context);
  for (std::size_t i = 0; i < content.priors.size(); ++i) {
    const PromptPrior& prior = content.priors[i];
    const std::size_t date = append_text(built.prompt, "Prior study of " + iso_date(prior.study_date) + ":");
    if (prior.image) image_cuts.push_back({i, true, {date, append_image(built.prompt, *prior.image)}});
    if (prior.report_text.empty()) continue;
    PriorCut report{i, false, {append_text(built.prompt, sentence("Prior report: " + prior.report_text))}};
    if (!prior.image) report.parts.push_back(date);
    built.cuts.push_back(std::move(report));
  }
  built.cuts.insert(built.cuts.end(), image_cuts.begin(), image_cuts.end());
  append_text(built.prompt, "Current study:");
  for (const std::size_t image : content.current_images) append_image(built.prompt, image);
  built.prompt.emplace_back(content.question);
  return built;
}

}  // namespace radfm::draft
