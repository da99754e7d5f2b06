// SPDX-License-Identifier: Apache-2.0
// Whether two studies are surely of one patient. In doubt: no. (IHE RAD-TF 4.3; DICOM PS3.3 C.7.1.1)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/attribute_set.h"

namespace radfm {

// As the files' own bytes and character sets say, converted to UTF-8 (never from Orthanc's JSON).
struct PatientIdentity {
  std::string patient_id;          // (0010,0020), outer blanks cut, case kept
  std::string issuer;              // (0010,0021)
  std::string birth_date;          // (0010,0030)
  std::string sex;                 // (0010,0040)
  std::string name;                // (0010,0010)
  std::string issuer_entity = {};  // Universal Entity ID (0040,0032) of the issuer's qualifiers (0010,0024)
  bool operator==(const PatientIdentity&) const = default;
};

PatientIdentity identity_of(const AttributeSet& header);

struct IdentityVerdict {
  bool same_patient = false;
  // Why not, without patient data: "birth_date_differs", "patient_id_empty", "patient_id_wildcard",
  // "patient_id_shared", "patient_id_differs", "issuer_differs", "sex_differs", "name_differs". Empty when
  // same_patient.
  std::string reason;
};

// Patient IDs that stand for nobody or for many: patterns with * and ?, capitals or not. One character
// repeated ("0000", "X") is always such a one.
std::vector<std::string> default_shared_patient_ids();
inline constexpr std::size_t shared_patient_ids_max = 200;

// What a site decides.
struct IdentityRules {
  bool one_issuer_may_be_empty = true;
  std::vector<std::string> shared_patient_ids = default_shared_patient_ids();
};

// The same patient, if all of this holds, in either direction:
// * the Patient IDs are equal byte by byte; not empty, without * ? \ and control characters, and not shared
// by many;
// * the issuers are equal (one side may be empty only with `one_issuer_may_be_empty`), and so are the
// issuers' universal
//   identifiers where both have one;
// * the birth dates are equal, or one is empty;
// * the sexes do not contradict (M against F);
// * the names agree. Of each component group that both have (alphabetic, ideographic, phonetic; PS3.5 6.2),
// the letters of
//   the family names are equal, case and accents folded, and the given names share a word or one begins with
//   the other. Where one group agrees and another does not, or where there is nothing to compare (a name is
//   empty or says UNKNOWN), both birth dates must be there, real and equal.
IdentityVerdict compare_identity(const PatientIdentity& current, const PatientIdentity& prior,
                                 const IdentityRules& rules);
IdentityVerdict compare_identity(const PatientIdentity& current, const PatientIdentity& prior,
                                 bool one_issuer_may_be_empty);

// Whether a Patient ID belongs to one person as far as one can see: "patient_id_empty",
// "patient_id_wildcard", "patient_id_shared", or empty.
std::string why_no_ones_id(std::string_view patient_id, const IdentityRules& rules);

// What two names (PN, UTF-8) say about whether they are one person's. Two that have no component group in
// common differ; nothing: one of them is no name.
enum class NameVerdict { agree, mixed, differ, nothing };
NameVerdict compare_names(std::string_view one, std::string_view other);

}  // namespace radfm
