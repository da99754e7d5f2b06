// SPDX-License-Identifier: Apache-2.0
#include "core/study_index.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "core/dicom_time.h"
#include "core/digest.h"
#include "core/sop_class.h"
#include "core/uid.h"

namespace radfm {
namespace {

using Json = nlohmann::json;

Error unreadable(const std::string& what) {
  return transient_error("orthanc_answer_unreadable",
                         "Orthanc's answer about " + what + " is not what version 1.10 or newer sends; see Orthanc's log");
}

std::string text_at(const Json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const Json& object_at(const Json& object, const char* key) {
  static const Json empty = Json::object();
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : empty;
}

Result<StudyIndex> read_study(const Json& json) {
  StudyIndex study;
  study.orthanc_id = text_at(json, "ID");
  if (study.orthanc_id.empty()) return unreadable("a study");
  study.orthanc_patient_id = text_at(json, "ParentPatient");
  study.last_update = text_at(json, "LastUpdate");
  const auto stable = json.find("IsStable");
  study.is_stable = stable != json.end() && stable->is_boolean() && stable->get<bool>();
  const Json& tags = object_at(json, "MainDicomTags");
  const auto uid = Uid::parse(text_at(tags, "StudyInstanceUID"));
  if (!uid) {
    return permanent_error("study_uid_invalid", "study " + study.orthanc_id +
                                                    " in Orthanc has no legal Study Instance UID: no report can refer to "
                                                    "it; correct it at its source and send it again");
  }
  study.study_instance_uid = uid->str();
  study.study_date = text_at(tags, "StudyDate");
  study.study_time = text_at(tags, "StudyTime");
  study.study_description = text_at(tags, "StudyDescription");
  study.patient_birth_date = text_at(object_at(json, "PatientMainDicomTags"), "PatientBirthDate");
  return study;
}

IndexedSeries read_series(const Json& json) {
  const Json& tags = object_at(json, "MainDicomTags");
  IndexedSeries series;
  series.orthanc_id = text_at(json, "ID");
  series.series_instance_uid = text_at(tags, "SeriesInstanceUID");
  series.modality = text_at(tags, "Modality");
  series.body_part = text_at(tags, "BodyPartExamined");
  series.description = text_at(tags, "SeriesDescription");
  series.manufacturer = text_at(tags, "Manufacturer");
  series.station_name = text_at(tags, "StationName");
  series.series_number = text_at(tags, "SeriesNumber");
  return series;
}

InstanceOfSeries read_instance(const Json& json) {
  const Json& metadata = object_at(json, "Metadata");
  InstanceOfSeries read;
  read.orthanc_series_id = text_at(json, "ParentSeries");
  IndexedInstance& instance = read.instance;
  instance.orthanc_id = text_at(json, "ID");
  const Json& tags = object_at(json, "MainDicomTags");
  instance.sop_instance_uid = text_at(tags, "SOPInstanceUID");
  instance.image_position = text_at(tags, "ImagePositionPatient");
  instance.image_orientation = text_at(tags, "ImageOrientationPatient");
  instance.instance_number = text_at(tags, "InstanceNumber");
  instance.acquisition_number = text_at(tags, "AcquisitionNumber");
  instance.temporal_position = text_at(tags, "TemporalPositionIdentifier");
  instance.number_of_frames = text_at(tags, "NumberOfFrames");
  instance.sop_class_uid = text_at(metadata, "SopClassUid");
  instance.transfer_syntax_uid = text_at(metadata, "TransferSyntax");
  instance.remote_aet = text_at(metadata, "RemoteAET");
  instance.called_aet = text_at(metadata, "CalledAET");
  instance.received = text_at(metadata, "ReceptionDate");
  return read;
}

// Joins the instances with their series; the maps' keys are Orthanc's names.
Status add_instances(std::vector<InstanceOfSeries> instances, std::map<std::string, IndexedSeries>* series, StudyIndex* study) {
  for (auto& [series_id, instance] : instances) {
    const auto parent = series->find(series_id);
    if (parent == series->end()) {
      return transient_error("study_changing", "study " + study->orthanc_id +
                                                   " grew while Orthanc was asked about it; it is asked again");
    }
    const auto uid = Uid::parse(instance.sop_instance_uid);
    if (!uid) {
      study->unusable_instances.push_back(instance.orthanc_id);
      continue;
    }
    instance.sop_instance_uid = uid->str();
    parent->second.instances.push_back(std::move(instance));
  }
  return {};
}

void sort_by_uid(StudyIndex* study) {
  for (auto& series : study->series) {
    std::sort(series.instances.begin(), series.instances.end(), [](const auto& a, const auto& b) {
      return std::tie(a.sop_instance_uid, a.orthanc_id) < std::tie(b.sop_instance_uid, b.orthanc_id);
    });
  }
  std::sort(study->series.begin(), study->series.end(), [](const auto& a, const auto& b) {
    return std::tie(a.series_instance_uid, a.orthanc_id) < std::tie(b.series_instance_uid, b.orthanc_id);
  });
  std::sort(study->unusable_instances.begin(), study->unusable_instances.end());
}

}  // namespace

Result<StudyIndex> parse_study_index(std::string_view study_json, std::string_view series_json,
                                     std::string_view bulk_content_json) {
  return parse_study_index(study_json, series_json, std::vector<std::string>{std::string(bulk_content_json)});
}

Result<StudyIndex> parse_study_index(std::string_view study_json, std::string_view series_json,
                                     const std::vector<std::string>& bulk_content_jsons, std::vector<InstanceOfSeries> known) {
  const Json study_answer = Json::parse(study_json, nullptr, false);
  if (!study_answer.is_object()) return unreadable("a study");
  const Json series_answer = Json::parse(series_json, nullptr, false);
  if (!series_answer.is_array()) return unreadable("series");
  std::vector<InstanceOfSeries> instances = std::move(known);
  for (const std::string& answer : bulk_content_jsons) {
    const Json part = Json::parse(answer, nullptr, false);
    if (!part.is_array()) return unreadable("instances");
    for (const Json& entry : part) {
      if (!entry.is_object() || text_at(entry, "ID").empty()) return unreadable("instances");
      instances.push_back(read_instance(entry));
    }
  }

  auto study = read_study(study_answer);
  if (!study.ok()) return study;
  if (instances.size() > study_instances_max) {
    return permanent_error("study_too_large", "study " + study->orthanc_id + " has " + std::to_string(instances.size()) +
                                                  " instances; at most " + std::to_string(study_instances_max) +
                                                  " are read");
  }
  std::map<std::string, IndexedSeries> series;
  for (const Json& entry : series_answer) {
    IndexedSeries one = read_series(entry);
    if (one.orthanc_id.empty()) return unreadable("series");
    series.emplace(one.orthanc_id, std::move(one));
  }
  if (auto added = add_instances(std::move(instances), &series, &*study); !added.ok()) return added.error();
  for (auto& [id, one] : series) study->series.push_back(std::move(one));
  sort_by_uid(&*study);
  return study;
}

std::vector<std::string> image_instances(const StudyIndex& study) {
  std::vector<std::string> uids;
  for (const auto& series : study.series) {
    for (const auto& instance : series.instances) {
      if (counts_for_digest(instance.sop_class_uid)) uids.push_back(instance.sop_instance_uid);
    }
  }
  std::sort(uids.begin(), uids.end());
  uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
  return uids;
}

std::string image_digest(const std::vector<std::string>& sorted_sop_instance_uids) {
  Sha256 digest;
  for (std::size_t i = 0; i < sorted_sop_instance_uids.size(); ++i) {
    if (i > 0) digest.update("\n", 1);
    digest.update(sorted_sop_instance_uids[i].data(), sorted_sop_instance_uids[i].size());
  }
  return digest.hex();
}

std::optional<std::int64_t> parse_last_update_ms(std::string_view text) {
  if (text.size() != 15 || text[8] != 'T') return std::nullopt;
  const auto date = parse_da(text.substr(0, 8));
  const auto time_ms = parse_tm_ms(text.substr(9));
  if (!date || !time_ms) return std::nullopt;
  return days_since_1970(*date) * 86'400'000 + *time_ms;
}

}  // namespace radfm
