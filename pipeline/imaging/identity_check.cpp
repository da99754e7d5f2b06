// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/identity_check.h"

#include "pipeline/imaging/element_text.h"

namespace radfm::imaging {
namespace {

std::string comparable_name(const std::string& name) {
  std::string upper = upper_case(name);
  while (!upper.empty() && (upper.back() == '^' || upper.back() == '=' || upper.back() == ' '))
    upper.pop_back();
  return upper;
}

}  // namespace

void IdentityCheck::compare(Entry& entry, const std::string& value, bool empty_says_nothing) {
  if (value.empty() && empty_says_nothing) return;
  if (entry.seen && entry.value != value) entry.differs = true;
  if (!entry.seen) entry.value = value;
  entry.seen = true;
}

void IdentityCheck::add(const InstanceFacts& facts) {
  compare(patient_id_, facts.identity.patient_id, false);
  compare(birth_date_, facts.identity.birth_date, true);
  compare(sex_, facts.identity.sex, true);
  compare(name_, comparable_name(facts.identity.name), true);
  compare(study_uid_, facts.study_instance_uid, false);
}

std::vector<std::string> IdentityCheck::disagreements() const {
  std::vector<std::string> out;
  if (patient_id_.differs) out.emplace_back("patient_id");
  if (birth_date_.differs) out.emplace_back("birth_date");
  if (sex_.differs) out.emplace_back("sex");
  if (name_.differs) out.emplace_back("name");
  if (study_uid_.differs) out.emplace_back("study_uid");
  return out;
}

}  // namespace radfm::imaging
