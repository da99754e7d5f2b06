// SPDX-License-Identifier: Apache-2.0
// A study as Orthanc's index knows it: what the plugin, the rules and the first series choice may look at.
// Read from three answers that touch the index only and never a stored file (their safety over hostile files was tried):
//   GET  /studies/{id}                        main tags, IsStable, LastUpdate, ParentPatient
//   GET  /studies/{id}/series                 series main tags
//   POST /tools/bulk-content {"Resources": [id], "Level": "Instance", "Metadata": true}, of the study or of some of its instances at a time
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace radfm {

inline constexpr std::size_t study_instances_max = 20'000;  // above it a study is refused by name, not read into memory

struct IndexedInstance {
  std::string orthanc_id;
  std::string sop_instance_uid;
  std::string sop_class_uid;        // metadata SopClassUid
  std::string transfer_syntax_uid;  // metadata TransferSyntax
  std::string remote_aet;           // metadata RemoteAET: who sent it
  std::string called_aet;           // metadata CalledAET: as whom we were called
  // Main tags, as the file says or empty: what the first choice among slices is made by.
  std::string image_position = {}, image_orientation = {};  // LPS mm; direction cosines
  std::string instance_number = {}, acquisition_number = {}, temporal_position = {}, number_of_frames = {};
  std::string received = {};        // metadata ReceptionDate, as StudyIndex::last_update
};

// An instance and Orthanc's name of its series.
struct InstanceOfSeries {
  std::string orthanc_series_id;
  IndexedInstance instance;
};

struct IndexedSeries {
  std::string orthanc_id;
  std::string series_instance_uid;
  std::string modality;
  std::string body_part;
  std::string description;
  std::string manufacturer;
  std::string station_name;
  std::string series_number;
  std::vector<IndexedInstance> instances;
};

struct StudyIndex {
  std::string orthanc_id;
  std::string orthanc_patient_id;
  std::string study_instance_uid;
  std::string study_date;
  std::string study_time;
  std::string study_description;
  std::string patient_birth_date;
  std::string last_update;  // YYYYMMDDTHHMMSS, UTC
  bool is_stable = false;
  std::vector<IndexedSeries> series;  // in the order of their UIDs, as are the instances of each
  // Orthanc's names of instances without a legal SOP Instance UID: no report can refer to them.
  std::vector<std::string> unusable_instances;
};

// Errors: orthanc_answer_unreadable (transient), study_changing (transient: an instance came between the answers),
// study_uid_invalid and study_too_large (permanent).
Result<StudyIndex> parse_study_index(std::string_view study_json, std::string_view series_json,
                                     std::string_view bulk_content_json);
// The instances in as many answers as they were asked for in, but for those that are known.
Result<StudyIndex> parse_study_index(std::string_view study_json, std::string_view series_json,
                                     const std::vector<std::string>& bulk_content_jsons, std::vector<InstanceOfSeries> known = {});

// Sorted SOP Instance UIDs of the instances whose SOP class counts for the digest (core/sop_class.h).
std::vector<std::string> image_instances(const StudyIndex& study);
// SHA-256 over those UIDs joined with '\n'. The digest of no image is the digest of the empty text.
std::string image_digest(const std::vector<std::string>& sorted_sop_instance_uids);

// Milliseconds since 1970 of Orthanc's LastUpdate; nothing when it is not of that form.
std::optional<std::int64_t> parse_last_update_ms(std::string_view text);

}  // namespace radfm
