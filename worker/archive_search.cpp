// SPDX-License-Identifier: Apache-2.0
#include "worker/archive_search.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <string_view>
#include <tuple>

#include "core/body_regions.h"
#include "core/dicom_time.h"

namespace radfm::worker {
namespace {

using draft::ImageTopic;
using scu::FoundSeries;
using scu::FoundStudy;

// Series of these hold documents (PS3.3 C.7.3.1.1.1): small, and perhaps a report. OT is what some encapsulated PDFs are.
constexpr std::array<std::string_view, 3> report_modalities{"SR", "DOC", "OT"};
// No images, and no report that is read.
constexpr std::array<std::string_view, 20> other_modalities{"PR",   "KO",  "SEG", "REG", "RTSTRUCT", "RTPLAN", "RTDOSE", "RTRECORD", "AU",   "ECG",
                                                            "EPS",  "HD",  "SMR", "FID", "M3D",      "PLAN",   "RWV",    "STAIN",    "ASMT", "RESP"};

template <std::size_t Count>
bool is_among(const std::array<std::string_view, Count>& modalities, const std::string& modality) {
  return std::ranges::find(modalities, modality) != modalities.end();
}

bool is_ascii(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// The same day so many years earlier; of a 29 February the day before, which every year has.
std::string years_before(const DicomDate& date, int years) {
  std::array<char, 16> text{};
  const int day = date.month == 2 && date.day == 29 ? 28 : date.day;
  std::snprintf(text.data(), text.size(), "%04d%02d%02d", std::max(date.year - years, 1), date.month, day);
  return text.data();
}

std::string date_text(const DicomDate& date) { return years_before(date, 0); }

// Of one series: its own words, else the study's.
ImageTopic topic_of(const FoundSeries& series, const FoundStudy& study, const PriorSettings& settings) {
  ImageTopic topic;
  topic.modality_groups.emplace(modality_group(settings.modality_groups, series.modality));
  for (const std::string* text : {&series.body_part, &series.description}) topic.regions.merge(regions_in(settings.regions, *text));
  if (topic.regions.empty()) topic.regions = regions_in(settings.regions, study.description);
  return topic;
}

Error search_ended() {
  return transient_error("search_timeout", "the time for the search of earlier studies (priors.search_timeout_ms) is over");
}

// Why something of what was wanted is missing.
std::optional<Error> missing(const scu::RetrievalResult& result) {
  if (result.stopped) return result.stopped;
  if (result.failed > 0) return permanent_error("archive_sends_not_all", "the archive could not send every object");
  return std::nullopt;
}

}  // namespace

bool may_be_prior(const std::string& date, const std::string& time, const std::string& zone, const SearchTopic& current,
                  const PriorSettings& settings) {
  return certainly_before(date, time, zone, current.study_date, current.study_time, "") &&
         draft::is_within_years(date, current.study_date, settings.window_years);
}

Result<std::unique_ptr<scu::PriorSource>> ArchiveSearch::source(const SearchBudget& budget) const {
  const std::int64_t left_ms = budget.left_ms();
  if (left_ms <= 0) return search_ended();
  return archive_.open(std::min(left_ms, archive_.timeout_ms));
}

Result<ArchiveFindings> ArchiveSearch::find(const SearchTopic& current, const SearchBudget& budget) const {
  const std::optional<DicomDate> date = parse_da(current.study_date);
  if (!date) return ArchiveFindings();  // nothing is certainly before a study without a date
  const auto archive = source(budget);
  if (!archive) return archive.error();
  scu::StudyQuery query;
  query.patient_id = current.patient_id;
  query.date_from = years_before(*date, settings_.window_years);
  query.date_to = date_text(*date);
  query.character_set = is_ascii(current.patient_id) ? "" : "ISO_IR 192";
  Result<scu::Found<FoundStudy>> found = (*archive)->studies(query, archive_matches_max, wake_fd_);
  if (!found) return found.error();

  std::vector<FoundStudy> studies;
  for (FoundStudy& study : found->matches) {
    // What was found of somebody else is not even asked for.
    const bool other = !study.patient_id.empty() && study.patient_id != current.patient_id;
    if (other || study.study_uid == current.study_uid) continue;
    if (may_be_prior(study.date, study.time, study.timezone_offset, current, settings_)) studies.push_back(std::move(study));
  }
  std::ranges::sort(studies, [](const FoundStudy& a, const FoundStudy& b) {
    return std::tie(b.date, b.time, b.study_uid) < std::tie(a.date, a.time, a.study_uid);
  });
  ArchiveFindings findings;
  findings.more = found->more || studies.size() > archive_series_asked_max;
  if (studies.size() > archive_series_asked_max) studies.resize(archive_series_asked_max);
  for (const FoundStudy& study : studies) {
    if (Status asked = ask_series(current, study, budget, findings); !asked) return asked.error();
  }
  return findings;
}

Status ArchiveSearch::ask_series(const SearchTopic& current, const FoundStudy& found, const SearchBudget& budget,
                                 ArchiveFindings& findings) const {
  const auto archive = source(budget);
  if (!archive) return archive.error();
  const Result<scu::Found<FoundSeries>> series =
      (*archive)->series(found.study_uid, current.patient_id, scu::retrieval_series_max, wake_fd_);
  if (!series) return series.error();
  findings.more = findings.more || series->more;
  ImageTopic topic;
  topic.regions = regions_in(settings_.regions, found.description);
  for (const FoundSeries& one : series->matches) {
    if (is_among(report_modalities, one.modality) || is_among(other_modalities, one.modality)) continue;
    ImageTopic own = topic_of(one, found, settings_);
    topic.modality_groups.merge(own.modality_groups);
    topic.regions.merge(own.regions);
  }
  const auto number = draft::rule_of(current.topic, current.study_date, topic, found.date, settings_);
  if (!number) return {};
  const PriorRule& rule = settings_.rules[*number];
  ArchiveStudy study{found.study_uid, found.date, found.time, found.patient_id, *number, {}, {}};
  for (const FoundSeries& one : series->matches) {
    if (is_among(report_modalities, one.modality)) {
      if (rule.report) study.report_series.push_back(one.series_uid);
    } else if (rule.images && !is_among(other_modalities, one.modality) &&
               draft::rule_fits(rule, current.topic, topic_of(one, found, settings_))) {
      study.image_series.push_back(one.series_uid);
    }
  }
  if (!study.image_series.empty() || !study.report_series.empty()) findings.studies.push_back(std::move(study));
  return {};
}

Result<scu::RetrievalResult> ArchiveSearch::retrieve(const ArchiveStudy& study, const std::vector<std::string>& series,
                                                     SearchBudget& budget, ArchiveFiles& files) const {
  const auto archive = source(budget);
  if (!archive) return archive.error();
  files.way = (*archive)->name();
  const auto sink = FetchedObjects::make(directory_, {.bytes_max = budget.bytes_left()});
  Result<scu::RetrievalResult> result =
      (*archive)->retrieve({study.study_uid, series, study.patient_id}, sink, budget.bytes_left(), wake_fd_);
  std::vector<FetchedObjects::Object> objects = sink->close();
  for (const FetchedObjects::Object& object : objects) budget.spend(object.bytes);
  if (!result) return result.error();
  if (result->stopped && result->stopped->code == "disk_full") return *result->stopped;
  // Whoever sends what was not asked for may have sent more that is wrong.
  if (!result->refused.empty()) return permanent_error(result->refused.begin()->first, "the archive sent an object that was not taken");
  std::ranges::move(objects, std::back_inserter(files.objects));
  return result;
}

Result<ArchiveFiles> ArchiveSearch::fetch(const ArchiveStudy& study, bool images, SearchBudget& budget) const {
  ArchiveFiles files;
  if (images && !study.image_series.empty()) {
    Result<scu::RetrievalResult> result = retrieve(study, study.image_series, budget, files);
    if (!result) return result.error();
    files.images_missing = missing(*result);
    // Slices that are missing must not look like a lesion that is gone.
    if (files.images_missing) files.objects.clear();
  }
  if (!study.report_series.empty()) {
    Result<scu::RetrievalResult> result = retrieve(study, study.report_series, budget, files);
    if (!result) return result.error();
    files.reports_missing = missing(*result);
  }
  return files;
}

}  // namespace radfm::worker
