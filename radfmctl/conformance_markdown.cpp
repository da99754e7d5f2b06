// SPDX-License-Identifier: Apache-2.0
// Overview, introduction, implementation model; and the whole text.
#include "radfmctl/conformance_statement.h"
#include "radfmctl/markdown_table.h"
#include "scu-scp/presentation_tables.h"

namespace radfm::ctl {
namespace {

using scu::Activity;
using scu::ActivityEntry;

constexpr const char* title = R"(<!-- Printed by the build; not to be edited. To make it again: radfmctl conformance > docs/dicom-conformance.md -->
# DICOM conformance statement

radfm-node )" RADFM_VERSION R"(, a research prototype that drafts radiology reports. Not a medical device.

)";

constexpr const char* overview = R"(## 1 Overview

radfm-node asks archives for a patient's earlier studies, and writes a **draft** report (an SR that says PRELIMINARY
and UNVERIFIED) about the current one. The images of the current study come to an [Orthanc](https://www.orthanc-server.com/)
that runs beside it: how modalities send there, and what it serves, is in Orthanc's own statement. This one is of what
radfm-node itself requests and accepts. Each line of its tables is the line of a table of the program, from which associations
are negotiated, and a test (`tests/conformance/`) negotiates each of them with an independent implementation, pynetdicom.

### 1.1 Network services

)";

constexpr const char* after_services = R"(### 1.2 Media services

None: radfm-node reads and writes no media (PS3.10, PS3.11).

## 2 Introduction

For PACS administrators and integrators who connect an archive with radfm-node, and know DICOM. The sections follow the order of
the template in PS3.2 annex N as far as they apply; their numbers are our own. Two statements side by side say whether two
systems can talk; that they work together at a site is for a test there to show.

Abbreviations: AE Application Entity; SCU, SCP Service Class User, Provider; SR Structured Report. `words like this` are keys of
the configuration, [config/radfm-node.json](../config/radfm-node.json).

## 3 Implementation model

One Application Entity, `dicom.ae_title`. It requests associations as often as it has something to ask or to send, and accepts
them where `dicom.port` is set.

)";

std::string role_cell(Activity activity, scu::ServiceRole role) {
  for (const scu::PresentationLine& line : scu::presentation_lines(activity)) {
    if (line.sop_class_uid == scu::service_class_uid(activity) && line.role == role) return "yes";
  }
  return {};
}

const char* service_of(Activity activity) {
  switch (activity) {
    case Activity::echo:
      return "Verification";
    case Activity::find_study_root:
    case Activity::find_patient_root:
      return "Query (C-FIND)";
    case Activity::get_study_root:
    case Activity::get_patient_root:
      return "Retrieve (C-GET), and Storage as SCP on the same association";
    case Activity::move_study_root:
    case Activity::move_patient_root:
      return "Retrieve (C-MOVE)";
    case Activity::deliver:
      return "Storage (C-STORE) of the draft SR";
    case Activity::request_commitment:
      return "Storage Commitment, push model";
    case Activity::serve:
      return "Verification, Storage, results of Storage Commitment: the own server";
  }
  return "";
}

std::string services_table() {
  std::vector<Row> rows;
  for (const ActivityEntry& entry : scu::activities()) {
    rows.push_back({service_of(entry.activity), code_text(entry.id), role_cell(entry.activity, scu::ServiceRole::scu),
                    role_cell(entry.activity, scu::ServiceRole::scp)});
  }
  rows.push_back({"DICOMweb Query (QIDO-RS), Retrieve (WADO-RS) and Store (STOW-RS)", "`search_*`, `retrieve_*`, `store_instance`", "user agent", ""});
  return markdown_table({"service", "line", "SCU", "SCP"}, rows);
}

std::string activities_table() {
  std::vector<Row> rows;
  for (const ActivityEntry& entry : scu::activities()) rows.push_back({code_text(entry.id), entry.purpose, entry.asked_by});
  return markdown_table({"line", "what for", "what makes it happen"}, rows);
}

}  // namespace

std::string conformance_overview() {
  return title + std::string(overview) + services_table() + after_services + activities_table();
}

std::string conformance_markdown() {
  std::string text = conformance_overview() + conformance_associations() + conformance_classes();
  text += conformance_web() + conformance_reports();
  text.erase(text.find_last_not_of('\n') + 1);
  return text + "\n";
}

}  // namespace radfm::ctl
