// SPDX-License-Identifier: Apache-2.0
// The codes of TID 2000, TID 2010 and their context groups (PS3.16): standard schemes only, so that validators know every one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace radfm::report {

struct Code {
  const char* value;
  const char* scheme;
  const char* meaning;
};

namespace code {
// Document title (CID 7000): the general one is right for every modality.
inline constexpr Code diagnostic_imaging_report = {"18748-4", "LN", "Diagnostic Imaging Report"};

// TID 2000 rows 2 to 5.
inline constexpr Code acquisition_device_type = {"122142", "DCM", "Acquisition Device Type"};
inline constexpr Code target_region = {"123014", "DCM", "Target Region"};
inline constexpr Code language = {"121049", "DCM", "Language of Content Item and Descendants"};

// TID 1002, 1004: who observed. The default would be a person.
inline constexpr Code observer_type = {"121005", "DCM", "Observer Type"};
inline constexpr Code device = {"121007", "DCM", "Device"};
inline constexpr Code device_observer_uid = {"121012", "DCM", "Device Observer UID"};
inline constexpr Code device_observer_name = {"121013", "DCM", "Device Observer Name"};
inline constexpr Code device_observer_manufacturer = {"121014", "DCM", "Device Observer Manufacturer"};
inline constexpr Code device_observer_model_name = {"121015", "DCM", "Device Observer Model Name"};
inline constexpr Code device_observer_serial_number = {"121016", "DCM", "Device Observer Serial Number"};
inline constexpr Code station_ae_title = {"110119", "DCM", "Station AE Title"};

// TID 1005: the study that a section speaks of.
inline constexpr Code procedure_study_instance_uid = {"121018", "DCM", "Procedure Study Instance UID"};
inline constexpr Code accession_number = {"121022", "DCM", "Accession Number"};

// Headings (CID 7001) and elements (CID 7002).
inline constexpr Code summary = {"55112-7", "LN", "Summary"};
inline constexpr Code clinical_information = {"55752-0", "LN", "Clinical Information"};
inline constexpr Code current_procedure_descriptions = {"55111-9", "LN", "Current Procedure Descriptions"};
inline constexpr Code prior_procedure_descriptions = {"55114-3", "LN", "Prior Procedure Descriptions"};
inline constexpr Code findings = {"59776-5", "LN", "Findings"};
inline constexpr Code impressions = {"19005-8", "LN", "Impressions"};
inline constexpr Code recommendations = {"18783-1", "LN", "Recommendations"};
inline constexpr Code comment = {"121106", "DCM", "Comment"};
inline constexpr Code request = {"55115-0", "LN", "Request"};
inline constexpr Code procedure_description = {"121065", "DCM", "Procedure Description"};
inline constexpr Code finding = {"121071", "DCM", "Finding"};
inline constexpr Code impression = {"121073", "DCM", "Impression"};
inline constexpr Code recommendation = {"121075", "DCM", "Recommendation"};

// Purposes of an image reference (CID 7003).
inline constexpr Code baseline = {"121079", "DCM", "Baseline"};
inline constexpr Code best_illustration = {"121080", "DCM", "Best illustration of finding"};

// Purpose of reference of contributing equipment (CID 7005).
inline constexpr Code processing_equipment = {"109102", "DCM", "Processing Equipment"};

// TID 2010, of a rejection note: its title (CID 7010), and what must modify it where it says quality (CID 7011).
inline constexpr Code rejected_for_quality = {"113001", "DCM", "Rejected for Quality Reasons"};
inline constexpr Code rejected_for_patient_safety = {"113037", "DCM", "Rejected for Patient Safety Reasons"};
inline constexpr Code document_title_modifier = {"113011", "DCM", "Document Title Modifier"};
// CID 7011 is about images and the machines that make them. Here the fault is in a text, and the person's words say which:
// "Software failure" would claim that a program broke down, "Unknown failure" that nobody knows.
inline constexpr Code other_failure = {"111220", "DCM", "Other failure"};
inline constexpr Code key_object_description = {"113012", "DCM", "Key Object Description"};
}  // namespace code

// A code of CID 29 for a Modality value, of CID 4031 for a Body Part Examined value; nullptr when we know none.
const Code* acquisition_device_code(std::string_view modality);
const Code* region_code(std::string_view body_part);
// The meaning of a language tag of RFC 5646 as CID 5000 writes it; the tag itself when we know none.
std::string language_meaning(std::string_view tag);

// Every code that a report of ours may hold, and where: for the conformance statement.
struct UsedCode {
  Code code;
  const char* where;
};
std::vector<UsedCode> used_codes();

}  // namespace radfm::report
