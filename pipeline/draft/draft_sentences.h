// SPDX-License-Identifier: Apache-2.0
// The fixed sentences of technique and comparison. Each part is one line; nothing in them is a finding.
#pragma once

#include <string>
#include <vector>

#include "core/task.h"
#include "pipeline/draft/prior_choice.h"
#include "pipeline/imaging/study_reading.h"

namespace radfm::draft {

inline constexpr std::size_t left_out_lines_max = 20;
inline constexpr std::size_t description_bytes_max = 64;

// `Task of the model: report. Question to the model: "Please ..."`: the first line of the technique.
std::string task_line(Task task, const std::string& question);
// What was shown, what was not shown though it could have been, what was left out and why.
std::string technique_text(const imaging::StudyReading& reading, const std::vector<std::size_t>& shown);

// How one accepted prior was used.
struct PriorMention {
  std::string study_date, modality, description;
  bool image_shown = false;
  bool report_read = false;
  bool report_shortened = false;
  bool report_cut = false;  // chosen, and left out of the prompt because it was too long for the model
  bool report_unflagged = false;  // a document that does not say whether it was verified
  std::string way = {};           // how it was fetched from an archive: "C-GET from PACS1"
};
struct ComparisonFacts {
  bool patient_id_empty = false;
  std::vector<PriorMention> used;      // most recent first
  std::vector<PriorRefusal> refused;
  int not_looked_at = 0;               // candidates over the limit
  int studies_cut = 0;                 // of `refused`: those for which the prompt had no room
  std::vector<std::string> remarks;    // whole sentences, for example of priors that could not be fetched
};
std::string comparison_text(const ComparisonFacts& facts);

// "One candidate study was not used: its birth date is not that of this patient." Without dates: fit for a log.
std::string refusal_sentence(const PriorRefusal& refusal);

}  // namespace radfm::draft
