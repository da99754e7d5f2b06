// SPDX-License-Identifier: Apache-2.0
#include "worker/prior_search.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "core/patient_identity.h"
#include "core/sop_class.h"

namespace radfm::worker {
namespace {

bool is_blank(const std::string& text) { return text.find_first_not_of(' ') == std::string::npos; }

std::string studies_text(int count) {
  return std::to_string(count) + (count == 1 ? " earlier study" : " earlier studies");
}

// Images came in after the current study was complete, and more may follow. (A draft that we put there makes a study unstable too.)
bool still_arrives(const StudyIndex& prior, const StudyIndex& current) {
  if (prior.is_stable) return false;
  return std::ranges::any_of(prior.series, [&](const IndexedSeries& series) {
    return std::ranges::any_of(series.instances, [&](const IndexedInstance& instance) {
      return counts_for_digest(instance.sop_class_uid) && instance.received > current.last_update;
    });
  });
}

// Something that was found.
struct Possible {
  std::size_t rule = 0;  // of priors.rules; as many as there are: none fits by what the index says
  std::string date, time, study_uid;
  std::optional<StudyIndex> in_orthanc{};
  std::size_t archive = 0;
  ArchiveStudy in_archive{};
};

class PriorSearch {
 public:
  PriorSearch(const PriorSearchParts& parts, const StudyIndex& current, int slices_max, const FetchProgress& progress)
      : parts_(parts), settings_(parts.settings), current_(current), slices_max_(slices_max), progress_(progress),
        budget_(parts.clock, parts.settings),
        topic_{current.study_instance_uid, current.study_date, current.study_time, "", draft::topic_of(current, parts.settings)} {}

  Result<PriorFetch> run() {
    if (Status searched = search_orthanc(); !searched) return searched.error();
    if (may_search_archives()) {
      for (std::size_t i = 0; i < parts_.archives.size(); ++i) {
        if (Status searched = search_archive(i); !searched) return searched.error();
      }
    }
    std::ranges::sort(possible_, [](const Possible& a, const Possible& b) {
      return std::tie(a.rule, b.date, b.time, b.study_uid) < std::tie(b.rule, a.date, a.time, a.study_uid);
    });
    if (Status fetched = fetch(); !fetched) return fetched.error();
    say_not_fetched();
    return std::move(out_);
  }

 private:
  void say(std::string sentence) { out_.not_fetched.push_back(std::move(sentence)); }

  static bool ends_the_job(const Error& error) {
    return error.error_class == ErrorClass::cancelled || orthanc::orthanc_is_away(error) || error.code == "disk_full";
  }

  Status search_orthanc() {
    Result<std::vector<PatientStudy>> studies = parts_.orthanc.patient_studies(current_.orthanc_patient_id);
    if (!studies) return studies.error();
    for (const PatientStudy& study : *studies) {
      if (study.study_instance_uid == current_.study_instance_uid) topic_.patient_id = study.patient_id;
    }
    std::vector<PatientStudy> earlier = earlier_studies(*studies, current_, settings_);
    if (earlier.size() > prior_indexes_max) earlier.resize(prior_indexes_max);
    for (const PatientStudy& study : earlier) {
      known_.insert(study.study_instance_uid);
      Result<StudyIndex> index = parts_.orthanc.study_index(study.orthanc_id);
      if (!index) {
        if (ends_the_job(index.error())) return index.error();
        say("The prior study of " + study.study_date + " could not be fetched (" + index.error().code + ").");
        continue;
      }
      if (still_arrives(*index, current_)) {
        say("The prior study of " + study.study_date + " was still arriving and was not used.");
        continue;
      }
      const auto rule = draft::rule_of(topic_.topic, current_.study_date, draft::topic_of(*index, settings_), study.study_date, settings_);
      Possible found{rule.value_or(settings_.rules.size()), study.study_date, study.study_time, study.study_instance_uid};
      found.in_orthanc = std::move(*index);
      possible_.push_back(std::move(found));
    }
    return {};
  }

  // A Patient ID that is nobody's or everybody's is not asked for.
  bool may_search_archives() const {
    return why_no_ones_id(topic_.patient_id, {settings_.one_issuer_may_be_empty, settings_.shared_patient_ids}).empty();
  }

  ArchiveSearch search_in(std::size_t archive) const {
    return {parts_.archives[archive], settings_, parts_.directory, parts_.wake_fd};
  }

  Status search_archive(std::size_t archive) {
    const std::string& name = parts_.archives[archive].name;
    Result<ArchiveFindings> findings = search_in(archive).find(topic_, budget_);
    if (!findings) {
      if (ends_the_job(findings.error())) return findings.error();
      say(name + " could not be searched for earlier studies (" + findings.error().code + ").");
      return {};
    }
    if (findings->more) say(name + " has more studies of this patient than were looked at.");
    for (ArchiveStudy& study : findings->studies) {
      if (!known_.insert(study.study_uid).second) continue;
      Possible found{study.rule, study.date, study.time, study.study_uid};
      found.archive = archive;
      found.in_archive = std::move(study);
      possible_.push_back(std::move(found));
    }
    return {};
  }

  Status fetch() {
    images_left_ = settings_.images_max > 0 ? settings_.images_max + prior_image_candidates_beyond : 0;
    const std::size_t wanted = std::min(possible_.size(), static_cast<std::size_t>(prior_candidates_max));
    for (std::size_t i = 0; i < wanted; ++i) {
      progress_(static_cast<int>(i), static_cast<int>(wanted));
      const Possible& study = possible_[i];
      if (Status fetched = study.in_orthanc ? fetch_from_orthanc(study) : fetch_from_archive(study); !fetched) return fetched;
    }
    return {};
  }

  Status fetch_from_orthanc(const Possible& study) {
    const bool may_show = study.rule >= settings_.rules.size() || settings_.rules[study.rule].images;
    const bool images = images_left_ > 0 && may_show && !image_instances(*study.in_orthanc).empty();
    Result<StudyFetch> files = fetch_study(parts_.orthanc, *study.in_orthanc, images, slices_max_, [](int, int) {});
    if (!files) {
      if (ends_the_job(files.error())) return files.error();
      say("The prior study of " + study.date + " could not be fetched (" + files.error().code + ").");
      return {};
    }
    if (files->files.empty()) return {};
    if (images) --images_left_;
    out_.candidates.push_back({std::move(files->files), std::move(files->thinned)});
    return {};
  }

  Status fetch_from_archive(const Possible& study) {
    const bool images = images_left_ > 0 && !study.in_archive.image_series.empty();
    Result<ArchiveFiles> files = search_in(study.archive).fetch(study.in_archive, images, budget_);
    if (!files) {
      if (ends_the_job(files.error())) return files.error();
      ++not_fetched_[{study.archive, files.error().code}];
      return {};
    }
    const std::optional<Error>& missing = files->images_missing ? files->images_missing : files->reports_missing;
    if (missing) ++(files->objects.empty() ? not_fetched_ : not_whole_)[{study.archive, missing->code}];
    if (files->objects.empty()) return {};
    if (images && !files->images_missing) --images_left_;
    draft::PriorCandidate candidate;
    candidate.way = files->way;
    for (FetchedObjects::Object& object : files->objects) {
      candidate.files.push_back({std::move(object.file), std::to_string(candidate.files.size())});
    }
    out_.candidates.push_back(std::move(candidate));
    return {};
  }

  void say_not_fetched() {
    for (const auto& [what, count] : not_fetched_) {
      say(studies_text(count) + " at " + parts_.archives[what.first].name + (count == 1 ? " was" : " were") + " not fetched (" + what.second + ").");
    }
    for (const auto& [what, count] : not_whole_) {
      say(studies_text(count) + " at " + parts_.archives[what.first].name + " did not come whole, and what is missing was not used (" + what.second + ").");
    }
  }

  const PriorSearchParts& parts_;
  const PriorSettings& settings_;
  const StudyIndex& current_;
  const int slices_max_;
  const FetchProgress& progress_;
  SearchBudget budget_;
  SearchTopic topic_;
  std::set<std::string> known_;  // Study Instance UIDs
  std::vector<Possible> possible_;
  int images_left_ = 0;
  using ArchiveAndCode = std::pair<std::size_t, std::string>;
  std::map<ArchiveAndCode, int> not_fetched_, not_whole_;
  PriorFetch out_;
};

}  // namespace

std::vector<PatientStudy> earlier_studies(const std::vector<PatientStudy>& studies, const StudyIndex& current,
                                          const PriorSettings& settings) {
  SearchTopic topic;
  topic.study_date = current.study_date;
  topic.study_time = current.study_time;
  std::vector<PatientStudy> chosen;
  for (const PatientStudy& study : studies) {
    if (is_blank(study.patient_id)) return {};
    if (study.study_instance_uid == current.study_instance_uid) continue;
    // No zone stands in the index; the pipeline asks again with the files' own.
    if (may_be_prior(study.study_date, study.study_time, "", topic, settings)) chosen.push_back(study);
  }
  std::ranges::sort(chosen, [](const PatientStudy& a, const PatientStudy& b) {
    return std::tie(b.study_date, b.study_time, b.study_instance_uid) < std::tie(a.study_date, a.study_time, a.study_instance_uid);
  });
  return chosen;
}

Result<PriorFetch> fetch_priors(const PriorSearchParts& parts, const StudyIndex& current, int slices_max,
                                const FetchProgress& progress) {
  if (parts.settings.images_max <= 0 && parts.settings.reports_max <= 0) return PriorFetch();
  return PriorSearch(parts, current, slices_max, progress).run();
}

}  // namespace radfm::worker
