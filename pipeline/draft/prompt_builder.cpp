// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/prompt_builder.h"

#include <algorithm>

#include "core/dicom_time.h"
#include "pipeline/draft/header_tags.h"
#include "pipeline/draft/plain_text.h"

namespace radfm::draft {
namespace {

constexpr int adult_years = 18;
constexpr int image_tokens = 34;            // <image>, 32 embeddings, </image>
constexpr int other_text_tokens = 80;       // context, dates, question
constexpr int context_tokens_unknown = 2'048;
constexpr int bytes_per_token = 3;

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

// Text parts that follow one another become one.
void append_text(model::Prompt& prompt, const std::string& text) {
  if (text.empty()) return;
  if (!prompt.empty()) {
    if (auto* last = std::get_if<std::string>(&prompt.back())) {
      if (!last->empty() && last->back() != ' ') last->push_back(' ');
      *last += text;
      return;
    }
    prompt.emplace_back(" " + text);
    return;
  }
  prompt.emplace_back(text);
}

void append_image(model::Prompt& prompt, std::size_t image) {
  if (!prompt.empty()) {
    auto* last = std::get_if<std::string>(&prompt.back());
    if (last != nullptr && last->back() != ' ') last->push_back(' ');
  }
  prompt.emplace_back(model::ImagePart{image});
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

model::Prompt build_prompt(const PromptContent& content) {
  model::Prompt prompt;
  append_text(prompt, content.context);
  for (const PromptPrior& prior : content.priors) {
    append_text(prompt, "Prior study of " + iso_date(prior.study_date) + ":");
    if (prior.image) append_image(prompt, *prior.image);
    if (!prior.report_text.empty()) append_text(prompt, sentence("Prior report: " + prior.report_text));
  }
  append_text(prompt, "Current study:");
  for (const std::size_t image : content.current_images) append_image(prompt, image);
  append_text(prompt, content.question);
  return prompt;
}

std::size_t prior_text_budget_bytes(const model::ModelFacts& facts, int max_new_tokens, std::size_t images) {
  const int context = facts.context_tokens > 0 ? facts.context_tokens : context_tokens_unknown;
  const int left = context - max_new_tokens - image_tokens * static_cast<int>(images) - other_text_tokens;
  return static_cast<std::size_t>(std::max(left, 0)) * bytes_per_token;
}

}  // namespace radfm::draft
