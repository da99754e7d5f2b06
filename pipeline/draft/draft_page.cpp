// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/draft_page.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/dicom_time.h"
#include "pipeline/draft/displayed_values.h"
#include "pipeline/draft/header_tags.h"
#include "pipeline/imaging/orientation_letters.h"

namespace radfm::draft {
namespace {

using imaging::PixelBlock;
using imaging::VolumeDescription;
using imaging::VolumeKind;
using report::KeyImage;
using report::PageField;

constexpr std::uint32_t institution_name = 0x00080080;
constexpr std::size_t field_bytes_max = 4u << 10;
constexpr double aspect_max = 8;  // flatter pixels than that are a mistake of the file

std::string joined(const std::string& one, const char* separator, const std::string& other) {
  return one.empty() || other.empty() ? one + other : one + separator + other;
}

std::string subtitle_of(const AttributeSet& header) {
  const std::string& description = attribute_value(header, tag::study_description);
  if (!description.empty()) return description;
  const auto codes = header.find(tag::procedure_code_sequence);
  if (codes == header.end() || codes->second.items.empty()) return {};
  return attribute_value(codes->second.items.front(), tag::code_meaning);
}

// "2026-03-11 10:17 UTC"
std::string written_at(std::int64_t wall_ms) {
  const std::string iso = format_iso_utc(wall_ms);
  return iso.substr(0, 10) + " " + iso.substr(11, 5) + " UTC";
}

std::vector<PageField> fields_of(const report::DraftContent& content, std::int64_t content_wall_ms) {
  const AttributeSet& header = content.source_header;
  const auto value = [&](std::uint32_t name) { return attribute_value(header, name); };
  const std::string study = joined(displayed_date(value(tag::study_date)), " ", displayed_time(value(tag::study_time)));
  std::string revision = std::to_string(content.revision);
  if (!content.predecessors.empty()) revision += ", replaces the one before";
  return {{"Patient", displayed_name(value(tag::patient_name)), 2, true},
          {"Patient ID", value(tag::patient_id)},
          {"Born", displayed_date(value(tag::birth_date))},
          {"Sex, age", displayed_sex_and_age(header)},
          {"Study", study},
          {"Accession number", value(tag::accession_number)},
          {"Referring physician", displayed_name(value(tag::referring_physician))},
          {"Draft written", written_at(content_wall_ms)},
          {"Written by", joined(content.model_name, " ", content.model_version), 2},
          {"Draft number", revision}};
}

// How much higher than wide a pixel is in the patient.
double pixel_aspect(const VolumeDescription& volume) {
  if (!volume.has_geometry) return 1;
  const auto step_mm = [&](std::size_t i) { return std::hypot(volume.affine[i], volume.affine[4 + i], volume.affine[8 + i]); };
  if (!(step_mm(0) > 0) || !(step_mm(1) > 0)) return 1;
  return std::clamp(step_mm(1) / step_mm(0), 1 / aspect_max, aspect_max);
}

std::string caption_of(const VolumeDescription& volume, int slice) {
  std::string text = "Key image: " + joined(volume.modality, " ", volume.series_number.empty() ? "" : "series " + volume.series_number);
  text = joined(text, ", ", volume.series_description);
  if (!volume.view_position.empty()) text += ", view " + volume.view_position;
  if (!volume.laterality.empty()) text += ", side " + volume.laterality;
  text = joined(text, ", ", imaging::plane_name(volume));
  if (volume.depth > 1) text += ", slice " + std::to_string(slice + 1) + " of the " + std::to_string(volume.depth) + " read";
  text = joined(text, ", ", imaging::slice_place(volume, slice));
  return volume.window.empty() ? text : text + "; window " + volume.window;
}

KeyImage key_image(const VolumeDescription& volume, const PixelBlock& pixels, int slice) {
  const imaging::EdgeLetters edges = imaging::edge_letters(volume);
  KeyImage image{.width = volume.width, .height = volume.height, .channels = volume.channels, .pixels = {},
                 .pixel_aspect = pixel_aspect(volume), .left = edges.left, .right = edges.right, .top = edges.top,
                 .bottom = edges.bottom, .caption = caption_of(volume, slice)};
  const std::size_t slice_bytes = pixels.display.size() / static_cast<std::size_t>(volume.depth);
  const std::uint8_t* first = pixels.display.data() + static_cast<std::size_t>(slice) * slice_bytes;
  image.pixels.assign(first, first + slice_bytes);
  return image;
}

bool has_whole_pixels(const VolumeDescription& volume, const PixelBlock& pixels) {
  if (volume.width <= 0 || volume.height <= 0 || volume.depth <= 0 || (volume.channels != 1 && volume.channels != 3)) return false;
  return pixels.display.size() == static_cast<std::size_t>(volume.width) * static_cast<std::size_t>(volume.height) *
                                      static_cast<std::size_t>(volume.depth) * static_cast<std::size_t>(volume.channels);
}

// The slice of a key image: of a volume the one that bears its UID (of one with many frames, the middle one).
std::optional<int> slice_of(const VolumeDescription& volume, const report::EvidenceInstance& key) {
  const auto& uids = volume.sop_instance_uids;
  const auto found = std::find(uids.begin(), uids.end(), key.sop_instance_uid);
  if (found == uids.end()) return std::nullopt;
  const std::size_t middle = static_cast<std::size_t>(volume.depth) / 2;
  if (middle < uids.size() && uids[middle] == key.sop_instance_uid) return static_cast<int>(middle);
  const auto place = static_cast<int>(found - uids.begin());
  return place < volume.depth ? std::optional(place) : std::nullopt;
}

std::vector<KeyImage> key_images_of(const Prepared& prepared, const report::DraftContent& content) {
  std::vector<KeyImage> images;
  const imaging::StudyReading& reading = prepared.current;
  for (const report::EvidenceInstance& key : content.key_images) {
    for (std::size_t i = 0; i < std::min(reading.volumes.size(), reading.pixels.size()); ++i) {
      if (images.size() == report::page_key_images_max) return images;
      const VolumeDescription& volume = reading.volumes[i];
      if (!has_whole_pixels(volume, reading.pixels[i])) continue;
      if (const auto slice = slice_of(volume, key)) {
        images.push_back(key_image(volume, reading.pixels[i], *slice));
        break;
      }
    }
  }
  return images;
}

}  // namespace

report::ReportPage draft_page(const Prepared& prepared, const report::DraftContent& content, std::int64_t content_wall_ms) {
  const AttributeSet& header = content.source_header;
  report::ReportPage page;
  page.draft_mark = draft_mark;
  page.institution = attribute_value(header, institution_name);
  page.title = "Diagnostic Imaging Report";
  page.subtitle = subtitle_of(header);
  page.running_head = displayed_name(attribute_value(header, tag::patient_name)) + "    ID " + attribute_value(header, tag::patient_id) +
                      "    Accession " + attribute_value(header, tag::accession_number);
  page.foot = "Written by " + joined(content.model_name, " ", content.model_version) + " with radfm-node " + content.product_version +
              " at " + written_at(content_wall_ms) + ".";
  page.fields = fields_of(content, content_wall_ms);
  page.notices = report::shown_notices(content);
  page.sections = {{"Clinical information", content.clinical_information},
                   {"Comparison", content.comparison},
                   {"Findings", content.sections.findings},
                   {"Impression", content.sections.impression, true},
                   {"What the software read", content.technique}};
  page.key_images = key_images_of(prepared, content);
  page.closing = report::closing_notice;
  page.language = content.language;
  page.created_iso = format_iso_utc(content_wall_ms);
  return page;
}

std::string page_json(const report::ReportPage& page) {
  using nlohmann::json;
  json fields = json::array(), sections = json::array();
  for (const PageField& field : page.fields) {
    fields.push_back({{"label", field.label}, {"value", field.value.substr(0, field_bytes_max)}, {"emphasised", field.emphasised}});
  }
  for (const report::PageSection& section : page.sections) {
    sections.push_back({{"heading", section.heading}, {"text", section.text.substr(0, report::page_text_bytes_max)},
                        {"emphasised", section.emphasised}});
  }
  json notices = json::array();
  for (const std::string& notice : page.notices) notices.push_back(notice.substr(0, field_bytes_max));
  const json parts = {{"institution", page.institution.substr(0, field_bytes_max)}, {"title", page.title},
                      {"subtitle", page.subtitle.substr(0, field_bytes_max)},       {"closing", page.closing},
                      {"language", page.language},                                  {"fields", fields},
                      {"notices", notices},                                         {"sections", sections}};
  return parts.dump(-1, ' ', false, json::error_handler_t::replace);  // a cut character, too, is replaced
}

}  // namespace radfm::draft
