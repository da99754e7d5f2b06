// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/digest.h"
#include "pipeline/report/draft_report.h"

namespace radfm::report {

inline void set(AttributeSet& header, std::uint32_t tag, const char* vr, const std::string& value) {
  header[tag] = Attribute{vr, value, {}};
}

inline AttributeSet code_item(const std::string& value, const std::string& scheme, const std::string& meaning) {
  AttributeSet item;
  set(item, 0x00080100, "SH", value);
  set(item, 0x00080102, "SH", scheme);
  set(item, 0x00080104, "LO", meaning);
  return item;
}

// A header as the reader hands it over: legal, rich, with characters of three scripts.
inline AttributeSet sample_header() {
  AttributeSet header;
  set(header, 0x00080020, "DA", "20260311");
  set(header, 0x00080030, "TM", "101500");
  set(header, 0x00080050, "SH", "ACC-0001");
  set(header, 0x00080080, "LO", "Sankt-Georg-Hospital Köln");
  set(header, 0x00080090, "PN", "Überweiser^Jörg^^Dr.");
  set(header, 0x00081030, "LO", "Thorax p.a.");
  header[0x00081032] = Attribute{"SQ", "", {code_item("36554-4", "LN", "XR Chest Single view")}};
  set(header, 0x00100010, "PN", "Wang^XiaoDong=王^小东=");
  set(header, 0x00100020, "LO", "PAT0001");
  set(header, 0x00100021, "LO", "HOSP-A");
  set(header, 0x00100030, "DA", "19690101");
  set(header, 0x00100040, "CS", "F");
  set(header, 0x00101010, "AS", "057Y");
  set(header, 0x00101030, "DS", "70.5");
  set(header, 0x0020000D, "UI", uid_from_name("test study"));
  set(header, 0x00200010, "SH", "S1");
  AttributeSet request;
  set(request, 0x00401001, "SH", "RP-7");
  set(request, 0x00321060, "LO", "Chest radiograph");
  header[0x00400275] = Attribute{"SQ", "", {request}};
  return header;
}

inline EvidenceInstance sample_instance(const std::string& study, const std::string& name) {
  return {uid_from_name(study), uid_from_name(study + " series"), "1.2.840.10008.5.1.4.1.1.1", uid_from_name(name)};
}

inline DraftContent sample_draft() {
  DraftContent content;
  content.source_header = sample_header();
  content.device_uid = uid_from_name("test device");
  content.series_instance_uid = uid_from_name("test result series");
  content.sop_instance_uid = uid_from_name("test result");
  content.content_date = "20260311";
  content.content_time = "101700";
  content.observation_datetime = "20260311101700+0000";
  content.modality = "CR";
  content.target_region = "CHEST";
  content.notices = {draft_notice};
  content.clinical_information = "57-year-old woman. Cough.";
  content.technique = "One radiograph was read.";
  content.comparison = "Compared with the study of 20250310.";
  content.sections = {"Chest radiograph. There is a 24 mm nodule in the right lower zone.", "Larger nodule."};
  content.shown = {sample_instance("test study", "image 1"), sample_instance("test study", "image 2")};
  content.key_images = {content.shown[0]};
  PriorUse prior;
  prior.study_instance_uid = uid_from_name("prior study");
  prior.study_date = "20250310";
  prior.accession_number = "ACC-0000";
  prior.description = "Thorax p.a.";
  prior.images = {sample_instance("prior study", "prior image")};
  prior.reports = {{uid_from_name("prior study"), uid_from_name("prior report series"),
                    "1.2.840.10008.5.1.4.1.1.88.11", uid_from_name("prior report")}};
  content.priors = {prior};
  content.station_name = "radfm-1";
  content.ae_title = "RADFM";
  content.model_name = "radfm-phantom";
  content.model_version = "1";
  content.model_digest = sha256_hex("weights");
  content.product_version = "0.1.0";
  return content;
}

}  // namespace radfm::report
