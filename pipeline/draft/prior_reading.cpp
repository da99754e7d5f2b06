// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/prior_reading.h"

#include <algorithm>

#include "pipeline/draft/header_tags.h"
#include "pipeline/draft/plain_text.h"
#include "pipeline/draft/report_choice.h"

namespace radfm::draft {
namespace {

using imaging::StudyReading;

constexpr std::size_t text_missing_bytes_max = 200;

bool concerns_the_job(const Error& error) {
  return error.error_class == ErrorClass::cancelled || error.error_class == ErrorClass::transient ||
         error.error_class == ErrorClass::vanished;
}

class PriorReader {
 public:
  PriorReader(const StudyReading& current, const imaging::VolumeDescription& shown, std::size_t images_room,
              const std::vector<PriorCandidate>& candidates, const PriorSettings& settings, const ReadStudy& read_study)
      : current_(current), shown_(shown), topic_(topic_of(shown, current, settings)), images_room_(images_room),
        candidates_(candidates), settings_(settings), read_study_(read_study) {}

  Result<PriorReadings> read(const std::function<void(const DraftProgress&)>& progress) {
    const std::size_t looked_at = std::min(candidates_.size(), prior_candidates_max);
    result_.not_looked_at = static_cast<int>(candidates_.size() - looked_at);
    for (std::size_t i = 0; i < looked_at; ++i) {
      if (progress) progress({JobStage::priors, static_cast<int>(i), static_cast<int>(looked_at), ""});
      if (Status status = read_header(i); !status) return status.error();
    }
    put_most_relevant_first();
    if (Status status = read_images(); !status) return status.error();
    choose_reports();
    keep_used();
    put_most_recent_first();
    return std::move(result_);
  }

 private:
  void refuse(std::string reason, const StudyReading& prior) {
    result_.refused.push_back({std::move(reason), attribute_value(prior.header, tag::study_date)});
  }

  Status read_header(std::size_t candidate) {
    Result<StudyReading> reading = read_study_(candidates_[candidate].files, candidates_[candidate].thinned, false);
    if (!reading) {
      if (concerns_the_job(reading.error())) return reading.error();
      result_.refused.push_back({"its files could not be read (" + reading.error().code + ")", ""});
      return {};
    }
    if (auto refusal = refuse_prior(current_, *reading, settings_)) {
      result_.refused.push_back(std::move(*refusal));
      return {};
    }
    const std::string& uid = attribute_value(reading->header, tag::study_instance_uid);
    for (const StudyReading& other : accepted_) {
      if (attribute_value(other.header, tag::study_instance_uid) == uid) return {};  // the same study given twice
    }
    const auto rule = rule_of(topic_, attribute_value(current_.header, tag::study_date), *reading, settings_);
    if (!rule) {
      refuse("no rule of priors.rules lets it be compared: its region or its modality is another, or it is too old", *reading);
      return {};
    }
    accepted_.push_back(std::move(*reading));
    candidate_of_.push_back(candidate);
    rule_of_.push_back(*rule);
    return {};
  }

  void put_most_relevant_first() {
    std::vector<std::size_t> order = most_recent_first(accepted_);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rule_of_[a] < rule_of_[b]; });
    for (const std::size_t i : order) {
      result_.used.push_back({std::move(accepted_[i]), std::nullopt, std::nullopt, rule_of_[i], candidates_[candidate_of_[i]].way});
      used_candidate_.push_back(candidate_of_[i]);
    }
  }

  void put_most_recent_first() {
    const auto when = [](const UsedPrior& prior) {
      const AttributeSet& header = prior.reading.header;
      return std::pair(attribute_value(header, tag::study_date), attribute_value(header, tag::study_time));
    };
    std::stable_sort(result_.used.begin(), result_.used.end(),
                     [&](const UsedPrior& a, const UsedPrior& b) { return when(a) > when(b); });
  }

  const PriorRule& rule_for(const UsedPrior& prior) const { return settings_.rules[prior.rule]; }

  std::optional<std::size_t> report_of(const UsedPrior& prior) const {
    return rule_for(prior).report ? usable_report(prior.reading, settings_.unflagged_documents) : std::nullopt;
  }

  Status read_images() {
    const std::size_t most = std::min(images_room_, static_cast<std::size_t>(std::max(settings_.images_max, 0)));
    std::size_t images = 0;
    for (std::size_t i = 0; i < result_.used.size() && images < most; ++i) {
      UsedPrior& prior = result_.used[i];
      if (!has_comparable_images(rule_for(prior), topic_, prior.reading, settings_)) continue;
      Result<StudyReading> reading = read_study_(candidates_[used_candidate_[i]].files, candidates_[used_candidate_[i]].thinned, true);
      if (!reading && concerns_the_job(reading.error())) return reading.error();
      // The decision is asked again of what the pixels came with: they are another reader's words.
      if (!reading || refuse_prior(current_, *reading, settings_)) continue;
      prior.volume = comparable_volume(rule_for(prior), topic_, shown_, *reading, settings_);
      if (!prior.volume || reading->pixels.at(*prior.volume).display.empty()) {
        prior.volume.reset();
        continue;
      }
      // Texts are read once; the second reader was asked for pixels.
      reading->reports = std::move(prior.reading.reports);
      prior.reading = std::move(*reading);
      ++images;
    }
    return {};
  }

  // Reports of the studies whose images are shown go first: a text beside its image misleads least.
  void choose_reports() {
    int reports = 0;
    for (const bool with_image : {true, false}) {
      for (UsedPrior& prior : result_.used) {
        if (prior.volume.has_value() != with_image || reports >= settings_.reports_max) continue;
        prior.report = report_of(prior);
        if (prior.report) ++reports;
      }
    }
  }

  void keep_used() {
    std::vector<UsedPrior> kept;
    for (UsedPrior& prior : result_.used) {
      if (prior.volume || prior.report) {
        kept.push_back(std::move(prior));
      } else {
        refuse(why_unused(prior), prior.reading);
      }
    }
    result_.used = std::move(kept);
  }

  std::string why_unused(const UsedPrior& prior) const {
    if (report_of(prior)) return "more relevant or more recent studies were used (priors.images_max, priors.reports_max)";
    const std::string report = "no verified report" + why_no_text(prior.reading);
    if (!has_comparable_images(rule_for(prior), topic_, prior.reading, settings_)) return "it has no comparable images and " + report;
    return "it has " + report + ", and its images were not shown (priors.images_max or the prompt's limit of " +
           std::to_string(model::prompt_images_max) + " images reached, or not readable)";
  }

  // A report that is there and could not be read is worth a word.
  static std::string why_no_text(const StudyReading& prior) {
    for (const imaging::ReportReading& report : prior.reports) {
      if (!report.text_missing.empty()) return " (" + one_line(report.text_missing, text_missing_bytes_max) + ")";
    }
    return "";
  }

  const StudyReading& current_;
  const imaging::VolumeDescription& shown_;
  ImageTopic topic_;  // of what is shown
  std::size_t images_room_;
  const std::vector<PriorCandidate>& candidates_;
  const PriorSettings& settings_;
  const ReadStudy& read_study_;
  std::vector<StudyReading> accepted_;
  std::vector<std::size_t> candidate_of_, rule_of_, used_candidate_;
  PriorReadings result_;
};

}  // namespace

Result<PriorReadings> read_priors(const StudyReading& current, const imaging::VolumeDescription& shown,
                                  std::size_t images_room, const std::vector<PriorCandidate>& candidates,
                                  const PriorSettings& settings, const ReadStudy& read_study,
                                  const std::function<void(const DraftProgress&)>& progress) {
  return PriorReader(current, shown, images_room, candidates, settings, read_study).read(progress);
}

}  // namespace radfm::draft
