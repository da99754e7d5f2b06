// SPDX-License-Identifier: Apache-2.0
// Studies as the reader would describe them, made by hand.
#pragma once

#include <string>
#include <vector>

#include "pipeline/draft/header_tags.h"
#include "pipeline/imaging/study_reading.h"

namespace radfm::draft::test {

inline constexpr const char* cr_class = "1.2.840.10008.5.1.4.1.1.1";
inline constexpr const char* ct_class = "1.2.840.10008.5.1.4.1.1.2";
inline constexpr const char* sr_class = "1.2.840.10008.5.1.4.1.1.88.11";

inline void set(imaging::StudyReading& study, std::uint32_t name, const std::string& value, const char* vr = "LO") {
  study.header[name] = {vr, value, {}};
}

// One patient: DOE^JANE, born 1967-02-03.
inline imaging::StudyReading study(const std::string& uid, const std::string& date) {
  imaging::StudyReading reading;
  set(reading, 0x00100010, "DOE^JANE", "PN");
  set(reading, tag::patient_id, "PAT1");
  set(reading, tag::birth_date, "19670203", "DA");
  set(reading, tag::sex, "F", "CS");
  set(reading, tag::study_instance_uid, uid, "UI");
  set(reading, tag::study_date, date, "DA");
  set(reading, tag::study_time, "120000", "TM");
  set(reading, tag::study_description, "Chest " + date);
  set(reading, tag::accession_number, "A" + uid);
  return reading;
}

inline void add_radiograph(imaging::StudyReading& reading, const std::string& name, const std::string& view = "PA",
                           const std::string& modality = "CR") {
  const std::string uid = reading.header[tag::study_instance_uid].value + "." + name;
  imaging::VolumeDescription volume;
  volume.series_instance_uid = uid;
  volume.modality = modality;
  volume.series_number = name;
  volume.series_description = "Thorax " + view;
  volume.body_part = "CHEST";
  volume.view_position = view;
  volume.kind = imaging::VolumeKind::radiograph;
  volume.width = 4;
  volume.height = 2;
  volume.depth = 1;
  volume.sop_instance_uids = {uid + ".1"};
  volume.sop_class_uids = {cr_class};
  volume.window = "centre 2048 width 4096";
  reading.volumes.push_back(volume);
  reading.instances.push_back({uid + ".1", cr_class, uid, modality, "CHEST", volume.series_description});
}

inline void add_ct(imaging::StudyReading& reading, const std::string& name, int slices_shown, int slices) {
  const std::string uid = reading.header[tag::study_instance_uid].value + "." + name;
  imaging::VolumeDescription volume;
  volume.series_instance_uid = uid;
  volume.modality = "CT";
  volume.series_number = name;
  volume.series_description = "Thorax 5 mm";
  volume.body_part = "CHEST";
  volume.kind = imaging::VolumeKind::volume;
  volume.width = 4;
  volume.height = 2;
  volume.depth = slices_shown;
  volume.slices_in_study = slices;
  volume.slice_spacing_mm = 2.5;
  volume.window = "centre 40 width 400";
  for (int i = 0; i < slices; ++i) {
    const std::string sop = uid + "." + std::to_string(i + 1);
    reading.instances.push_back({sop, ct_class, uid, "CT", "CHEST", volume.series_description});
    if (i < slices_shown) {
      volume.sop_instance_uids.push_back(sop);
      volume.sop_class_uids.emplace_back(ct_class);
    }
  }
  reading.volumes.push_back(volume);
}

inline imaging::ReportReading verified_report(const std::string& uid, const std::string& text) {
  return {uid, sr_class, uid + ".0", "Radiology Report", "COMPLETE", "VERIFIED", "FINAL", "Maker", "Dictation",
          "20240102", "120000", false, text};
}

}  // namespace radfm::draft::test
