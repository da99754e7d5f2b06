// SPDX-License-Identifier: Apache-2.0
// What can be seen of a draft without its images: where its text contradicts itself, or what is known of the study. A flag
// says "look here"; a text without flags is no better for it. Pure and deterministic; safe from any thread; no errors.
//
// English only: a text in another language gets the flags that need no words. A flag that is often wrong is worse than none,
// so each rule takes only what is plain, and none sees
//   comparison_without_prior         bare "increased" or "larger than the left", which need no earlier study; advice
//   side_contradicts_image           sides without a limb, breast or eye beside them; images of a trunk, head or both sides
//   side_contradicts_itself          a finding whose sentence names both sides, a shift, or a device
//   sex_specific_organ               "cervical", "cervix" alone, "breast"; a patient whose sex is not F or M
//   size_without_spacing             sizes in words; slice thickness; what the prior's report can have said
//   verdict_contradicts_sizes        kinds with several sizes or several lesions; words of size that are equal
//   impression_contradicts_findings  doubt ("possible", "or"), small, old or calcified findings; synonyms ("infiltrate")
//   modality_differs                 anything but the first sentence and "this CT", "the CT shows"
// Features that a rationale calls typical are no observations: of them only the form of the text is checked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/draft_flags.h"
#include "core/task.h"
#include "pipeline/report/draft_report.h"

namespace radfm::draft {

inline constexpr std::size_t checked_bytes_max = 20'000;  // of a text: four times what a model may write; the rest is not read

struct CheckedDraft {
  std::string text = {};                   // all that the model wrote
  report::ReportSections sections = {};    // of it; without the question that was asked
  Task task = Task::report;
  bool prior_image_shown = false, prior_report_read = false;  // after the cuts that were made
  std::vector<std::string> modalities = {};  // of the current study's images (CS)
  char laterality = '\0';                  // of all shown images: R or L; 0: not known, both, or no paired part
  std::string sex = {};                    // Patient's Sex (0010,0040)
  bool spacing_known = true;               // of every shown image
  std::string stopped = {};                // "end", "limit", "cancelled"
  std::vector<std::string> flags = {};     // what is flagged already: "repeats", "patient_name"
};

struct TextFlag {
  std::string_view code;   // of draft_flag_codes
  std::string sentence;    // whole: what was found, and what the radiologist should do
  bool operator==(const TextFlag&) const = default;
};

// In the order of draft_flag_codes, each code once.
std::vector<TextFlag> check_text(const CheckedDraft& draft);

}  // namespace radfm::draft
