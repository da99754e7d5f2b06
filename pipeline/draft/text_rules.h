// SPDX-License-Identifier: Apache-2.0
// The rules of text_checks.h, one function each: the sentence of a flag, or nothing. For text_checks.cpp and nobody else.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/draft/report_words.h"
#include "pipeline/draft/text_checks.h"

namespace radfm::draft::rule {

// What a draft says of these images, read once for all rules.
struct ReadText {
  std::vector<Words> findings, impression, all;  // `all`: findings, then impression
};

using Finding = std::optional<std::string>;  // the sentence

Finding repeats(const ReadText& text);
Finding not_language(const CheckedDraft& draft);
Finding modality_differs(const CheckedDraft& draft, const ReadText& text);
Finding sex_specific_organ(const CheckedDraft& draft, const ReadText& text);
Finding side_contradicts_image(const CheckedDraft& draft, const ReadText& text);
Finding side_contradicts_itself(const ReadText& text);
Finding comparison_without_prior(const CheckedDraft& draft, const ReadText& text);
Finding size_without_spacing(const CheckedDraft& draft, const ReadText& text);
Finding verdict_contradicts_sizes(const ReadText& text);
Finding impression_contradicts_findings(const ReadText& text);

}  // namespace radfm::draft::rule
