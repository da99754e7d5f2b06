// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/report_tree.h"

#include <algorithm>

#include "core/sop_class.h"
#include "pipeline/report/codes.h"
#include "pipeline/report/sections.h"
#include "pipeline/report/tree_writer.h"

namespace radfm::report {
namespace {

constexpr auto modifies = DSRTypes::RT_hasConceptMod;
constexpr auto context = DSRTypes::RT_hasObsContext;
constexpr auto contains = DSRTypes::RT_contains;

std::string language_tag(const std::string& configured) {
  const bool legal = configured.size() >= 2 && configured.size() <= 16 &&
                     std::all_of(configured.begin(), configured.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
                     });
  return legal ? configured : "en-US";
}

// Rows 3 to 5.
void write_modifiers(TreeWriter& tree, const DraftContent& content) {
  if (const Code* device = acquisition_device_code(content.modality)) {
    tree.code(modifies, code::acquisition_device_type, *device);
  }
  if (const Code* region = region_code(content.target_region)) tree.code(modifies, code::target_region, *region);
  const std::string tag = language_tag(content.language);
  tree.code(modifies, code::language, DSRCodedEntryValue(tag.c_str(), "RFC5646", language_meaning(tag).c_str()));
}

// Row 7: TID 1001 with a device observer (TID 1004). Subject and procedure are inherited from the header.
void write_observer(TreeWriter& tree, const DraftContent& content) {
  tree.code(context, code::observer_type, code::device);
  tree.uid(context, code::device_observer_uid, content.device_uid);
  tree.text(context, code::device_observer_name, content.station_name);
  tree.text(context, code::device_observer_manufacturer, std::string(product_manufacturer));
  tree.text(context, code::device_observer_model_name, std::string(product_model_name));
  tree.text(context, code::device_observer_serial_number, content.device_uid);
  tree.text(context, code::station_ae_title, content.ae_title);
}

// The notices come first, because some viewers show nothing but the tree, and some only its beginning.
void write_notices(TreeWriter& tree, const DraftContent& content) {
  tree.open_section(code::summary);
  for (const std::string& notice : shown_notices(content)) tree.text(contains, code::comment, notice);
  tree.close();
}

void write_text_section(TreeWriter& tree, const Code& heading, const Code& element, const std::string& text) {
  if (legal_text(text).empty()) return;
  tree.open_section(heading);
  tree.text(contains, element, text);
  tree.close();
}

std::string counted(std::size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string prior_sentence(const PriorUse& prior) {
  std::string text = "Prior study";
  if (!prior.study_date.empty()) text += " of " + prior.study_date;
  if (!prior.description.empty()) text += " (" + prior.description + ")";
  return text + ": " + counted(prior.images.size(), "image", "images") + " shown to the software, " +
         counted(prior.reports.size(), "report", "reports") + " read by it.";
}

// One section says what was compared; then each prior study has a section whose observation context names it (row 9).
void write_priors(TreeWriter& tree, const DraftContent& content) {
  write_text_section(tree, code::prior_procedure_descriptions, code::procedure_description, content.comparison);
  for (const PriorUse& prior : content.priors) {
    tree.open_section(code::prior_procedure_descriptions);
    tree.uid(context, code::procedure_study_instance_uid, prior.study_instance_uid);
    tree.text(context, code::accession_number, prior.accession_number);
    tree.text(contains, code::procedure_description, prior_sentence(prior));
    if (!prior.images.empty()) tree.image(contains, code::baseline, prior.images.front());
    tree.close();
  }
}

std::vector<std::string> paragraphs(const std::string& text) {
  const std::string legal = legal_text(text);
  std::vector<std::string> found;
  for (std::size_t start = 0; start < legal.size();) {
    const std::size_t end = std::min(legal.find("\r\n\r\n", start), legal.size());
    const std::string paragraph = legal_text(std::string_view(legal).substr(start, end - start));
    if (!paragraph.empty()) found.push_back(paragraph);
    if (found.size() > paragraphs_max) return {legal};
    start = end + 4;
  }
  return found;
}

// Findings and impression. The images hang below the first text that the model wrote: in a Basic Text SR
// INFERRED FROM is legal there only.
void write_narrative(TreeWriter& tree, const Code& heading, const Code& element, const std::string& text,
                     const std::vector<EvidenceInstance>& images) {
  const std::vector<std::string> parts = paragraphs(text);
  if (parts.empty()) return;
  tree.open_section(heading);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!tree.open_text(contains, element, parts[i])) continue;
    if (i == 0) {
      for (const EvidenceInstance& image : images) {
        tree.image(DSRTypes::RT_inferredFrom, code::best_illustration, image);
      }
    }
    tree.close();
  }
  tree.close();
}

}  // namespace

std::vector<std::string> shown_notices(const DraftContent& content) {
  const auto says = [&](const char* text) {
    return std::find(content.notices.begin(), content.notices.end(), text) != content.notices.end();
  };
  std::vector<std::string> notices;
  if (!says(draft_notice)) notices.emplace_back(draft_notice);
  for (const std::string& notice : content.notices) notices.push_back(notice);
  const bool nothing_written =
      legal_text(content.sections.findings).empty() && legal_text(content.sections.impression).empty();
  if (nothing_written && !says(nothing_written_notice)) notices.emplace_back(nothing_written_notice);
  return notices;
}

Status write_tree(const DraftContent& content, DcmItem& dataset) {
  TreeWriter tree(sop_class_uid_of(content.sop_class));
  tree.root(code::diagnostic_imaging_report, "2000", content.observation_datetime);
  write_modifiers(tree, content);
  write_observer(tree, content);
  write_notices(tree, content);
  write_text_section(tree, code::clinical_information, code::request, content.clinical_information);
  write_text_section(tree, code::current_procedure_descriptions, code::procedure_description, content.technique);
  write_priors(tree, content);
  const bool findings_exist = !legal_text(content.sections.findings).empty();
  const std::vector<EvidenceInstance> no_images;
  write_narrative(tree, code::findings, code::finding, content.sections.findings, content.key_images);
  write_narrative(tree, code::impressions, code::impression, content.sections.impression,
                  findings_exist ? no_images : content.key_images);
  write_text_section(tree, code::recommendations, code::recommendation, closing_notice);
  return tree.write(dataset);
}

}  // namespace radfm::report
