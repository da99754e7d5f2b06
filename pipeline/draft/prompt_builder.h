// SPDX-License-Identifier: Apache-2.0
// What the model is told, in the form that the weights know: context, prior studies (oldest first), current images,
// question. Nothing is said that the header does not say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/attribute_set.h"
#include "core/rule.h"
#include "pipeline/model/prompt.h"
#include "pipeline/model/prompt_template.h"

namespace radfm::draft {

inline constexpr std::size_t indication_bytes_max = 300;  // and of history and diagnoses, each
inline constexpr std::size_t prior_report_bytes_max = 2'000;  // of one prior report's text
inline constexpr int age_years_max = 120;  // an older patient is a mistake in a birth date: no age is told

// "57-year-old woman." (girl, boy below 18), "57-year-old patient.", "Woman.", or nothing. The age is that on the study
// date: from the birth date, else from Patient's Age in years. Below one year no age is told.
std::string patient_phrase(const AttributeSet& header);
// The age alone ("57-year-old patient.") or the sex alone, where only one of them may be told.
std::string patient_phrase(const AttributeSet& header, bool with_age, bool with_sex);
// The reason for the procedure or study, one line, shortened; empty when none is given.
std::string indication(const AttributeSet& header);
// All that is asked for (core/rule.h, clinical_context_items) and that the header has: "57-year-old woman. Indication: cough.
// History: smoker. Admitting diagnosis: pneumonia." Names, birth dates and identifiers are taken out (identity_words.h).
std::string clinical_context(const AttributeSet& header, const std::vector<std::string>& items = clinical_context_items());

struct PromptPrior {
  std::string study_date;            // DA
  std::optional<std::size_t> image;  // index into the request's images
  std::string report_text;           // one line; empty: none
  std::string modality = {};         // of its first image (CS); empty: not known
};
struct PromptContent {
  std::string context;
  std::vector<PromptPrior> priors;  // oldest first
  std::vector<std::size_t> current_images;
  std::string question;
};

// What of a prior leaves a prompt that is too long for the model.
struct PriorCut {
  std::size_t prior = 0;   // its place in PromptContent::priors
  bool images = false;     // its image, else the text of its report
  model::PromptCut parts;  // with the last that is left of a prior its date goes too
};
// `cuts` in the order in which they are made: the reports' texts first, oldest first (a text is long), then the images,
// oldest first (an image is 34 tokens). Current study, context and question are in none.
struct BuiltPrompt {
  model::Prompt prompt;
  std::vector<PriorCut> cuts;
};
BuiltPrompt build_prompt(const PromptContent& content, const model::PromptTemplate& words = model::prompt_templates.front());

}  // namespace radfm::draft
