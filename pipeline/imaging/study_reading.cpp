// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/study_reading.h"

#include <nlohmann/json.hpp>

#include "pipeline/process/json_field.h"

namespace radfm::imaging {
namespace {

using nlohmann::json;
using process::field;
using process::flag_field;
using process::int_field;
using process::ints_field;
using process::number_field;
using process::text_field;
using process::texts_field;

json to_json(const VolumeDescription& volume) {
  return {{"series_instance_uid", volume.series_instance_uid},
          {"modality", volume.modality},
          {"series_number", volume.series_number},
          {"series_description", volume.series_description},
          {"body_part", volume.body_part},
          {"laterality", volume.laterality},
          {"view_position", volume.view_position},
          {"study_date", volume.study_date},
          {"kind", volume.kind == VolumeKind::volume ? "volume" : "radiograph"},
          {"width", volume.width},
          {"height", volume.height},
          {"depth", volume.depth},
          {"slices_in_study", volume.slices_in_study},
          {"channels", volume.channels},
          {"affine", volume.affine},
          {"has_geometry", volume.has_geometry},
          {"patient_orientation", volume.patient_orientation},
          {"slice_spacing_mm", volume.slice_spacing_mm},
          {"sop_instance_uids", volume.sop_instance_uids},
          {"sop_class_uids", volume.sop_class_uids},
          {"frames", volume.frames},
          {"window", volume.window},
          {"notes", volume.notes},
          {"choice", volume.choice},
          {"has_pixel_spacing", volume.has_pixel_spacing}};
}

VolumeDescription volume_from_json(const json& object) {
  VolumeDescription volume;
  volume.series_instance_uid = text_field(object, "series_instance_uid");
  volume.modality = text_field(object, "modality");
  volume.series_number = text_field(object, "series_number");
  volume.series_description = text_field(object, "series_description");
  volume.body_part = text_field(object, "body_part");
  volume.laterality = text_field(object, "laterality");
  volume.view_position = text_field(object, "view_position");
  volume.study_date = text_field(object, "study_date");
  volume.kind = text_field(object, "kind") == "volume" ? VolumeKind::volume : VolumeKind::radiograph;
  volume.width = int_field(object, "width");
  volume.height = int_field(object, "height");
  volume.depth = int_field(object, "depth");
  volume.slices_in_study = int_field(object, "slices_in_study");
  volume.channels = int_field(object, "channels");
  const json& affine = field(object, "affine");
  if (affine.is_array() && affine.size() == volume.affine.size()) {
    for (std::size_t i = 0; i < affine.size(); ++i) volume.affine[i] = affine[i].is_number() ? affine[i].get<double>() : 0;
    volume.has_geometry = flag_field(object, "has_geometry");
  }
  volume.patient_orientation = texts_field(object, "patient_orientation");
  volume.slice_spacing_mm = number_field(object, "slice_spacing_mm");
  volume.sop_instance_uids = texts_field(object, "sop_instance_uids");
  volume.sop_class_uids = texts_field(object, "sop_class_uids");
  volume.frames = ints_field(object, "frames");
  volume.window = text_field(object, "window");
  volume.notes = texts_field(object, "notes");
  volume.choice = text_field(object, "choice");
  volume.has_pixel_spacing = flag_field(object, "has_pixel_spacing");
  return volume;
}

json to_json(const LeftOut& left_out) {
  return {{"series_instance_uid", left_out.series_instance_uid},
          {"instances", left_out.instances},
          {"code", left_out.code},
          {"reason", left_out.reason},
          {"by_policy", left_out.by_policy}};
}

LeftOut left_out_from_json(const json& object) {
  LeftOut left_out;
  left_out.series_instance_uid = text_field(object, "series_instance_uid");
  left_out.instances = int_field(object, "instances");
  left_out.code = text_field(object, "code");
  left_out.reason = text_field(object, "reason");
  left_out.by_policy = flag_field(object, "by_policy");
  return left_out;
}

json to_json(const ReportReading& report) {
  return {{"sop_instance_uid", report.sop_instance_uid},
          {"sop_class_uid", report.sop_class_uid},
          {"series_instance_uid", report.series_instance_uid},
          {"title", report.title},
          {"completion_flag", report.completion_flag},
          {"verification_flag", report.verification_flag},
          {"preliminary_flag", report.preliminary_flag},
          {"manufacturer", report.manufacturer},
          {"model_name", report.model_name},
          {"content_date", report.content_date},
          {"content_time", report.content_time},
          {"ours", report.ours},
          {"text", report.text},
          {"title_code", report.title_code},
          {"title_scheme", report.title_scheme},
          {"verified_at", report.verified_at},
          {"predecessors", report.predecessors},
          {"persons", report.persons},
          {"patient", {{"name", report.patient.name}, {"birth_date", report.patient.birth_date}, {"sex", report.patient.sex}}},
          {"text_missing", report.text_missing}};
}

ReportReading report_from_json(const json& object) {
  ReportReading report;
  report.sop_instance_uid = text_field(object, "sop_instance_uid");
  report.sop_class_uid = text_field(object, "sop_class_uid");
  report.series_instance_uid = text_field(object, "series_instance_uid");
  report.title = text_field(object, "title");
  report.completion_flag = text_field(object, "completion_flag");
  report.verification_flag = text_field(object, "verification_flag");
  report.preliminary_flag = text_field(object, "preliminary_flag");
  report.manufacturer = text_field(object, "manufacturer");
  report.model_name = text_field(object, "model_name");
  report.content_date = text_field(object, "content_date");
  report.content_time = text_field(object, "content_time");
  report.ours = flag_field(object, "ours", true);  // in doubt it is ours, and then nobody learns from it
  report.text = text_field(object, "text");
  report.title_code = text_field(object, "title_code");
  report.title_scheme = text_field(object, "title_scheme");
  report.verified_at = text_field(object, "verified_at");
  report.predecessors = texts_field(object, "predecessors");
  report.persons = texts_field(object, "persons");
  const json& patient = field(object, "patient");
  report.patient.name = text_field(patient, "name");
  report.patient.birth_date = text_field(patient, "birth_date");
  report.patient.sex = text_field(patient, "sex");
  report.text_missing = text_field(object, "text_missing");
  return report;
}

json to_json(const InstanceReading& instance) {
  return {{"sop_instance_uid", instance.sop_instance_uid},
          {"sop_class_uid", instance.sop_class_uid},
          {"series_instance_uid", instance.series_instance_uid},
          {"modality", instance.modality},
          {"body_part", instance.body_part},
          {"series_description", instance.series_description},
          {"anatomic_region", instance.anatomic_region}};
}

InstanceReading instance_from_json(const json& object) {
  return {text_field(object, "sop_instance_uid"),    text_field(object, "sop_class_uid"),
          text_field(object, "series_instance_uid"), text_field(object, "modality"),
          text_field(object, "body_part"),           text_field(object, "series_description"),
          text_field(object, "anatomic_region")};
}

ThinnedSeries thinned_from_json(const json& object) {
  return {text_field(object, "series_instance_uid"), int_field(object, "slices"), texts_field(object, "notes")};
}

template <class T>
json list_to_json(const std::vector<T>& items) {
  json list = json::array();
  for (const T& item : items) list.push_back(to_json(item));
  return list;
}

template <class T>
std::vector<T> list_from_json(const json& list, T (*one)(const json&)) {
  std::vector<T> items;
  if (!list.is_array()) return items;
  for (const json& item : list) items.push_back(one(item));
  return items;
}

bool is_sound(const VolumeDescription& volume) {
  return volume.width > 0 && volume.height > 0 && volume.depth > 0 &&
         (volume.channels == 1 || volume.channels == 3) && !volume.sop_instance_uids.empty() &&
         volume.sop_instance_uids.size() == volume.sop_class_uids.size() &&
         (volume.frames.empty() || volume.frames.size() == volume.sop_instance_uids.size());
}

}  // namespace

json to_json(const StudyReading& reading) {
  return {{"header", radfm::to_json(reading.header)},
          {"disagreements", reading.disagreements},
          {"instances", list_to_json(reading.instances)},
          {"volumes", list_to_json(reading.volumes)},
          {"left_out", list_to_json(reading.left_out)},
          {"reports", list_to_json(reading.reports)}};
}

Result<StudyReading> study_reading_from_json(const json& object) {
  if (!object.is_object() || !field(object, "header").is_object()) {
    return poison_error("reader_garbled", "the reader described a study in a form that cannot be understood");
  }
  StudyReading reading;
  reading.header = attribute_set_from_json(field(object, "header"));
  reading.disagreements = texts_field(object, "disagreements");
  reading.instances = list_from_json(field(object, "instances"), instance_from_json);
  reading.volumes = list_from_json(field(object, "volumes"), volume_from_json);
  reading.left_out = list_from_json(field(object, "left_out"), left_out_from_json);
  reading.reports = list_from_json(field(object, "reports"), report_from_json);
  for (const VolumeDescription& volume : reading.volumes) {
    if (!is_sound(volume)) return poison_error("reader_garbled", "the reader described an image of an impossible shape");
  }
  return reading;
}

json to_json(const ReadOptions& options) {
  json thinned = json::array();
  for (const ThinnedSeries& series : options.thinned) {
    thinned.push_back({{"series_instance_uid", series.series_instance_uid}, {"slices", series.slices}, {"notes", series.notes}});
  }
  return {{"pixels", options.pixels},
          {"values", options.values},
          {"documents", options.documents},
          {"slices_max", options.slices_max},
          {"nesting_max", options.nesting_max},
          {"imaging", radfm::to_json(options.imaging)},
          {"stacks_max", options.stacks_max},
          {"pictures_max", options.pictures_max},
          {"thinned", thinned}};
}

ReadOptions read_options_from_json(const json& object) {
  ReadOptions options;
  options.pixels = flag_field(object, "pixels", options.pixels);
  options.values = flag_field(object, "values", options.values);
  options.documents = flag_field(object, "documents", options.documents);
  options.slices_max = int_field(object, "slices_max", options.slices_max);
  options.nesting_max = int_field(object, "nesting_max", options.nesting_max);
  options.imaging = imaging_settings_from_json(field(object, "imaging"));
  options.stacks_max = int_field(object, "stacks_max");
  options.pictures_max = int_field(object, "pictures_max");
  options.thinned = list_from_json(field(object, "thinned"), thinned_from_json);
  return options;
}

}  // namespace radfm::imaging
