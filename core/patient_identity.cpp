// SPDX-License-Identifier: Apache-2.0
#include "core/patient_identity.h"

#include <algorithm>

#include "core/dicom_time.h"
#include "core/wildcard.h"

namespace radfm {
namespace {

constexpr std::uint32_t patient_name_tag = 0x0010'0010;
constexpr std::uint32_t patient_id_tag = 0x0010'0020;
constexpr std::uint32_t issuer_tag = 0x0010'0021;
constexpr std::uint32_t issuer_qualifiers_tag = 0x0010'0024;
constexpr std::uint32_t universal_entity_id_tag = 0x0040'0032;
constexpr std::uint32_t birth_date_tag = 0x0010'0030;
constexpr std::uint32_t sex_tag = 0x0010'0040;
constexpr std::size_t repeated_digits_min = 4;

std::string trimmed(std::string_view text) {
  const auto is_padding = [](char c) { return c == ' ' || c == '\0' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_padding(text.back())) text.remove_suffix(1);
  while (!text.empty() && is_padding(text.front())) text.remove_prefix(1);
  return std::string(text);
}

bool is_same_date(const std::string& a, const std::string& b) {
  const auto first = parse_da(a), second = parse_da(b);
  return first && second ? *first == *second : a == b;
}

// Both there, and a date that a person can have: 1 January 1900 is what many systems write for "not known".
bool are_same_real_date(const std::string& a, const std::string& b) {
  const auto first = parse_da(a), second = parse_da(b);
  return first && second && *first == *second && *first > DicomDate{1900, 1, 1};
}

bool issuers_agree(const PatientIdentity& current, const PatientIdentity& prior, bool one_may_be_empty) {
  const bool both_entities = !current.issuer_entity.empty() && !prior.issuer_entity.empty();
  if (both_entities && current.issuer_entity != prior.issuer_entity) return false;
  if (current.issuer == prior.issuer) return true;
  return one_may_be_empty && (current.issuer.empty() || prior.issuer.empty());
}

// M or F, also of the words that some systems write; else nothing.
char sex_letter(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  if (text == "M" || text == "MALE") return 'M';
  if (text == "F" || text == "FEMALE") return 'F';
  return '\0';
}

bool sexes_contradict(const std::string& a, const std::string& b) {
  const char one = sex_letter(a), other = sex_letter(b);
  return one != '\0' && other != '\0' && one != other;
}

bool names_agree(const PatientIdentity& current, const PatientIdentity& prior) {
  switch (compare_names(current.name, prior.name)) {
    case NameVerdict::agree:
      return true;
    case NameVerdict::differ:
      return false;
    case NameVerdict::mixed:
    case NameVerdict::nothing:
      break;
  }
  return are_same_real_date(current.birth_date, prior.birth_date);
}

// The comparison of values that were trimmed; the reason, or empty.
std::string why_different(const PatientIdentity& current, const PatientIdentity& prior,
                          const IdentityRules& rules) {
  const std::string ours = why_no_ones_id(current.patient_id, rules),
                    theirs = why_no_ones_id(prior.patient_id, rules);
  for (const char* reason : {"patient_id_empty", "patient_id_wildcard"}) {
    if (ours == reason || theirs == reason) return reason;
  }
  if (current.patient_id != prior.patient_id) return "patient_id_differs";
  if (!ours.empty()) return ours;
  if (!issuers_agree(current, prior, rules.one_issuer_may_be_empty)) return "issuer_differs";
  const bool one_birth_date_empty = current.birth_date.empty() || prior.birth_date.empty();
  if (!one_birth_date_empty && !is_same_date(current.birth_date, prior.birth_date))
    return "birth_date_differs";
  if (sexes_contradict(current.sex, prior.sex)) return "sex_differs";
  if (!names_agree(current, prior)) return "name_differs";
  return {};
}

PatientIdentity trimmed(const PatientIdentity& identity) {
  return {trimmed(identity.patient_id), trimmed(identity.issuer), trimmed(identity.birth_date),
          trimmed(identity.sex),        trimmed(identity.name),   trimmed(identity.issuer_entity)};
}

std::string issuer_entity_of(const AttributeSet& header) {
  const auto qualifiers = header.find(issuer_qualifiers_tag);
  if (qualifiers == header.end() || qualifiers->second.items.empty()) return {};
  return attribute_value(qualifiers->second.items.front(), universal_entity_id_tag);
}

}  // namespace

std::vector<std::string> default_shared_patient_ids() {
  return {"UNKNOWN*", "UNKNWN*", "ANON",      "ANONYM*", "NONE",    "N/A",       "NA",
          "NULL",     "NOID*",   "NO ID*",    "NO_ID*",  "NONAME*", "TEST",      "DUMMY",
          "DEFAULT",  "PATIENT", "PATIENTID", "PAT",     "ID",      "EMERGENCY", "TRAUMA",
          "NOTFALL",  "TEMP",    "UNBEKANNT", "INCONNU*"};
}

std::string why_no_ones_id(std::string_view patient_id, const IdentityRules& rules) {
  const std::string id = trimmed(patient_id);
  if (id.empty()) return "patient_id_empty";
  const bool plain = std::none_of(id.begin(), id.end(), [](char c) {
    return c == '*' || c == '?' || c == '\\' || (static_cast<unsigned char>(c) < 0x20) || c == 0x7F;
  });
  if (!plain) return "patient_id_wildcard";
  const bool is_repeated = id.find_first_not_of(id.front()) == std::string::npos;
  const bool is_digit = id.front() >= '1' && id.front() <= '9';  // small numbers are patients, "9999" is none
  const bool one_character = is_repeated && (!is_digit || id.size() >= repeated_digits_min);
  const bool listed = std::any_of(rules.shared_patient_ids.begin(), rules.shared_patient_ids.end(),
                                  [&](const std::string& pattern) { return matches_wildcard(pattern, id); });
  return one_character || listed ? "patient_id_shared" : "";
}

PatientIdentity identity_of(const AttributeSet& header) {
  return trimmed(PatientIdentity{attribute_value(header, patient_id_tag), attribute_value(header, issuer_tag),
                                 attribute_value(header, birth_date_tag), attribute_value(header, sex_tag),
                                 attribute_value(header, patient_name_tag), issuer_entity_of(header)});
}

IdentityVerdict compare_identity(const PatientIdentity& current, const PatientIdentity& prior,
                                 const IdentityRules& rules) {
  std::string reason = why_different(trimmed(current), trimmed(prior), rules);
  const bool same = reason.empty();
  return {same, std::move(reason)};
}

IdentityVerdict compare_identity(const PatientIdentity& current, const PatientIdentity& prior,
                                 bool one_issuer_may_be_empty) {
  IdentityRules rules;
  rules.one_issuer_may_be_empty = one_issuer_may_be_empty;
  return compare_identity(current, prior, rules);
}

}  // namespace radfm
