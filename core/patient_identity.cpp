// SPDX-License-Identifier: Apache-2.0
#include "core/patient_identity.h"

#include <string_view>
#include <vector>

#include "core/dicom_time.h"
#include "core/name_folding.h"

namespace radfm {
namespace {

constexpr std::uint32_t patient_name_tag = 0x0010'0010;
constexpr std::uint32_t patient_id_tag = 0x0010'0020;
constexpr std::uint32_t issuer_tag = 0x0010'0021;
constexpr std::uint32_t birth_date_tag = 0x0010'0030;
constexpr std::uint32_t sex_tag = 0x0010'0040;

std::string trimmed(std::string_view text) {
  const auto is_padding = [](char c) { return c == ' ' || c == '\0' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_padding(text.back())) text.remove_suffix(1);
  while (!text.empty() && is_padding(text.front())) text.remove_prefix(1);
  return std::string(text);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// PS3.5 6.2 (PN): up to three component groups (alphabetic, ideographic, phonetic); the first component is the family.
std::vector<std::string> family_names(const std::string& name) {
  std::vector<std::string> families;
  for (const auto& group : split(name, '=')) families.push_back(folded_letters(split(group, '^').front()));
  return families;
}

bool is_same_date(const std::string& a, const std::string& b) {
  const auto first = parse_da(a), second = parse_da(b);
  return first && second ? *first == *second : a == b;
}

bool names_agree(const PatientIdentity& current, const PatientIdentity& prior) {
  if (folded_letters(current.name).empty() || folded_letters(prior.name).empty()) {
    return !current.birth_date.empty() && is_same_date(current.birth_date, prior.birth_date);
  }
  const auto ours = family_names(current.name), theirs = family_names(prior.name);
  for (std::size_t group = 0; group < ours.size() && group < theirs.size(); ++group) {
    if (!ours[group].empty() && ours[group] == theirs[group]) return true;
  }
  return false;
}

bool issuers_agree(const PatientIdentity& current, const PatientIdentity& prior, bool one_may_be_empty) {
  if (current.issuer == prior.issuer) return true;
  return one_may_be_empty && (current.issuer.empty() || prior.issuer.empty());
}

bool sexes_contradict(const std::string& a, const std::string& b) {
  return (a == "M" && b == "F") || (a == "F" && b == "M");
}

// The comparison of values that were trimmed; the reason, or empty.
std::string why_different(const PatientIdentity& current, const PatientIdentity& prior, bool one_issuer_may_be_empty) {
  if (current.patient_id.empty() || prior.patient_id.empty()) return "patient_id_empty";
  if ((current.patient_id + prior.patient_id).find_first_of("*?\\") != std::string::npos) return "patient_id_wildcard";
  if (current.patient_id != prior.patient_id) return "patient_id_differs";
  if (!issuers_agree(current, prior, one_issuer_may_be_empty)) return "issuer_differs";
  const bool one_birth_date_empty = current.birth_date.empty() || prior.birth_date.empty();
  if (!one_birth_date_empty && !is_same_date(current.birth_date, prior.birth_date)) return "birth_date_differs";
  if (sexes_contradict(current.sex, prior.sex)) return "sex_differs";
  if (!names_agree(current, prior)) return "name_differs";
  return {};
}

PatientIdentity trimmed(const PatientIdentity& identity) {
  return {trimmed(identity.patient_id), trimmed(identity.issuer), trimmed(identity.birth_date), trimmed(identity.sex),
          trimmed(identity.name)};
}

}  // namespace

PatientIdentity identity_of(const AttributeSet& header) {
  return trimmed(PatientIdentity{attribute_value(header, patient_id_tag), attribute_value(header, issuer_tag),
                                 attribute_value(header, birth_date_tag), attribute_value(header, sex_tag),
                                 attribute_value(header, patient_name_tag)});
}

IdentityVerdict compare_identity(const PatientIdentity& current, const PatientIdentity& prior,
                                 bool one_issuer_may_be_empty) {
  std::string reason = why_different(trimmed(current), trimmed(prior), one_issuer_may_be_empty);
  const bool same = reason.empty();
  return {same, std::move(reason)};
}

}  // namespace radfm
