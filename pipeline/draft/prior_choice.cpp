// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/prior_choice.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>
#include <utility>

#include "core/dicom_time.h"
#include "core/patient_identity.h"
#include "core/sop_class.h"
#include "pipeline/draft/header_tags.h"
#include "pipeline/draft/plain_text.h"

namespace radfm::draft {
namespace {

using imaging::ReportReading;
using imaging::StudyReading;
using imaging::VolumeDescription;

struct Words {
  std::string_view code, text;
};

// compare_identity's reasons for people.
constexpr std::array identity_words{
    Words{"patient_id_empty", "it or this study has no Patient ID"},
    Words{"patient_id_wildcard", "a Patient ID holds characters that stand for others"},
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

std::string upper_letters(std::string_view text) {
  std::string letters;
  for (const char c : text) {
    if (c >= 'a' && c <= 'z') letters.push_back(static_cast<char>(c - 'a' + 'A'));
    if (c >= 'A' && c <= 'Z') letters.push_back(c);
  }
  return letters;
}

std::string region_of(std::string_view body_part) {
  const std::string letters = upper_letters(body_part);
  for (const std::string_view chest : {"THORAX", "LUNG", "HEART", "RIB"}) {
    if (letters.find(chest) != std::string::npos) return "CHEST";
  }
  for (const std::string_view head : {"SKULL", "BRAIN"}) {
    if (letters.find(head) != std::string::npos) return "HEAD";
  }
  return letters;
}

// SR documents that hold no narrative reading (dose, CAD, measurements, logs), by their titles.
bool is_narrative(const ReportReading& report) {
  const std::string title = upper_letters(report.title);
  for (const std::string_view other : {"DOSE", "CAD", "MEASUREMENT", "PROCEDURELOG", "KEYOBJECT"}) {
    if (title.find(other) != std::string::npos) return false;
  }
  return sop_role(report.sop_class_uid) == SopRole::report &&
         report.sop_class_uid.starts_with("1.2.840.10008.5.1.4.1.1.88.");
}

constexpr std::size_t first_word_bytes = 16;  // enough to see that a text is more than blanks

bool is_verified_report_of_others(const ReportReading& report) {
  return !report.ours && report.verification_flag == "VERIFIED" && report.completion_flag == "COMPLETE" &&
         report.preliminary_flag != "PRELIMINARY" && !one_line(report.text, first_word_bytes).empty() && is_narrative(report);
}

bool within_window(std::string_view prior_date, std::string_view current_date, int years) {
  const std::optional<DicomDate> prior = parse_da(prior_date);
  const std::optional<DicomDate> current = parse_da(current_date);
  if (!prior || !current) return false;
  return std::tuple(prior->year + years, prior->month, prior->day) >= std::tuple(current->year, current->month, current->day);
}

}  // namespace

std::optional<PriorRefusal> refuse_prior(const StudyReading& current, const StudyReading& prior,
                                         const PriorSettings& settings) {
  const auto value_of_current = [&](std::uint32_t name) -> const std::string& { return attribute_value(current.header, name); };
  const auto value = [&](std::uint32_t name) -> const std::string& { return attribute_value(prior.header, name); };
  if (prior.header.empty()) return PriorRefusal{"none of its files could be read", ""};
  if (!prior.disagreements.empty()) return PriorRefusal{"its files disagree about the patient or the study", ""};
  const IdentityVerdict verdict =
      compare_identity(identity_of(current.header), identity_of(prior.header), settings.one_issuer_may_be_empty);
  if (!verdict.same_patient) return PriorRefusal{identity_reason(verdict.reason), ""};

  const std::string& date = value(tag::study_date);
  const std::string& uid = value(tag::study_instance_uid);
  if (uid.empty() || uid == value_of_current(tag::study_instance_uid)) return PriorRefusal{"it is the study itself", date};
  const std::string& accession = value(tag::accession_number);
  if (!accession.empty() && accession == value_of_current(tag::accession_number)) {
    return PriorRefusal{"it has the accession number of this study", date};
  }
  if (!certainly_before(date, value(tag::study_time), value(tag::timezone_offset), value_of_current(tag::study_date),
                        value_of_current(tag::study_time), value_of_current(tag::timezone_offset))) {
    return PriorRefusal{"it is not certainly earlier than this study", date};
  }
  if (!within_window(date, value_of_current(tag::study_date), settings.window_years)) {
    return PriorRefusal{"it is older than " + std::to_string(settings.window_years) + " years", date};
  }
  return std::nullopt;
}

std::optional<std::size_t> usable_report(const StudyReading& prior) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < prior.reports.size(); ++i) {
    const ReportReading& report = prior.reports[i];
    if (!is_verified_report_of_others(report)) continue;
    const auto when = [](const ReportReading& r) { return std::tie(r.content_date, r.content_time, r.sop_instance_uid); };
    if (!best || when(prior.reports[*best]) < when(report)) best = i;
  }
  return best;
}

std::string_view modality_group(std::string_view modality) {
  if (modality == "CR" || modality == "DX" || modality == "DR") return "radiograph";
  if (modality == "MG") return "mammogram";
  if (modality == "NM" || modality == "PT") return "nuclear";
  return modality;
}

bool regions_overlap(std::string_view one, std::string_view other) {
  const std::string a = region_of(one), b = region_of(other);
  return a.empty() || b.empty() || a.find(b) != std::string::npos || b.find(a) != std::string::npos;
}

bool has_comparable_images(const VolumeDescription& shown, const StudyReading& prior) {
  return std::any_of(prior.instances.begin(), prior.instances.end(), [&](const imaging::InstanceReading& instance) {
    return counts_for_digest(instance.sop_class_uid) &&
           modality_group(instance.modality) == modality_group(shown.modality) &&
           regions_overlap(instance.body_part, shown.body_part);
  });
}

std::optional<std::size_t> comparable_volume(const VolumeDescription& shown, const StudyReading& prior) {
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < prior.volumes.size(); ++i) {
    const VolumeDescription& volume = prior.volumes[i];
    const bool fits = volume.kind == shown.kind && modality_group(volume.modality) == modality_group(shown.modality) &&
                      regions_overlap(volume.body_part, shown.body_part);
    if (!fits) continue;
    if (shown.kind == imaging::VolumeKind::volume || volume.view_position == shown.view_position) return i;
    if (!first) first = i;
  }
  return first;
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
