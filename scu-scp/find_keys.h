// SPDX-License-Identifier: Apache-2.0
// What a C-FIND asks for at each level (PS3.4 C.6.2.1), and where the answer goes.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "scu-scp/prior_query.h"

namespace radfm::scu {

template <class Match>
struct FindKey {
  std::uint32_t tag;
  const char* name;
  std::string Match::*field;
  const char* matching = "";  // how it is matched, where it is; else it is only asked for
};

inline constexpr FindKey<FoundStudy> study_keys[] = {
    {0x00080020, "Study Date", &FoundStudy::date, "range"},
    {0x00080030, "Study Time", &FoundStudy::time},
    {0x00080050, "Accession Number", &FoundStudy::accession_number},
    {0x00080061, "Modalities in Study", &FoundStudy::modalities},
    {0x00080201, "Timezone Offset From UTC", &FoundStudy::timezone_offset},
    {0x00081030, "Study Description", &FoundStudy::description},
    {0x00100010, "Patient's Name", &FoundStudy::patient_name},
    {0x00100020, "Patient ID", &FoundStudy::patient_id, "single value, always"},
    {0x00100021, "Issuer of Patient ID", &FoundStudy::issuer, "single value, where it is known"},
    {0x00100030, "Patient's Birth Date", &FoundStudy::birth_date},
    {0x00100040, "Patient's Sex", &FoundStudy::sex},
    {0x0020000D, "Study Instance UID", &FoundStudy::study_uid},
    {0x00201208, "Number of Study Related Instances", &FoundStudy::instances}};
// In the patient root model the Patient ID goes with it (PS3.4 C.4.1.2.1).
inline constexpr FindKey<FoundSeries> series_keys[] = {
    {0x00080060, "Modality", &FoundSeries::modality},
    {0x0008103E, "Series Description", &FoundSeries::description},
    {0x00180015, "Body Part Examined", &FoundSeries::body_part},
    {0x0020000E, "Series Instance UID", &FoundSeries::series_uid},
    {0x00200011, "Series Number", &FoundSeries::number},
    {0x00201209, "Number of Series Related Instances", &FoundSeries::instances}};

// Of the Structured Reports of a series (PS3.4 C.6.1.1.5): most are optional keys, which not every archive answers.
inline constexpr FindKey<FoundDocument> document_keys[] = {
    {0x00080016, "SOP Class UID", &FoundDocument::sop_class_uid},
    {0x00080018, "SOP Instance UID", &FoundDocument::sop_instance_uid},
    {0x00081090, "Manufacturer's Model Name", &FoundDocument::model_name},
    {0x0040A043, "Concept Name Code Sequence", &FoundDocument::title},  // its item is read by find_scu.cpp
    {0x0040A493, "Verification Flag", &FoundDocument::verification_flag},
    {0x0040A496, "Preliminary Flag", &FoundDocument::preliminary_flag}};

inline std::span<const FindKey<FoundStudy>> study_find_keys() { return study_keys; }
inline std::span<const FindKey<FoundSeries>> series_find_keys() { return series_keys; }
inline std::span<const FindKey<FoundDocument>> document_find_keys() { return document_keys; }

}  // namespace radfm::scu
