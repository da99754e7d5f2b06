// SPDX-License-Identifier: Apache-2.0
// What one archive has of a patient's earlier studies, and how a study is brought from there. Everything that an archive says is
// only a reason to look: whose the objects are, and when they were made, is judged by their own bytes (prior_choice.h).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "pipeline/draft/prior_relevance.h"
#include "worker/fetched_objects.h"
#include "worker/prior_archives.h"

namespace radfm::worker {

inline constexpr std::size_t archive_matches_max = 200;     // of one search; what is over it is not read, and that is said
inline constexpr std::size_t archive_series_asked_max = 12;  // studies, most recent first, whose series are asked for

// What is searched for. All of it from Orthanc's index.
struct SearchTopic {
  std::string study_uid, study_date, study_time, patient_id;
  draft::ImageTopic topic;
};

// One budget for the whole search of a job: time and bytes.
class SearchBudget {
 public:
  SearchBudget(const Clock& clock, const PriorSettings& settings)
      : clock_(clock), ends_boot_ms_(clock.boot_ms() + settings.search_timeout_ms),
        bytes_left_(std::uint64_t(settings.retrieved_mb_max) << 20) {}
  std::int64_t left_ms() const { return ends_boot_ms_ - clock_.boot_ms(); }
  std::uint64_t bytes_left() const { return bytes_left_; }
  void spend(std::uint64_t bytes) { bytes_left_ -= std::min(bytes, bytes_left_); }

 private:
  const Clock& clock_;
  const std::int64_t ends_boot_ms_;
  std::uint64_t bytes_left_;
};

struct ArchiveStudy {
  std::string study_uid, date, time, patient_id;
  std::size_t rule = 0;  // index into priors.rules
  std::vector<std::string> image_series, report_series;
};

struct ArchiveFindings {
  std::vector<ArchiveStudy> studies;  // earlier, within the window, of some rule; most recent first
  bool more = false;                  // the archive has more than were looked at
};

struct ArchiveFiles {
  std::vector<FetchedObjects::Object> objects;
  std::string way;                    // "C-GET from PACS1"
  std::optional<Error> images_missing, reports_missing;  // why not all came: what is there may be used, except images
};

class ArchiveSearch {
 public:
  ArchiveSearch(const PriorArchive& archive, const PriorSettings& settings, std::filesystem::path directory, int wake_fd)
      : archive_(archive), settings_(settings), directory_(std::move(directory)), wake_fd_(wake_fd) {}

  // Errors: those of the source; transient "search_timeout" when no time is left.
  Result<ArchiveFindings> find(const SearchTopic& current, const SearchBudget& budget) const;
  // The study's reports where its rule lets them be used, and its images where both its rule and `images` do. Of images all or
  // none; reports one by one. Errors as above, transient "disk_full", and the code of what came and was refused: then nothing of the
  // study is used.
  Result<ArchiveFiles> fetch(const ArchiveStudy& study, bool images, SearchBudget& budget) const;

 private:
  Result<std::unique_ptr<scu::PriorSource>> source(const SearchBudget& budget) const;
  Status ask_series(const SearchTopic& current, const scu::FoundStudy& found, const SearchBudget& budget, ArchiveFindings& findings) const;
  Result<scu::RetrievalResult> retrieve(const ArchiveStudy& study, const std::vector<std::string>& series, SearchBudget& budget, ArchiveFiles& files) const;

  const PriorArchive& archive_;
  const PriorSettings& settings_;
  const std::filesystem::path directory_;
  const int wake_fd_;
};

// Certainly before the current study, and within priors.window_years of it (DA, TM, as headers or an index have them).
bool may_be_prior(const std::string& date, const std::string& time, const std::string& zone, const SearchTopic& current,
                  const PriorSettings& settings);

}  // namespace radfm::worker
