// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/draft_sentences.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "pipeline/draft/plain_text.h"

namespace radfm::draft {
namespace {

using imaging::StudyReading;
using imaging::VolumeDescription;
using imaging::VolumeKind;

void add_line(std::string& text, const std::string& line) {
  if (!text.empty()) text.push_back('\n');
  text += line;
}

std::string in_quotes(const std::string& description) {
  const std::string line = one_line(description, description_bytes_max);
  return line.empty() ? "" : " \"" + line + "\"";
}

// `Series 2 "Thorax", CT`
std::string series_name(const VolumeDescription& volume) {
  const std::string number = one_line(volume.series_number, description_bytes_max);
  return "Series" + (number.empty() ? "" : " " + number) + in_quotes(volume.series_description) + ", " +
         one_line(volume.modality, description_bytes_max);
}

std::string millimetres(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f mm", value);
  return text.data();
}

std::string shown_line(const VolumeDescription& volume) {
  std::string line = series_name(volume);
  if (volume.kind == VolumeKind::radiograph) {
    const std::string view = one_line(volume.view_position, description_bytes_max);
    line += (view.empty() ? "" : ", view " + view) + std::string(": shown to the model");
  } else {
    const int all = std::max(volume.slices_in_study, volume.depth);
    line += ": " + std::to_string(volume.depth) + " of " + std::to_string(all) + " slices shown to the model";
    if (volume.slice_spacing_mm > 0) line += ", slice spacing " + millimetres(volume.slice_spacing_mm);
  }
  if (!volume.window.empty()) line += ", window " + one_line(volume.window, description_bytes_max);
  line += ".";
  for (const std::string& note : volume.notes) line += " Note: " + sentence(one_line(note, 200));
  return line;
}

std::string left_out_line(const StudyReading& reading, const imaging::LeftOut& left_out) {
  std::string description;
  for (const imaging::InstanceReading& instance : reading.instances) {
    if (!left_out.series_instance_uid.empty() && instance.series_instance_uid == left_out.series_instance_uid) {
      description = instance.series_description;
      break;
    }
  }
  const std::string count = std::to_string(left_out.instances) + (left_out.instances == 1 ? " object" : " objects");
  const std::string reason = left_out.reason.empty() ? left_out.code : left_out.reason;
  return "Left out" + in_quotes(description) + " (" + count + "): " + sentence(one_line(reason, 300));
}

std::string used_line(const PriorMention& prior) {
  std::string line = "Prior study of " + iso_date(prior.study_date);
  const std::string modality = one_line(prior.modality, description_bytes_max);
  const std::string description = in_quotes(prior.description);
  if (!modality.empty() || !description.empty()) line += " (" + modality + description + ")";
  line += prior.image_shown ? ": its images were shown to the model" : ": its images were not shown to the model";
  if (prior.report_cut) return line + "; its report was not read by the model: the prompt had no room for it.";
  if (!prior.report_read) return line + "; no report of it was used.";
  const std::string report = prior.report_unflagged ? "; its report, which does not say whether it was verified, was" : "; its verified report was";
  return line + report + " read by the model" + (prior.report_shortened ? ", shortened." : ".");
}

std::string mention_line(const PriorMention& prior) {
  const std::string way = one_line(prior.way, description_bytes_max);
  return used_line(prior) + (way.empty() ? "" : " Fetched by " + way + ".");
}

}  // namespace

std::string task_line(Task task, const std::string& question) {
  return "Task of the model: " + std::string(to_string(task)) + ". Question to the model: \"" +
         one_line(question, question.size()) + "\"";
}

std::string technique_text(const StudyReading& reading, const std::vector<std::size_t>& shown) {
  std::string text;
  for (const std::size_t i : shown) add_line(text, shown_line(reading.volumes[i]));
  std::size_t lines = 0, unsaid = 0;
  const auto say = [&](const std::string& line) {
    if (lines++ < left_out_lines_max) {
      add_line(text, line);
    } else {
      ++unsaid;
    }
  };
  for (std::size_t i = 0; i < reading.volumes.size(); ++i) {
    if (std::find(shown.begin(), shown.end(), i) == shown.end()) {
      const std::string& choice = reading.volumes[i].choice;
      say(sentence(series_name(reading.volumes[i]) + ": not shown to the model" + (choice.empty() ? "" : ", " + choice)));
    }
  }
  for (const imaging::LeftOut& left_out : reading.left_out) say(left_out_line(reading, left_out));
  if (unsaid > 0) add_line(text, "And " + std::to_string(unsaid) + " more that were not shown.");
  return text;
}

std::string refusal_sentence(const PriorRefusal& refusal) {
  return sentence("One candidate study was not used: " + refusal.reason);
}

std::string comparison_text(const ComparisonFacts& facts) {
  std::string text;
  if (facts.used.empty()) {
    add_line(text, facts.studies_cut > 0 ? "No prior study was used for comparison." : "No prior study was available for comparison.");
  }
  if (facts.patient_id_empty) {
    add_line(text, "This study has no Patient ID: prior studies cannot be attributed to the patient and were not used.");
  }
  for (const PriorMention& prior : facts.used) add_line(text, mention_line(prior));
  for (const PriorRefusal& refusal : facts.refused) {
    const bool dated = !refusal.study_date.empty();
    add_line(text, dated ? sentence("The study of " + iso_date(refusal.study_date) + " was not used: " + refusal.reason)
                         : refusal_sentence(refusal));
  }
  if (facts.not_looked_at > 0) {
    add_line(text, std::to_string(facts.not_looked_at) + " further candidate studies were not looked at.");
  }
  for (const std::string& remark : facts.remarks) add_line(text, sentence(one_line(remark, 500)));
  return text;
}

}  // namespace radfm::draft
