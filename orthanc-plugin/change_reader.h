// SPDX-License-Identifier: GPL-3.0-or-later
// Follows Orthanc's list of changes with a durable cursor, so that no study is missed across deaths of
// Orthanc, of the plugin or of the disk under the queue: a change is behind the cursor only together with the
// pending study it is about.
//
// A number in a list proves little: the list may have been cleared, or belong to another index. Whatever cannot be
// explained by the list (its last number is below the cursor; this index was never taken over so far, by the logbook;
// nothing is left of what was before the cursor, and the next change is missing) makes all studies of the index looked
// at once. That costs time and reports nothing twice.
//
// Lives on the plugin's one thread. Memory is bounded by one page of changes, however long the backlog is.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/clock.h"
#include "db/queue.h"
#include "orthanc-plugin/arrivals.h"
#include "orthanc-plugin/change_page.h"
#include "orthanc-plugin/due_order.h"
#include "orthanc-plugin/index_logbook.h"
#include "orthanc-plugin/orthanc_api.h"

namespace radfm::plugin {

inline constexpr int changes_per_page = 500;   // taken over at once
// Asked for at once. Orthanc answers under the lock that each image stored must have too, and no answer may hold it up for long.
inline constexpr int changes_per_question = 100;
inline constexpr std::size_t studies_per_question = 50;
inline constexpr int studies_per_page = 100;
// Orthanc says StableStudy a second or two after StableAge has passed. A study is settled by its age alone only when that word
// should have come long ago, or each study would be looked at twice.
inline constexpr std::int64_t stable_word_late_ms = 5'000;
// A study that is deleted meanwhile moves all later ones one place forward in the list of studies: each page of it
// begins so many places before the end of the last.
inline constexpr int studies_overlap = 20;
// In so many rounds, and for so long, a page is tried while Orthanc answers all else; then the changes that
// it refuses to show are left behind, named in the notes. Their studies still come by their other changes,
// while waiting for ever would hold up every other study.
inline constexpr int rounds_of_one_page_max = 10;
inline constexpr std::int64_t patience_with_one_page_ms = 60'000;
inline constexpr std::size_t left_behind_shown_max = 20;

class ChangeReader {
 public:
  // All must outlive the reader. Made when Orthanc has started: that moment is the earliest
  // from which StableAge is counted, since Orthanc forgets at its death which studies were unstable.
  ChangeReader(OrthancApi& orthanc, const Arrivals& arrivals, IndexLogbook& logbook, const Clock& clock, std::int64_t stable_age_ms);

  // Where a fresh queue begins: what Orthanc had logged when it started. Asked once, as early as possible, so
  // that studies that arrive while the configuration is still wrong are not lost.
  Status remember_baseline();

  // Takes over one page; the logbook must be open. True: there is more, call again. On an error nothing was skipped;
  // call again later.
  Result<bool> take_over(db::Queue& queue);

  // One sentence for each change that was left behind, the last left_behind_shown_max of them.
  const std::vector<std::string>& left_behind() const { return left_behind_; }

 private:
  // All studies of the index are looked at once.
  struct Reconciliation {
    std::int64_t last = 0;     // of the changes, read before the first study: the cursor at the end
    std::int64_t studies = 0;  // places of the list so far
  };
  Result<bool> start_fresh(db::Queue& queue);
  Result<ChangePage> changes(const std::string& query);
  Result<ChangePage> page_after(std::int64_t since);
  Status note(db::Queue& queue, std::int64_t cursor, std::vector<db::PendingStudy>& studies);
  // Why this list cannot be the one that was read so far, or is not all of it; empty when it can.
  Result<std::string> doubt(std::int64_t since, const ChangePage& page);
  Result<bool> begin_reconciliation(db::Queue& queue, const std::string& why);
  Result<bool> reconcile_page(db::Queue& queue);
  // Orthanc's names of the studies, and of images and series of which it is not known whose they are.
  std::set<std::string> resources_to_ask_about(const std::vector<Change>& changes) const;
  // Both answer the same: many at once; and one change after the other, so that one that Orthanc refuses, or
  // dies over, is known by name.
  Result<std::vector<StudyState>> studies_at_once(const std::vector<Change>& changes);
  Result<std::vector<StudyState>> studies_one_by_one(const std::vector<Change>& changes);
  Result<std::vector<db::PendingStudy>> pending_of(std::int64_t since, const ChangePage& page);
  std::vector<db::PendingStudy> in_order(const ChangePage& page, std::vector<StudyState> states);
  // Nothing: the resource is gone.
  Result<std::optional<StudyState>> study_of(const Change& change);
  void leave_behind(const Change& change, const std::string& why);
  std::int64_t started_wall_ms() const;  // by today's wall clock, which may have been stepped since
  std::int64_t due_by_age_ms(const StudyState& state, bool word_is_ahead) const;

  OrthancApi& orthanc_;
  const Arrivals& arrivals_;
  IndexLogbook& logbook_;
  const Clock& clock_;
  const std::int64_t stable_age_ms_;
  const std::int64_t started_boot_ms_;
  std::optional<std::int64_t> baseline_;
  std::optional<Reconciliation> reconciliation_;
  bool index_known_ = false;  // compared with the logbook since Orthanc's start
  int failed_rounds_ = 0;     // of the page that is next
  std::int64_t first_failure_boot_ms_ = 0;
  DueOrder stable_order_, age_order_;
  std::vector<std::string> left_behind_;
};

}  // namespace radfm::plugin
