// SPDX-License-Identifier: Apache-2.0
// The draft report as a DICOM Structured Report: TID 2000, PRELIMINARY, UNVERIFIED, by design never more than a draft.
// Pure function of its input: the same DraftContent gives the same bytes. No clock, no random UID.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/attribute_set.h"
#include "core/result.h"
#include "core/sop_class.h"

namespace radfm::report {

struct EvidenceInstance {
  std::string study_instance_uid, series_instance_uid, sop_class_uid, sop_instance_uid;
  bool operator==(const EvidenceInstance&) const = default;
};

// A prior study that the model was shown (image) or whose report it read.
struct PriorUse {
  std::string study_instance_uid, study_date, accession_number, description;
  std::vector<EvidenceInstance> images;
  std::vector<EvidenceInstance> reports;
};

struct Predecessor {
  std::string study_instance_uid, series_instance_uid, sop_class_uid, sop_instance_uid;
};

// The sections of the model's text (pipeline/report/sections.h). Empty means: the model did not write it.
struct ReportSections {
  std::string findings, impression;
};

struct DraftContent {
  AttributeSet source_header;          // of the study being reported (reader's StudyReading::header)
  std::string device_uid;              // constant for this node
  std::string series_instance_uid, sop_instance_uid;
  int revision = 1;                    // Instance Number; Series Number is 9900 + revision
  std::string content_date, content_time;      // DA, TM: fixed when the job was enqueued
  std::string observation_datetime;            // DT with offset
  SrClass sop_class = SrClass::basic_text;     // the content tree is the same in each
  std::string language = "en-US";
  std::string completion_flag = "PARTIAL";     // or COMPLETE
  std::string modality;                // acquisition device type (CR, DX, CT, MR); empty: row left out
  std::string target_region;           // "CHEST" or empty
  // First section, in this order. `draft_notice` should be among them (after the one on untrained weights, if any);
  // where it is missing it is put first.
  std::vector<std::string> notices;
  std::string clinical_information;    // what the prompt told the model, if anything
  std::string technique;               // what was read, what was left out
  std::string comparison;              // which priors were used, which not and why; never empty
  ReportSections sections;
  std::vector<EvidenceInstance> shown;        // instances fed to the model (current study)
  std::vector<EvidenceInstance> key_images;   // a few of `shown`, referenced at the findings
  std::vector<PriorUse> priors;
  std::vector<Predecessor> predecessors;
  std::string station_name, ae_title;
  std::string model_name, model_version, model_digest, product_version;
};

// An object that goes where the SR goes (companion_objects.h). `role` is its name in the job: "pdf", "page_1".
struct Companion {
  std::string role, sop_class_uid, sop_instance_uid;
  std::vector<std::uint8_t> dicom;
  std::string document = {};  // the PDF that is in it; empty for a page
};

struct DraftReport {
  std::vector<std::uint8_t> dicom;     // a complete DICOM file (Part 10, explicit VR little endian)
  std::string text;                    // the whole tree as text, as `sr read` prints it
  std::vector<std::string> left_out_values;   // source attributes that were illegal and were emptied or left out, by keyword
  // In parts, without images, for the page of those who have no viewer (draft_page.h); build_draft makes none.
  std::string page_json = {};
  // By report.companions; build_draft makes none. What is missing of them and why: for the job's history, no patient data.
  std::vector<Companion> companions = {};
  std::vector<std::string> companion_remarks = {};
};

// permanent "report_not_valid" when dcmsr refuses the tree; "source_header_unusable" when Patient or Study UIDs are missing.
Result<DraftReport> build_draft(const DraftContent& content);

// The first section's sentences: those of the content, with what may never be missing among them.
std::vector<std::string> shown_notices(const DraftContent& content);

// What stands in an SR file, for people and for tests (parsed by DCMTK: our own objects, or files an administrator names).
Result<std::string> sr_text(const std::vector<std::uint8_t>& dicom);

inline constexpr const char* draft_notice =
    "DRAFT made by software, not reviewed by a radiologist. Not for diagnosis until a physician has read the images.";
inline constexpr const char* nothing_written_notice = "The model wrote no text for this study.";
// The last line, for readers who look at the end first.
inline constexpr const char* closing_notice =
    "A radiologist must read the images: this draft was made by software and has not been reviewed.";
inline constexpr const char* completion_flag_description = "AI-generated draft; not reviewed by a radiologist";
inline constexpr const char* series_description = "AI DRAFT report - not reviewed";

}  // namespace radfm::report
