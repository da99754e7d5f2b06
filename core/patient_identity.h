// SPDX-License-Identifier: Apache-2.0
// Whether two studies are surely of one patient. In doubt: no. (IHE RAD-TF 4.3; DICOM PS3.3 C.7.1.1)
#pragma once

#include <string>

#include "core/attribute_set.h"

namespace radfm {

// As the files' own bytes and character sets say, converted to UTF-8 (never from Orthanc's JSON).
struct PatientIdentity {
  std::string patient_id;  // (0010,0020), outer blanks cut, case kept
  std::string issuer;      // (0010,0021)
  std::string birth_date;  // (0010,0030)
  std::string sex;         // (0010,0040)
  std::string name;        // (0010,0010)
  bool operator==(const PatientIdentity&) const = default;
};

PatientIdentity identity_of(const AttributeSet& header);

struct IdentityVerdict {
  bool same_patient = false;
  // Why not, without patient data: "birth_date_differs", "patient_id_empty", "patient_id_wildcard",
  // "patient_id_differs", "issuer_differs", "sex_differs", "name_differs". Empty when same_patient.
  std::string reason;
};

// Same PatientID (exact; not empty, no * ? or backslash) AND same issuer (one side may be empty only with
// `one_issuer_may_be_empty`) AND birth date equal or empty on one side AND sex not contradictory (M against F) AND names
// similar: the family name's letters equal, case and accents folded, in any one component group that both have;
// a name empty on one side needs an equal birth date on both.
IdentityVerdict compare_identity(const PatientIdentity& current, const PatientIdentity& prior,
                                 bool one_issuer_may_be_empty);

}  // namespace radfm
