// SPDX-License-Identifier: Apache-2.0
// What is asked about a patient's earlier studies and about the reports of a study, and what archives answer: the same for
// C-FIND and for QIDO-RS.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"

namespace radfm::scu {

inline constexpr std::size_t find_matches_max = 1'000;    // of one question
inline constexpr std::size_t query_value_bytes_max = 64;  // PS3.5 6.2 (LO)

struct StudyQuery {
  std::string patient_id;          // matched exactly; its bytes in `character_set`
  std::string issuer;              // Issuer of Patient ID; asked for in any case, a matching key if not empty
  std::string date_from, date_to;  // YYYYMMDD, both included; empty: open
  std::string character_set;       // of patient_id and issuer (0008,0005); empty: ASCII
};
// permanent "query_too_wide" for an empty Patient ID, and for one that a peer would take as a pattern or a
// list (PS3.4 C.2.2.2); permanent "query_not_usable" for values that DICOM does not allow.
Status check(const StudyQuery& query);

// Values as the archive sent them, in `character_set`, without padding; several values are joined by a
// backslash.
struct FoundStudy {
  std::string study_uid;
  std::string date, time, timezone_offset;
  std::string accession_number, description, modalities;
  std::string patient_id, issuer, patient_name, birth_date, sex;
  std::string instances;  // Number of Study Related Instances, as text
  std::string character_set;
};

struct FoundSeries {
  std::string series_uid;
  std::string modality, body_part, description, number;
  std::string instances;  // Number of Series Related Instances, as text
  std::string character_set;
};

// A Structured Report, as the archive describes it without sending it. What it did not say is empty.
struct FoundDocument {
  std::string series_uid, sop_instance_uid, sop_class_uid;
  std::string verification_flag, preliminary_flag;
  std::string title, title_code, title_scheme;  // of the root's Concept Name Code Sequence (0040,A043)
  std::string model_name;
  std::string character_set;
};

template <class Match>
struct Found {
  std::vector<Match> matches;
  bool more = false;         // the archive had more than the bound; they were not read
  std::size_t unusable = 0;  // answers without a UID, unreadable, or of another study than asked
};

}  // namespace radfm::scu
