// SPDX-License-Identifier: Apache-2.0
// A report of the demonstration's language, read back into attributes. Strict: a sentence that the language does not have,
// that comes twice or out of its order, is reported as unread. Safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "demo/report_language.h"

namespace radfm::demo {

// What the impression says by itself. Sizes are not said there: those of lesions mean nothing.
struct ParsedImpression {
  bool diagnostic = true, normal = false, heart_enlarged = false;
  phantom::Lesion lesion, gone;   // kind none: not said
  std::string change;             // of `lesion`: "larger", "new", ...; empty: not said
};

struct ParsedReport {
  bool diagnostic = true;
  std::optional<phantom::Modality> modality;
  std::optional<phantom::Lesion> lesion;         // with kind none: it says that there is none
  std::optional<phantom::Lesion> prior_lesion;   // what it says that the prior study showed
  std::optional<phantom::Modality> prior_modality;  // where it names it as another one
  std::optional<phantom::Relation> relation;     // of the two, as it says
  std::string verdict;                           // "larger", "new", "resolved", "no change"; empty: not said
  bool says_gone = false;                        // that the previous lesion has resolved, beside a new one
  std::optional<bool> heart_enlarged, prior_heart_enlarged;
  bool says_no_prior = false, says_report_only = false;
  std::optional<ParsedImpression> impression;
  std::vector<std::string> unread;               // sentences and items; empty: all was understood

  bool compares() const { return prior_lesion.has_value() || !verdict.empty() || prior_heart_enlarged.has_value(); }
  // What verdict and lesions amount to; nothing when they name no change that there is.
  std::optional<phantom::Change> change() const;
};

ParsedReport parse_report(std::string_view text);

// Whether the impression, and the verdict, agree with what the report itself found: empty, or one sentence for each
// contradiction. What was unread counts as one.
std::vector<std::string> contradictions(const ParsedReport& report);

}  // namespace radfm::demo
