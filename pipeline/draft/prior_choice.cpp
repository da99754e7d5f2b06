// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/prior_choice.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>
#include <utility>

#include "core/dicom_time.h"
#include "core/patient_identity.h"
#include "pipeline/draft/header_tags.h"
#include "pipeline/draft/prior_relevance.h"

namespace radfm::draft {
namespace {

using imaging::StudyReading;

struct Words {
  std::string_view code, text;
};

// compare_identity's reasons for people.
constexpr std::array identity_words{
    Words{"patient_id_empty", "it or this study has no Patient ID"},
    Words{"patient_id_wildcard", "a Patient ID holds characters that stand for others"},
    Words{"patient_id_shared", "the Patient ID is one that many patients have or that stands for none"},
    Words{"patient_id_differs", "its Patient ID is not that of this patient"},
    Words{"issuer_differs", "its Patient ID was issued by another authority"},
    Words{"birth_date_differs", "its birth date is not that of this patient"},
    Words{"sex_differs", "its sex is not that of this patient"},
    Words{"name_differs", "its patient name is not that of this patient"},
};

std::string identity_reason(const std::string& code) {
  for (const Words& words : identity_words) {
    if (words.code == code) return std::string(words.text);
  }
  return "it is not surely of this patient";
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// Of two accession numbers: whether one order or several made the studies. Parts of one examination are often sent as
// studies of their own, minutes apart.
std::optional<std::string> refuse_accession(const std::string& current, const std::string& prior, bool one_day) {
  if (!prior.empty() && prior == current) return "it has the accession number of this study";
  if (one_day && (prior.empty() || current.empty())) {
    return "it is of the same day, and no accession number says that it is another examination";
  }
  return std::nullopt;
}

}  // namespace

std::optional<PriorRefusal> refuse_prior(const StudyReading& current, const StudyReading& prior,
                                         const PriorSettings& settings) {
  const auto value_of_current = [&](std::uint32_t name) -> const std::string& { return attribute_value(current.header, name); };
  const auto value = [&](std::uint32_t name) -> const std::string& { return attribute_value(prior.header, name); };
  if (prior.header.empty()) return PriorRefusal{"none of its files could be read", ""};
  if (!prior.disagreements.empty()) return PriorRefusal{"its files disagree about the patient or the study", ""};
  const IdentityRules rules{settings.one_issuer_may_be_empty, settings.shared_patient_ids};
  const IdentityVerdict verdict = compare_identity(identity_of(current.header), identity_of(prior.header), rules);
  if (!verdict.same_patient) return PriorRefusal{identity_reason(verdict.reason), ""};

  const std::string& date = value(tag::study_date);
  const std::string& uid = value(tag::study_instance_uid);
  if (uid.empty() || uid == value_of_current(tag::study_instance_uid)) return PriorRefusal{"it is the study itself", date};
  const bool one_day = parse_da(date) && parse_da(date) == parse_da(value_of_current(tag::study_date));
  if (auto reason = refuse_accession(trimmed(value_of_current(tag::accession_number)), trimmed(value(tag::accession_number)), one_day)) {
    return PriorRefusal{*reason, date};
  }
  if (!certainly_before(date, value(tag::study_time), value(tag::timezone_offset), value_of_current(tag::study_date),
                        value_of_current(tag::study_time), value_of_current(tag::timezone_offset))) {
    return PriorRefusal{"it is not certainly earlier than this study", date};
  }
  if (!is_within_years(date, value_of_current(tag::study_date), settings.window_years)) {
    return PriorRefusal{"it is older than " + std::to_string(settings.window_years) + " years", date};
  }
  return std::nullopt;
}

std::vector<std::size_t> most_recent_first(const std::vector<StudyReading>& priors) {
  const auto when = [&](std::size_t i) {
    return std::pair(attribute_value(priors[i].header, tag::study_date), attribute_value(priors[i].header, tag::study_time));
  };
  std::vector<std::size_t> order(priors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return when(a) > when(b); });
  return order;
}

}  // namespace radfm::draft
