// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/prompt_builder.h"

#include <algorithm>

#include "core/dicom_time.h"
#include "pipeline/draft/header_tags.h"
#include "pipeline/draft/identity_words.h"
#include "pipeline/draft/plain_text.h"

namespace radfm::draft {
namespace {

constexpr int adult_years = 18;
constexpr std::size_t modality_bytes_max = 16;  // PS3.5 6.2 (CS)

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

// The meanings of a code sequence's items: "Pneumonia, Pleural effusion".
std::string meanings_of(const AttributeSet& set, std::uint32_t sequence) {
  std::string all;
  const auto found = set.find(sequence);
  if (found == set.end()) return all;
  for (const AttributeSet& code : found->second.items) {
    const std::string& meaning = attribute_value(code, tag::code_meaning);
    if (!meaning.empty()) all += (all.empty() ? "" : ", ") + meaning;
  }
  return all;
}

// The text, else what the codes mean.
std::string first_reason(const AttributeSet& set) {
  for (const std::string& reason : {attribute_value(set, tag::reason_for_procedure), meanings_of(set, tag::reason_for_procedure_sequence),
                                    attribute_value(set, tag::reason_for_study)}) {
    if (!one_line(reason, indication_bytes_max).empty()) return reason;
  }
  return {};
}

std::string reason_of(const AttributeSet& header) {
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

// Several values of Admitting Diagnoses Description are joined by backslashes.
std::string diagnoses_of(const AttributeSet& header) {
  std::string text = attribute_value(header, tag::admitting_diagnoses);
  for (std::size_t at = 0; (at = text.find('\\', at)) != std::string::npos; at += 2) text.replace(at, 1, ", ");
  return one_line(text, indication_bytes_max).empty() ? meanings_of(header, tag::admitting_diagnoses_sequence) : text;
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

std::string patient_phrase(const AttributeSet& header, bool with_age, bool with_sex) {
  const std::optional<int> years = age_of(header);
  const std::string sex = with_sex ? attribute_value(header, tag::sex) : "";
  const bool child = years && *years < adult_years;
  if (with_age && years) {
    const std::string who = sex == "F" ? (child ? "girl" : "woman") : sex == "M" ? (child ? "boy" : "man") : "patient";
    return std::to_string(*years) + "-year-old " + who + ".";
  }
  if (child) return {};  // "girl" without an age would tell half of it
  return sex == "F" ? "Woman." : sex == "M" ? "Man." : "";
}

std::string patient_phrase(const AttributeSet& header) { return patient_phrase(header, true, true); }

std::string indication(const AttributeSet& header) { return one_line(reason_of(header), indication_bytes_max); }

std::string clinical_context(const AttributeSet& header, const std::vector<std::string>& items) {
  const auto asked = [&](const char* item) { return std::find(items.begin(), items.end(), item) != items.end(); };
  IdentityWords identities;
  identities.add(header);
  std::string context = patient_phrase(header, asked("age"), asked("sex"));
  const auto tell = [&](const char* item, const char* label, const std::string& text) {
    const std::string line = asked(item) ? one_line(identities.without(text), indication_bytes_max) : "";
    if (!line.empty()) context += (context.empty() ? "" : " ") + sentence(label + line);
  };
  tell("reason", "Indication: ", reason_of(header));
  tell("history", "History: ", attribute_value(header, tag::patient_history));
  tell("diagnoses", "Admitting diagnosis: ", diagnoses_of(header));
  return context;
}

BuiltPrompt build_prompt(const PromptContent& content, const model::PromptTemplate& words) {
  BuiltPrompt built;
  std::vector<PriorCut> image_cuts;
  if (!content.context.empty()) append_text(built.prompt, content.context);
  for (std::size_t i = 0; i < content.priors.size(); ++i) {
    const PromptPrior& prior = content.priors[i];
    const std::size_t date = append_text(
        built.prompt, model::filled(words.prior, {"date", iso_date(prior.study_date)}, {"modality", one_line(prior.modality, modality_bytes_max)}));
    if (prior.image) image_cuts.push_back({i, true, {date, append_image(built.prompt, *prior.image)}});
    if (prior.report_text.empty()) continue;
    PriorCut report{i, false, {append_text(built.prompt, sentence(model::filled(words.prior_report, {"text", prior.report_text})))}};
    if (!prior.image) report.parts.push_back(date);
    built.cuts.push_back(std::move(report));
  }
  built.cuts.insert(built.cuts.end(), image_cuts.begin(), image_cuts.end());
  append_text(built.prompt, std::string(words.current));
  for (const std::size_t image : content.current_images) append_image(built.prompt, image);
  built.prompt.emplace_back(content.question);
  return built;
}

}  // namespace radfm::draft
